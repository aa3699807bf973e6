import type { MantineColorsTuple, MantineThemeOverride } from '@mantine/core';

/** Deep teal: the only strong colour. 7 carries white text in light, 6 in dark, both above 4.5 : 1. */
const teal: MantineColorsTuple = [
  '#eef7f6',
  '#d8ebe9',
  '#b3d9d6',
  '#88c3bf',
  '#5ca9a5',
  '#398e8b',
  '#227674',
  '#155f5e',
  '#0f4f50',
  '#0b3d3f',
];

/** Act now. Carries dark text. */
const amber: MantineColorsTuple = [
  '#fff7e8',
  '#feecc9',
  '#fbdb97',
  '#f7c965',
  '#f0b64a',
  '#dd9b25',
  '#b97a12',
  '#925d0c',
  '#70470b',
  '#4d310a',
];

/** Danger, never used for anything else. */
const red: MantineColorsTuple = [
  '#fdf1ef',
  '#fadcd8',
  '#f2b8b0',
  '#e89186',
  '#dd6c5f',
  '#cc4b3e',
  '#b3352a',
  '#962a22',
  '#7a231d',
  '#5b1c18',
];

/** Warm neutrals, light. */
const gray: MantineColorsTuple = [
  '#faf8f5',
  '#f3f0ea',
  '#e9e4dc',
  '#dbd4c9',
  '#c3baac',
  '#a0968a',
  '#766d62',
  '#5b534a',
  '#413b34',
  '#292521',
];

/** Warm neutrals, dark: 0 is text, 7 the page. */
const dark: MantineColorsTuple = [
  '#f0ece6',
  '#d8d2c9',
  '#b7b0a6',
  '#8d867c',
  '#575149',
  '#413c37',
  '#2f2b28',
  '#211f1c',
  '#191715',
  '#12110f',
];

export const FONT =
  "'Atkinson Hyperlegible Next Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

export const theme = {
  colors: { teal, amber, red, gray, dark },
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 6 },
  black: '#292521',
  fontFamily: FONT,
  fontSizes: { xs: '0.8125rem', sm: '0.9375rem', md: '1rem', lg: '1.125rem', xl: '1.375rem' },
  headings: { fontFamily: FONT, fontWeight: '600' },
  defaultRadius: 'md',
  radius: { xs: '6px', sm: '8px', md: '12px', lg: '18px', xl: '28px' },
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
} satisfies MantineThemeOverride;
