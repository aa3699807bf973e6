import { BedsideError, type FactorChallenge, type Me } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconLock } from '@tabler/icons-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { FactorStep } from './FactorStep.tsx';
import { useIdleLock } from './idle.ts';
import { LockedContext } from './locked.ts';

/**
 * Hides the page when nobody has touched it for as long as the hub says. What is behind stays as it is: sound goes on, a
 * half-written message stays. Of a call picture and controls stay too, and what is beside it is hidden. It opens by a proof to the hub,
 * never by anything that this page could say itself.
 */
export function Lock({ children }: { children: ReactNode }) {
  const me = useStore(useBedside().me);
  const { isLocked, unlock } = useIdleLock(me);
  const [inCall, setInCall] = useState(false);
  const isBeside = isLocked && inCall;
  const isWhole = isLocked && !inCall;
  const locked = useMemo(() => ({ isLocked, isBeside, onCall: setInCall }), [isLocked, isBeside]);
  return (
    <LockedContext.Provider value={locked}>
      <div className={classes.behind} inert={isWhole} data-locked={isWhole || undefined}>
        {children}
      </div>
      {isLocked && me ? <LockScreen me={me} isBeside={isBeside} onOpen={unlock} /> : null}
    </LockedContext.Provider>
  );
}

interface LockScreenProps {
  me: Me;
  /** A call goes on behind it, and can be seen and left. */
  isBeside: boolean;
  onOpen: () => void;
}

function LockScreen({ me, isBeside, onOpen }: LockScreenProps) {
  const words = useStrings().account.lock;
  const bedside = useBedside();
  const [challenge, setChallenge] = useState<FactorChallenge | null>(null);
  const [isEnded, setEnded] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever is at the controls of a call stays there.
    const isFree = document.activeElement === null || document.activeElement === document.body;
    if (!isBeside || isFree) title.current?.focus();
  }, [isBeside]);
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
  const card = (
    <div className={classes.lockCard}>
      <IconLock aria-hidden size={isBeside ? 28 : 40} className={classes.lockIcon} />
      <h1 id="lock-title" ref={title} tabIndex={-1}>
        {words.title}
      </h1>
      <p role="status">
        {isEnded ? words.ended : isBeside ? words.beside : words.lead(me.display_name)}
      </p>
      {isEnded || isBeside ? null : <p className="quiet">{words.media}</p>}
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
          <Act tone="main" large={!isBeside} onClick={() => begin.run()} loading={begin.isRunning}>
            {words.open}
          </Act>
        )}
        {isBeside && !isEnded ? null : (
          <Act tone={isEnded ? 'main' : 'bare'} onClick={leave}>
            {isEnded ? words.again : words.signOut}
          </Act>
        )}
      </div>
    </div>
  );
  return isBeside ? (
    <section className={classes.lockBeside} aria-labelledby="lock-title">
      {card}
    </section>
  ) : (
    <div className={classes.lock} role="dialog" aria-modal="true" aria-labelledby="lock-title">
      {card}
    </div>
  );
}

const hasEnded = (error: unknown): boolean =>
  error instanceof BedsideError &&
  (error.code === 'session_ended' || error.code === 'unauthenticated');
