import type { ExceptionCard, ExceptionTerms } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { zonesFor } from '../admin/zones.ts';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { addDays, dateAt, isDate } from '../calendar/days.ts';
import { Act } from '../parts/Act.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { type Action, useAction } from '../parts/trouble.ts';
import type { Subject } from '../practice/Subject.tsx';
import { useStrings } from '../strings/index.ts';
import { type ExceptionField, exceptionFaults, type Faults, refusedField } from './check.ts';
import classes from './hours.module.css';
import { exceptionInWords } from './words.ts';

const FIELDS: readonly ExceptionField[] = ['time_zone', 'starts', 'ends', 'location', 'reason'];

export interface ExceptionFormProps {
  subject: Subject;
  card: ExceptionCard | null;
  kind: ExceptionTerms['kind'];
  onDone: () => void;
}

/** Time off, or hours for once. */
export function ExceptionForm({ subject, card, kind, onDone }: ExceptionFormProps) {
  const { hours: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const save = useAction(async (terms: ExceptionTerms) => {
    await bedside.call('schedule.save_exception', {
      practitioner_id: subject.personId,
      ...(card ? { exception_id: card.exception_id } : {}),
      terms,
    });
    announce(words.saved);
    onDone();
  });
  const title = kind === 'open' ? words.newOpen : words.newOff;
  return (
    <DeviationForm
      title={card ? words.editDeviation : title}
      terms={card?.terms ?? blank(kind, subject.zone)}
      save={save}
      onDone={onDone}
      isCard
    />
  );
}

export interface DeviationFormProps {
  title: string | null;
  terms: ExceptionTerms;
  save: Action<[ExceptionTerms], void>;
  onDone: () => void;
  /** Stands in the page, not in a dialog. */
  isCard?: boolean;
}

/** The fields of a deviation, of a practitioner or of the whole clinic. */
export function DeviationForm({ title, terms: first, save, onDone, isCard }: DeviationFormProps) {
  const { hours: words } = useStrings();
  const { language } = useTime();
  const [terms, setTerms] = useState(first);
  const [isWhole, setWhole] = useState(() => isWholeDays(first));
  const [faults, setFaults] = useState<Faults<ExceptionField>>({});
  const form = useFaultFocus(save.trouble ?? faults);
  const refused = refusedField(save.trouble, FIELDS);
  const errorOf = (field: ExceptionField) => {
    const found = faults[field];
    if (found) return words.faults[found];
    return refused === field ? words.faults.refused : null;
  };
  const change = (next: Partial<ExceptionTerms>) => setTerms((before) => ({ ...before, ...next }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = exceptionFaults(terms);
    setFaults(found);
    if (Object.keys(found).length === 0) void save.run(terms);
  };
  const turn = (next: boolean) => {
    setWhole(next);
    const day = terms.starts.slice(0, 10);
    if (next) change({ starts: `${day}T00:00`, ends: `${addDays(day, 1)}T00:00` });
    else change({ starts: `${day}T09:00`, ends: `${day}T12:00` });
  };
  const isOpen = terms.kind === 'open';
  return (
    <form className={isCard ? classes.form : classes.plain} onSubmit={submit} noValidate ref={form}>
      {title === null ? null : <h3>{title}</h3>}
      <TroubleNote trouble={refused ? null : save.trouble} />
      {isOpen ? null : (
        <Checkbox
          size="md"
          label={words.wholeDays}
          checked={isWhole}
          onChange={(event) => turn(event.currentTarget.checked)}
        />
      )}
      {isWhole && !isOpen ? (
        <WholeDays terms={terms} errorOf={errorOf} onChange={change} />
      ) : (
        <div className={classes.pair}>
          <TextInput
            size="md"
            type="datetime-local"
            label={words.starts}
            value={terms.starts}
            error={errorOf('starts')}
            onChange={(event) => change({ starts: event.currentTarget.value })}
          />
          <TextInput
            size="md"
            type="datetime-local"
            label={words.ends}
            value={terms.ends}
            error={errorOf('ends')}
            onChange={(event) => change({ ends: event.currentTarget.value })}
          />
        </div>
      )}
      <div className={classes.pair}>
        {isOpen ? (
          <TextInput
            size="md"
            label={words.location}
            value={terms.location ?? ''}
            maxLength={120}
            error={errorOf('location')}
            onChange={(event) => change({ location: event.currentTarget.value })}
          />
        ) : null}
        <NativeSelect
          size="md"
          label={words.zone}
          value={terms.time_zone}
          data={zonesFor(terms.time_zone)}
          error={errorOf('time_zone')}
          onChange={(event) => change({ time_zone: event.currentTarget.value })}
        />
      </div>
      <TextInput
        size="md"
        label={words.reason}
        description={words.reasonHint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={terms.reason ?? ''}
        error={errorOf('reason')}
        onChange={(event) => change({ reason: event.currentTarget.value })}
      />
      <div className={classes.means} aria-live="polite">
        <p className="quiet">{words.means}</p>
        <p>
          {Object.keys(exceptionFaults({ ...terms, location: '-' })).length === 0
            ? exceptionInWords(terms, language)
            : '…'}
        </p>
      </div>
      <div className={classes.actions}>
        <Act type="submit" tone="main" loading={save.isRunning}>
          {words.save}
        </Act>
        <Act tone="quiet" onClick={onDone}>
          {words.discard}
        </Act>
      </div>
    </form>
  );
}

interface WholeDaysProps {
  terms: ExceptionTerms;
  errorOf: (field: ExceptionField) => string | null;
  onChange: (next: Partial<ExceptionTerms>) => void;
}

/** The last day is a day that is off; the hub wants the midnight after it. */
function WholeDays({ terms, errorOf, onChange }: WholeDaysProps) {
  const { hours: words } = useStrings();
  const first = terms.starts.slice(0, 10);
  const end = terms.ends.slice(0, 10);
  const last = isDate(end) ? addDays(end, -1) : '';
  return (
    <div className={classes.pair}>
      <TextInput
        size="md"
        type="date"
        label={words.firstDay}
        value={first}
        error={errorOf('starts')}
        onChange={(event) => onChange(movedTo(terms, event.currentTarget.value))}
      />
      <TextInput
        size="md"
        type="date"
        label={words.lastDay}
        value={last}
        error={errorOf('ends')}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange({ ends: isDate(value) ? `${addDays(value, 1)}T00:00` : '' });
        }}
      />
    </div>
  );
}

/** Another first day takes the last one along when it would be before it. */
function movedTo(terms: ExceptionTerms, first: string): Partial<ExceptionTerms> {
  if (!isDate(first)) return { starts: '' };
  const starts = `${first}T00:00`;
  return terms.ends > starts ? { starts } : { starts, ends: `${addDays(first, 1)}T00:00` };
}

function isWholeDays(terms: ExceptionTerms): boolean {
  return terms.starts.endsWith('T00:00') && terms.ends.endsWith('T00:00');
}

/** A day off, or a morning of extra hours, tomorrow. */
export function blank(kind: ExceptionTerms['kind'], zone: string): ExceptionTerms {
  const tomorrow = addDays(dateAt(Date.now(), zone), 1);
  const times =
    kind === 'open'
      ? { starts: `${tomorrow}T09:00`, ends: `${tomorrow}T12:00` }
      : { starts: `${tomorrow}T00:00`, ends: `${addDays(tomorrow, 1)}T00:00` };
  return { kind, time_zone: zone, ...times, location: '', reason: '' };
}
