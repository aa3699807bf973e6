import type {
  AppointmentCard,
  AppointmentId,
  Fault,
  FaultCode,
  Me,
  Participant,
  ParticipantId,
  Person,
  PersonId,
  Role,
  SessionId,
  VisitView,
} from '@bedside/client';

/** Plainly fictional people and visits, for tests and for looking at screens. */

export const NOON = Date.UTC(2026, 10, 24, 11, 0);
export const MINUTE = 60_000;
export const ZONE = 'Europe/Berlin';

const id = <T extends string>(number: number) =>
  `00000000-0000-7000-8000-${String(number).padStart(12, '0')}` as T;

export const VISIT_ID = id<AppointmentId>(100);
export const appointmentId = (number: number) => id<AppointmentId>(100 + number);
export const participantId = (number: number) => id<ParticipantId>(200 + number);
export const personId = (number: number) => id<PersonId>(300 + number);
export const sessionId = (number: number) => id<SessionId>(400 + number);

export const PATIENT = { participant_id: participantId(1), display_name: 'Petra Example' };
export const CLINICIAN = { participant_id: participantId(2), display_name: 'Dr. Karl Sample' };
export const INTERPRETER = { participant_id: participantId(3), display_name: 'Ines Fictional' };

export function participant(over: Partial<Participant> = {}): Participant {
  return {
    ...PATIENT,
    role: 'patient',
    place: 'inside',
    connection: 'online',
    microphone: true,
    muted_by_host: false,
    camera: true,
    screen: false,
    ...over,
  };
}

export const clinician = (over: Partial<Participant> = {}) =>
  participant({ ...CLINICIAN, role: 'clinician', ...over });

export const interpreter = (over: Partial<Participant> = {}) =>
  participant({ ...INTERPRETER, role: 'interpreter', ...over });

export function visitView(over: Partial<VisitView> = {}): VisitView {
  return {
    appointment_id: VISIT_ID,
    stage: 'in_call',
    starts_at: NOON,
    ends_at: NOON + 30 * MINUTE,
    time_zone: ZONE,
    you: PATIENT.participant_id,
    clinician_name: CLINICIAN.display_name,
    clinician: 'here',
    participants: [participant(), clinician()],
    can: ['leave', 'join_media'],
    revision: 1,
    ...over,
  };
}

export function card(over: Partial<AppointmentCard> = {}): AppointmentCard {
  return {
    appointment_id: VISIT_ID,
    starts_at: NOON,
    ends_at: NOON + 30 * MINUTE,
    time_zone: ZONE,
    patient: { ...PATIENT, person_id: personId(1) },
    clinician: { ...CLINICIAN, person_id: personId(2) },
    stage: 'scheduled',
    clinician_present: false,
    guests: 0,
    version: 1,
    revision: 1,
    ...over,
  };
}

export function me(role: Role, over: Partial<Me> = {}): Me {
  return {
    person_id: personId(role === 'clinician' ? 2 : role === 'admin' ? 9 : 1),
    display_name:
      role === 'clinician'
        ? CLINICIAN.display_name
        : role === 'admin'
          ? 'Adele Placeholder'
          : PATIENT.display_name,
    role,
    session_id: sessionId(1),
    time_zone: ZONE,
    ...over,
  };
}

export function person(number: number, role: Role, display_name: string): Person {
  return {
    person_id: personId(number),
    display_name,
    email: `${(display_name.split(' ').at(-1) ?? '').toLowerCase()}@example.org`,
    role,
    time_zone: ZONE,
    created_at: NOON - 40 * 24 * 60 * MINUTE,
    status: 'active',
    revision: 1,
  };
}

export function fault(code: FaultCode, number: number): Fault {
  return { code, number, message: 'A sentence for developers.', retry: 'never', outcome: 'none' };
}
