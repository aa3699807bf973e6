import type { AppointmentCard, DeviceCheck } from '@bedside/client';
import { isClosed } from '../patient/next.ts';

/** What a row of the day says about its visit, in one word of the program. */
export type RowState =
  | { name: 'waits'; since: number | null }
  | { name: 'in_call' }
  | { name: 'admitted' }
  | { name: 'late'; byMs: number }
  | { name: 'expected' }
  | { name: 'closed' };

/** The one button of a row. */
export type RowAction = 'admit' | 'rejoin' | 'open' | 'no_show' | null;

/** Nobody is called late within this time. */
const GRACE_MS = 60_000;
/** A no-show is offered from this long after the planned begin. */
export const NO_SHOW_AFTER_MS = 10 * 60_000;

export function stateOf(card: AppointmentCard, now: number): RowState {
  switch (card.stage) {
    case 'waiting':
      return { name: 'waits', since: card.waiting_since ?? null };
    case 'in_call':
      return { name: 'in_call' };
    case 'admitted':
      return { name: 'admitted' };
    case 'scheduled': {
      const byMs = now - card.starts_at;
      return byMs > GRACE_MS ? { name: 'late', byMs } : { name: 'expected' };
    }
    case 'ended':
    case 'no_show':
    case 'cancelled':
      return { name: 'closed' };
  }
}

export function actionOf(card: AppointmentCard, now: number): RowAction {
  const state = stateOf(card, now);
  switch (state.name) {
    case 'waits':
      return 'admit';
    case 'in_call':
    case 'admitted':
      return 'rejoin';
    case 'late':
      return state.byMs > NO_SHOW_AFTER_MS ? 'no_show' : 'open';
    case 'expected':
      return 'open';
    case 'closed':
      return null;
  }
}

export type DeviceWord = 'good' | 'poor' | 'bad' | 'unknown';

/** A device check in one word: the worst part counts, what was skipped does not. */
export function deviceWord(check: DeviceCheck | undefined): DeviceWord {
  if (!check) return 'unknown';
  const parts = [check.camera, check.microphone, check.network];
  if (parts.some((it) => it === 'denied' || it === 'missing' || it === 'busy' || it === 'failed')) {
    return 'bad';
  }
  if (parts.includes('poor')) return 'poor';
  return parts.every((it) => it === 'skipped') ? 'unknown' : 'good';
}

export interface Day {
  /** Today's, and whatever is still open from before. */
  today: readonly AppointmentCard[];
  later: readonly AppointmentCard[];
  waiting: number;
  toCome: number;
}

export function dayOf(
  cards: readonly AppointmentCard[],
  now: number,
  isToday: (at: number) => boolean,
): Day {
  const sorted = [...cards].sort((a, b) => a.starts_at - b.starts_at);
  const isRunning = (card: AppointmentCard) => !isClosed(card.stage) && card.stage !== 'scheduled';
  const today = sorted.filter((card) => isToday(card.starts_at) || isRunning(card));
  return {
    today,
    later: sorted.filter((card) => !today.includes(card) && card.starts_at > now),
    waiting: today.filter((card) => card.stage === 'waiting').length,
    toCome: today.filter((card) => card.stage === 'scheduled').length,
  };
}

/** Where the line “now” goes: before the first visit that has not begun. */
export function nowIndex(cards: readonly AppointmentCard[], now: number): number {
  const index = cards.findIndex((card) => card.starts_at > now);
  return index === -1 ? cards.length : index;
}
