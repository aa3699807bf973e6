import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { variablesCss } from './variables.ts';

const here = dirname(fileURLToPath(import.meta.url));
const stylesToString = join(
  here,
  '../../node_modules/@mantine/core/esm/core/InlineStyles/styles-to-string/styles-to-string.mjs',
);
const VARIABLES = 'virtual:theme-variables.css';

/**
 * Makes Mantine run under `style-src 'self'`: its run-time `<style>` elements become constructed style sheets, and
 * its variables become a file. It replaces modules only; no package is patched.
 */
export function strictPolicy(): Plugin {
  return {
    name: 'bedside-strict-policy',
    enforce: 'pre',
    resolveId(id, importer) {
      if (id === VARIABLES) return `\0${VARIABLES}`;
      if (id === 'react-style-singleton') return join(here, 'csp/style-singleton.mjs');
      if (id === '@mantine-internal/styles-to-string') return stylesToString;
      const isMantines = importer?.includes('@mantine/core') ?? false;
      if (isMantines && id.endsWith('/InlineStyles.mjs')) return join(here, 'csp/InlineStyles.mjs');
      return null;
    },
    load(id) {
      return id === `\0${VARIABLES}` ? variablesCss() : null;
    },
  };
}
