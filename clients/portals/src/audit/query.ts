import type { PersonId, SearchAudit } from '@bedside/client';
import { isDay, plusDays } from '../format/days.ts';
import { zonedInstant } from '../format/zoned.ts';

/** What is looked for. Days are of the zone of whoever looks; both count. */
export interface AuditQuery {
  who: PersonId | null;
  whose: PersonId | null;
  operation: string;
  outcome: string;
  from: string;
  until: string;
}

export const EVERYTHING: AuditQuery = {
  who: null,
  whose: null,
  operation: '',
  outcome: '',
  from: '',
  until: '',
};

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OPERATION = /^[a-z_]{1,40}\.[a-z_]{1,40}$/;
const OUTCOME = /^[a-z_]{1,64}$/;

/** Takes what has the form, and leaves everything else out: it comes from an address or out of a browser's store. */
export function queryFrom(given: { [K in keyof AuditQuery]?: unknown }): AuditQuery {
  const text = (value: unknown, form: RegExp) =>
    typeof value === 'string' && form.test(value) ? value : '';
  const id = (value: unknown) => (text(value, ID) || null) as PersonId | null;
  const day = (value: unknown) => (typeof value === 'string' && isDay(value) ? value : '');
  return {
    who: id(given.who),
    whose: id(given.whose),
    operation: text(given.operation, OPERATION),
    outcome: text(given.outcome, OUTCOME),
    from: day(given.from),
    until: day(given.until),
  };
}

export const isSameQuery = (one: AuditQuery, other: AuditQuery): boolean =>
  (Object.keys(EVERYTHING) as (keyof AuditQuery)[]).every((it) => one[it] === other[it]);

export const isBadRange = ({ from, until }: AuditQuery): boolean =>
  from !== '' && until !== '' && until < from;

/** As the hub takes it. */
export function paramsOf(query: AuditQuery, zone: string): SearchAudit {
  const { who, whose, operation, outcome, from, until } = query;
  return {
    ...(who && { person_id: who }),
    ...(whose && { patient_id: whose }),
    ...(operation && { operation }),
    ...(outcome && { outcome }),
    ...(from && { from: beginOf(from, zone) }),
    ...(until && { until: beginOf(plusDays(until, 1), zone) }),
  };
}

/** The first moment of a day. Where midnight is skipped, the day begins an hour later. */
function beginOf(day: string, zone: string): number {
  const found = [zonedInstant(day, '00:00', zone), zonedInstant(day, '01:00', zone)];
  const first = found.find((it) => 'at' in it);
  return first && 'at' in first ? first.at : Date.parse(`${day}T00:00:00Z`);
}

/**
 * The address says what, how and when. Whom it is about stays in the entry of the browser's history: that outlives a
 * reload and a step back like the address does, and is never sent, logged or shared.
 */
export function readQuery(): AuditQuery {
  const address = Object.fromEntries(new URLSearchParams(location.search));
  const state: unknown = history.state;
  const kept = typeof state === 'object' && state !== null && 'audit' in state ? state.audit : {};
  const { who, whose } = (kept ?? {}) as Partial<Record<'who' | 'whose', unknown>>;
  return queryFrom({ ...address, who, whose });
}

export function writeQuery({ who, whose, ...open }: AuditQuery): void {
  const shown = new URLSearchParams(Object.entries(open).filter(([, value]) => value !== ''));
  const text = shown.toString();
  const path = location.pathname + (text === '' ? '' : `?${text}`);
  history.replaceState({ audit: { who, whose } }, '', path);
}
