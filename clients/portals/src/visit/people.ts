import type { Participant, VisitView } from '@bedside/client';

export function patientOf(view: VisitView): Participant | undefined {
  return view.participants.find((it) => it.role === 'patient');
}

export function isGuest(participant: Participant): boolean {
  return (
    participant.role === 'interpreter' ||
    participant.role === 'caregiver' ||
    participant.role === 'colleague'
  );
}

/** Everybody who waits, the one who waits longest first. */
export function waitingIn(view: VisitView): Participant[] {
  return view.participants
    .filter((it) => it.place === 'waiting')
    .sort((a, b) => (a.waiting_since ?? 0) - (b.waiting_since ?? 0));
}

export function longestWaiting(view: VisitView): Participant | undefined {
  return waitingIn(view).at(0);
}

/** A link's score in three words. */
export function linkWord(score: number): 'good' | 'fair' | 'bad' {
  if (score >= 4) return 'good';
  return score >= 2 ? 'fair' : 'bad';
}
