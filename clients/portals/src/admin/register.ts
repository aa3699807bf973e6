import type { AppointmentCard, Person, RegionCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useState } from 'react';
import { type Trouble, useAction } from '../parts/trouble.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

export interface Register {
  people: readonly Person[] | null;
  appointments: readonly AppointmentCard[] | null;
  /** Where people may be at home; none on a hub without a region. */
  regions: readonly RegionCard[];
  trouble: Trouble | null;
  reload: () => void;
}

/** People and appointments, read anew after every change and when the page comes back into view. */
export function useRegister(): Register {
  const bedside = useBedside();
  const [people, setPeople] = useState<readonly Person[] | null>(null);
  const [appointments, setAppointments] = useState<readonly AppointmentCard[] | null>(null);
  const [regions, setRegions] = useState<readonly RegionCard[]>([]);
  const read = useAction(async () => {
    const [listed, planned] = await Promise.all([
      bedside.call('person.list', {}),
      bedside.call('appointment.list', { from: Date.now() - WEEK_MS }),
    ]);
    setPeople(listed.people);
    setRegions(listed.regions ?? []);
    setAppointments(planned.appointments);
  });
  const { run } = read;
  const reload = useCallback(() => void run(), [run]);
  useEffect(() => {
    reload();
    const onVisible = () => {
      if (!document.hidden) reload();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => document.removeEventListener('visibilitychange', onVisible);
  }, [reload]);
  return { people, appointments, regions, trouble: read.trouble, reload };
}
