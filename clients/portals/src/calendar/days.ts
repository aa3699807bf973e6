/**
 * Days of a zone as they really are: with 23 or 25 hours where the clocks change. Owns the way from a date on the wall
 * to instants; draws nothing and knows no appointments.
 */
import { dateInZone, offsetAt, zonedInstant } from '../format/zoned.ts';

/** `2027-03-28` */
export type LocalDate = string;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A stretch of instants. */
export interface Span {
  from: number;
  until: number;
}

/** A stretch of a day in which the clocks run evenly. */
export interface Run extends Span {
  /** What the wall clock shows at `from`, in minutes since midnight. */
  wall: number;
  /** The same wall times were there before on this day. */
  isRepeat: boolean;
}

/** The clocks of a zone are put forward or back. */
export interface ClockChange {
  at: number;
  /** Minutes that the clocks are put forward; negative when they are put back. */
  byMinutes: number;
}

export function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at) && utcDate(at) === text;
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return utcDate(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS);
}

/** 0 is Monday. */
export function weekday(date: LocalDate): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The seven days of the week of `date`, from Monday on. */
export function weekOf(date: LocalDate): LocalDate[] {
  const monday = addDays(date, -weekday(date));
  return Array.from({ length: 7 }, (_, index) => addDays(monday, index));
}

/** The first instant at which it is `date` in the zone. Where midnight is skipped, the day begins after the gap. */
export function dayStart(date: LocalDate, zone: string): number {
  return wallInstant(date, '00:00', zone);
}

/** The instant of a wall time; of one that is skipped, the moment at which the clocks are put forward. */
export function wallInstant(date: LocalDate, time: string, zone: string): number {
  if (time === '24:00') return dayStart(addDays(date, 1), zone);
  const found = zonedInstant(date, time, zone);
  if ('at' in found) return found.at;
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  const changes = clockChanges({ from: asUtc - DAY_MS, until: asUtc + DAY_MS }, zone);
  const jump = changes.find((it) => it.byMinutes > 0 && it.at + offsetAt(it.at, zone) > asUtc);
  return jump?.at ?? asUtc;
}

/** From the first instant of a date to that of the next one. */
export function daySpan(date: LocalDate, zone: string): Span {
  return { from: dayStart(date, zone), until: dayStart(addDays(date, 1), zone) };
}

/** When the clocks of the zone are changed in that time, to the minute. */
export function clockChanges(span: Span, zone: string): ClockChange[] {
  const changes: ClockChange[] = [];
  const step = 6 * HOUR_MS;
  for (let from = span.from; from < span.until; from += step) {
    const until = Math.min(from + step, span.until);
    const before = offsetAt(from, zone);
    const after = offsetAt(until, zone);
    if (before === after) continue;
    const at = firstWith(after, { from, until }, zone);
    if (at < span.until) changes.push({ at, byMinutes: (after - before) / MINUTE_MS });
  }
  return changes;
}

/** The even stretches of a day, in order. */
export function runsOf(date: LocalDate, zone: string): Run[] {
  const span = daySpan(date, zone);
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const inner = clockChanges(span, zone).filter((it) => it.at > span.from);
  const edges = [span.from, ...inner.map((it) => it.at), span.until];
  const runs: Run[] = [];
  let seenUntil = 0;
  edges.slice(0, -1).forEach((from, index) => {
    const until = edges[index + 1] ?? span.until;
    if (until <= from) return;
    const wall = (from + offsetAt(from, zone) - midnight) / MINUTE_MS;
    const repeated = Math.min((seenUntil - wall) * MINUTE_MS, until - from);
    if (repeated > 0) {
      runs.push({ from, until: from + repeated, wall, isRepeat: true });
      if (from + repeated < until) {
        runs.push({ from: from + repeated, until, wall: seenUntil, isRepeat: false });
      }
    } else {
      runs.push({ from, until, wall, isRepeat: false });
    }
    seenUntil = Math.max(seenUntil, wall + (until - from) / MINUTE_MS);
  });
  return runs;
}

/** Whole days as a time of the wall clock: `09:05`. */
export function wallTime(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The date that it is in the zone. */
export const dateAt = (at: number, zone: string): LocalDate => dateInZone(at, zone);

/** The first minute at which the offset is `offset`, knowing that it is so at the end and not at the begin. */
function firstWith(offset: number, { from, until }: Span, zone: string): number {
  let before = from;
  let after = until;
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetAt(middle, zone) === offset) after = middle;
    else before = middle;
  }
  return after;
}

function utcDate(at: number): LocalDate {
  return new Date(at).toISOString().slice(0, 10);
}
