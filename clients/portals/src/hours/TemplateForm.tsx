import type { ServiceId, TemplateCard, TemplateTerms } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { zonesFor } from '../admin/zones.ts';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { dateAt } from '../calendar/days.ts';
import type { ServiceIndex } from '../calendar/useServices.ts';
import { Act } from '../parts/Act.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import type { Subject } from '../practice/Subject.tsx';
import { useStrings } from '../strings/index.ts';
import { type Faults, refusedField, type TemplateField, templateFaults } from './check.ts';
import classes from './hours.module.css';
import { dayName, readWeekly, WEEKDAYS, type Weekly, writeWeekly } from './rule.ts';
import { templateInWords } from './words.ts';

const FIELDS: readonly TemplateField[] = [
  'location',
  'time_zone',
  'recurrence',
  'starts',
  'ends',
  'valid_from',
  'valid_until',
  'except_dates',
  'service_ids',
];
const INTERVALS = [1, 2, 3, 4, 6, 8, 12];
const OTHER = 'other';

/** Terms as they stand in the form; dates that are left out are one text while they are typed. */
interface Draft {
  terms: TemplateTerms;
  except: string;
  isForSome: boolean;
}

export interface TemplateFormProps {
  subject: Subject;
  services: ServiceIndex;
  /** New ones when absent. */
  card: TemplateCard | null;
  others: readonly TemplateTerms[];
  onDone: () => void;
}

/** Regular hours, in place, with what they mean in words below. */
export function TemplateForm({ subject, services, card, others, onDone }: TemplateFormProps) {
  const { hours: words } = useStrings();
  const { language } = useTime();
  const bedside = useBedside();
  const announce = useAnnounce();
  const [draft, setDraft] = useState(() => draftOf(card, subject.zone));
  const [faults, setFaults] = useState<Faults<TemplateField>>({});
  const terms = termsOf(draft);
  const save = useAction(async () => {
    await bedside.call('schedule.save_template', {
      practitioner_id: subject.personId,
      ...(card ? { template_id: card.template_id } : {}),
      terms,
    });
    announce(words.saved);
    onDone();
  });
  const form = useFaultFocus(save.trouble ?? faults);
  const refused = refusedField(save.trouble, FIELDS);
  const errorOf = (field: TemplateField) => {
    const found = faults[field];
    if (found) return words.faults[found];
    if (refused !== field) return null;
    return field === 'recurrence' ? words.faults.refusedRule : words.faults.refused;
  };
  const change = (next: Partial<TemplateTerms>) =>
    setDraft((before) => ({ ...before, terms: { ...before.terms, ...next } }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = templateFaults(terms, others);
    if (draft.isForSome && draft.terms.service_ids?.length === 0) found.service_ids = 'services';
    setFaults(found);
    if (Object.keys(found).length === 0) void save.run();
  };
  const hasWords = Object.keys(templateFaults(terms, [])).length === 0;
  return (
    <form className={classes.form} onSubmit={submit} noValidate ref={form}>
      <h3>{card ? words.editHours : words.newHours}</h3>
      <TroubleNote trouble={refused ? null : save.trouble} />
      <RuleFields rule={terms.recurrence} error={errorOf('recurrence')} onChange={change} />
      <div className={classes.pair}>
        <TextInput
          size="md"
          type="time"
          label={words.starts}
          value={terms.starts}
          error={errorOf('starts')}
          onChange={(event) => change({ starts: event.currentTarget.value })}
        />
        <TextInput
          size="md"
          type="time"
          label={words.ends}
          description={words.endsHint}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={terms.ends === '24:00' ? '00:00' : terms.ends}
          error={errorOf('ends')}
          onChange={(event) => change({ ends: endOf(event.currentTarget.value) })}
        />
      </div>
      <div className={classes.pair}>
        <TextInput
          size="md"
          label={words.location}
          value={draft.terms.location}
          maxLength={120}
          error={errorOf('location')}
          onChange={(event) => change({ location: event.currentTarget.value })}
        />
        <NativeSelect
          size="md"
          label={words.zone}
          value={terms.time_zone}
          data={zonesFor(terms.time_zone)}
          error={errorOf('time_zone')}
          onChange={(event) => change({ time_zone: event.currentTarget.value })}
        />
      </div>
      <Validity draft={draft} errorOf={errorOf} onChange={change} onDraft={setDraft} />
      <Services
        draft={draft}
        services={services}
        error={errorOf('service_ids')}
        onDraft={setDraft}
      />
      <div className={classes.means} aria-live="polite">
        <p className="quiet">{words.means}</p>
        <p>
          {hasWords
            ? templateInWords(terms, language, words.rules, (id) => nameOf(services, id))
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

interface RuleFieldsProps {
  rule: string;
  error: string | null;
  onChange: (next: Partial<TemplateTerms>) => void;
}

/** Days of the week as buttons to tick; any other rule as its text. */
function RuleFields({ rule, error, onChange }: RuleFieldsProps) {
  const { hours: words } = useStrings();
  const { language } = useTime();
  // A rule without any day yet is still one of the picker.
  const weekly = readWeekly(rule) ?? emptyWeekly(rule);
  const set = (next: Weekly) => onChange({ recurrence: writeWeekly(next) });
  const toggle = (day: number) => {
    if (!weekly) return;
    const days = weekly.days.includes(day)
      ? weekly.days.filter((it) => it !== day)
      : [...weekly.days, day];
    set({ ...weekly, days });
  };
  return (
    <>
      {weekly ? (
        <fieldset className={classes.set} aria-describedby={error ? 'days-error' : undefined}>
          <legend>{words.days}</legend>
          <div className={classes.days}>
            {WEEKDAYS.map((name, day) => (
              <label key={name} className={classes.dayPick}>
                <input
                  type="checkbox"
                  checked={weekly.days.includes(day)}
                  onChange={() => toggle(day)}
                />
                <span aria-hidden="true">{dayName(day, language, 'short')}</span>
                <span className="hidden">{dayName(day, language)}</span>
              </label>
            ))}
          </div>
          {error ? (
            <p id="days-error" className={classes.fault}>
              {error}
            </p>
          ) : null}
        </fieldset>
      ) : (
        <TextInput
          size="md"
          label={words.rule}
          description={words.ruleHint}
          value={rule}
          maxLength={200}
          error={error}
          onChange={(event) => onChange({ recurrence: event.currentTarget.value.toUpperCase() })}
        />
      )}
      <NativeSelect
        size="md"
        label={words.repeat}
        value={weekly ? String(weekly.everyWeeks) : OTHER}
        data={[
          ...[...new Set([...INTERVALS, weekly?.everyWeeks ?? 1])]
            .sort((one, other) => one - other)
            .map((it) => ({ value: String(it), label: words.everyWeeks(it) })),
          { value: OTHER, label: words.otherRule },
        ]}
        onChange={(event) => {
          const { value } = event.currentTarget;
          if (value === OTHER) onChange({ recurrence: 'FREQ=MONTHLY;BYDAY=1MO' });
          else set({ days: weekly?.days ?? [], everyWeeks: Number(value) });
        }}
      />
    </>
  );
}

interface ValidityProps {
  draft: Draft;
  errorOf: (field: TemplateField) => string | null;
  onChange: (next: Partial<TemplateTerms>) => void;
  onDraft: (next: (before: Draft) => Draft) => void;
}

function Validity({ draft, errorOf, onChange, onDraft }: ValidityProps) {
  const { hours: words } = useStrings();
  const { terms } = draft;
  const setUntil = (value: string) =>
    onDraft((before) => {
      const { valid_until: _, ...rest } = before.terms;
      return { ...before, terms: value === '' ? rest : { ...rest, valid_until: value } };
    });
  return (
    <>
      <div className={classes.pair}>
        <TextInput
          size="md"
          type="date"
          label={words.validFrom}
          value={terms.valid_from}
          error={errorOf('valid_from')}
          onChange={(event) => onChange({ valid_from: event.currentTarget.value })}
        />
        <TextInput
          size="md"
          type="date"
          label={words.validUntil}
          description={words.validUntilHint}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={terms.valid_until ?? ''}
          error={errorOf('valid_until')}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
      </div>
      <TextInput
        size="md"
        label={words.exceptDates}
        description={words.exceptDatesHint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={draft.except}
        error={errorOf('except_dates')}
        onChange={(event) => {
          const except = event.currentTarget.value;
          onDraft((before) => ({ ...before, except }));
        }}
      />
    </>
  );
}

interface ServicesProps {
  draft: Draft;
  services: ServiceIndex;
  error: string | null;
  onDraft: (next: (before: Draft) => Draft) => void;
}

function Services({ draft, services, error, onDraft }: ServicesProps) {
  const { hours: words } = useStrings();
  const chosen = draft.terms.service_ids ?? [];
  const toggle = (id: ServiceId) => {
    const service_ids = chosen.includes(id) ? chosen.filter((it) => it !== id) : [...chosen, id];
    onDraft((before) => ({ ...before, terms: { ...before.terms, service_ids } }));
  };
  return (
    <>
      <NativeSelect
        size="md"
        label={words.services}
        value={draft.isForSome ? 'some' : 'all'}
        error={error}
        data={[
          { value: 'all', label: words.allServices },
          { value: 'some', label: words.someServices },
        ]}
        onChange={(event) => {
          const isForSome = event.currentTarget.value === 'some';
          onDraft((before) => ({ ...before, isForSome }));
        }}
      />
      {draft.isForSome ? (
        <fieldset className={classes.set}>
          <legend className="hidden">{words.services}</legend>
          <div className={classes.checks}>
            {[...services.values()].map((it) => (
              <Checkbox
                key={it.service_id}
                size="md"
                label={it.terms.name}
                checked={chosen.includes(it.service_id)}
                onChange={() => toggle(it.service_id)}
              />
            ))}
          </div>
        </fieldset>
      ) : null}
    </>
  );
}

function draftOf(card: TemplateCard | null, zone: string): Draft {
  if (card) {
    return {
      terms: { ...card.terms, service_ids: card.terms.service_ids ?? [] },
      except: (card.terms.except_dates ?? []).join(', '),
      isForSome: (card.terms.service_ids ?? []).length > 0,
    };
  }
  return {
    terms: {
      location: '',
      time_zone: zone,
      recurrence: writeWeekly({ days: [], everyWeeks: 1 }),
      starts: '09:00',
      ends: '12:00',
      valid_from: dateAt(Date.now(), zone),
      service_ids: [],
    },
    except: '',
    isForSome: false,
  };
}

function termsOf({ terms, except, isForSome }: Draft): TemplateTerms {
  const dates = except.split(/[\s,;]+/).filter((it) => it !== '');
  return {
    ...terms,
    location: terms.location.trim(),
    except_dates: [...new Set(dates)].sort(),
    service_ids: isForSome ? (terms.service_ids ?? []) : [],
  };
}

/** `FREQ=WEEKLY;INTERVAL=2;BYDAY=`: the picker with no day ticked. */
function emptyWeekly(rule: string): Weekly | null {
  const found = /^FREQ=WEEKLY(?:;INTERVAL=(\d+))?;BYDAY=$/.exec(rule);
  return found ? { days: [], everyWeeks: Number(found[1] ?? 1) } : null;
}

/** A time field has no 24:00. */
function endOf(value: string): string {
  return value === '00:00' ? '24:00' : value;
}

function nameOf(services: ServiceIndex, id: ServiceId): string {
  return services.get(id)?.terms.name ?? '…';
}
