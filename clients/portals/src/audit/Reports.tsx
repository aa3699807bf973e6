import type { Person, PersonId } from '@bedside/client';
import { TextInput } from '@mantine/core';
import { IconBookmark, IconBookmarkPlus, IconX } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import type { AuditQuery } from './query.ts';
import {
  MAX_NAME,
  MAX_REPORTS,
  namesSomebody,
  type Report,
  readReports,
  writeReports,
} from './reports.ts';

export interface ReportsProps {
  owner: PersonId;
  people: readonly Person[];
  query: AuditQuery;
  onOpen: (query: AuditQuery) => void;
}

/** Filters that were kept under a title. */
export function Reports({ owner, people, query, onOpen }: ReportsProps) {
  const { audit } = useStrings();
  const words = audit.reports;
  const announce = useAnnounce();
  const [reports, setReports] = useState(() => readReports(owner));
  const [isNaming, setNaming] = useState(false);
  const [removing, setRemoving] = useState<Report | null>(null);
  const keep = (next: Report[]): boolean => {
    const isKept = writeReports(owner, next);
    if (isKept) setReports(next);
    return isKept;
  };
  const save = (name: string): boolean => {
    const isKept = keep([...reports.filter((it) => it.name !== name), { name, query }]);
    if (!isKept) return false;
    setNaming(false);
    announce(words.saved(name));
    return true;
  };
  const remove = () => {
    keep(reports.filter((it) => it !== removing));
    setRemoving(null);
    announce(words.removed);
  };
  return (
    <section className={classes.reports} aria-label={words.title}>
      {reports.map((it) => (
        <span key={it.name} className={classes.report}>
          <Act
            icon={<IconBookmark aria-hidden size={20} />}
            onClick={() => onOpen(it.query)}
            aria-label={words.open(it.name)}
          >
            {it.name}
          </Act>
          <Act tone="bare" onClick={() => setRemoving(it)} aria-label={words.remove(it.name)}>
            <IconX aria-hidden size={20} />
          </Act>
        </span>
      ))}
      <Act
        tone="bare"
        icon={<IconBookmarkPlus aria-hidden size={20} />}
        onClick={() => setNaming(true)}
      >
        {words.save}
      </Act>
      <Sheet title={words.save} isOpen={isNaming} onClose={() => setNaming(false)}>
        <NameForm
          people={people}
          isFull={(name) =>
            reports.length >= MAX_REPORTS && !reports.some((it) => it.name === name)
          }
          onSave={save}
        />
      </Sheet>
      <Confirm
        title={words.removeTitle(removing?.name ?? '')}
        body={words.removeBody}
        confirm={words.removeConfirm}
        keep={words.keep}
        isOpen={removing !== null}
        isRunning={false}
        trouble={null}
        onConfirm={remove}
        onClose={() => setRemoving(null)}
      />
    </section>
  );
}

interface NameFormProps {
  people: readonly Person[];
  isFull: (name: string) => boolean;
  onSave: (name: string) => boolean;
}

function NameForm({ people, isFull, onSave }: NameFormProps) {
  const words = useStrings().audit.reports;
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const faultOf = (name: string): string | null => {
    if (name === '' || name.length > MAX_NAME) return words.missing;
    if (isFull(name)) return words.full;
    const names = people.map((it) => it.display_name);
    return namesSomebody(name, names) ? words.namesSomebody : null;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = text.trim();
    setError(faultOf(name) ?? (onSave(name) ? null : words.notKept));
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
      <div>
        <Act type="submit" tone="main">
          {words.submit}
        </Act>
      </div>
    </form>
  );
}
