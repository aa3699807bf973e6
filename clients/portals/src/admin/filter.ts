import type { NoticeChannel, PersonStatus, Role, TaskKind } from '@bedside/client';
import { useCallback, useState } from 'react';

export const TABS = [
  'appointments',
  'people',
  'practitioners',
  'services',
  'closures',
  'tasks',
  'figures',
  'records',
  'emergencies',
  'quarantine',
  'payments',
  'undelivered',
] as const;
export type AdminTab = (typeof TABS)[number];

/** Weeks of which figures are shown together. */
export const SPANS = [4, 12, 52] as const;
export type Weeks = (typeof SPANS)[number];
const USUAL: Weeks = 12;

/** What of the administration is shown; no names in it, because addresses are logged and shared. */
export interface Filter {
  tab: AdminTab;
  role: Role | null;
  /** Accounts of whom that is so. */
  status: PersonStatus | null;
  closed: boolean;
  /** Services that are not active too. */
  inactive: boolean;
  /** Practitioners who offer this service. */
  service: string | null;
  task: TaskKind | null;
  channel: NoticeChannel | null;
  /** Legal holds that were lifted too. */
  lifted: boolean;
  /** Figures of so many weeks. */
  weeks: Weeks;
}

/** Of those who have accounts. */
export const ROLES = [
  'patient',
  'clinician',
  'interpreter',
  'admin',
  'support',
] as const satisfies readonly Role[];
export const STATUSES: readonly PersonStatus[] = [
  'active',
  'invited',
  'suspended',
  'elsewhere',
  'erased',
];
export const TASK_KINDS: readonly TaskKind[] = ['zone_changed', 'zone_conflict'];
export const CHANNELS: readonly NoticeChannel[] = ['email', 'sms', 'inbox'];
const ID = /^[0-9a-f-]{36}$/;

export function readFilter(search: string): Filter {
  const query = new URLSearchParams(search);
  const service = query.get('service') ?? '';
  return {
    tab: TABS.find((it) => it === query.get('tab')) ?? 'appointments',
    role: ROLES.find((it) => it === query.get('role')) ?? null,
    status: STATUSES.find((it) => it === query.get('status')) ?? null,
    closed: query.get('closed') === '1',
    inactive: query.get('inactive') === '1',
    service: ID.test(service) ? service : null,
    task: TASK_KINDS.find((it) => it === query.get('task')) ?? null,
    channel: CHANNELS.find((it) => it === query.get('channel')) ?? null,
    lifted: query.get('lifted') === '1',
    weeks: SPANS.find((it) => String(it) === query.get('weeks')) ?? USUAL,
  };
}

export function writeFilter(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.tab !== 'appointments') query.set('tab', filter.tab);
  if (filter.role) query.set('role', filter.role);
  if (filter.status) query.set('status', filter.status);
  if (filter.closed) query.set('closed', '1');
  if (filter.inactive) query.set('inactive', '1');
  if (filter.service) query.set('service', filter.service);
  if (filter.task) query.set('task', filter.task);
  if (filter.channel) query.set('channel', filter.channel);
  if (filter.lifted) query.set('lifted', '1');
  if (filter.weeks !== USUAL) query.set('weeks', String(filter.weeks));
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
