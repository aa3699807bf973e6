/**
 * Writes TypeScript from `docs/protocol/schema.json`: types by json-schema-to-typescript, the tables as constants.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { golden } from './support/golden.js';

const DOCUMENTS = new URL('../../../docs/protocol/', import.meta.url);

interface OperationRow {
  params: { $ref: string };
  output: { $ref: string };
  effect: string;
}
interface FaultRow {
  number: number;
  retry: string;
}
interface CloseRow {
  code: number;
  verdict: string;
}
interface SchemaDocument {
  $defs: Record<string, JSONSchema>;
  'x-operations': Record<string, OperationRow>;
  'x-faults': Record<string, FaultRow>;
  'x-closes': Record<string, CloseRow>;
}

/** The schema of the protocol. */
export const schema = (): SchemaDocument =>
  JSON.parse(readFileSync(new URL('schema.json', DOCUMENTS), 'utf8'));

const typeOf = (ref: { $ref: string }): string => ref.$ref.replace('#/$defs/', '');

/** Makes sure that `path` holds `content`; says whether it did before. */
export const ensureContent = (path: URL, content: string): boolean => {
  let current = '';
  try {
    current = readFileSync(path, 'utf8');
  } catch {
    // A file that is not there is stale.
  }
  if (current !== content) writeFileSync(path, content);
  return current === content;
};

/** The text of `src/protocol.gen.ts`. */
export const protocol = async (): Promise<string> => {
  const document = schema();
  const ids = new Set<string>();
  const $defs = named(document.$defs, ids) as Record<string, JSONSchema>;
  const types = await compile(
    {
      title: 'Everything',
      type: 'object',
      properties: Object.fromEntries(
        Object.keys(document.$defs).map((name) => [name, { $ref: `#/$defs/${name}` }]),
      ),
      additionalProperties: false,
      $defs,
    },
    'Everything',
    {
      additionalProperties: false,
      bannerComment: '',
      style: { singleQuote: true, printWidth: 100 },
    },
  );
  return [
    '// Generated from docs/protocol/schema.json by tests/protocol.test.ts. Do not edit.\n',
    aliases(ids),
    withoutRoot(types),
    operations(document['x-operations']),
    tables(document),
  ].join('\n');
};

/** How a topic is written, as the schema says it. */
const topicOf = (document: SchemaDocument): string => {
  const found = /"tsType":"(`visit:[^"]*)"/.exec(JSON.stringify(document.$defs))?.[1];
  if (found === undefined) throw new Error('the schema has no topic');
  return found;
};

const TOPIC = topicOf(schema());

/** Gives ids, topics and references their names, which the generator would spell out or number. */
const named = (schema: unknown, ids: Set<string>): unknown => {
  if (Array.isArray(schema)) return schema.map((it) => named(it, ids));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, tsType, ...rest } = schema as { $ref?: string; tsType?: string };
  if ($ref !== undefined) return { ...rest, tsType: typeOf({ $ref }) };
  const id = tsType && /__id: "(\w+)"/.exec(tsType)?.[1];
  if (id) ids.add(id);
  const fields = Object.entries(rest).map(([key, value]) => [
    key,
    key === 'properties' ? properties(value as Record<string, object>, ids) : named(value, ids),
  ]);
  const name = id ?? (tsType === TOPIC ? 'Topic' : tsType);
  return { ...Object.fromEntries(fields), ...(name ? { tsType: name } : {}) };
};

/** A property that may be anything is `unknown`. */
const properties = (all: Record<string, object>, ids: Set<string>): unknown =>
  Object.fromEntries(
    Object.entries(all).map(([name, property]) => {
      const isAnything = !['type', '$ref', 'oneOf', 'anyOf'].some((it) => it in property);
      return [name, isAnything ? { ...property, tsType: 'unknown' } : named(property, ids)];
    }),
  );

/** `AppointmentId` as "Id of an appointment". */
const spoken = (id: string): string => {
  const what = id.replace(/Id$/, '').toLowerCase();
  return `Id of ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}`;
};

const aliases = (ids: Set<string>): string => {
  const lines = [...ids]
    .sort()
    .map(
      (id) =>
        `/** ${spoken(id)}: a UUID as text. */\nexport type ${id} = string & { readonly __id: '${id}' };`,
    );
  return ['/** Something to follow. */', `export type Topic = ${TOPIC};`, '', ...lines, ''].join(
    '\n',
  );
};

/** The root exists only so that every definition is reached. */
const withoutRoot = (text: string): string =>
  text.replace(/(\/\*\*[^/]*\*\/\s*)?export interface Everything \{[\s\S]*?\n\}\n/, '').trimStart();

const operations = (rows: Record<string, OperationRow>): string => {
  const lines = Object.entries(rows).map(
    ([name, row]) =>
      `  '${name}': { params: ${typeOf(row.params)}; output: ${typeOf(row.output)} };`,
  );
  return [
    '/** Every operation with what it takes and what it gives. */',
    'export interface OperationMap {',
    ...lines,
    '}',
    '',
    '/** Operations that change durable state: each call of one carries an idempotency key. */',
    // One text: it is packed better than seventy.
    `export const WRITES: readonly string[] = /* @__PURE__ */ ${JSON.stringify(
      Object.keys(rows)
        .filter((name) => rows[name]?.effect === 'write')
        .sort()
        .join(' '),
    )}.split(' ');`,
    '',
  ].join('\n');
};

/** Faults that the library finds by itself, before the hub or in its place. */
const OWN = [
  'too_large',
  'unauthenticated',
  'session_ended',
  'not_found',
  'too_many_requests',
  'unavailable',
  'deadline_exceeded',
  'cancelled',
  'internal',
];

const tables = (document: SchemaDocument): string => {
  const faults = Object.entries(document['x-faults']).map(
    ([code, row]) => `  ${code}: [${row.number}, '${row.retry}'],`,
  );
  const closes = Object.entries(document['x-closes']).map(
    ([reason, row]) => `  ${row.code}: ['${reason}', '${row.verdict}'],`,
  );
  return [
    '/** What a client does after the socket closed. */',
    `export type Verdict = ${[...new Set(Object.values(document['x-closes']).map((row) => `'${row.verdict}'`))].join(' | ')};`,
    '',
    '/** Number and retry class of every fault. */',
    'export const FAULTS: Readonly<Record<FaultCode, readonly [number, Retry]>> = {',
    ...faults,
    '};',
    '',
    '/** Those that the library finds by itself; whoever only needs these does not carry the others along. */',
    'export const OWN_FAULTS = {',
    ...faults.filter((it) => OWN.some((code) => it.startsWith(`  ${code}:`))),
    '} as const satisfies Partial<typeof FAULTS>;',
    '',
    '/** Reason and verdict of every close code. */',
    'export const CLOSES: Readonly<Record<number, readonly [CloseReason, Verdict]>> = {',
    ...closes,
    '};',
    '',
  ].join('\n');
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** TypeScript in which the compiler checks every example against the generated types. */
export const examples = (): string => {
  const literal = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
    if (typeof value === 'object' && value !== null) {
      const fields = Object.entries(value).map(([key, it]) => `${key}: ${literal(it)}`);
      return `{ ${fields.join(', ')} }`;
    }
    return typeof value === 'string' && UUID.test(value) ? `id` : JSON.stringify(value);
  };
  const rows = golden.map((it) => `  (${literal(it.json)}) satisfies wire.${it.type},`);
  return [
    '// Generated from docs/protocol/golden.json by tests/protocol.test.ts. Do not edit.',
    "import type * as wire from '../src/protocol.gen.js';",
    '',
    '/** Stands for any id: ids are branded, and a literal has no brand. */',
    'declare const id: never;',
    '',
    '/** Never runs: the compiler is the test. */',
    'export const examples = () => [',
    ...rows,
    '];',
    '',
  ].join('\n');
};
