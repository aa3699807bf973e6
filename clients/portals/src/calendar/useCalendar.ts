import type { AppointmentCard, Calendar, Fault, Hours, PersonId } from '@bedside/client';
import { useAgenda, useBedside, useSchedule, useStore } from '@bedside/client/react';
import { useEffect, useMemo, useState } from 'react';
import { type Trouble, troubleOf } from '../parts/trouble.ts';
import type { Span } from './days.ts';
import { type Closed, closedOf, entriesOf, type Item, itemsOf } from './items.ts';

export interface CalendarNow {
  /** `null` before they came. */
  items: readonly Item[] | null;
  closed: readonly Closed[];
  open: Calendar['open'];
  hours: Hours | null;
  /** The calendar is not this person's to see. */
  denied: Fault | null;
  trouble: Trouble | null;
  reload: () => void;
}

interface Reading {
  key: string;
  calendar: Calendar;
  cards: readonly AppointmentCard[];
}

/**
 * A practitioner's time within `span`. What is held and booked is live by the schedule's topic; names come from one's
 * own agenda, which is live too, or are read again whenever the schedule of somebody else changes.
 */
export function useCalendar(personId: PersonId, span: Span, now: number): CalendarNow {
  const bedside = useBedside();
  const isOwn = useStore(bedside.me)?.person_id === personId;
  const { schedule, status, fault } = useSchedule(bedside, personId);
  const agenda = useAgenda(bedside, isOwn ? personId : undefined);
  const [tries, setTries] = useState(0);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [read, setRead] = useState<Reading | null>(null);
  const { from, until } = span;
  const key = `${personId} ${from} ${until}`;
  const hours = schedule?.hours ?? null;
  // Names of somebody else's appointments have no topic.
  const others = isOwn ? null : schedule?.entries;
  useOnReturn(() => setTries((before) => before + 1));

  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when hours or others' entries change.
  useEffect(() => {
    let isCurrent = true;
    const wanted = { from, until };
    Promise.all([
      bedside.call('schedule.calendar', { practitioner_id: personId, ...wanted }),
      bedside.call('appointment.list', isOwn ? wanted : { person_id: personId, ...wanted }),
    ]).then(
      ([calendar, listed]) => {
        if (!isCurrent) return;
        setTrouble(null);
        setRead({ key, calendar, cards: listed.appointments });
      },
      (error: unknown) => {
        if (isCurrent) setTrouble(troubleOf(error));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [bedside, personId, isOwn, from, until, hours, others, tries]);

  const current = read?.key === key ? read : null;
  const live = schedule?.entries;
  const items = useMemo(() => {
    if (!live && !current) return null;
    const entries = live
      ? entriesOf(live, current?.calendar.entries ?? [], now)
      : (current?.calendar.entries ?? []);
    const cards = newest(current?.cards ?? [], agenda.cards ?? []);
    return itemsOf(cards, entries, now).filter((it) => it.from < until && from < it.until);
  }, [live, current, agenda.cards, now, from, until]);
  const closed = useMemo(() => closedOf(hours?.exceptions ?? []), [hours]);
  return {
    items,
    closed,
    open: current?.calendar.open ?? [],
    hours,
    denied: status === 'denied' ? fault : null,
    trouble,
    reload: () => setTries((before) => before + 1),
  };
}

/** What the agenda says wins over what was read. */
function newest(
  read: readonly AppointmentCard[],
  agenda: readonly AppointmentCard[],
): AppointmentCard[] {
  const cards = new Map(read.map((it) => [it.appointment_id, it]));
  for (const card of agenda) {
    const known = cards.get(card.appointment_id);
    if (!known || card.revision >= known.revision) cards.set(card.appointment_id, card);
  }
  return [...cards.values()];
}

function useOnReturn(action: () => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the action only sets a state.
  useEffect(() => {
    const onVisible = () => {
      if (!document.hidden) action();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => document.removeEventListener('visibilitychange', onVisible);
  }, []);
}
