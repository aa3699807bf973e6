import type { FactorChallenge, Proof, ProofKind } from '@bedside/client';
import { PasswordInput, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { assertionOf, hasPasskeys, PasskeyRefused } from './passkey.ts';

/** The nearest at hand first; a recovery code is for when nothing else is. */
const ORDER: readonly ProofKind[] = ['totp', 'passkey', 'password', 'recovery'];

export interface FactorStepProps {
  challenge: FactorChallenge;
  /** Takes the proof to the hub; what it throws is shown here. */
  onProof: (proof: Proof) => Promise<void>;
}

/** Asks for a proof, by one of the ways that the hub named. */
export function FactorStep({ challenge, onProof }: FactorStepProps) {
  const { account } = useStrings();
  const words = account.factor;
  const ways = ORDER.filter(
    (it) => challenge.methods.includes(it) && (it !== 'passkey' || canSign(challenge)),
  );
  const [chosen, setWay] = useState<ProofKind | null>(null);
  const [isRefused, setRefused] = useState(false);
  const prove = useAction(async (proof: Proof) => onProof(proof));
  const way = chosen ?? ways[0];
  const change = (to: ProofKind) => {
    prove.clear();
    setRefused(false);
    setWay(to);
  };
  const usePasskey = useAction(async () => {
    prove.clear();
    setRefused(false);
    if (!challenge.passkey) return;
    try {
      const assertion = await assertionOf(challenge.passkey);
      await prove.run({ kind: 'passkey', assertion });
    } catch (error) {
      if (!(error instanceof PasskeyRefused)) throw error;
      setRefused(true);
    }
  });
  return (
    <div className={classes.step}>
      <TroubleNote trouble={prove.trouble} words={way && { wrong_factor: words.wrong[way] }} />
      {isRefused ? <Refused /> : null}
      {challenge.methods.length === 0 ? <p>{words.nothing}</p> : null}
      {way === 'passkey' ? (
        <>
          <p className="quiet">{words.passkeyLead}</p>
          <Act
            tone="main"
            large
            icon={<IconFingerprint aria-hidden size={22} />}
            loading={usePasskey.isRunning}
            onClick={() => usePasskey.run()}
          >
            {words.passkey}
          </Act>
        </>
      ) : way ? (
        <Secret key={way} way={way} isRunning={prove.isRunning} onProof={(it) => prove.run(it)} />
      ) : null}
      <div className={classes.ways}>
        {ways
          .filter((it) => it !== way)
          .map((it) => (
            <Act key={it} tone="bare" onClick={() => change(it)}>
              {words.instead[it]}
            </Act>
          ))}
      </div>
    </div>
  );
}

const canSign = (challenge: FactorChallenge) => challenge.passkey !== undefined && hasPasskeys();

/** A device that did not sign is no fault of anybody's. */
export function Refused() {
  const words = useStrings().account.factor;
  return (
    <div className={classes.refused} role="alert">
      <p className={classes.strong}>{words.passkeyFailed}</p>
      <p>{words.passkeyFailedBody}</p>
    </div>
  );
}

interface SecretProps {
  way: Exclude<ProofKind, 'passkey'>;
  isRunning: boolean;
  onProof: (proof: Proof) => void;
}

function Secret({ way, isRunning, onProof }: SecretProps) {
  const { account, signIn } = useStrings();
  const words = account.factor;
  const [text, setText] = useState('');
  const [isMissing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(text.trim() === '');
    if (text.trim() === '') field.current?.focus();
    else onProof(proofOf(way, text));
  };
  const shared = {
    ref: field,
    size: 'lg' as const,
    value: text,
    error: isMissing ? words.missing : null,
    onChange: (event: { currentTarget: { value: string } }) => setText(event.currentTarget.value),
  };
  return (
    <form className={classes.step} onSubmit={submit} noValidate>
      {way === 'password' ? (
        <PasswordInput
          {...shared}
          label={words.password}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': signIn.showPassword }}
          rightSectionWidth={56}
        />
      ) : (
        <TextInput
          {...shared}
          label={way === 'totp' ? words.code : words.recovery}
          description={way === 'totp' ? words.codeHint : words.recoveryHint}
          inputMode={way === 'totp' ? 'numeric' : 'text'}
          autoComplete={way === 'totp' ? 'one-time-code' : 'off'}
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
      <Act type="submit" tone="main" large wide loading={isRunning}>
        {words.submit}
      </Act>
    </form>
  );
}

function proofOf(way: SecretProps['way'], text: string): Proof {
  return way === 'password'
    ? { kind: 'password', password: text }
    : { kind: way, code: text.trim() };
}
