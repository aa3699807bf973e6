import type { Role } from '@bedside/client';
import { useCallback, useState } from 'react';

/** What of the administration is shown; no names in it, because addresses are logged and shared. */
export interface Filter {
  tab: 'appointments' | 'people';
  role: Role | null;
  closed: boolean;
}

const ROLES: readonly Role[] = ['patient', 'clinician', 'interpreter', 'admin'];

export function readFilter(search: string): Filter {
  const query = new URLSearchParams(search);
  return {
    tab: query.get('tab') === 'people' ? 'people' : 'appointments',
    role: ROLES.find((it) => it === query.get('role')) ?? null,
    closed: query.get('closed') === '1',
  };
}

export function writeFilter(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.tab === 'people') query.set('tab', 'people');
  if (filter.role) query.set('role', filter.role);
  if (filter.closed) query.set('closed', '1');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

export function useFilter() {
  const [filter, setFilter] = useState(() => readFilter(location.search));
  const change = useCallback((next: Partial<Filter>) => {
    setFilter((before) => {
      const after = { ...before, ...next };
      history.replaceState(history.state, '', location.pathname + writeFilter(after));
      return after;
    });
  }, []);
  return { filter, change };
}
