import type { AuditEntry } from '@bedside/client';
import type { ReactNode } from 'react';
import { useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import { callerName, deedTitle, endingOf, refusalOf } from './deeds.ts';
import { type AuditQuery, EVERYTHING } from './query.ts';
import { Verify } from './Verify.tsx';

export interface EntrySheetProps {
  entry: AuditEntry | null;
  onAsk: (query: AuditQuery) => void;
  onClose: () => void;
}

/** All that an entry says, the ways on from it, and whether it is genuine. */
export function EntrySheet({ entry, onAsk, onClose }: EntrySheetProps) {
  const { audit } = useStrings();
  return (
    <Sheet title={audit.entry.title} isOpen={entry !== null} onClose={onClose} wide>
      {entry ? (
        <div className={classes.sheet}>
          <Facts entry={entry} />
          <Ways entry={entry} onAsk={onAsk} />
          <Verify key={entry.audit_id} shown={entry} />
        </div>
      ) : null}
    </Sheet>
  );
}

function Facts({ entry }: { entry: AuditEntry }) {
  const strings = useStrings();
  const { audit, roles, language } = strings;
  const words = audit.entry;
  const time = useTime();
  const number = new Intl.NumberFormat(language);
  const ending = endingOf(entry);
  const refusal = ending === 'refused' ? refusalOf(entry.outcome, strings) : null;
  const { caller, target } = entry;
  return (
    <dl className={classes.facts}>
      <Fact name={words.when}>
        <bdi>{time.moment(entry.at)}</bdi>
      </Fact>
      <Fact name={words.who}>{callerName(entry, strings)}</Fact>
      {caller?.role ? <Fact name={words.role}>{roles[caller.role]}</Fact> : null}
      <Fact name={words.what}>
        {deedTitle(entry.operation, strings)} <code>{entry.operation}</code>
      </Fact>
      <Fact name={words.outcome}>
        {audit.search[ending]} {ending === 'refused' ? <code>{entry.outcome}</code> : null}
        {refusal ? <span className={classes.role}>{audit.search.told(refusal)}</span> : null}
      </Fact>
      {entry.patients.length > 0 ? (
        <Fact name={words.patients}>
          {entry.patients.map((it) => it.display_name ?? audit.goneAccount).join(', ')}
        </Fact>
      ) : null}
      {target ? (
        <Fact name={words.target}>
          {audit.kinds[target.kind] ?? target.kind} <code>{target.id}</code>
        </Fact>
      ) : null}
      {entry.returned === undefined ? null : (
        <Fact name={words.returned}>{number.format(entry.returned)}</Fact>
      )}
      {entry.network ? (
        <Fact name={words.network}>
          <code>{entry.network}</code>
        </Fact>
      ) : null}
      <Fact name={words.request}>
        <code>{entry.request_id}</code>
      </Fact>
      <Fact name={words.number}>
        {entry.entry === undefined ? words.noNumber : number.format(entry.entry)}
      </Fact>
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** From a person or a record to all that is known of it. */
function Ways({ entry, onAsk }: { entry: AuditEntry; onAsk: (query: AuditQuery) => void }) {
  const strings = useStrings();
  const words = strings.audit.entry;
  const who = entry.caller?.person_id;
  const gone = strings.audit.goneAccount;
  return (
    <div className={classes.ways}>
      {who ? (
        <Act onClick={() => onAsk({ ...EVERYTHING, who })}>
          {words.allBy(callerName(entry, strings))}
        </Act>
      ) : null}
      {entry.patients.map(({ person_id: whose, display_name }) => (
        <Act key={whose} onClick={() => onAsk({ ...EVERYTHING, whose })}>
          {words.allAbout(display_name ?? gone)}
        </Act>
      ))}
    </div>
  );
}
