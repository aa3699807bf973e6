import type { RefObject } from 'react';
import { useShortcuts } from '../app/shortcuts.ts';

/** Up and down go through a table's rows, to the first button of each, so that Enter does what it says. */
export function useRowKeys(table: RefObject<HTMLElement | null>): void {
  const rows = () =>
    [...(table.current?.querySelectorAll('tbody tr') ?? [])].flatMap((row) => {
      const first = row.querySelector<HTMLElement>('button, a[href]');
      return first ? [{ row, first }] : [];
    });
  const step = (by: 1 | -1) => () => {
    const all = rows();
    const index = all.findIndex(({ row }) => row.contains(document.activeElement));
    const next = index === -1 ? 0 : Math.min(Math.max(index + by, 0), all.length - 1);
    all[next]?.first.focus();
  };
  useShortcuts({ j: step(1), ArrowDown: step(1), k: step(-1), ArrowUp: step(-1) });
}
