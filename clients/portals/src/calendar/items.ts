/**
 * What a calendar shows, from the three things that tell it: the topic of the schedule (what is held and booked now),
 * a reading of the shown time (what is over), and the cards of appointments (who they are with).
 */
import type {
  AppointmentCard,
  CalendarEntry,
  ExceptionCard,
  OpenHours,
  ServiceId,
} from '@bedside/client';
import { isClosed } from '../patient/next.ts';
import { type Span, wallInstant } from './days.ts';

/** An appointment, or a time that somebody is booking. */
export interface Item extends Span {
  key: string;
  /** Absent while somebody is still booking, and before the card came. */
  card: AppointmentCard | null;
  kind: 'visit' | 'held';
  serviceId: ServiceId | null;
  /** With what is kept free before and after. */
  busy: Span;
  expiresAt: number | null;
  /** Of a group that is shown as one: everybody's own item. */
  members: readonly Item[];
}

/** The clinic is closed, or the practitioner is away. */
export interface Closed extends Span {
  key: string;
  isClinic: boolean;
  reason: string;
}

/** What is held or booked: the topic knows all that is not over, the reading what is. */
export function entriesOf(
  live: readonly CalendarEntry[],
  read: readonly CalendarEntry[],
  now: number,
): CalendarEntry[] {
  const ids = new Set(live.map((it) => it.slot_id));
  const over = read.filter((it) => it.ends_at <= now && !ids.has(it.slot_id));
  return [...over, ...live];
}

/** Everything that is to be drawn, by begin. Cancelled appointments are not. */
export function itemsOf(
  cards: readonly AppointmentCard[],
  entries: readonly CalendarEntry[],
  now: number,
): Item[] {
  const byId = new Map(cards.map((it) => [it.appointment_id, it]));
  const items: Item[] = [];
  const drawn = new Set<string>();
  for (const entry of entries) {
    const card = entry.appointment_id ? (byId.get(entry.appointment_id) ?? null) : null;
    if (card?.stage === 'cancelled') continue;
    if (entry.kind === 'held' && (entry.expires_at ?? Infinity) <= now) continue;
    if (card) drawn.add(card.appointment_id);
    items.push(ofEntry(entry, card));
  }
  for (const card of cards) {
    if (card.stage !== 'cancelled' && !drawn.has(card.appointment_id)) items.push(ofCard(card));
  }
  return items.sort((a, b) => a.from - b.from || a.until - b.until || (a.key < b.key ? -1 : 1));
}

/** People who share one appointment time, as one: twenty of them beside each other could not be read. */
export function grouped(items: readonly Item[]): Item[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const isSeat = item.kind === 'visit' && item.serviceId !== null;
    const key = isSeat ? `group ${item.from} ${item.until} ${item.serviceId}` : item.key;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups].flatMap(([key, members]) => {
    const [first, ...rest] = members;
    if (!first) return [];
    return rest.length === 0 ? [first] : [{ ...first, key, card: null, members }];
  });
}

/** Whether an appointment can still be moved by choosing another time of its service. */
export function canMove(card: AppointmentCard): boolean {
  return card.service_id !== undefined && card.stage === 'scheduled';
}

export function canCancel(card: AppointmentCard): boolean {
  return !isClosed(card.stage);
}

/** Closures and time off as stretches of time. Wall times that are skipped begin when the clocks are put forward. */
export function closedOf(exceptions: readonly ExceptionCard[]): Closed[] {
  return exceptions
    .filter((it) => it.terms.kind === 'closed')
    .map(({ exception_id, is_closure, terms }) => ({
      key: exception_id,
      from: atWall(terms.starts, terms.time_zone),
      until: atWall(terms.ends, terms.time_zone),
      isClinic: is_closure,
      reason: terms.reason ?? '',
    }))
    .filter((it) => it.until > it.from);
}

/** `2026-12-24T12:00` in a zone. */
export function atWall(text: string, zone: string): number {
  const [date = '', time = ''] = text.split('T');
  return wallInstant(date, time, zone);
}

export function overlaps(one: Span, other: Span): boolean {
  return one.from < other.until && other.from < one.until;
}

/** The locations of the shown hours, by zone; that of the viewer first. */
export function zonesOf(
  open: readonly OpenHours[],
  own: string,
): { zone: string; locations: string[] }[] {
  const zones = new Map<string, Set<string>>([[own, new Set()]]);
  for (const it of open) {
    const known = zones.get(it.time_zone) ?? new Set();
    if (it.location !== '') known.add(it.location);
    zones.set(it.time_zone, known);
  }
  return [...zones].map(([zone, locations]) => ({ zone, locations: [...locations] }));
}

function ofEntry(entry: CalendarEntry, card: AppointmentCard | null): Item {
  return {
    key: entry.slot_id,
    card,
    kind: entry.kind === 'held' ? 'held' : 'visit',
    // The card may be a moment older than the calendar.
    from: entry.starts_at,
    until: entry.ends_at,
    serviceId: entry.service_id ?? card?.service_id ?? null,
    busy: { from: entry.busy_from, until: entry.busy_until },
    expiresAt: entry.expires_at ?? null,
    members: [],
  };
}

function ofCard(card: AppointmentCard): Item {
  const span = { from: card.starts_at, until: card.ends_at };
  return {
    key: card.appointment_id,
    card,
    kind: 'visit',
    ...span,
    serviceId: card.service_id ?? null,
    busy: span,
    expiresAt: null,
    members: [],
  };
}
