import type { RecordAccess, Role } from '@bedside/client';
import { dayTeller } from '../format/days.ts';

/** Somebody, and what they did on one day. */
export interface Who {
  key: string;
  name: string | undefined;
  role: Role | undefined;
  accesses: RecordAccess[];
}

export interface Day {
  /** `2026-11-24` in the zone. */
  day: string;
  /** A moment of it. */
  at: number;
  people: Who[];
}

/**
 * By day and by person, both in the order in which they come: newest first. Entries name nobody by an id here; people of one
 * name and role stand together.
 */
export function daysOf(accesses: readonly RecordAccess[], zone: string): Day[] {
  const tell = dayTeller(zone);
  const days: Day[] = [];
  for (const it of accesses) {
    const day = tell(it.at);
    const found = days.find((known) => known.day === day) ?? { day, at: it.at, people: [] };
    if (found.people.length === 0) days.push(found);
    const key = `${it.role ?? ''} ${it.display_name ?? ''}`;
    const who = found.people.find((known) => known.key === key);
    if (who) who.accesses.push(it);
    else found.people.push({ key, name: it.display_name, role: it.role, accesses: [it] });
  }
  return days;
}
