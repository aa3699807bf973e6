import { BedsideError, type FactorChallenge, type Me } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconLock } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { FactorStep } from './FactorStep.tsx';
import { useIdleLock } from './idle.ts';

/**
 * Hides the page when nobody has touched it for as long as the hub says. What is behind stays as it is: sound goes on, a
 * half-written message stays. It opens by a proof to the hub, never by anything that this page could say itself.
 */
export function Lock({ children }: { children: ReactNode }) {
  const me = useStore(useBedside().me);
  const { isLocked, unlock } = useIdleLock(me);
  return (
    <>
      <div className={classes.behind} inert={isLocked} data-locked={isLocked || undefined}>
        {children}
      </div>
      {isLocked && me ? <LockScreen me={me} onOpen={unlock} /> : null}
    </>
  );
}

function LockScreen({ me, onOpen }: { me: Me; onOpen: () => void }) {
  const words = useStrings().account.lock;
  const bedside = useBedside();
  const [challenge, setChallenge] = useState<FactorChallenge | null>(null);
  const [isEnded, setEnded] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const begin = useAction(async () => {
    try {
      setChallenge(await bedside.call('auth.begin_step_up', {}));
    } catch (error) {
      if (!hasEnded(error)) throw error;
      setEnded(true);
    }
  });
  const leave = async () => {
    // Whatever the hub says, what this browser holds goes.
    await bedside.signOut().catch(() => bedside.reset());
  };
  return (
    <div className={classes.lock} role="dialog" aria-modal="true" aria-labelledby="lock-title">
      <div className={classes.lockCard}>
        <IconLock aria-hidden size={40} className={classes.lockIcon} />
        <h1 id="lock-title" ref={title} tabIndex={-1}>
          {words.title}
        </h1>
        <p>{isEnded ? words.ended : words.lead(me.display_name)}</p>
        {isEnded ? null : <p className="quiet">{words.media}</p>}
        <TroubleNote trouble={begin.trouble} />
        {challenge && !isEnded ? (
          <FactorStep
            challenge={challenge}
            onProof={async (proof) => {
              await bedside.call('auth.step_up', { challenge: challenge.challenge, proof });
              onOpen();
            }}
          />
        ) : null}
        <div className={classes.ways}>
          {challenge || isEnded ? null : (
            <Act tone="main" large onClick={() => begin.run()} loading={begin.isRunning}>
              {words.open}
            </Act>
          )}
          <Act tone={isEnded ? 'main' : 'bare'} onClick={leave}>
            {isEnded ? words.again : words.signOut}
          </Act>
        </div>
      </div>
    </div>
  );
}

const hasEnded = (error: unknown): boolean =>
  error instanceof BedsideError &&
  (error.code === 'session_ended' || error.code === 'unauthenticated');
