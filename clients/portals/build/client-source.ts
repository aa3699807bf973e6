import { fileURLToPath } from 'node:url';

const source = (path: string) => fileURLToPath(new URL(`../../js/src/${path}`, import.meta.url));

/** The client library from its source, so that one build makes the pages and none is stale. */
export const clientSource = [
  { find: /^@bedside\/client$/, replacement: source('index.ts') },
  { find: /^@bedside\/client\/react$/, replacement: source('react.tsx') },
  { find: /^@bedside\/client\/audit$/, replacement: source('audit.ts') },
  { find: /^@bedside\/client\/files$/, replacement: source('files.ts') },
  { find: /^@bedside\/client\/slots$/, replacement: source('slots.ts') },
];
