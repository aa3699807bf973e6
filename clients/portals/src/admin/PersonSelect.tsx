import type { Person, PersonId, Role } from '@bedside/client';
import { NativeSelect } from '@mantine/core';
import { useStrings } from '../strings/index.ts';

export interface PersonSelectProps {
  label: string;
  of: Role;
  people: readonly Person[];
  value: PersonId | null;
  error: string | null;
  onChange: (id: PersonId | null) => void;
}

/** One of the people of a role, by name and address: names alone are not enough to tell them apart. Nobody who was erased;
 * of clinicians nobody who is suspended. */
export function PersonSelect({ label, of, people, value, error, onChange }: PersonSelectProps) {
  const { admin } = useStrings();
  const isThere = (it: Person) =>
    it.status === 'active' ||
    it.status === 'invited' ||
    (of === 'patient' && it.status === 'suspended');
  const found = people.filter((it) => it.role === of && isThere(it));
  return (
    <NativeSelect
      size="md"
      label={label}
      value={value ?? ''}
      error={error}
      data={[
        { value: '', label: admin.choose },
        ...found.map((it) => ({ value: it.person_id, label: `${it.display_name} (${it.email})` })),
      ]}
      onChange={(event) =>
        onChange(found.find((it) => it.person_id === event.currentTarget.value)?.person_id ?? null)
      }
    />
  );
}
