/** Entries beside each other where they overlap, as wide as there is room. */
import type { Span } from './days.ts';

export interface Placed<T> {
  item: T;
  /** Which of `columns` columns, from 0. */
  column: number;
  columns: number;
}

/**
 * Gives every item a column of its own among those that it overlaps. Items that only touch do not overlap. The order
 * of the result is that of begin.
 */
export function besides<T extends Span>(items: readonly T[]): Placed<T>[] {
  const sorted = [...items].sort((a, b) => a.from - b.from || b.until - a.until);
  const placed: Placed<T>[] = [];
  let cluster: Placed<T>[] = [];
  let ends: number[] = [];
  const close = () => {
    for (const it of cluster) it.columns = ends.length;
    cluster = [];
    ends = [];
  };
  for (const item of sorted) {
    if (ends.every((end) => end <= item.from)) close();
    const free = ends.findIndex((end) => end <= item.from);
    const column = free === -1 ? ends.length : free;
    ends[column] = item.until;
    const one = { item, column, columns: 1 };
    cluster.push(one);
    placed.push(one);
  }
  close();
  return placed;
}
