import type { OpenSlot, PersonId } from '@bedside/client';
import { daysBetween, plusDays } from '../format/days.ts';

/** A time on the screen. One that went away keeps its place, so that nothing moves under a finger. */
export interface ShownTime {
  slot: OpenSlot;
  isGone: boolean;
}

export interface Settled {
  shown: ShownTime[];
  /** How many went away just now. */
  wentAway: number;
  /** How many are free and not shown yet. */
  fresh: number;
}

export const DAYS_SHOWN = 7;

export function slotKey(slot: Pick<OpenSlot, 'clinician_id' | 'starts_at'>): string {
  return `${slot.clinician_id} ${slot.starts_at}`;
}

/** What is shown after another answer to the same search: nothing comes or goes, things only change in place. */
export function settle(shown: readonly ShownTime[], found: readonly OpenSlot[]): Settled {
  const free = new Map(found.map((slot) => [slotKey(slot), slot]));
  const next = shown.map((it) => {
    const slot = free.get(slotKey(it.slot));
    free.delete(slotKey(it.slot));
    return slot ? { slot, isGone: false } : { slot: it.slot, isGone: true };
  });
  const wentAway = next.filter((it, at) => it.isGone && !shown[at]?.isGone).length;
  return { shown: next, wentAway, fresh: free.size };
}

export function asShown(found: readonly OpenSlot[]): ShownTime[] {
  return found.map((slot) => ({ slot, isGone: false }));
}

export interface DayCounts {
  /** How many times each day has; a day that is absent was not looked at whole. */
  counts: Map<string, number>;
  /** From this day on the answer was cut off. */
  cutDay: string | null;
}

/** Counts by day what was found in order of time; `hasMore` says that the end is lacking. */
export function countDays(
  days: readonly string[],
  slots: readonly OpenSlot[],
  hasMore: boolean,
  dayOf: (at: number) => string,
): DayCounts {
  const last = slots.at(-1);
  const cutDay = hasMore && last ? dayOf(last.starts_at) : null;
  const isWhole = (day: string) => cutDay === null || day < cutDay;
  const counts = new Map(days.filter(isWhole).map((day) => [day, 0]));
  for (const slot of slots) {
    const day = dayOf(slot.starts_at);
    if (isWhole(day)) counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return { counts, cutDay };
}

export interface ClinicianTimes {
  clinicianId: PersonId;
  name: string;
  /** Where they sit. */
  zone: string;
  times: ShownTime[];
}

/** The times of a day by clinician; whoever comes first in the list is first. */
export function byClinician(shown: readonly ShownTime[]): ClinicianTimes[] {
  const groups = new Map<string, ClinicianTimes>();
  for (const it of shown) {
    const { clinician_id, clinician_name, time_zone } = it.slot;
    const group = groups.get(clinician_id);
    if (group) group.times.push(it);
    else {
      groups.set(clinician_id, {
        clinicianId: clinician_id,
        name: clinician_name,
        zone: time_zone,
        times: [it],
      });
    }
  }
  return [...groups.values()];
}

/** The days of the strip that holds `day`: strips follow one another from today on. */
export function stripOf(day: string, today: string): string[] {
  const strip = Math.max(0, Math.floor(daysBetween(today, day) / DAYS_SHOWN));
  const first = plusDays(today, strip * DAYS_SHOWN);
  return Array.from({ length: DAYS_SHOWN }, (_, at) => plusDays(first, at));
}

/** `12:05` left of a hold; `0:00` when it is over. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** What is to be said now that `left` ms are left, when `before` ms were left a moment ago. */
export function warningFor(before: number, left: number): 'minute' | 'seconds' | null {
  const crosses = (mark: number) => before > mark && left <= mark && left > 0;
  if (crosses(10_000)) return 'seconds';
  return crosses(60_000) ? 'minute' : null;
}
