// Takes the place of Mantine's InlineStyles. A <style> element would be refused by `style-src 'self'`;
// a constructed style sheet is CSSOM and is not. Sheets are shared by text and counted by their users.
import { stylesToString } from '@mantine-internal/styles-to-string';
import { useInsertionEffect } from 'react';

const sheets = new Map();

function adopt(css) {
  const known = sheets.get(css);
  if (known) {
    known.users += 1;
    return;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  sheets.set(css, { sheet, users: 1 });
}

function drop(css) {
  const known = sheets.get(css);
  if (!known) return;
  known.users -= 1;
  if (known.users > 0) return;
  sheets.delete(css);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((it) => it !== known.sheet);
}

export function InlineStyles({ deduplicate, ...props }) {
  const css = stylesToString(props);
  useInsertionEffect(() => {
    if (!css) return undefined;
    adopt(css);
    return () => drop(css);
  }, [css]);
  return null;
}
