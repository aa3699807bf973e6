import type { FactorChallenge, Proof } from '@bedside/client';
import { FactorStep } from '../account/FactorStep.tsx';
import { useTitle } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';

export interface SecondStepProps {
  challenge: FactorChallenge;
  onProof: (proof: Proof) => Promise<void>;
  onBack: () => void;
}

/** The password was right; now a proof of something that the person has. */
export function SecondStep({ challenge, onProof, onBack }: SecondStepProps) {
  const words = useStrings().account.factor;
  useTitle(words.title);
  return (
    <div className={classes.card}>
      <div>
        <h1>{words.title}</h1>
        <p className="quiet">{words.lead}</p>
      </div>
      <FactorStep challenge={challenge} onProof={onProof} />
      <div>
        <Act tone="bare" onClick={onBack}>
          {words.back}
        </Act>
      </div>
      <p className={classes.hint}>{words.lost}</p>
    </div>
  );
}
