import {
  type AppointmentCard,
  type AppointmentId,
  BedsideError,
  type Hold,
  type OpenSlot,
  type PersonId,
  type ServiceId,
} from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Trouble, troubleOf } from '../parts/trouble.ts';
import { bookPath } from './choice.ts';

/** A time that somebody wants. */
export interface Wanted {
  clinicianId: PersonId;
  clinicianName: string;
  serviceId: ServiceId;
  startsAt: number;
  endsAt: number;
  /** Where the clinician sits. */
  zone: string;
}

export type HoldStage =
  | { at: 'none' }
  | { at: 'taking'; wanted: Wanted }
  | { at: 'held'; wanted: Wanted; hold: Hold; place: string | null };

/** Why a time could not be held. */
export type Refusal =
  | { why: 'taken'; wanted: Wanted; place: string | null; nextFree: readonly number[] }
  /** No licence for the place, or the place is not known yet. */
  | { why: 'licence'; wanted: Wanted; place: string | null; isUnknown: boolean }
  | { why: 'other'; wanted: Wanted; trouble: Trouble };

export interface HoldHere {
  stage: HoldStage;
  refusal: Refusal | null;
  take(wanted: Wanted, place: string | null): Promise<void>;
  /** The same time with another place: given back and taken again. */
  takeFrom(place: string | null): Promise<void>;
  /** Back to the times; what was held is free again. */
  leave(): void;
  /** It was booked: there is nothing to give back. */
  used(): void;
  /** It is being paid for, and is not given back when this page goes. `false` where it is not held any more. */
  paying(hold: Hold): boolean;
  clearRefusal(): void;
}

export function wantedOf(slot: OpenSlot): Wanted {
  return {
    clinicianId: slot.clinician_id,
    clinicianName: slot.clinician_name,
    serviceId: slot.service_id,
    startsAt: slot.starts_at,
    endsAt: slot.ends_at,
    zone: slot.time_zone,
  };
}

/**
 * The time that is held for this person. Held time is a step of the history of the browser, so that the back button
 * gives it back; its token is nowhere but here. Whoever leaves the page gives it back too, unless it is to pay for it.
 */
export function useHold(moves: AppointmentId | null): HoldHere {
  const bedside = useBedside();
  const [stage, setStage] = useState<HoldStage>({ at: 'none' });
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const token = useRef<string | null>(null);
  /** What is being paid for. */
  const paid = useRef<string | null>(null);
  const isBusy = useRef(false);

  const giveBack = useCallback(async () => {
    const held = token.current;
    token.current = null;
    paid.current = null;
    // Not heard by the hub, it ends by itself in a few minutes.
    if (held) await bedside.call('slot.release', { hold_token: held }).catch(() => {});
  }, [bedside]);

  useEffect(() => {
    // A reload has lost the token; there is nothing to go back to.
    if (isHeldStep()) history.replaceState(null, '');
    const onPop = () => {
      if (isHeldStep()) return;
      setStage({ at: 'none' });
      void giveBack();
    };
    window.addEventListener('popstate', onPop);
    return () => {
      window.removeEventListener('popstate', onPop);
      void giveBack();
    };
  }, [giveBack]);

  const take = useCallback(
    async (wanted: Wanted, place: string | null, staysHere = false) => {
      if (isBusy.current) return;
      isBusy.current = true;
      setRefusal(null);
      if (!staysHere) setStage({ at: 'taking', wanted });
      try {
        await giveBack();
        const hold = await bedside.call('slot.hold', {
          clinician_id: wanted.clinicianId,
          service_id: wanted.serviceId,
          starts_at: wanted.startsAt,
          ...(place ? { jurisdiction: place } : {}),
          ...(moves ? { moves } : {}),
        });
        token.current = hold.hold_token;
        setStage({ at: 'held', wanted, hold, place });
        if (!isHeldStep()) history.pushState({ step: HELD }, '');
        window.scrollTo(0, 0);
      } catch (error) {
        setStage({ at: 'none' });
        setRefusal(refusalOf(error, wanted, place));
        if (isHeldStep()) history.back();
      } finally {
        isBusy.current = false;
      }
    },
    [bedside, giveBack, moves],
  );
  const takeFrom = useCallback(
    async (place: string | null) => {
      if (stage.at === 'held') await take(stage.wanted, place, true);
    },
    [stage, take],
  );
  const leave = useCallback(() => {
    if (isHeldStep()) return history.back();
    setStage({ at: 'none' });
    void giveBack();
  }, [giveBack]);
  const used = useCallback(() => {
    token.current = null;
    setStage({ at: 'none' });
  }, []);
  const paying = useCallback((hold: Hold) => {
    if (token.current !== null) {
      if (token.current !== hold.hold_token) return false;
      paid.current = token.current;
      token.current = null;
    }
    return paid.current === hold.hold_token;
  }, []);
  const clearRefusal = useCallback(() => setRefusal(null), []);
  return { stage, refusal, take, takeFrom, leave, used, paying, clearRefusal };
}

const HELD = 'held';

function isHeldStep(): boolean {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'step' in state && state.step === HELD;
}

function refusalOf(error: unknown, wanted: Wanted, place: string | null): Refusal {
  const trouble = troubleOf(error);
  // By its text: the hub may know codes that this version has no type for.
  const code: string = trouble.code;
  const field = error instanceof BedsideError ? error.fault.field : undefined;
  const isUnknown = code === 'invalid_value' && field === 'jurisdiction';
  if (isUnknown || code === 'licence_required') {
    return { why: 'licence', wanted, place, isUnknown };
  }
  if (code === 'slot_taken' || code === 'not_offered') {
    const nextFree = error instanceof BedsideError ? (error.fault.next_free ?? []) : [];
    return { why: 'taken', wanted, place, nextFree };
  }
  return { why: 'other', wanted, trouble };
}

/** Begins the payment of what is held, and says on which page it goes on. The same hold is the same payment. */
export function usePayment() {
  const bedside = useBedside();
  return useCallback(
    async (hold: Hold, reason: string): Promise<string> => {
      const payment = await bedside.call('payment.begin', {
        hold_token: hold.hold_token,
        ...(reason ? { reason } : {}),
      });
      return payment.page_url ?? bookPath({ payment: payment.payment_id });
    },
    [bedside],
  );
}

/** Books what is held, or moves an appointment to it. Trying again after a lost answer never books twice. */
export function useBooking(moves: AppointmentId | null) {
  const bedside = useBedside();
  const attempt = useRef({ of: '', key: '' });
  return useCallback(
    async (hold: Hold, reason: string): Promise<AppointmentCard> => {
      const params = { hold_token: hold.hold_token, ...(reason ? { reason } : {}) };
      const of = JSON.stringify(params);
      if (attempt.current.of !== of) attempt.current = { of, key: crypto.randomUUID() };
      const options = { key: attempt.current.key };
      return moves
        ? bedside.call(
            'appointment.move',
            { appointment_id: moves, hold_token: hold.hold_token },
            options,
          )
        : bedside.call('appointment.create', params, options);
    },
    [bedside, moves],
  );
}
