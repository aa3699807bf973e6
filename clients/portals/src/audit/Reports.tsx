import type { AuditReport, Person, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox, TextInput } from '@mantine/core';
import { IconBookmark, IconBookmarkPlus, IconUsers, IconX } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import type { AuditQuery } from './query.ts';
import { filtersOf, MAX_NAME, namesSomebody, queryOf } from './reports.ts';
import { useReports } from './useReports.ts';

export interface ReportsProps {
  owner: PersonId;
  people: readonly Person[];
  query: AuditQuery;
  onOpen: (query: AuditQuery) => void;
}

/** Filters that were kept under a title: one's own, and those that other administrators share. */
export function Reports({ owner, people, query, onOpen }: ReportsProps) {
  const { audit, common } = useStrings();
  const words = audit.reports;
  const bedside = useBedside();
  const announce = useAnnounce();
  const { zone } = useTime();
  const { reports, trouble, reload } = useReports(owner);
  const [isNaming, setNaming] = useState(false);
  const [removing, setRemoving] = useState<AuditReport | null>(null);
  const remove = useAction(async ({ report_id }: AuditReport) => {
    await bedside.call('audit.remove_report', { report_id });
    setRemoving(null);
    announce(words.removed);
    reload();
  });
  const saved = (name: string) => {
    setNaming(false);
    announce(words.saved(name));
    reload();
  };
  const byOf = (it: AuditReport) =>
    it.made_by === owner
      ? null
      : (people.find((person) => person.person_id === it.made_by)?.display_name ?? words.somebody);
  return (
    <section className={classes.reports} aria-label={words.title}>
      {reports?.map((it) => (
        <Line
          key={it.report_id}
          report={it}
          by={byOf(it)}
          onOpen={() => onOpen(queryOf(it.filters, zone))}
          onRemove={() => setRemoving(it)}
        />
      ))}
      <Act
        tone="bare"
        icon={<IconBookmarkPlus aria-hidden size={20} />}
        onClick={() => setNaming(true)}
      >
        {words.save}
      </Act>
      <TroubleNote trouble={trouble} words={words.refused}>
        <Act onClick={reload}>{common.tryAgain}</Act>
      </TroubleNote>
      <Sheet title={words.save} isOpen={isNaming} onClose={() => setNaming(false)}>
        <NameForm people={people} query={query} onSaved={saved} />
      </Sheet>
      <Confirm
        title={words.removeTitle(removing?.name ?? '')}
        body={removing?.shared ? words.removeShared : words.removeBody}
        confirm={words.removeConfirm}
        keep={words.keep}
        isOpen={removing !== null}
        isRunning={remove.isRunning}
        trouble={remove.trouble}
        onConfirm={() => removing && remove.run(removing)}
        onClose={() => setRemoving(null)}
      />
    </section>
  );
}

interface LineProps {
  report: AuditReport;
  /** Who shares it; `null` of one's own. */
  by: string | null;
  onOpen: () => void;
  onRemove: () => void;
}

function Line({ report: { name, shared }, by, onOpen, onRemove }: LineProps) {
  const words = useStrings().audit.reports;
  const Icon = shared ? IconUsers : IconBookmark;
  return (
    <span className={classes.report}>
      <Act
        icon={<Icon aria-hidden size={20} />}
        onClick={onOpen}
        aria-label={
          by === null
            ? shared
              ? words.openShared(name)
              : words.open(name)
            : words.openOf(name, by)
        }
      >
        {name}
      </Act>
      {by === null ? (
        <Act tone="bare" onClick={onRemove} aria-label={words.remove(name)}>
          <IconX aria-hidden size={20} />
        </Act>
      ) : null}
    </span>
  );
}

interface NameFormProps {
  people: readonly Person[];
  query: AuditQuery;
  onSaved: (name: string) => void;
}

function NameForm({ people, query, onSaved }: NameFormProps) {
  const words = useStrings().audit.reports;
  const bedside = useBedside();
  const { zone } = useTime();
  const [text, setText] = useState('');
  const [shared, setShared] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const save = useAction(async (name: string) => {
    const filters = filtersOf(query, zone);
    await bedside.call('audit.save_report', { name, filters, shared });
    onSaved(name);
  });
  const faultOf = (name: string): string | null => {
    if (name === '' || name.length > MAX_NAME) return words.missing;
    const names = people.map((it) => it.display_name);
    return namesSomebody(name, names) ? words.namesSomebody : null;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = text.trim();
    const fault = faultOf(name);
    setError(fault);
    if (fault === null) void save.run(name);
  };
  return (
    <form className={classes.sheet} onSubmit={submit} noValidate>
      <TextInput
        size="md"
        label={words.name}
        description={words.hint}
        value={text}
        error={error}
        maxLength={MAX_NAME}
        autoComplete="off"
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Checkbox
        size="md"
        label={words.share}
        description={words.shareHint}
        checked={shared}
        onChange={(event) => setShared(event.currentTarget.checked)}
      />
      <TroubleNote trouble={save.trouble} words={words.refused} />
      <div>
        <Act type="submit" tone="main" loading={save.isRunning}>
          {words.submit}
        </Act>
      </div>
    </form>
  );
}
