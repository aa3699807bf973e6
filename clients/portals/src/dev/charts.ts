import type {
  EmergencyCard,
  GrantId,
  ListPatientMessages,
  Message,
  OpenEmergency,
  PatientChart,
  PatientConversation,
} from '@bedside/client';
import { BedsideError } from '@bedside/client';
import { conversationId, memberId, messageId } from './chat.ts';
import type { FakeBedside } from './fake.ts';
import { appointmentId, CLINICIAN, card, fault, MINUTE, me, PATIENT, personId } from './samples.ts';

/** A made-up record as a clinician sees it: all of it, a part, or nothing until it is opened in an emergency. */

const DAY = 24 * 60 * MINUTE;
const HOUR = 60 * MINUTE;
export const PETRA = personId(1);
export const grantId = (number: number) =>
  `00000000-0000-7000-8000-${String(12_000 + number).padStart(12, '0')}` as GrantId;

export function chartOf(over: Partial<PatientChart> = {}): PatientChart {
  return {
    patient_id: PETRA,
    display_name: PATIENT.display_name,
    profile: {
      birth_date: '1961-04-09',
      gender: 'female',
      phone: '+49301234567',
      jurisdiction: 'DE',
      language: 'de',
      insurer: 'Fictional Health',
      insurance_number: 'X000000000',
    },
    withheld: [],
    basis: 'treating',
    ...over,
  };
}

/** Of somebody who was called in: no insurance, no visits. */
export function partOf(): PatientChart {
  const { insurer: _, insurance_number: __, ...profile } = chartOf().profile;
  return chartOf({ profile, withheld: ['insurance', 'visits', 'complaint'], basis: 'care_team' });
}

export function emergencyCard(over: Partial<EmergencyCard> = {}): EmergencyCard {
  const now = Date.now();
  return {
    grant_id: grantId(1),
    patient_id: PETRA,
    clinician_id: personId(2),
    reason: 'danger',
    opened_at: now - 8 * MINUTE,
    ends_at: now + 52 * MINUTE,
    ...over,
  };
}

export function conversations(now = Date.now()): PatientConversation[] {
  return [
    {
      conversation_id: conversationId(1),
      kind: 'care',
      clinician_id: personId(2),
      active_at: now - 3 * HOUR,
    },
    {
      conversation_id: conversationId(2),
      kind: 'visit',
      appointment_id: appointmentId(7),
      clinician_id: personId(21),
      active_at: now - 40 * DAY,
    },
  ];
}

function line(number: number, member: number, body: string, at: number): Message {
  return {
    message_id: messageId(number),
    offset: number,
    member_id: memberId(member),
    at,
    body,
  };
}

/** A page, and an earlier one before it. */
function pageOf({ before }: ListPatientMessages, now: number) {
  if (before !== undefined) {
    return {
      messages: [line(1, 1, 'Good morning, I have a rash.', now - 2 * DAY)],
      has_more: false,
    };
  }
  return {
    messages: [
      line(5, 2, 'Please send a picture of it by daylight.', now - 5 * HOUR),
      line(6, 1, 'It is smaller today.', now - 3 * HOUR),
      { ...line(7, 1, '', now - 3 * HOUR), deleted_at: now - 3 * HOUR },
    ],
    has_more: true,
  };
}

/** Everything but whether it may be seen. */
export function aChart(bedside: FakeBedside, chart: PatientChart = chartOf(), now = Date.now()) {
  bedside.me.set(me('clinician'));
  bedside.answers.set('patient.read', chart);
  bedside.answers.set('emergency.list', { emergencies: [] });
  bedside.answers.set('patient.list_visits', {
    appointments: [
      card({
        appointment_id: appointmentId(7),
        starts_at: now - 40 * DAY,
        ends_at: now - 40 * DAY + 30 * MINUTE,
        stage: 'ended',
        reason: 'A rash on the arm',
        clinician: { ...CLINICIAN, person_id: personId(21), display_name: 'Dr. Lena Placeholder' },
      }),
      card({ starts_at: now + DAY, ends_at: now + DAY + 30 * MINUTE }),
    ],
  });
  bedside.answers.set('patient.list_conversations', { conversations: conversations(now) });
  bedside.answers.set('patient.list_messages', (it: ListPatientMessages) => pageOf(it, now));
  bedside.answers.set('practitioner.list', {
    practitioners: [
      { person_id: personId(2), display_name: CLINICIAN.display_name, role: 'clinician' },
      { person_id: personId(21), display_name: 'Dr. Lena Placeholder', role: 'clinician' },
    ],
  });
}

/** Closed, until it is opened in an emergency. */
export function aClosedChart(bedside: FakeBedside): void {
  aChart(bedside);
  let open: EmergencyCard | null = null;
  bedside.answers.set('emergency.list', () => ({ emergencies: open ? [open] : [] }));
  bedside.answers.set('patient.read', () => {
    if (!open || open.ends_at <= bedside.hubTime())
      throw new BedsideError(fault('not_found', 4000));
    return chartOf({ basis: 'emergency', grant_id: open.grant_id });
  });
  bedside.answers.set('emergency.open', ({ reason }: OpenEmergency) => {
    const now = bedside.hubTime();
    open = emergencyCard({ reason, opened_at: now, ends_at: now + HOUR });
    return open;
  });
}
