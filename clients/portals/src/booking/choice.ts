import type { AppointmentId, PaymentId, PersonId, ServiceId } from '@bedside/client';
import { useCallback, useEffect, useState } from 'react';
import { isDay } from '../format/days.ts';

/** What is being booked, as it stands in the address: ids and a day, nothing about the person. */
export interface Choice {
  service: ServiceId | null;
  clinician: PersonId | null;
  day: string | null;
  /** The appointment that shall be moved. */
  moves: AppointmentId | null;
  /** The appointment that was just booked or moved. */
  booked: AppointmentId | null;
  /** The payment from whose page the person comes back. */
  payment: PaymentId | null;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function readChoice(search: string): Choice {
  const query = new URLSearchParams(search);
  const id = <T extends string>(name: string): T | null => {
    const text = query.get(name)?.toLowerCase() ?? '';
    return ID.test(text) ? (text as T) : null;
  };
  const day = query.get('day');
  return {
    service: id<ServiceId>('service'),
    clinician: id<PersonId>('clinician'),
    day: isDay(day) ? day : null,
    moves: id<AppointmentId>('moves'),
    booked: id<AppointmentId>('booked'),
    payment: id<PaymentId>('payment'),
  };
}

export function bookPath(choice: Partial<Choice> = {}): string {
  const query = new URLSearchParams();
  for (const name of ['service', 'clinician', 'day', 'moves', 'booked', 'payment'] as const) {
    const value = choice[name];
    if (value) query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? '/book' : `/book?${text}`;
}

export interface ChoiceHere {
  choice: Choice;
  /** `push` makes a step that the back button undoes. */
  change(next: Partial<Choice>, how?: 'push' | 'replace'): void;
}

/** The choice in the address; the back button changes it too. */
export function useChoice(): ChoiceHere {
  const [choice, setChoice] = useState(() => readChoice(location.search));
  useEffect(() => {
    const onPop = () => setChoice(readChoice(location.search));
    window.addEventListener('popstate', onPop);
    return () => window.removeEventListener('popstate', onPop);
  }, []);
  const change = useCallback<ChoiceHere['change']>((next, how = 'replace') => {
    const after = { ...readChoice(location.search), ...next };
    if (how === 'push') history.pushState(null, '', bookPath(after));
    else history.replaceState(null, '', bookPath(after));
    if (how === 'push') window.scrollTo(0, 0);
    setChoice(after);
  }, []);
  return { choice, change };
}
