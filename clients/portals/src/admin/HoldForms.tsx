import type { LegalHold, Person, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { PersonSelect } from './PersonSelect.tsx';

/** As the hub bounds it. */
const MOST_REASON = 500;
/** How many are left is told from here on. */
const NEAR = 100;

type Fault = 'patient' | 'reason';

const isReason = (text: string) => text.trim() !== '' && [...text.trim()].length <= MOST_REASON;

export interface PlaceFormProps {
  people: readonly Person[];
  onPlaced: (name: string) => void;
}

/** Whose record has to stay, and why. */
export function PlaceForm({ people, onPlaced }: PlaceFormProps) {
  const words = useStrings().records.holds;
  const bedside = useBedside();
  const [personId, setPersonId] = useState<PersonId | null>(null);
  const [reason, setReason] = useState('');
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const form = useFaultFocus(faults);
  const place = useAction(async (person: Person) => {
    const { person_id, display_name } = person;
    await bedside.call('record.hold', { person_id, reason: reason.trim() });
    onPlaced(display_name);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const person = people.find((it) => it.person_id === personId);
    const found: Fault[] = [];
    if (!person) found.push('patient');
    if (!isReason(reason)) found.push('reason');
    setFaults(found);
    if (person && found.length === 0) void place.run(person);
  };
  return (
    <form ref={form} className={classes.form} onSubmit={submit} noValidate>
      <TroubleNote trouble={place.trouble} />
      <PersonSelect
        label={words.whose}
        of="patient"
        people={people}
        value={personId}
        error={faults.includes('patient') ? words.faults.patient : null}
        onChange={setPersonId}
      />
      <Reason
        hint={words.reasonHint}
        value={reason}
        isWrong={faults.includes('reason')}
        onChange={setReason}
      />
      <Act type="submit" tone="main" loading={place.isRunning}>
        {words.place}
      </Act>
    </form>
  );
}

export interface LiftFormProps {
  hold: LegalHold;
  onLifted: () => void;
}

/** Why it may be erased again. */
export function LiftForm({ hold, onLifted }: LiftFormProps) {
  const words = useStrings().records.holds;
  const bedside = useBedside();
  const [reason, setReason] = useState('');
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const form = useFaultFocus(faults);
  const lift = useAction(async () => {
    await bedside.call('record.lift_hold', { hold_id: hold.hold_id, reason: reason.trim() });
    onLifted();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setFaults(isReason(reason) ? [] : ['reason']);
    if (isReason(reason)) void lift.run();
  };
  return (
    <form ref={form} className={classes.form} onSubmit={submit} noValidate>
      <p>{words.liftBody}</p>
      <TroubleNote trouble={lift.trouble} words={words.refused} />
      <Reason
        hint={words.liftHint}
        value={reason}
        isWrong={faults.includes('reason')}
        onChange={setReason}
      />
      <Act type="submit" tone="main" loading={lift.isRunning}>
        {words.liftSubmit}
      </Act>
    </form>
  );
}

interface ReasonProps {
  hint: string;
  value: string;
  isWrong: boolean;
  onChange: (text: string) => void;
}

function Reason({ hint, value, isWrong, onChange }: ReasonProps) {
  const words = useStrings().records.holds;
  const left = MOST_REASON - [...value].length;
  return (
    <div>
      <Textarea
        size="md"
        rows={3}
        label={words.reason}
        description={hint}
        value={value}
        error={isWrong ? words.faults.reason : null}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {left <= NEAR && left >= 0 ? (
        <p className={classes.hint} role="status">
          {words.left(left)}
        </p>
      ) : null}
    </div>
  );
}
