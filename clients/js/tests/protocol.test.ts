import { expect, test } from 'vitest';
import { LOCAL_FAULTS } from '../src/errors.js';
import { CLOSES, FAULTS, type FaultCode, WRITES } from '../src/protocol.gen.js';
import { ensureContent, examples, protocol, schema } from './generate.js';

test('protocol.gen.ts is fresh (a stale one has been rewritten: look and commit)', async () => {
  const file = new URL('../src/protocol.gen.ts', import.meta.url);
  expect(ensureContent(file, await protocol())).toBe(true);
});

test('the examples that the compiler checks are fresh', () => {
  const file = new URL('./examples.gen.ts', import.meta.url);
  expect(ensureContent(file, examples())).toBe(true);
});

test('the tables are those of the schema', () => {
  const document = schema();
  expect(Object.keys(FAULTS)).toEqual(Object.keys(document['x-faults']));
  for (const [code, row] of Object.entries(LOCAL_FAULTS)) {
    expect(row, code).toEqual(FAULTS[code as FaultCode]);
  }
  expect(Object.keys(CLOSES).length).toBe(Object.keys(document['x-closes']).length);
  expect(CLOSES[4302]).toEqual(['replaced', 'stop']);
  expect(WRITES).toContain('visit.enter');
  expect(WRITES).not.toContain('media.join');
});
