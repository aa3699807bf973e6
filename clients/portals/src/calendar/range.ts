/** Which part of the axis is shown: the working hours and everything that is planned, to whole hours. */
import type { Axis, Piece } from './axis.ts';
import type { Span } from './days.ts';

const HOUR = 60;
/** Where there is nothing at all, an ordinary day. */
const ORDINARY = { top: 8 * HOUR, bottom: 18 * HOUR };
const LEAST = 6 * HOUR;

export function shownPart(axis: Axis, spans: readonly Span[], isWhole: boolean): Piece {
  const whole = { top: 0, bottom: axis.length };
  if (isWhole) return whole;
  const pieces = axis.dates.flatMap((date) => spans.flatMap((it) => axis.place(date, it)));
  if (pieces.length === 0) return clip(ORDINARY, whole);
  const top = Math.min(...pieces.map((it) => it.top));
  const bottom = Math.max(...pieces.map((it) => it.bottom));
  const part = { top: floor(top - HOUR / 2), bottom: ceil(bottom + HOUR / 2) };
  const lacking = Math.max(0, LEAST - (part.bottom - part.top));
  return clip({ top: part.top, bottom: part.bottom + ceil(lacking) }, whole);
}

function clip(part: Piece, whole: Piece): Piece {
  return { top: Math.max(part.top, whole.top), bottom: Math.min(part.bottom, whole.bottom) };
}

const floor = (minutes: number) => Math.floor(minutes / HOUR) * HOUR;
const ceil = (minutes: number) => Math.ceil(minutes / HOUR) * HOUR;
