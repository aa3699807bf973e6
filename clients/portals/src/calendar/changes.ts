/** Tells what others do to the shown calendar: an appointment that came, was moved, or went. */
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { useStrings } from '../strings/index.ts';
import type { Item } from './items.ts';

export type Change =
  | { kind: 'booked'; name: string; at: number }
  | { kind: 'changed'; name: string; at: number }
  | { kind: 'gone'; name: string };

/** What is different between two looks at the same days. */
export function changesBetween(before: readonly Item[], after: readonly Item[]): Change[] {
  const known = visits(before);
  const now = visits(after);
  const changes: Change[] = [];
  for (const [id, { name, at }] of now) {
    const old = known.get(id);
    if (!old) changes.push({ kind: 'booked', name, at });
    else if (old.at !== at) changes.push({ kind: 'changed', name, at });
  }
  for (const [id, { name }] of known) {
    if (!now.has(id)) changes.push({ kind: 'gone', name });
  }
  return changes;
}

export function useChangesTold(items: readonly Item[] | null, shown: string, zone: string): void {
  const { calendar } = useStrings();
  const announce = useAnnounce();
  const time = useTime(zone);
  const last = useRef<{ shown: string; items: readonly Item[] } | null>(null);
  useEffect(() => {
    const before = last.current;
    last.current = items ? { shown, items } : null;
    if (!items || before?.shown !== shown) return;
    const when = (at: number) => time.dayAndClock(at, Date.now());
    const sentences = changesBetween(before.items, items).map((it) => {
      if (it.kind === 'gone') return calendar.gone(it.name);
      return it.kind === 'booked'
        ? calendar.booked(it.name, when(it.at))
        : calendar.changed(it.name, when(it.at));
    });
    if (sentences.length > 0) announce(sentences.join(' '));
  }, [items, shown, time, calendar, announce]);
}

function visits(items: readonly Item[]): Map<string, { name: string; at: number }> {
  const cards = items.flatMap((it) => (it.card ? [{ card: it.card, at: it.from }] : []));
  return new Map(
    cards.map(({ card, at }) => [card.appointment_id, { name: card.patient.display_name, at }]),
  );
}
