/** What a calendar shows, kept in the address: a view and a date, never a name. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { addDays, isDate, type LocalDate } from './days.ts';

export type View = 'day' | 'week';

export interface Place {
  view: View;
  date: LocalDate;
  /** The whole day instead of the hours in which something is. */
  isWhole: boolean;
}

export function readPlace(search: string, today: LocalDate): Place {
  const query = new URLSearchParams(search);
  const date = query.get('date') ?? '';
  return {
    view: query.get('view') === 'day' ? 'day' : 'week',
    date: isDate(date) && date >= '2000-01-01' && date < '2200-01-01' ? date : today,
    isWhole: query.get('hours') === 'all',
  };
}

export function writePlace({ view, date, isWhole }: Place): string {
  const query = new URLSearchParams();
  if (view === 'day') query.set('view', view);
  query.set('date', date);
  if (isWhole) query.set('hours', 'all');
  return `?${query.toString()}`;
}

export function usePlace(today: LocalDate) {
  const [place, setPlace] = useState(() => readPlace(location.search, today));
  const latest = useRef(place);
  const set = useCallback((next: Place) => {
    latest.current = next;
    setPlace(next);
  }, []);
  useEffect(() => {
    const onPop = () => set(readPlace(location.search, today));
    window.addEventListener('popstate', onPop);
    return () => window.removeEventListener('popstate', onPop);
  }, [today, set]);
  const change = useCallback(
    (next: Partial<Place>) => {
      const after = { ...latest.current, ...next };
      history.replaceState(history.state, '', location.pathname + writePlace(after));
      set(after);
    },
    [set],
  );
  const turn = useCallback(
    (direction: 1 | -1, view?: View) => {
      const { view: chosen, date } = latest.current;
      const days = (view ?? chosen) === 'week' ? 7 : 1;
      change({ date: addDays(date, direction * days) });
    },
    [change],
  );
  return { place, change, turn };
}
