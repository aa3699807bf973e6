import { type RefCallback, useCallback, useRef, useState } from 'react';

/** Rows of a long list on the page at first, and how many more come at once. */
export const ROWS = 50;

/**
 * A long list shows its begin, and more whenever its end comes near the screen. `end` belongs on an element behind the
 * last row that is shown.
 *
 * @param total of how many
 * @param least rows that have to be there in any case
 */
export function useMore(
  total: number,
  least = 0,
): { count: number; isMore: boolean; end: RefCallback<Element> } {
  const [wanted, setWanted] = useState(ROWS);
  const observer = useRef<IntersectionObserver | null>(null);
  const count = Math.min(total, Math.max(wanted, least));
  // Watched anew after every step: an end that stays in sight is told once only.
  const end = useCallback<RefCallback<Element>>(
    (element) => {
      observer.current?.disconnect();
      if (!element) return;
      observer.current = new IntersectionObserver(
        (entries) => {
          if (entries.some((it) => it.isIntersecting)) setWanted(count + ROWS);
        },
        { rootMargin: '600px' },
      );
      observer.current.observe(element);
    },
    [count],
  );
  return { count, isMore: count < total, end };
}
