/**
 * Recurrence rules of days (RFC 5545, 3.3.10): the part of them that the weekday picker reads and writes, and every
 * other one in words as far as there are words. The hub is the judge of a rule; nothing here expands one but weekly.
 */
import { addDays, type LocalDate, weekday } from '../calendar/days.ts';

/** From Monday on, as in the rest of the portals. */
export const WEEKDAYS: readonly string[] = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

const MAX_INTERVAL = 12;
const DAYS_COMPARED = 3 * 366;

/** What the picker shows. */
export interface Weekly {
  /** 0 is Monday; none: the weekday of the first day. */
  days: readonly number[];
  everyWeeks: number;
}

export interface RuleWords {
  daily(every: number): string;
  weekly(days: string, every: number): string;
  monthlyDays(days: string, every: number): string;
  monthlyPlace(place: number, day: string, every: number): string;
  dayNumber(day: number): string;
  times(count: number): string;
  until(date: string): string;
  other(rule: string): string;
}

/** The parts of a rule, or `null` where it is none. */
export function partsOf(rule: string): Map<string, string> | null {
  const parts = new Map<string, string>();
  for (const part of rule.trim().split(';')) {
    const [key = '', value = '', ...rest] = part.split('=');
    if (key === '' || value === '' || rest.length > 0 || parts.has(key)) return null;
    parts.set(key, value);
  }
  return parts;
}

/** A rule as the picker shows it; `null` when it says more than the picker can. */
export function readWeekly(rule: string): Weekly | null {
  const parts = partsOf(rule);
  if (parts?.get('FREQ') !== 'WEEKLY') return null;
  const known = ['FREQ', 'INTERVAL', 'BYDAY', 'WKST'];
  if ([...parts.keys()].some((it) => !known.includes(it))) return null;
  if ((parts.get('WKST') ?? 'MO') !== 'MO') return null;
  const everyWeeks = Number(parts.get('INTERVAL') ?? 1);
  if (!Number.isInteger(everyWeeks) || everyWeeks < 1 || everyWeeks > MAX_INTERVAL) return null;
  const named = parts.get('BYDAY')?.split(',') ?? [];
  const days = named.map((it) => WEEKDAYS.indexOf(it));
  if (days.includes(-1)) return null;
  return { days: [...new Set(days)].sort((one, other) => one - other), everyWeeks };
}

export function writeWeekly({ days, everyWeeks }: Weekly): string {
  const names = [...days].sort((one, other) => one - other).map((it) => WEEKDAYS[it]);
  const interval = everyWeeks === 1 ? '' : `;INTERVAL=${everyWeeks}`;
  return `FREQ=WEEKLY${interval};BYDAY=${names.join(',')}`;
}

/** Whether the hub could read it: the shape, not the days. */
export function isRule(rule: string): boolean {
  const parts = partsOf(rule);
  if (!parts || rule.length > 200) return false;
  const known = /^(FREQ|INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|WKST)$/;
  if (![...parts.keys()].every((it) => known.test(it))) return false;
  const interval = Number(parts.get('INTERVAL') ?? 1);
  if (!Number.isInteger(interval) || interval < 1 || interval > MAX_INTERVAL) return false;
  if (parts.has('COUNT') && parts.has('UNTIL')) return false;
  return /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/.test(parts.get('FREQ') ?? '');
}

/** A rule in words; the rule itself where there are none. */
export function ruleInWords(
  rule: string,
  validFrom: LocalDate,
  language: string,
  words: RuleWords,
): string {
  const parts = partsOf(rule);
  const known = parts ? formOf(parts, validFrom, language, words) : null;
  if (!parts || known === null) return words.other(rule);
  const count = parts.get('COUNT');
  const until = parts.get('UNTIL');
  const ends = [
    count ? words.times(Number(count)) : null,
    until ? words.until(dateInWords(isoDate(until), language)) : null,
  ];
  return [known, ...ends.filter((it) => it !== null)].join(', ');
}

function formOf(
  parts: ReadonlyMap<string, string>,
  validFrom: LocalDate,
  language: string,
  words: RuleWords,
): string | null {
  const every = Number(parts.get('INTERVAL') ?? 1);
  const days = parts.get('BYDAY')?.split(',');
  const monthDays = parts.get('BYMONTHDAY')?.split(',').map(Number);
  if (parts.has('BYMONTH') || parts.has('BYSETPOS')) return null;
  switch (parts.get('FREQ')) {
    case 'DAILY':
      return days || monthDays ? null : words.daily(every);
    case 'WEEKLY': {
      if (monthDays) return null;
      const numbers = days?.map((it) => WEEKDAYS.indexOf(it));
      const known = numbers ?? [weekday(validFrom)];
      if (known.includes(-1) || known.some(Number.isNaN)) return null;
      return words.weekly(daysInWords(known, language), every);
    }
    case 'MONTHLY':
      return monthly(days, monthDays, every, language, words);
    default:
      return null;
  }
}

function monthly(
  days: readonly string[] | undefined,
  monthDays: readonly number[] | undefined,
  every: number,
  language: string,
  words: RuleWords,
): string | null {
  if (monthDays && !days && monthDays.every((it) => it > 0)) {
    return words.monthlyDays(listed(monthDays.map(words.dayNumber), language), every);
  }
  const place = /^(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)$/.exec(days?.[0] ?? '');
  if (!place || days?.length !== 1 || monthDays) return null;
  const day = WEEKDAYS.indexOf(place[2] ?? '');
  return words.monthlyPlace(Number(place[1]), dayName(day, language), every);
}

/** `Monday, Tuesday and Friday` */
export function daysInWords(days: readonly number[], language: string): string {
  const sorted = [...days].sort((one, other) => one - other);
  return listed(
    sorted.map((it) => dayName(it, language)),
    language,
  );
}

/** 0 is Monday. */
export function dayName(day: number, language: string, width: 'long' | 'short' = 'long'): string {
  // 1 January 2024 was a Monday.
  const at = Date.UTC(2024, 0, 1 + day);
  return new Intl.DateTimeFormat(language, { weekday: width, timeZone: 'UTC' }).format(at);
}

/** `1 January 2027`; the text itself when it is no date. */
export function dateInWords(date: string, language: string): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at)) return date;
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(at);
}

export function listed(items: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(items);
}

/** The dates of a plain weekly rule (of every week), as far as hours are compared; `null` for any other rule. */
export function weeklyDates(
  rule: string,
  from: LocalDate,
  until: LocalDate | undefined,
  without: readonly LocalDate[],
): Set<LocalDate> | null {
  const weekly = readWeekly(rule);
  if (weekly?.everyWeeks !== 1) return null;
  const days = weekly.days.length > 0 ? weekly.days : [weekday(from)];
  const dates = new Set<LocalDate>();
  for (let step = 0; step < DAYS_COMPARED; step += 1) {
    const date = addDays(from, step);
    if (until !== undefined && date > until) break;
    if (days.includes(weekday(date)) && !without.includes(date)) dates.add(date);
  }
  return dates;
}

/** `20261231` as `2026-12-31` */
function isoDate(basic: string): string {
  return `${basic.slice(0, 4)}-${basic.slice(4, 6)}-${basic.slice(6, 8)}`;
}
