/**
 * Moving an appointment: a new time is held first, so that a conflict shows before anything is changed; then the move
 * is one step. Invariant: whatever was held here is released unless it was used.
 */
import { type AppointmentCard, BedsideError, type Hold } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useAction } from '../parts/trouble.ts';

export interface Conflict {
  /** The time that is not free. */
  at: number;
  nextFree: readonly number[];
}

/** A time of the hold, and until when it is kept. */
export interface Kept {
  hold: Hold;
  from: number;
  until: number;
}

/** Refusals of one time, with which another one may do. */
const OF_THE_TIME: readonly string[] = ['slot_taken', 'conflict', 'not_offered'];
const LICENCE = 'licence_required';
const LAPSED = 'hold_expired';

export function useMove(card: AppointmentCard, onMoved: (moved: AppointmentCard) => void) {
  const bedside = useBedside();
  const [kept, setKept] = useState<Kept | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [unlicensed, setUnlicensed] = useState<number | null>(null);
  const [isLapsed, setLapsed] = useState(false);
  const token = useRef<string | null>(null);

  const release = useCallback(() => {
    const hold_token = token.current;
    token.current = null;
    setKept(null);
    // Without an answer it ends by itself.
    if (hold_token) bedside.call('slot.release', { hold_token }).catch(() => {});
  }, [bedside]);
  useEffect(() => release, [release]);

  const hold = useAction(async (at: number, licence_override?: string) => {
    release();
    setConflict(null);
    setUnlicensed(null);
    setLapsed(false);
    if (!card.service_id) return;
    try {
      const answer = await bedside.call('slot.hold', {
        clinician_id: card.clinician.person_id,
        service_id: card.service_id,
        starts_at: at,
        patient_id: card.patient.person_id,
        moves: card.appointment_id,
        ...(licence_override ? { licence_override } : {}),
      });
      const slot = answer.slots[0];
      token.current = answer.hold_token;
      const length = card.ends_at - card.starts_at;
      setKept({ hold: answer, from: slot?.starts_at ?? at, until: slot?.ends_at ?? at + length });
    } catch (error) {
      const code = codeOf(error);
      if (code === LICENCE) setUnlicensed(at);
      else if (code !== null && OF_THE_TIME.includes(code)) {
        setConflict({ at, nextFree: nextFree(error) });
      } else throw error;
    }
  });

  const move = useAction(async () => {
    if (!kept) return;
    try {
      const moved = await bedside.call(
        'appointment.move',
        { appointment_id: card.appointment_id, hold_token: kept.hold.hold_token },
        { if: { version: card.version } },
      );
      token.current = null;
      onMoved(moved);
    } catch (error) {
      const code = codeOf(error);
      if (code === LAPSED) {
        token.current = null;
        setKept(null);
        setLapsed(true);
      } else if (code === 'slot_taken') {
        release();
        setConflict({ at: kept.from, nextFree: nextFree(error) });
      } else throw error;
    }
  });

  return {
    kept,
    conflict,
    unlicensed,
    isLapsed,
    hold: hold.run,
    move: move.run,
    release,
    isHolding: hold.isRunning,
    isMoving: move.isRunning,
    trouble: hold.trouble ?? move.trouble,
  };
}

/** Codes of a newer hub are texts too. */
function codeOf(error: unknown): string | null {
  return error instanceof BedsideError ? error.code : null;
}

function nextFree(error: unknown): readonly number[] {
  return error instanceof BedsideError ? (error.fault.next_free ?? []) : [];
}
