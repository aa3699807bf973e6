/** Which entry an arrow key leads to. Up and down within a day, left and right to the nearest one of another day. */
import { dateAt, type LocalDate } from './days.ts';
import type { Item } from './items.ts';

export function neighbour(
  key: string,
  current: string | null,
  items: readonly Item[],
  dates: readonly LocalDate[],
  zone: string,
): Item | null {
  const item = items.find((it) => it.key === current);
  if (!item) return null;
  const date = dateAt(item.from, zone);
  const of = (day: LocalDate) => items.filter((it) => dateAt(it.from, zone) === day);
  const own = of(date);
  const index = own.indexOf(item);
  switch (key) {
    case 'ArrowDown':
      return own[index + 1] ?? next(items, item);
    case 'ArrowUp':
      return own[index - 1] ?? previous(items, item);
    case 'Home':
      return own[0] ?? null;
    case 'End':
      return own.at(-1) ?? null;
    case 'ArrowRight':
      return nearest(item, dates.filter((it) => it > date).map(of));
    case 'ArrowLeft':
      return nearest(item, [...dates.filter((it) => it < date)].reverse().map(of));
    default:
      return null;
  }
}

const DAY_MS = 86_400_000;

/** On the first day that has any, the one at about the same time of the day. */
function nearest(item: Item, days: readonly (readonly Item[])[]): Item | null {
  const day = days.find((it) => it.length > 0);
  if (!day) return null;
  const distance = (other: Item) => {
    const apart = Math.abs(other.from - item.from) % DAY_MS;
    return Math.min(apart, DAY_MS - apart);
  };
  return [...day].sort((one, other) => distance(one) - distance(other))[0] ?? null;
}

const next = (items: readonly Item[], item: Item) => items[items.indexOf(item) + 1] ?? null;
const previous = (items: readonly Item[], item: Item) => items[items.indexOf(item) - 1] ?? null;
