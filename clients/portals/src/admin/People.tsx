import type { Person, Role } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Link } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { PersonForm } from './PersonForm.tsx';
import { Empty, Table } from './Table.tsx';

const ROLES = ['patient', 'clinician', 'interpreter', 'admin'] as const;

export interface PeopleProps {
  people: readonly Person[];
  role: Role | null;
  onRole: (role: Role | null) => void;
  onChanged: () => void;
}

export function People({ people, role, onRole, onChanged }: PeopleProps) {
  const { admin, roles } = useStrings();
  const announce = useAnnounce();
  const [isCreating, setCreating] = useState(false);
  const [help, setHelp] = useState<Help | null>(null);
  const shown = role ? people.filter((it) => it.role === role) : people;
  const created = (name: string) => {
    setCreating(false);
    announce(admin.created(name));
    onChanged();
  };
  return (
    <>
      <div className={classes.tools}>
        <NativeSelect
          size="md"
          label={admin.filterRole}
          value={role ?? ''}
          data={[
            { value: '', label: admin.all },
            ...ROLES.map((it) => ({ value: it, label: roles[it] })),
          ]}
          onChange={(event) => onRole(ROLES.find((it) => it === event.currentTarget.value) ?? null)}
        />
        <Act
          tone="main"
          icon={<IconUserPlus aria-hidden size={20} />}
          onClick={() => setCreating(true)}
        >
          {admin.newPerson}
        </Act>
      </div>
      {shown.length === 0 ? (
        <Empty title={admin.emptyPeople} body={admin.emptyPeopleBody} />
      ) : (
        <PeopleTable people={shown} onAsk={setHelp} />
      )}
      {help ? <HelpDialog help={help} onClose={() => setHelp(null)} /> : null}
      <Sheet title={admin.newPerson} isOpen={isCreating} onClose={() => setCreating(false)}>
        <PersonForm onCreated={created} />
      </Sheet>
    </>
  );
}

interface PeopleTableProps {
  people: readonly Person[];
  onAsk: (help: Help) => void;
}

function PeopleTable({ people, onAsk }: PeopleTableProps) {
  const { admin } = useStrings();
  return (
    <Table
      label={admin.people}
      columns={[admin.name, admin.role, admin.email, admin.zone]}
      hasActions
    >
      {people.map((it) => (
        <Line key={it.person_id} person={it} onAsk={onAsk} />
      ))}
    </Table>
  );
}

function Line({ person, onAsk }: { person: Person; onAsk: (help: Help) => void }) {
  const { admin, roles, helping } = useStrings();
  const own = useStore(useBedside().me)?.person_id;
  const { display_name: name } = person;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label={admin.role} className={classes.word}>
        {roles[person.role]}
      </td>
      <td data-label={admin.email}>{person.email}</td>
      <td data-label={admin.zone} className={classes.word}>
        {person.time_zone}
      </td>
      <td>
        <div className={classes.cellActions}>
          {person.person_id === own ? (
            // One's own is looked after where it can be undone.
            <Link to="/account" className={classes.cellLink}>
              {helping.own}
            </Link>
          ) : (
            <>
              <Act onClick={() => onAsk({ kind: 'end', person })} aria-label={helping.endOf(name)}>
                {helping.end}
              </Act>
              <Act
                onClick={() => onAsk({ kind: 'reset', person })}
                aria-label={helping.resetOf(name)}
              >
                {helping.reset}
              </Act>
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

interface Help {
  kind: 'end' | 'reset';
  person: Person;
}

/** Ends somebody's sign-ins, or takes their second factors away. The hub asks for a proof of who does it. */
function HelpDialog({ help, onClose }: { help: Help; onClose: () => void }) {
  const { helping: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const { kind, person } = help;
  const name = person.display_name;
  const act = useAction(async () => {
    const { person_id } = person;
    if (kind === 'reset') {
      await bedside.call('person.reset_factors', { person_id });
      announce(words.resetDone(name));
    } else {
      const { ended } = await bedside.call('session.end_all', { person_id });
      announce(words.ended(name, ended));
    }
    onClose();
  });
  return (
    <Confirm
      title={kind === 'reset' ? words.resetTitle(name) : words.endTitle(name)}
      body={kind === 'reset' ? words.resetBody : words.endBody}
      confirm={kind === 'reset' ? words.resetConfirm : words.endConfirm}
      keep={words.keep}
      isOpen
      isRunning={act.isRunning}
      trouble={act.trouble}
      onConfirm={() => act.run()}
      onClose={onClose}
    />
  );
}
