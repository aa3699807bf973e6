/**
 * Reports that somebody looks at again and again: filters under a title, kept by the hub. Before that browsers kept them; what stands
 * in this one is handed to the hub once, and is not in the browser then.
 */
import type { AuditFilters, PersonId } from '@bedside/client';
import { plusDays } from '../format/days.ts';
import { dateInZone } from '../format/zoned.ts';
import { type AuditQuery, paramsOf, queryFrom } from './query.ts';

/** A report of a browser. */
export interface Left {
  name: string;
  query: AuditQuery;
}

/** Characters of a title, as the hub takes it. */
export const MAX_NAME = 80;
/** So many a browser has kept. */
const MAX_LEFT = 20;
/** Shorter ones are parts of titles and names alike: Dr, de, of. */
const MIN_WORD = 3;

const keyOf = (owner: PersonId) => `bedside.reports.${owner}`;

/** What a browser of before has kept. Storage can be refused; then there is nothing. */
export function readLeft(owner: PersonId): Left[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(owner)) ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.slice(0, MAX_LEFT).flatMap((it: Partial<Left> | null) => {
      const name = typeof it?.name === 'string' ? it.name.slice(0, MAX_NAME).trim() : '';
      return name === '' ? [] : [{ name, query: queryFrom(it?.query ?? {}) }];
    });
  } catch {
    return [];
  }
}

/** What was not handed over yet stays; nothing is left of the rest. */
export function writeLeft(owner: PersonId, left: readonly Left[]): void {
  try {
    if (left.length === 0) localStorage.removeItem(keyOf(owner));
    else localStorage.setItem(keyOf(owner), JSON.stringify(left));
  } catch {
    // Then nothing was read from it either.
  }
}

/** As the hub keeps it: moments. */
export const filtersOf = (query: AuditQuery, zone: string): AuditFilters => paramsOf(query, zone);

/** As the page asks it: days of whoever looks, both of which count. */
export function queryOf(filters: AuditFilters, zone: string): AuditQuery {
  const { person_id, patient_id, operation, outcome, from, until } = filters;
  return queryFrom({
    who: person_id,
    whose: patient_id,
    operation,
    outcome,
    from: from === undefined ? '' : dateInZone(from, zone),
    // It ends with the moment at which the next day begins.
    until: until === undefined ? '' : plusDays(dateInZone(until, zone), -1),
  });
}

const wordsOf = (text: string): string[] => text.toLocaleLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];

/** Whether a title has a word of anybody's name in it. */
export function namesSomebody(title: string, names: readonly string[]): boolean {
  const used = new Set(names.flatMap(wordsOf).filter((it) => it.length >= MIN_WORD));
  return wordsOf(title).some((it) => used.has(it));
}
