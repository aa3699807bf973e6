import type { AuditEntry } from '@bedside/client';
import { useState } from 'react';
import { Table } from '../admin/Table.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import { callerName, deedTitle, endingOf, refusalOf } from './deeds.ts';
import { EntrySheet } from './EntrySheet.tsx';
import type { AuditQuery } from './query.ts';

export interface AuditTableProps {
  records: readonly AuditEntry[];
  onAsk: (query: AuditQuery) => void;
}

/** Lines in plain words. Arrow keys go through them, Enter shows the details. */
export function AuditTable({ records, onAsk }: AuditTableProps) {
  const { audit } = useStrings();
  const words = audit.search;
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const ask = (query: AuditQuery) => {
    setOpen(null);
    onAsk(query);
  };
  return (
    <>
      <Table
        label={words.table}
        columns={[words.time, words.who, words.operation, words.about, words.outcome]}
        hasActions
      >
        {records.map((it) => (
          <Line key={it.audit_id} entry={it} onOpen={() => setOpen(it)} />
        ))}
      </Table>
      <EntrySheet entry={open} onAsk={ask} onClose={() => setOpen(null)} />
    </>
  );
}

function Line({ entry, onOpen }: { entry: AuditEntry; onOpen: () => void }) {
  const strings = useStrings();
  const { audit, roles } = strings;
  const words = audit.search;
  const time = useTime();
  const now = useNow();
  const name = callerName(entry, strings);
  const when = time.dayAndClock(entry.at, now);
  const about = entry.patients.map((it) => it.display_name ?? audit.goneAccount).join(', ');
  return (
    <tr>
      <td data-label={words.time} className={classes.when}>
        {time.day(entry.at, now)} <bdi className={classes.clock}>{time.clock(entry.at)}</bdi>
      </td>
      <th scope="row" data-label={words.who}>
        {name}
        {entry.caller?.role ? (
          <span className={classes.role}>{roles[entry.caller.role]}</span>
        ) : null}
      </th>
      <td data-label={words.operation}>{deedTitle(entry.operation, strings)}</td>
      <td data-label={words.about}>{about || <span className="quiet">{words.noRecord}</span>}</td>
      <td data-label={words.outcome}>
        <Ending entry={entry} />
      </td>
      <td>
        <div className={classes.cellActs}>
          <Act tone="bare" onClick={onOpen} aria-label={words.detailsOf(name, when)}>
            {audit.details}
          </Act>
        </div>
      </td>
    </tr>
  );
}

/** How it ended: a word, and for a refusal what the caller was told. */
export function Ending({ entry }: { entry: AuditEntry }) {
  const strings = useStrings();
  const ending = endingOf(entry);
  const refusal = ending === 'refused' ? refusalOf(entry.outcome, strings) : null;
  return (
    <span className={classes.ending}>
      <Chip tone={ending === 'done' ? 'good' : ending === 'refused' ? 'danger' : 'plain'}>
        {strings.audit.search[ending]}
      </Chip>
      {refusal ? <span className={classes.role}>{refusal}</span> : null}
    </span>
  );
}
