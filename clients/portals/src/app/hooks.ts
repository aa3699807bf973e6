import type { Visit } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { useEffect, useMemo, useState } from 'react';
import { TimeFormat } from '../format/time.ts';
import { useStrings } from '../strings/index.ts';

/** The wall clock, told anew every `everyMs`. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Times in the zone of the person, or in the one given. */
export function useTime(zone?: string): TimeFormat {
  const { me } = useBedside();
  const own = useStore(me)?.time_zone;
  const { language, time } = useStrings();
  const chosen = zone ?? own ?? '';
  return useMemo(() => new TimeFormat(regional(language), chosen, time), [language, chosen, time]);
}

/** The visit of an appointment; another object after another sign-in. */
export function useVisitOf(appointmentId: string): Visit {
  const bedside = useBedside();
  const session = useStore(bedside.me)?.session_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session means another object.
  return useMemo(() => bedside.visit(appointmentId), [bedside, appointmentId, session]);
}

/** The title of the page, until another screen has one: every screen that fills the page says its own. */
export function useTitle(title: string): void {
  const { product } = useStrings();
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
}

/** The language as this person's region writes dates: `en-GB` where the browser says so. */
function regional(language: string): string {
  const wanted = (it: string) => it === language || it.startsWith(`${language}-`);
  return navigator.languages.find(wanted) ?? language;
}
