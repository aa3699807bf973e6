import type { Person, Role } from '@bedside/client';
import { NativeSelect } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { PersonForm } from './PersonForm.tsx';

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
      {shown.length === 0 ? <Empty /> : <PeopleTable people={shown} />}
      <Sheet title={admin.newPerson} isOpen={isCreating} onClose={() => setCreating(false)}>
        <PersonForm onCreated={created} />
      </Sheet>
    </>
  );
}

function Empty() {
  const { admin } = useStrings();
  return (
    <div className={classes.empty}>
      <h2>{admin.emptyPeople}</h2>
      <p className="quiet">{admin.emptyPeopleBody}</p>
    </div>
  );
}

function PeopleTable({ people }: { people: readonly Person[] }) {
  const { admin, roles } = useStrings();
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{admin.name}</th>
          <th scope="col">{admin.role}</th>
          <th scope="col">{admin.email}</th>
          <th scope="col">{admin.zone}</th>
        </tr>
      </thead>
      <tbody>
        {people.map((it) => (
          <tr key={it.person_id}>
            <th scope="row">{it.display_name}</th>
            <td data-label={admin.role}>{roles[it.role]}</td>
            <td data-label={admin.email}>{it.email}</td>
            <td data-label={admin.zone}>{it.time_zone}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
