import type { Fault, Stage, VisitView } from '@bedside/client';
import { isClosed } from '../patient/next.ts';

/** What this person has asked for in this tab: to get ready first, to be in the visit, or to be out of it. */
export type Wish = 'undecided' | 'check' | 'in' | 'left';

export type Phase =
  | { name: 'loading' }
  | { name: 'refused'; fault: Fault | null }
  | { name: 'closed'; stage: Stage }
  | { name: 'revoked' }
  | { name: 'check' }
  | { name: 'left' }
  | { name: 'waiting' }
  | { name: 'call' };

export interface PhaseInput {
  view: VisitView | null;
  isDenied: boolean;
  fault: Fault | null;
  wish: Wish;
}

/** Which screen a visit page shows. The hub's word on the place comes before anything that this tab believes. */
export function phaseOf({ view, isDenied, fault, wish }: PhaseInput): Phase {
  if (isDenied) {
    return fault?.code === 'visit_closed'
      ? { name: 'closed', stage: 'ended' }
      : { name: 'refused', fault };
  }
  if (!view) return { name: 'loading' };
  if (isClosed(view.stage)) return { name: 'closed', stage: view.stage };
  const place = ownPlace(view);
  if (place === 'revoked') return { name: 'revoked' };
  if (wish === 'undecided') return { name: 'loading' };
  if (wish === 'check') return { name: 'check' };
  if (wish === 'left') return { name: 'left' };
  if (place === 'inside') return { name: 'call' };
  if (place === 'waiting') return { name: 'waiting' };
  return { name: 'loading' };
}

export function ownPlace(view: VisitView): 'away' | 'waiting' | 'inside' | 'revoked' {
  return view.participants.find((it) => it.participant_id === view.you)?.place ?? 'away';
}

export interface WishInput {
  /** The page before this one asked for it. */
  intent: 'enter' | 'admit' | 'check' | null;
  /** This tab was in the visit before a reload. */
  wasEntered: boolean;
  /** The browser's device check went well and is recent. */
  isChecked: boolean;
  /** Where the hub has this person. */
  place: 'away' | 'waiting' | 'inside' | 'revoked';
}

/** What somebody wants who opens the page: back in after a reload, through the check otherwise. */
export function firstWish({ intent, wasEntered, isChecked, place }: WishInput): Wish {
  if (intent === 'check') return 'check';
  if (wasEntered || place === 'waiting' || place === 'inside') return 'in';
  return intent !== null && isChecked ? 'in' : 'check';
}
