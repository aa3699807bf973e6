import type { Role } from '@bedside/client';
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { deedTitle } from '../audit/deeds.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { ROLES } from './filter.ts';
import { RIGHTS } from './rights.gen.ts';

/** What a role may do, by the table of the hub. Nothing here can be changed. */
export function Rights() {
  const strings = useStrings();
  const { people: words, roles, language } = strings;
  const [role, setRole] = useState<Role>('clinician');
  const deeds = Object.entries(RIGHTS)
    .filter(([, may]) => may.includes(role))
    .map(([operation]) => deedTitle(operation, strings))
    .sort((a, b) => a.localeCompare(b, language));
  return (
    <div className={classes.form}>
      <p>{words.rightsLead}</p>
      <NativeSelect
        size="md"
        label={words.rightsOf}
        value={role}
        data={ROLES.map((it) => ({ value: it, label: roles[it] }))}
        onChange={(event) => setRole(ROLES.find((it) => it === event.currentTarget.value) ?? role)}
      />
      <p role="status">{words.rightsCount(deeds.length)}</p>
      <ul className={classes.rights}>
        {deeds.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ul>
    </div>
  );
}
