// Takes the place of `react-style-singleton` (scroll locking under dialogs), for the same reason as InlineStyles.mjs.
import { useInsertionEffect } from 'react';

export function styleSingleton() {
  let sheet = null;
  let users = 0;
  return function StyleSingleton({ styles }) {
    useInsertionEffect(() => {
      if (!sheet) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      }
      users += 1;
      return () => {
        users -= 1;
        if (users > 0) return;
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((it) => it !== sheet);
        sheet = null;
      };
    }, [styles]);
    return null;
  };
}
