import { useEffect, useState } from 'react';

/**
 * Gives the focus back to what had it when a dialog came onto the page open, once the dialog is off the page. One that is closed
 * and stays on the page does that by itself. Leaves the focus alone when something else has it by then.
 */
export function useReturnFocus(isOpen: boolean): void {
  const [before] = useState(() => (isOpen ? document.activeElement : null));
  useEffect(
    () => () => {
      // Once the page is as it is without the dialog.
      setTimeout(() => {
        const isNowhere = (document.activeElement ?? document.body) === document.body;
        if (isNowhere && before instanceof HTMLElement && before.isConnected) before.focus();
      });
    },
    [before],
  );
}
