import type { AppointmentCard, OpenWith } from '@bedside/client';

/** Where the two of an appointment write: before its end about the visit, after it between visits. */
export function writingAbout(
  { appointment_id, ...card }: AppointmentCard,
  to: 'patient' | 'clinician',
  isOver: boolean,
): OpenWith {
  const { person_id } = card[to];
  return isOver && person_id ? { kind: 'person', person_id } : { kind: 'visit', appointment_id };
}
