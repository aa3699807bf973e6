/**
 * The vertical axis of a calendar: every wall time that one of the shown days has, an hour that comes twice in two
 * rows. Invariant: an instant of a shown day has exactly one place, and a place that a day does not have is a void of
 * that day, never a time of another.
 */
import { type LocalDate, type Run, runsOf, type Span } from './days.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** A piece of the axis, in minutes from its top. */
export interface Piece {
  top: number;
  bottom: number;
}

/** A row of the axis: wall times that follow each other. */
interface Segment extends Piece {
  wall: number;
  isRepeat: boolean;
}

export interface HourMark {
  top: number;
  /** Minutes since midnight on the wall. */
  wall: number;
  /** The same hour for the second time. */
  isRepeat: boolean;
}

/** Why a day has no such time: the clocks skip it, or another day has it twice. */
export type VoidReason = 'skipped' | 'elsewhere_twice';

export interface Void extends Piece {
  reason: VoidReason;
}

export class Axis {
  readonly dates: readonly LocalDate[];
  /** Minutes from top to bottom. */
  readonly length: number;
  readonly marks: readonly HourMark[];
  readonly #runs: ReadonlyMap<LocalDate, readonly Run[]>;
  readonly #segments: readonly Segment[];

  constructor(dates: readonly LocalDate[], zone: string) {
    this.dates = dates;
    this.#runs = new Map(dates.map((date) => [date, runsOf(date, zone)]));
    this.#segments = segmentsOf([...this.#runs.values()].flat());
    this.length = this.#segments.at(-1)?.bottom ?? 0;
    this.marks = this.#segments.flatMap(marksOf);
  }

  /** Where a stretch of time is on that day: nothing when it is on other days, two pieces around a void. */
  place(date: LocalDate, span: Span): Piece[] {
    const pieces = (this.#runs.get(date) ?? []).flatMap((run) => {
      const from = Math.max(run.from, span.from);
      const until = Math.min(run.until, span.until);
      if (until <= from) return [];
      const wall = run.wall + (from - run.from) / MINUTE_MS;
      return this.#of(wall, wall + (until - from) / MINUTE_MS, run.isRepeat);
    });
    return joined(pieces);
  }

  /** Where a moment is on that day. */
  at(date: LocalDate, at: number): number | null {
    return this.place(date, { from: at, until: at + MINUTE_MS })[0]?.top ?? null;
  }

  /** What time it is at that place on that day; `null` in a void. */
  instantAt(date: LocalDate, top: number): number | null {
    const segment = this.#segments.find((it) => it.top <= top && top < it.bottom);
    if (!segment) return null;
    const wall = segment.wall + (top - segment.top);
    const run = (this.#runs.get(date) ?? []).find(
      (it) =>
        it.isRepeat === segment.isRepeat &&
        it.wall <= wall &&
        wall < it.wall + (it.until - it.from) / MINUTE_MS,
    );
    return run ? run.from + (wall - run.wall) * MINUTE_MS : null;
  }

  /** The places that this day does not have. */
  voids(date: LocalDate): Void[] {
    const whole = this.place(date, { from: -Infinity, until: Infinity });
    const voids: Void[] = [];
    for (const segment of this.#segments) {
      const reason = segment.isRepeat ? 'elsewhere_twice' : 'skipped';
      for (const gap of without(segment, whole)) voids.push({ ...gap, reason });
    }
    return voids;
  }

  #of(from: number, until: number, isRepeat: boolean): Piece[] {
    return this.#segments.flatMap((it) => {
      if (it.isRepeat !== isRepeat) return [];
      const top = it.top + Math.max(from - it.wall, 0);
      const bottom = it.top + Math.min(until - it.wall, it.bottom - it.top);
      return top < bottom ? [{ top, bottom }] : [];
    });
  }
}

/** Every wall time that somebody has, and after it once more what somebody has twice. */
function segmentsOf(runs: readonly Run[]): Segment[] {
  const walls = runs.map((it) => ({
    from: it.wall,
    until: it.wall + (it.until - it.from) / MINUTE_MS,
    isRepeat: it.isRepeat,
  }));
  const edges = new Set([0, DAY_MINUTES, ...walls.flatMap((it) => [it.from, it.until])]);
  const sorted = [...edges].sort((one, other) => one - other);
  const has = (from: number, isRepeat: boolean) =>
    walls.some((it) => it.isRepeat === isRepeat && it.from <= from && from < it.until);
  const repeats = joined(
    walls.filter((it) => it.isRepeat).map((it) => ({ top: it.from, bottom: it.until })),
  );
  const segments: Segment[] = [];
  let top = 0;
  const add = (wall: number, until: number, isRepeat: boolean) => {
    segments.push({ top, bottom: top + until - wall, wall, isRepeat });
    top += until - wall;
  };
  sorted.slice(0, -1).forEach((from, index) => {
    const until = sorted[index + 1] ?? DAY_MINUTES;
    if (has(from, false)) add(from, until, false);
    for (const repeat of repeats) if (repeat.bottom === until) add(repeat.top, repeat.bottom, true);
  });
  return segments;
}

function marksOf(segment: Segment): HourMark[] {
  const marks: HourMark[] = [];
  const until = segment.wall + (segment.bottom - segment.top);
  for (let wall = Math.ceil(segment.wall / 60) * 60; wall < until; wall += 60) {
    marks.push({ top: segment.top + wall - segment.wall, wall, isRepeat: segment.isRepeat });
  }
  return marks;
}

/** Pieces that touch or overlap become one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const sorted = [...pieces].sort((one, other) => one.top - other.top);
  const result: Piece[] = [];
  for (const piece of sorted) {
    const last = result.at(-1);
    if (last && piece.top <= last.bottom) last.bottom = Math.max(last.bottom, piece.bottom);
    else result.push({ ...piece });
  }
  return result;
}

/** What is left of a piece when others are taken out of it. */
function without(piece: Piece, others: readonly Piece[]): Piece[] {
  let rest: Piece[] = [{ top: piece.top, bottom: piece.bottom }];
  for (const other of others) {
    rest = rest.flatMap((it) => {
      if (other.bottom <= it.top || it.bottom <= other.top) return [it];
      const pieces: Piece[] = [];
      if (it.top < other.top) pieces.push({ top: it.top, bottom: other.top });
      if (other.bottom < it.bottom) pieces.push({ top: other.bottom, bottom: it.bottom });
      return pieces;
    });
  }
  return rest;
}
