import type { FactorAdded, PasskeyBegun, TotpSecret } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { Refused } from './FactorStep.tsx';
import { attestationOf, PasskeyRefused } from './passkey.ts';
import { Qr } from './Qr.tsx';

export interface AddProps {
  onAdded: (added: FactorAdded) => void;
}

const MAX_NAME = 60;

/** An authenticator app: a name, the secret as picture and text, and a code that shows that the app has it. */
export function AddApp({ onAdded }: AddProps) {
  const words = useStrings().account;
  const bedside = useBedside();
  const [secret, setSecret] = useState<TotpSecret | null>(null);
  const begin = useAction(async (name: string) => {
    setSecret(await bedside.call('factor.begin_totp', { name }));
  });
  return (
    <div className={classes.step}>
      <TroubleNote trouble={begin.trouble} />
      {secret ? (
        <ConfirmApp secret={secret} onAdded={onAdded} />
      ) : (
        <NameForm
          initial={words.factors.appName}
          isRunning={begin.isRunning}
          onName={(name) => begin.run(name)}
        />
      )}
    </div>
  );
}

function ConfirmApp({ secret, onAdded }: AddProps & { secret: TotpSecret }) {
  const words = useStrings().account.app;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [code, setCode] = useState('');
  const [isMissing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const confirm = useAction(async () => {
    const { factor_id } = secret;
    const added = await bedside.call('factor.confirm_totp', { factor_id, code: code.trim() });
    announce(words.added(added.factor.name));
    onAdded(added);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isCode = /^\d{6}$/.test(code.replaceAll(/\s/g, ''));
    setMissing(!isCode);
    if (isCode) void confirm.run();
    else field.current?.focus();
  };
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(secret.secret);
    announce(words.copied);
  });
  return (
    <form className={classes.step} onSubmit={submit} noValidate>
      <p>{words.scan}</p>
      <Qr text={secret.url} label={words.picture} />
      <div>
        <p className="quiet">{words.type}</p>
        <p className={classes.secret}>
          <code>{secret.secret.match(/.{1,4}/g)?.join(' ')}</code>
        </p>
        <Act onClick={() => copy.run()}>{words.copy}</Act>
      </div>
      <TroubleNote trouble={confirm.trouble} />
      <TextInput
        ref={field}
        size="lg"
        label={words.code}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        error={isMissing ? words.missing : null}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Act type="submit" tone="main" large loading={confirm.isRunning}>
        {words.confirm}
      </Act>
    </form>
  );
}

/** A passkey: a name, and what the device asks. */
export function AddPasskey({ onAdded }: AddProps) {
  const words = useStrings().account;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [isRefused, setRefused] = useState(false);
  const add = useAction(async (name: string) => {
    setRefused(false);
    const begun: PasskeyBegun = await bedside.call('factor.begin_passkey', {});
    try {
      const passkey = await attestationOf(begun.passkey);
      const { challenge } = begun;
      const added = await bedside.call('factor.add_passkey', { challenge, name, passkey });
      announce(words.app.added(added.factor.name));
      onAdded(added);
    } catch (error) {
      if (!(error instanceof PasskeyRefused)) throw error;
      setRefused(true);
    }
  });
  return (
    <div className={classes.step}>
      <p className="quiet">{words.passkey.lead}</p>
      <TroubleNote trouble={add.trouble} />
      {isRefused ? <Refused /> : null}
      <NameForm
        initial={words.factors.passkeyName}
        isRunning={add.isRunning}
        onName={(name) => add.run(name)}
      />
    </div>
  );
}

interface NameFormProps {
  initial: string;
  isRunning: boolean;
  onName: (name: string) => void;
}

function NameForm({ initial, isRunning, onName }: NameFormProps) {
  const words = useStrings().account;
  const [name, setName] = useState(initial);
  const [isMissing, setMissing] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === '');
    if (name.trim() !== '') onName(name.trim());
  };
  return (
    <form className={classes.step} onSubmit={submit} noValidate>
      <TextInput
        size="md"
        label={words.factors.name}
        description={words.factors.nameHint}
        value={name}
        maxLength={MAX_NAME}
        autoComplete="off"
        error={isMissing ? words.factor.missing : null}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Act type="submit" tone="main" loading={isRunning}>
        {words.factors.next}
      </Act>
    </form>
  );
}
