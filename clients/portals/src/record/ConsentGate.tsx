import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { type Trouble, useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { Consents } from './Consents.tsx';
import classes from './record.module.css';

export interface ConsentGateProps {
  /** Why they were not let in. */
  trouble: Trouble;
  onEnter: () => void;
}

/** A patient was not let into a visit. Where that is for want of a consent, it is asked for here, and they go on. */
export function ConsentGate({ trouble, onEnter }: ConsentGateProps) {
  const { record, common } = useStrings();
  const words = record.gate;
  const bedside = useBedside();
  const [isAsked, setAsked] = useState<boolean | null>(null);
  const look = useAction(async () => {
    const { consents } = await bedside.call('consent.list', {});
    setAsked(consents.some((it) => it.is_required));
  });
  const { run } = look;
  useEffect(() => void run(), [run]);
  if (isAsked === null && !look.trouble) return <PageSkeleton />;
  return (
    <div className={classes.page}>
      <TroubleNote trouble={trouble} words={isAsked ? { not_allowed_now: words } : undefined}>
        <Act tone="main" onClick={onEnter}>
          {isAsked ? words.enter : common.tryAgain}
        </Act>
      </TroubleNote>
      {isAsked ? <Consents requiredOnly /> : null}
    </div>
  );
}
