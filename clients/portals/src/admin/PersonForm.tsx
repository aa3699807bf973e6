import type { OperationMap, RegionCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { knownZone } from '../format/time.ts';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { ROLES } from './filter.ts';
import { zonesFor } from './zones.ts';

type NewPerson = OperationMap['person.create']['params'];
type Field = 'name' | 'email';

/** The fields that can not be accepted as they are. */
export function faultsIn(person: NewPerson): Field[] {
  const faults: Field[] = [];
  const name = person.display_name.trim();
  if (name === '' || [...name].length > 120) faults.push('name');
  if (!/^[^\s@]+@[^\s@]+$/.test(person.email.trim())) faults.push('email');
  return faults;
}

export interface PersonFormProps {
  regions: readonly RegionCard[];
  onCreated: (name: string) => void;
}

/** Nobody chooses a password for somebody else: who gets an account is sent a link. */
export function PersonForm({ regions, onCreated }: PersonFormProps) {
  const { admin, roles, residency } = useStrings();
  const bedside = useBedside();
  const [person, setPerson] = useState<NewPerson>({
    display_name: '',
    email: '',
    role: 'patient',
    time_zone: knownZone(undefined),
  });
  const [faults, setFaults] = useState<readonly Field[]>([]);
  const change = (next: Partial<NewPerson>) => setPerson((before) => ({ ...before, ...next }));
  const errorOf = (field: Field) => (faults.includes(field) ? admin.errors[field] : null);
  const create = useAction(async () => {
    const display_name = person.display_name.trim();
    await bedside.call('person.create', { ...person, display_name, email: person.email.trim() });
    onCreated(display_name);
  });
  // The hub's own is the first of them. With one alone there is nothing to choose.
  const homes = regions.filter((it) => it.is_kept).map((it) => it.region);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = faultsIn(person);
    setFaults(found);
    if (found.length === 0) void create.run();
  };
  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <TroubleNote trouble={create.trouble} />
      <TextInput
        size="md"
        label={admin.name}
        data-autofocus
        autoComplete="off"
        value={person.display_name}
        error={errorOf('name')}
        onChange={(event) => change({ display_name: event.currentTarget.value })}
      />
      <NativeSelect
        size="md"
        label={admin.role}
        value={person.role}
        data={ROLES.map((it) => ({ value: it, label: roles[it] }))}
        onChange={(event) => {
          const role = ROLES.find((it) => it === event.currentTarget.value);
          if (role) change({ role });
        }}
      />
      <TextInput
        size="md"
        type="email"
        label={admin.email}
        description={admin.emailHint}
        autoComplete="off"
        value={person.email}
        error={errorOf('email')}
        onChange={(event) => change({ email: event.currentTarget.value })}
      />
      <NativeSelect
        size="md"
        label={admin.zone}
        value={person.time_zone}
        data={zonesFor(person.time_zone)}
        onChange={(event) => change({ time_zone: event.currentTarget.value })}
      />
      {homes.length < 2 ? null : (
        <NativeSelect
          size="md"
          label={residency.home}
          description={residency.homeOfNew}
          value={person.home_region ?? homes[0]}
          data={homes}
          onChange={(event) => change({ home_region: event.currentTarget.value })}
        />
      )}
      <Act type="submit" tone="main" loading={create.isRunning}>
        {admin.create}
      </Act>
    </form>
  );
}
