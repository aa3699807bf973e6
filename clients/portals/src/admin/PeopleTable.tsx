import type { Person } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { useTime } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { Table } from './Table.tsx';

/** What is to be done with whom. */
export interface Asked {
  kind: 'edit' | 'invite' | 'suspend' | 'reinstate' | 'end' | 'reset';
  person: Person;
}

export interface PeopleTableProps {
  people: readonly Person[];
  onAsk: (asked: Asked) => void;
}

/** Accounts, one a line. */
export function PeopleTable({ people, onAsk }: PeopleTableProps) {
  const { admin, people: words } = useStrings();
  return (
    <Table
      label={admin.people}
      columns={[admin.name, admin.role, admin.email, admin.zone, words.status]}
      hasActions
    >
      {people.map((it) => (
        <Line key={it.person_id} person={it} onAsk={onAsk} />
      ))}
    </Table>
  );
}

interface LineProps {
  person: Person;
  onAsk: (asked: Asked) => void;
}

function Line({ person, onAsk }: LineProps) {
  const { admin, roles, people: words } = useStrings();
  const isErased = person.status === 'erased';
  return (
    <tr>
      <th scope="row">{person.display_name}</th>
      <td data-label={admin.role} className={classes.word}>
        {roles[person.role]}
      </td>
      <td data-label={admin.email}>{isErased ? words.noAddress : person.email}</td>
      <td data-label={admin.zone} className={classes.word}>
        {person.time_zone}
      </td>
      <td data-label={words.status} className={classes.word}>
        <State person={person} />
      </td>
      <td>{isErased ? null : <Actions person={person} onAsk={onAsk} />}</td>
    </tr>
  );
}

function State({ person }: { person: Person }) {
  const { people: words, residency } = useStrings();
  const time = useTime();
  const { status, status_since, home_region } = person;
  if (status === 'elsewhere' && home_region !== undefined) return residency.elsewhere(home_region);
  if (status_since === undefined || status === 'active') return words.statuses[status];
  const day = time.date(status_since);
  if (status === 'invited') return words.invitedSince(day);
  return status === 'suspended' ? words.suspendedSince(day) : words.erasedSince(day);
}

function Actions({ person, onAsk }: LineProps) {
  const { helping, people: words } = useStrings();
  const own = useStore(useBedside().me)?.person_id;
  const { display_name: name } = person;
  const isOwn = person.person_id === own;
  const isSuspended = person.status === 'suspended';
  return (
    <div className={classes.cellActions}>
      <Act onClick={() => onAsk({ kind: 'edit', person })} aria-label={words.editOf(name)}>
        {words.edit}
      </Act>
      {isOwn ? (
        // One's own is looked after where it can be undone.
        <Link to="/account" className={classes.cellLink}>
          {helping.own}
        </Link>
      ) : (
        <>
          <Act
            onClick={() => onAsk({ kind: isSuspended ? 'reinstate' : 'suspend', person })}
            aria-label={isSuspended ? words.reinstateOf(name) : words.suspendOf(name)}
          >
            {isSuspended ? words.reinstate : words.suspend}
          </Act>
          {person.status !== 'active' ? null : (
            <Act onClick={() => onAsk({ kind: 'end', person })} aria-label={helping.endOf(name)}>
              {helping.end}
            </Act>
          )}
          {/* Who has not been here yet has nothing to lose. */}
          {person.status === 'invited' ? (
            <Act
              onClick={() => onAsk({ kind: 'invite', person })}
              aria-label={words.inviteOf(name)}
            >
              {words.invite}
            </Act>
          ) : (
            <Act
              onClick={() => onAsk({ kind: 'reset', person })}
              aria-label={helping.resetOf(name)}
            >
              {helping.reset}
            </Act>
          )}
        </>
      )}
    </div>
  );
}
