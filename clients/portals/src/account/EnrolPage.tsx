import { useBedside } from '@bedside/client/react';
import { useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { Factors } from './Factors.tsx';

/** A role that must have a second step gets it before anything else opens. */
export function EnrolPage() {
  const words = useStrings().account.enrol;
  const bedside = useBedside();
  useTitle(words.title);
  // The next token says that there is one now.
  const look = useAction(async () => {
    const { factors } = await bedside.call('factor.list', {});
    if (factors.length > 0) await bedside.resume();
  });
  return (
    <Shell width="narrow">
      <div className={classes.page}>
        <div>
          <h1>{words.title}</h1>
          <p className="quiet">{words.lead}</p>
        </div>
        <TroubleNote trouble={look.trouble} />
        <Factors onEnrolled={() => void look.run()} />
      </div>
    </Shell>
  );
}
