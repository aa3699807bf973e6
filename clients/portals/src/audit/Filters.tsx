import type { Person, PersonId } from '@bedside/client';
import { NativeSelect, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type FormEvent, useEffect, useMemo, useState } from 'react';
import { useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import { deedTitle } from './deeds.ts';
import { type AuditQuery, EVERYTHING, isBadRange, isSameQuery } from './query.ts';

export interface FiltersProps {
  people: readonly Person[];
  query: AuditQuery;
  onAsk: (query: AuditQuery) => void;
}

/** What to look for. Asked for by a button: every look is itself in the log. */
export function Filters({ people, query, onAsk }: FiltersProps) {
  const { audit, common } = useStrings();
  const words = audit.search;
  const time = useTime();
  const choices = useChoices(people);
  const [draft, setDraft] = useState(query);
  const [isBad, setBad] = useState(false);
  // A report that was opened, or a name that was followed.
  useEffect(() => setDraft(query), [query]);
  const ask = (next: AuditQuery) => {
    setBad(isBadRange(next));
    if (!isBadRange(next)) onAsk({ ...next });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask(draft);
  };
  const change = (next: Partial<AuditQuery>) => setDraft((before) => ({ ...before, ...next }));
  const select = (field: keyof AuditQuery, label: string, none: string, data: Choice[]) => (
    <NativeSelect
      size="md"
      label={label}
      value={draft[field] ?? ''}
      data={[{ value: '', label: none }, ...data]}
      onChange={(event) => change(chosen(field, event.currentTarget.value))}
    />
  );
  const day = (field: 'from' | 'until', label: string, error: string | null) => (
    <TextInput
      size="md"
      type="date"
      label={label}
      value={draft[field]}
      error={error}
      onChange={(event) => change({ [field]: event.currentTarget.value })}
    />
  );
  return (
    <form className={classes.card} onSubmit={submit} noValidate>
      <div className={classes.filters}>
        {select('who', words.who, words.anybody, choices.callers)}
        {select('whose', words.whose, words.anyRecord, choices.patients)}
        {select('operation', words.operation, words.anything, choices.operations)}
        {select('outcome', words.outcome, words.anyOutcome, choices.outcomes)}
        {day('from', words.from, null)}
        {day('until', words.until, isBad ? words.badRange : null)}
      </div>
      <div className={classes.filterActs}>
        <Act type="submit" tone="main" icon={<IconSearch aria-hidden size={20} />}>
          {words.show}
        </Act>
        {isSameQuery(draft, EVERYTHING) ? null : (
          <Act tone="bare" onClick={() => ask(EVERYTHING)}>
            {words.clear}
          </Act>
        )}
        <span className="quiet">{common.zone(time.zone)}</span>
      </div>
    </form>
  );
}

interface Choice {
  value: string;
  label: string;
}

function chosen(field: keyof AuditQuery, value: string): Partial<AuditQuery> {
  if (field === 'who' || field === 'whose') return { [field]: (value || null) as PersonId | null };
  return { [field]: value };
}

function useChoices(people: readonly Person[]) {
  const strings = useStrings();
  return useMemo(() => {
    const { audit, faults, roles, language } = strings;
    const { compare } = new Intl.Collator(language);
    const sorted = (choices: Choice[]) =>
      choices.sort((one, other) => compare(one.label, other.label));
    const named = (it: Person, label: string) => ({ value: it.person_id, label });
    const { offline: _, ...codes } = faults;
    return {
      callers: sorted(people.map((it) => named(it, `${it.display_name} · ${roles[it.role]}`))),
      patients: sorted(
        people.filter((it) => it.role === 'patient').map((it) => named(it, it.display_name)),
      ),
      operations: sorted(
        Object.keys(audit.deeds).map((it) => ({ value: it, label: deedTitle(it, strings) })),
      ),
      outcomes: [
        { value: 'ok', label: audit.search.done },
        { value: 'begin', label: audit.search.begun },
        ...sorted(
          Object.entries(codes).map(([value, { title }]) => ({
            value,
            label: `${audit.search.refused}: ${title} (${value})`,
          })),
        ),
      ],
    };
  }, [people, strings]);
}
