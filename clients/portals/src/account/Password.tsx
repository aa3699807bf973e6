import { useBedside } from '@bedside/client/react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { NewPassword } from './NewPassword.tsx';
import { LEAST, lengthOf, MOST } from './strength.ts';

export interface PasswordProps {
  /** Beside a second factor a shorter one will do. */
  hasFactor: boolean;
  /** Every other sign-in has ended. */
  onChanged: () => void;
}

/** Another password. Who it is is proven on the way: by the password so far, or by a second factor. */
export function Password({ hasFactor, onChanged }: PasswordProps) {
  const words = useStrings().account.password;
  const announce = useAnnounce();
  const [isOpen, setOpen] = useState(false);
  const [isDone, setDone] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const changed = () => {
    setOpen(false);
    setDone(true);
    announce(words.changed);
    onChanged();
  };
  return (
    <section className={classes.card} aria-labelledby="password">
      <div>
        <h2 id="password">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      {isOpen ? (
        <PasswordForm
          least={hasFactor ? LEAST.besideFactor : LEAST.alone}
          hasFactor={hasFactor}
          onChanged={changed}
          onClose={() => setOpen(false)}
        />
      ) : (
        <>
          {isDone ? <p className={classes.done}>{words.changed}</p> : null}
          <div>
            <Act ref={opener} onClick={() => setOpen(true)}>
              {words.change}
            </Act>
          </div>
        </>
      )}
    </section>
  );
}

interface PasswordFormProps {
  least: number;
  hasFactor: boolean;
  onChanged: () => void;
  onClose: () => void;
}

function PasswordForm({ least, hasFactor, onChanged, onClose }: PasswordFormProps) {
  const words = useStrings().account.password;
  const bedside = useBedside();
  const field = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const [isTried, setTried] = useState(false);
  const length = lengthOf(password);
  const save = useAction(async () => {
    await bedside.call('auth.change_password', { password });
    onChanged();
  });
  useEffect(() => field.current?.focus(), []);
  const isGuessed = save.trouble?.code === 'invalid_value' && length >= least;
  const change = (next: string) => {
    setPassword(next);
    setTried(false);
    save.clear();
  };
  const fault =
    isTried && length < least
      ? words.faults.short(least)
      : isTried && length > MOST
        ? words.faults.long
        : isGuessed
          ? words.faults.guessed
          : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (length < least || length > MOST) field.current?.focus();
    else void save.run().then(() => field.current?.focus());
  };
  return (
    <form className={classes.step} onSubmit={submit} noValidate>
      {isGuessed ? null : <TroubleNote trouble={save.trouble} />}
      <NewPassword
        field={field}
        hint={hasFactor ? `${words.hint} ${words.withFactor}` : words.hint}
        least={least}
        value={password}
        fault={fault}
        onChange={change}
      />
      <p className="quiet">{words.ends}</p>
      <div className={classes.ways}>
        <Act type="submit" tone="main" loading={save.isRunning}>
          {words.save}
        </Act>
        <Act onClick={onClose}>{words.keep}</Act>
      </div>
    </form>
  );
}
