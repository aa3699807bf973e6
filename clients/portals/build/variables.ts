import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  em,
  keys,
  mergeMantineTheme,
  px,
} from '@mantine/core';
import { theme } from '../src/app/theme.ts';

/**
 * What MantineProvider would put into a `<style>` element at run time, which the page's policy refuses: the theme's
 * variables, and the classes that hide by breakpoint.
 */
export function variablesCss(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const rules = [convertCssVariables(defaultCssVariablesResolver(merged), ':root')];
  for (const name of keys(merged.breakpoints)) {
    const width = Number(px(merged.breakpoints[name]));
    rules.push(
      `@media (max-width: ${em(width - 0.1)}) {.mantine-visible-from-${name} {display: none !important;}}`,
      `@media (min-width: ${em(width)}) {.mantine-hidden-from-${name} {display: none !important;}}`,
    );
  }
  return rules.join('\n');
}
