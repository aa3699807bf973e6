import type { OperationMap, PersonId } from '@bedside/client';
import { zonedInstant } from '../format/zoned.ts';

/** An appointment as it stands in the form. */
export interface Draft {
  patientId: PersonId | null;
  clinicianId: PersonId | null;
  date: string;
  begin: string;
  minutes: number;
  zone: string;
  mayInvite: boolean;
}

export type DraftFault = 'patient' | 'clinician' | 'date' | 'begin' | 'gap' | 'past';

export type Planned =
  | { params: OperationMap['appointment.place']['params'] }
  | { faults: readonly DraftFault[] };

const MINUTE_MS = 60_000;

/** The appointment that the form describes, or what is missing. A begin of a few minutes ago is still fine. */
export function plan(draft: Draft, now: number): Planned {
  const faults: DraftFault[] = [];
  if (!draft.patientId) faults.push('patient');
  if (!draft.clinicianId) faults.push('clinician');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(draft.date)) faults.push('date');
  if (!/^\d{2}:\d{2}$/.test(draft.begin)) faults.push('begin');
  if (!draft.patientId || !draft.clinicianId || faults.length > 0) return { faults };
  const instant = zonedInstant(draft.date, draft.begin, draft.zone);
  if ('fault' in instant) return { faults: [instant.fault === 'gap' ? 'gap' : 'date'] };
  const ends_at = instant.at + draft.minutes * MINUTE_MS;
  if (ends_at <= now) return { faults: ['past'] };
  return {
    params: {
      patient_id: draft.patientId,
      clinician_id: draft.clinicianId,
      starts_at: instant.at,
      ends_at,
      time_zone: draft.zone,
      patient_may_invite: draft.mayInvite,
    },
  };
}
