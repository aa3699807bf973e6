import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from '../strings/en.ts';
import { ROLES } from './filter.ts';
import { RIGHTS } from './rights.gen.ts';

interface Catalogue {
  'x-operations': Record<string, { access: string }>;
  'x-access': Record<string, string[]>;
}

// The workspace, from where the tests are run.
const file = 'src/admin/rights.gen.ts';
const schema = '../../docs/protocol/schema.json';

/** Who may call each operation, by its access class. What everybody may who is not signed in is no role's. */
function generated(): string {
  const { 'x-operations': operations, 'x-access': access }: Catalogue = JSON.parse(
    readFileSync(schema, 'utf8'),
  );
  const lines = Object.entries(operations)
    .filter(([, row]) => row.access !== 'anyone')
    .map(([name, row]) => `  '${name}': ${JSON.stringify(access[row.access])},`);
  return `// Generated from docs/protocol/schema.json by rights.test.ts. Do not edit.
import type { OperationMap, Role } from '@bedside/client';

/** Which accounts may call an operation at all. What of it concerns them is decided at each thing. */
export const RIGHTS: Partial<Record<keyof OperationMap, readonly Role[]>> = {
${lines.join('\n')}
};
`;
}

describe('what each role may do', () => {
  it('is that of the catalogue (a stale file has been rewritten: look and commit)', () => {
    let before = '';
    try {
      before = readFileSync(file, 'utf8');
    } catch {
      // A file that is not there is stale.
    }
    const now = generated();
    if (before !== now) writeFileSync(file, now);
    expect(before).toBe(now);
  });

  it('has words for each, and somebody who may', () => {
    for (const [name, roles] of Object.entries(RIGHTS)) {
      expect(en.audit.deeds[name], name).toBeTruthy();
      expect(roles.length, name).toBeGreaterThan(0);
      for (const role of roles) expect(ROLES).toContain(role);
    }
    expect(RIGHTS['person.suspend']).toEqual(['admin']);
    expect(RIGHTS['record.export']).toEqual(['patient']);
  });
});
