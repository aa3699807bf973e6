import type { Role, SupportedPerson } from '@bedside/client';
import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import classes from '../admin/admin.module.css';
import { ROLES } from '../admin/filter.ts';
import { Empty, Table } from '../admin/Table.tsx';
import type { ReadNow } from '../admin/useRead.ts';
import { useTime } from '../app/hooks.ts';
import { supportPath } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';

/** As many as the hub lists. */
const MOST = 500;

export interface PeoplePanelProps {
  now: ReadNow<readonly SupportedPerson[]>;
  role: Role | null;
  onRole: (role: Role | null) => void;
}

/** Accounts by name, and the way to help each. */
export function PeoplePanel({ now, role, onRole }: PeoplePanelProps) {
  const { support: words, roles, common } = useStrings();
  const [name, setName] = useState('');
  const { value: people, trouble, reload } = now;
  const wanted = name.trim().toLocaleLowerCase();
  const shown = people?.filter((it) => it.display_name.toLocaleLowerCase().includes(wanted));
  return (
    <>
      <div className={classes.filters}>
        <TextInput
          className={classes.filter ?? ''}
          size="md"
          type="search"
          label={words.search}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          className={classes.filter ?? ''}
          size="md"
          label={words.role}
          value={role ?? ''}
          data={[
            { value: '', label: words.everybody },
            ...ROLES.map((it) => ({ value: it, label: roles[it] })),
          ]}
          onChange={(event) => onRole(ROLES.find((it) => it === event.currentTarget.value) ?? null)}
        />
      </div>
      <TroubleNote trouble={trouble}>
        <Act onClick={reload}>{common.tryAgain}</Act>
      </TroubleNote>
      {!people || !shown ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : people.length === 0 ? (
        <Empty title={words.empty} body={words.emptyBody} />
      ) : (
        <>
          <p className={classes.lead} role="status">
            {words.found(shown.length)}. {people.length >= MOST ? words.cut : null}
          </p>
          {shown.length === 0 ? (
            <Empty title={words.nobodyFits} body={words.nobodyFitsBody} />
          ) : (
            <People people={shown} />
          )}
        </>
      )}
    </>
  );
}

function People({ people }: { people: readonly SupportedPerson[] }) {
  const { support: words, roles, people: states } = useStrings();
  const time = useTime();
  return (
    <Table
      label={words.people}
      columns={[words.name, words.role, states.status, words.since]}
      hasActions
    >
      {people.map((it) => (
        <tr key={it.person_id}>
          <th scope="row">{it.display_name}</th>
          <td data-label={words.role} className={classes.word}>
            {roles[it.role]}
          </td>
          <td data-label={states.status} className={classes.word}>
            {states.statuses[it.status]}
          </td>
          <td data-label={words.since}>{time.date(it.created_at)}</td>
          <td>
            {it.status === 'erased' ? null : (
              <div className={classes.cellActions}>
                <Link
                  to={supportPath(it.person_id)}
                  className={classes.cellLink}
                  label={words.helpOf(it.display_name)}
                >
                  {words.help}
                </Link>
              </div>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}
