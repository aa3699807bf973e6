import type { AppointmentCard, Person, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { knownZone } from '../format/time.ts';
import { dateInZone } from '../format/zoned.ts';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { PersonSelect } from './PersonSelect.tsx';
import { type Draft, type DraftFault, plan } from './plan.ts';
import { zonesFor } from './zones.ts';

const DURATIONS = [10, 15, 20, 30, 45, 60, 90];

export interface AppointmentFormProps {
  people: readonly Person[];
  onCreated: (card: AppointmentCard) => void;
}

/** Who, with whom, when. The zone is the clinician's until another is chosen. */
export function AppointmentForm({ people, onCreated }: AppointmentFormProps) {
  const { admin } = useStrings();
  const bedside = useBedside();
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [faults, setFaults] = useState<readonly DraftFault[]>([]);
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));
  const errorOf = (...fields: DraftFault[]) => {
    const found = fields.find((it) => faults.includes(it));
    return found ? admin.errors[found] : null;
  };
  const create = useAction(async () => {
    const planned = plan(draft, Date.now());
    setFaults('faults' in planned ? planned.faults : []);
    if ('params' in planned) onCreated(await bedside.call('appointment.place', planned.params));
  });
  const chooseClinician = (clinicianId: PersonId | null) => {
    const zone = people.find((it) => it.person_id === clinicianId)?.time_zone;
    change(zone ? { clinicianId, zone } : { clinicianId });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void create.run();
  };
  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <TroubleNote trouble={create.trouble} />
      <PersonSelect
        label={admin.patient}
        of="patient"
        people={people}
        value={draft.patientId}
        error={errorOf('patient')}
        onChange={(patientId) => change({ patientId })}
      />
      <PersonSelect
        label={admin.clinician}
        of="clinician"
        people={people}
        value={draft.clinicianId}
        error={errorOf('clinician')}
        onChange={chooseClinician}
      />
      <WhenFields draft={draft} change={change} errorOf={errorOf} />
      <Checkbox
        size="md"
        label={admin.mayInvite}
        checked={draft.mayInvite}
        onChange={(event) => change({ mayInvite: event.currentTarget.checked })}
      />
      <Act type="submit" tone="main" loading={create.isRunning}>
        {admin.create}
      </Act>
    </form>
  );
}

interface WhenFieldsProps {
  draft: Draft;
  change: (next: Partial<Draft>) => void;
  errorOf: (...fields: DraftFault[]) => string | null;
}

function WhenFields({ draft, change, errorOf }: WhenFieldsProps) {
  const { admin } = useStrings();
  return (
    <>
      <div className={classes.pair}>
        <TextInput
          size="md"
          type="date"
          label={admin.date}
          value={draft.date}
          error={errorOf('date')}
          onChange={(event) => change({ date: event.currentTarget.value })}
        />
        <TextInput
          size="md"
          type="time"
          label={admin.begin}
          value={draft.begin}
          error={errorOf('begin', 'gap', 'past')}
          onChange={(event) => change({ begin: event.currentTarget.value })}
        />
      </div>
      <div className={classes.pair}>
        <NativeSelect
          size="md"
          label={admin.duration}
          value={String(draft.minutes)}
          data={DURATIONS.map((it) => ({ value: String(it), label: admin.minutes(it) }))}
          onChange={(event) => change({ minutes: Number(event.currentTarget.value) })}
        />
        <NativeSelect
          size="md"
          label={admin.zone}
          value={draft.zone}
          data={zonesFor(draft.zone)}
          onChange={(event) => change({ zone: event.currentTarget.value })}
        />
      </div>
    </>
  );
}

function emptyDraft(): Draft {
  const zone = knownZone(undefined);
  return {
    patientId: null,
    clinicianId: null,
    date: dateInZone(Date.now(), zone),
    begin: '',
    minutes: 30,
    zone,
    mayInvite: false,
  };
}
