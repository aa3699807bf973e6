/**
 * Reports that somebody looks at again and again: filters under a title, in this browser only. Ids and dates, and a title
 * that names nobody as far as that can be seen: see `namesSomebody`. Storage can be refused; then nothing is kept.
 */
import type { PersonId } from '@bedside/client';
import { type AuditQuery, queryFrom } from './query.ts';

export interface Report {
  name: string;
  query: AuditQuery;
}

/** Reports of one person; more is a list nobody finds anything in. */
export const MAX_REPORTS = 20;
export const MAX_NAME = 60;
/** Shorter ones are parts of titles and names alike: Dr, de, of. */
const MIN_WORD = 3;

const keyOf = (owner: PersonId) => `bedside.reports.${owner}`;

export function readReports(owner: PersonId): Report[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(owner)) ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.slice(0, MAX_REPORTS).flatMap((it: Partial<Report> | null) => {
      const name = typeof it?.name === 'string' ? it.name.slice(0, MAX_NAME) : '';
      return name === '' ? [] : [{ name, query: queryFrom(it?.query ?? {}) }];
    });
  } catch {
    return [];
  }
}

/** Whether it could be kept. */
export function writeReports(owner: PersonId, reports: readonly Report[]): boolean {
  try {
    localStorage.setItem(keyOf(owner), JSON.stringify(reports));
    return true;
  } catch {
    return false;
  }
}

const wordsOf = (text: string): string[] => text.toLocaleLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];

/** Whether a title has a word of anybody's name in it. */
export function namesSomebody(title: string, names: readonly string[]): boolean {
  const used = new Set(names.flatMap(wordsOf).filter((it) => it.length >= MIN_WORD));
  return wordsOf(title).some((it) => used.has(it));
}
