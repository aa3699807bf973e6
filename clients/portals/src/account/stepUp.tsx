import type { FactorChallenge } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { Sheet } from '../parts/Confirm.tsx';
import { ProveContext } from '../parts/prove.ts';
import { useStrings } from '../strings/index.ts';
import { FactorStep } from './FactorStep.tsx';

/**
 * Whatever is refused because a proof of late is missing asks for it here, and is then done again: no screen has to know which
 * acts are sensitive. One question at a time; whoever closes it sees the refusal.
 */
export function StepUpProvider({ children }: { children: ReactNode }) {
  const words = useStrings().account.stepUp;
  const bedside = useBedside();
  const [challenge, setChallenge] = useState<FactorChallenge | null>(null);
  const asking = useRef<{ proven: Promise<boolean>; answer: (isProven: boolean) => void } | null>(
    null,
  );
  const prove = useCallback((): Promise<boolean> => {
    if (asking.current) return asking.current.proven;
    let answer: (isProven: boolean) => void = () => {};
    const proven = new Promise<boolean>((resolve) => {
      answer = resolve;
    });
    asking.current = { proven, answer };
    bedside.call('auth.begin_step_up', {}).then(setChallenge, () => {
      asking.current = null;
      answer(false);
    });
    return proven;
  }, [bedside]);
  const close = (isProven: boolean) => {
    setChallenge(null);
    asking.current?.answer(isProven);
    asking.current = null;
  };
  return (
    <ProveContext value={prove}>
      {children}
      {/* Made when it is asked for: a sheet looks for the page that it stands in once, and this one outlives pages. */}
      {challenge ? (
        <Sheet title={words.title} isOpen onClose={() => close(false)}>
          <p className="quiet">{words.lead}</p>
          <FactorStep
            challenge={challenge}
            onProof={async (proof) => {
              await bedside.call('auth.step_up', { challenge: challenge.challenge, proof });
              close(true);
            }}
          />
        </Sheet>
      ) : null}
    </ProveContext>
  );
}
