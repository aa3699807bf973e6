import type { AppointmentCard, Stage } from '@bedside/client';
import { CHECK_HOLDS_MS } from '../app/remember.ts';

/** What the one button of the next visit does. */
export type Step = 'check' | 'enter' | 'rejoin';

export interface Sorted {
  next: AppointmentCard | null;
  later: readonly AppointmentCard[];
  past: readonly AppointmentCard[];
}

/** The waiting room is offered from this long before the appointment. */
export const OPENS_BEFORE_MS = 3_600_000;
/** A visit that nobody closed stays the next one for this long after its planned end. */
const LINGERS_MS = 2 * 3_600_000;

export function isClosed(stage: Stage): boolean {
  return stage === 'ended' || stage === 'no_show' || stage === 'cancelled';
}

/** Splits a patient's appointments. Past ones come latest first; a cancelled future one is past too. */
export function sortCards(cards: readonly AppointmentCard[], now: number): Sorted {
  const byBegin = [...cards].sort((a, b) => a.starts_at - b.starts_at);
  const isPast = (card: AppointmentCard) =>
    isClosed(card.stage) || (card.stage === 'scheduled' && card.ends_at + LINGERS_MS < now);
  const open = byBegin.filter((card) => !isPast(card));
  const running = open.find((card) => card.stage !== 'scheduled');
  const next = running ?? open.at(0) ?? null;
  return {
    next,
    later: open.filter((card) => card !== next),
    past: byBegin.filter(isPast).reverse(),
  };
}

/** The button that is right for the moment. `checkedAt`: when this browser's check went well, ms since 1970. */
export function stepFor(card: AppointmentCard, now: number, checkedAt: number): Step {
  if (card.stage === 'admitted' || card.stage === 'in_call' || card.stage === 'waiting') {
    return 'rejoin';
  }
  const isOpen = card.starts_at - OPENS_BEFORE_MS <= now;
  const isChecked = now - checkedAt < CHECK_HOLDS_MS;
  return isOpen && isChecked ? 'enter' : 'check';
}
