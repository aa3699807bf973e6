import type { EmergencyCard, PatientChart, PersonId } from '@bedside/client';
import { BedsideError } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Trouble, troubleOf } from '../parts/trouble.ts';

/** What of a record can be shown now. */
export type ChartNow =
  | { kind: 'loading' }
  | { kind: 'open'; chart: PatientChart }
  /** Something of it may be seen, and nothing of the profile. */
  | { kind: 'partly' }
  /** Nothing of it may be seen, or there is no such patient: the hub does not say which. */
  | { kind: 'closed' }
  | { kind: 'failed'; trouble: Trouble };

export interface ChartState {
  now: ChartNow;
  /** The emergency under which it is open, while it is. */
  emergency: EmergencyCard | null;
  reload: () => Promise<void>;
}

/** A patient's record, and whether the caller has it open in an emergency. Judged by the hub at each reading. */
export function useChart(patientId: PersonId): ChartState {
  const bedside = useBedside();
  const [now, setNow] = useState<ChartNow>({ kind: 'loading' });
  const [emergency, setEmergency] = useState<EmergencyCard | null>(null);
  const turn = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++turn.current;
    const [chart, open] = await Promise.all([
      readChart(() => bedside.call('patient.read', { patient_id: patientId })),
      // Without the list there is no banner; what may be read is judged elsewhere.
      bedside.call('emergency.list', {}).catch(() => ({ emergencies: [] })),
    ]);
    if (mine !== turn.current) return;
    setNow(chart);
    const card = open.emergencies.find((it) => it.patient_id === patientId);
    setEmergency(card && card.ends_at > bedside.hubTime() ? card : null);
  }, [bedside, patientId]);
  useEffect(() => {
    void reload();
    return () => {
      turn.current += 1;
    };
  }, [reload]);
  return { now, emergency, reload };
}

async function readChart(read: () => Promise<PatientChart>): Promise<ChartNow> {
  try {
    return { kind: 'open', chart: await read() };
  } catch (error) {
    const code = error instanceof BedsideError ? error.code : null;
    if (code === 'not_found') return { kind: 'closed' };
    if (code === 'forbidden') return { kind: 'partly' };
    return { kind: 'failed', trouble: troubleOf(error) };
  }
}
