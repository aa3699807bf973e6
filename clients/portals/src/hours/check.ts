/**
 * What is wrong with hours as they stand in the form, under the names of the hub's own fields. The hub checks again;
 * this only spares the way. Also the way from the hub's faults to the fields.
 */
import type { ExceptionTerms, TemplateTerms } from '@bedside/client';
import { isDate, type LocalDate } from '../calendar/days.ts';
import type { Trouble } from '../parts/trouble.ts';
import { isRule, readWeekly, weeklyDates } from './rule.ts';

const MAX_NAME = 120;
const MAX_REASON = 200;
const TEN_YEARS_DAYS = 3_653;
const YEAR_DAYS = 366;
const DAY_MS = 86_400_000;

export type TemplateField =
  | 'location'
  | 'time_zone'
  | 'recurrence'
  | 'starts'
  | 'ends'
  | 'valid_from'
  | 'valid_until'
  | 'except_dates'
  | 'service_ids';

export type ExceptionField = 'time_zone' | 'starts' | 'ends' | 'location' | 'reason';

/** A word of `hours.faults`. */
export type FaultWord =
  | 'empty'
  | 'location'
  | 'zone'
  | 'noDays'
  | 'rule'
  | 'noDay'
  | 'overlap'
  | 'time'
  | 'order'
  | 'date'
  | 'year'
  | 'span'
  | 'spanOff'
  | 'except'
  | 'reason'
  | 'services'
  | 'refused'
  | 'refusedRule';

export type Faults<F extends string> = Partial<Record<F, FaultWord>>;

/** What is wrong with regular hours, next to the others of the same person. */
export function templateFaults(
  terms: TemplateTerms,
  others: readonly TemplateTerms[],
): Faults<TemplateField> {
  const faults: Faults<TemplateField> = {};
  if (!isText(terms.location)) faults.location = 'location';
  if (!isZone(terms.time_zone)) faults.time_zone = 'zone';
  if (!isTime(terms.starts) || terms.starts === '24:00') faults.starts = 'time';
  if (!isTime(terms.ends)) faults.ends = 'time';
  else if (!faults.starts && terms.ends <= terms.starts) faults.ends = 'order';
  dayFaults(terms, faults);
  if ((terms.except_dates ?? []).some((it) => !isDate(it))) faults.except_dates = 'except';
  const rule = ruleFault(terms);
  if (rule) faults.recurrence = rule;
  if (Object.keys(faults).length > 0) return faults;
  if (weekly(terms)?.size === 0) faults.recurrence = 'noDay';
  else if (others.some((it) => overlap(terms, it))) faults.recurrence = 'overlap';
  return faults;
}

/** What is wrong with time off, extra hours or a closure. */
export function exceptionFaults(terms: ExceptionTerms): Faults<ExceptionField> {
  const faults: Faults<ExceptionField> = {};
  const { starts, ends } = terms;
  if (!isZone(terms.time_zone)) faults.time_zone = 'zone';
  if (!isWallTime(starts)) faults.starts = 'date';
  else if (!isYear(starts)) faults.starts = 'year';
  if (!isWallTime(ends)) faults.ends = 'date';
  else if (!isYear(ends)) faults.ends = 'year';
  else if (!faults.starts && ends <= starts) faults.ends = 'order';
  else if (!faults.starts && daysBetween(starts, ends) > YEAR_DAYS) faults.ends = 'spanOff';
  if (terms.kind === 'open' && !isText(terms.location ?? '')) faults.location = 'location';
  if ([...(terms.reason ?? '')].length > MAX_REASON) faults.reason = 'reason';
  return faults;
}

/** Names of fields inside the hub, where they are not those of the form. */
const inside: Readonly<Record<string, string>> = {
  starts_minute: 'starts',
  ends_minute: 'ends',
  starts_local: 'starts',
  ends_local: 'ends',
};

/** The field of the form that the hub refused; `null` when the fault belongs beside the form. */
export function refusedField<F extends string>(
  trouble: Trouble | null,
  fields: readonly F[],
): F | null {
  if (trouble?.code !== 'invalid_value' || trouble.field === undefined) return null;
  const last = trouble.field.split('.').at(-1) ?? '';
  const name = inside[last] ?? last;
  return fields.find((it) => it === name) ?? null;
}

/** Whether both open a time for the same service. Only for plain weekly rules of one zone: the rest the hub finds. */
function overlap(one: TemplateTerms, other: TemplateTerms): boolean {
  if (one.time_zone !== other.time_zone) return false;
  if (one.ends <= other.starts || other.ends <= one.starts) return false;
  const services = other.service_ids ?? [];
  const own = one.service_ids ?? [];
  const isShared =
    own.length === 0 || services.length === 0 || own.some((it) => services.includes(it));
  if (!isShared) return false;
  const dates = weekly(one);
  const theirs = weekly(other);
  if (!dates || !theirs) return false;
  for (const date of dates) if (theirs.has(date)) return true;
  return false;
}

function weekly(terms: TemplateTerms): Set<LocalDate> | null {
  const { recurrence, valid_from, valid_until, except_dates } = terms;
  return weeklyDates(recurrence, valid_from, valid_until, except_dates ?? []);
}

function ruleFault(terms: TemplateTerms): FaultWord | null {
  if (/;BYDAY=$/.test(terms.recurrence)) return 'noDays';
  if (readWeekly(terms.recurrence)) return null;
  return isRule(terms.recurrence) ? null : 'rule';
}

function dayFaults(terms: TemplateTerms, faults: Faults<TemplateField>): void {
  const { valid_from: from, valid_until: until } = terms;
  if (!isDate(from)) faults.valid_from = 'date';
  else if (!isYear(from)) faults.valid_from = 'year';
  if (until === undefined) return;
  if (!isDate(until)) faults.valid_until = 'date';
  else if (!isYear(until)) faults.valid_until = 'year';
  else if (!faults.valid_from && until < from) faults.valid_until = 'order';
  else if (!faults.valid_from && daysBetween(from, until) > TEN_YEARS_DAYS) {
    faults.valid_until = 'span';
  }
}

function isText(text: string): boolean {
  return text.trim() !== '' && [...text].length <= MAX_NAME;
}

function isTime(text: string): boolean {
  return text === '24:00' || /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

function isWallTime(text: string): boolean {
  const [date = '', time = ''] = text.split('T');
  return isDate(date) && isTime(time) && time !== '24:00';
}

function isYear(date: string): boolean {
  const year = Number(date.slice(0, 4));
  return year >= 2000 && year <= 2199;
}

function daysBetween(from: string, until: string): number {
  const at = (text: string) => Date.parse(text.length === 10 ? `${text}T00:00Z` : `${text}Z`);
  return (at(until) - at(from)) / DAY_MS;
}

function isZone(zone: string): boolean {
  if (zone === '') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
