import type { Message } from '@bedside/client';

/**
 * Of a long thread a part is on the page: what is at its end, or what is around where the person reads. Plain data.
 * Invariant: at most {@link MOST_SHOWN} messages, and a step always keeps what the person has before their eyes.
 */

/** Messages on the page while the person is at the end. */
export const AT_END = 120;
/** Messages on the page at most. */
export const MOST_SHOWN = 240;
/** Messages that one step shows more of. */
export const STEP = 60;

/** Where the part begins: at the message with that offset, or so that the end is in it. */
export type Place = { kind: 'end' } | { kind: 'from'; offset: number };

export interface Part {
  messages: readonly Message[];
  /** There are messages in memory before it, and behind it. */
  hasEarlier: boolean;
  hasLater: boolean;
}

/** The first message that is not before `offset`. */
function indexOf(messages: readonly Message[], offset: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function beginOf(messages: readonly Message[], place: Place): number {
  return place.kind === 'end'
    ? Math.max(0, messages.length - AT_END)
    : Math.min(indexOf(messages, place.offset), Math.max(0, messages.length - 1));
}

const from = (messages: readonly Message[], index: number): Place => {
  const first = messages[Math.max(0, index)];
  return first ? { kind: 'from', offset: first.offset } : { kind: 'end' };
};

export function partOf(messages: readonly Message[], place: Place): Part {
  const begin = beginOf(messages, place);
  const end = Math.min(messages.length, begin + MOST_SHOWN);
  const isWhole = begin === 0 && end === messages.length;
  return {
    messages: isWhole ? messages : messages.slice(begin, end),
    hasEarlier: begin > 0,
    hasLater: end < messages.length,
  };
}

/** One step to the begin. */
export function earlier(messages: readonly Message[], place: Place): Place {
  return from(messages, beginOf(messages, place) - STEP);
}

/** One step to the end. */
export function later(messages: readonly Message[], place: Place): Place {
  const begin = beginOf(messages, place) + STEP;
  return begin + MOST_SHOWN > messages.length && begin >= messages.length - AT_END
    ? { kind: 'end' }
    : from(messages, begin);
}

/** So that this message is in the middle. */
export function around(messages: readonly Message[], offset: number): Place {
  return from(messages, indexOf(messages, offset) - MOST_SHOWN / 2);
}
