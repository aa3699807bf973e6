import type { OperationMap } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { zonesFor } from '../admin/zones.ts';
import { useTitle } from '../app/hooks.ts';
import { homeOf } from '../app/pages.ts';
import { Link, useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { knownZone } from '../format/time.ts';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';

type Details = OperationMap['person.register']['params'];
type Field = 'name' | 'email' | 'password';

/** NIST SP 800-63B-4: at least 15 characters where a password is the only factor. */
const LEAST_PASSWORD = 15;

/** The fields that cannot be accepted as they are. */
export function faultsIn(details: Details): Field[] {
  const faults: Field[] = [];
  const name = details.display_name.trim();
  if (name === '' || [...name].length > 120) faults.push('name');
  if (!/^[^\s@]+@[^\s@]+$/.test(details.email.trim())) faults.push('email');
  const length = [...details.password].length;
  if (length < LEAST_PASSWORD || length > 128) faults.push('password');
  return faults;
}

/** An organisation's own page links to `/register?organisation=…`; without it the account is the first organisation's. */
function organisationAsked(): Pick<Details, 'organisation'> {
  const organisation = new URLSearchParams(location.search).get('organisation');
  return organisation ? { organisation } : {};
}

/** Makes one's own account as a patient, and signs in with it. What was typed stays when it fails. */
export function RegisterPage() {
  const { register: words, signIn, admin } = useStrings();
  const bedside = useBedside();
  const { go } = useNavigation();
  const form = useRef<HTMLFormElement>(null);
  const [details, setDetails] = useState<Details>(() => ({
    ...organisationAsked(),
    display_name: '',
    email: '',
    password: '',
    time_zone: knownZone(undefined),
  }));
  const [faults, setFaults] = useState<readonly Field[]>([]);
  useTitle(words.title);
  const change = (next: Partial<Details>) => setDetails((before) => ({ ...before, ...next }));
  const errorOf = (field: Field) => (faults.includes(field) ? admin.errors[field] : null);
  const create = useAction(async () => {
    const me = await bedside.register({
      ...details,
      display_name: details.display_name.trim(),
      email: details.email.trim(),
    });
    go(homeOf(me), { replace: true });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = faultsIn(details);
    setFaults(found);
    const [first] = found;
    if (first) form.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
    else void create.run();
  };
  return (
    <Shell width="narrow" large>
      <form ref={form} className={classes.card} onSubmit={submit} noValidate>
        <div>
          <h1>{words.title}</h1>
          <p className="quiet">{words.lead}</p>
        </div>
        <TroubleNote trouble={create.trouble} />
        <TextInput
          size="lg"
          label={words.name}
          description={words.nameHint}
          name="name"
          autoComplete="name"
          value={details.display_name}
          error={errorOf('name')}
          onChange={(event) => change({ display_name: event.currentTarget.value })}
        />
        <TextInput
          size="lg"
          label={words.email}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          value={details.email}
          error={errorOf('email')}
          onChange={(event) => change({ email: event.currentTarget.value })}
        />
        <PasswordInput
          size="lg"
          label={words.password}
          description={words.passwordHint}
          name="password"
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': signIn.showPassword }}
          rightSectionWidth={56}
          value={details.password}
          error={errorOf('password')}
          onChange={(event) => change({ password: event.currentTarget.value })}
        />
        <NativeSelect
          size="lg"
          label={words.zone}
          value={details.time_zone}
          data={zonesFor(details.time_zone)}
          onChange={(event) => change({ time_zone: event.currentTarget.value })}
        />
        <Act type="submit" tone="main" large wide loading={create.isRunning}>
          {words.submit}
        </Act>
        <p className={classes.hint}>
          <Link to="/">{words.have}</Link>
        </p>
      </form>
    </Shell>
  );
}
