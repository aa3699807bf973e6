import type {
  EmergencyReview,
  EmergencyUse,
  ReviewEmergency,
  Role,
  SentNotice,
  SupportedPerson,
} from '@bedside/client';
import { emergencyCard, grantId } from './charts.ts';
import type { FakeBedside } from './fake.ts';
import { sessions } from './identity.ts';
import { recordsDesk } from './records.ts';
import { MINUTE, me, PATIENT, personId } from './samples.ts';

/** Made-up emergencies for administrators to look into, and a made-up desk of support. */

const DAY = 24 * 60 * MINUTE;

export function review(number: number, over: Partial<EmergencyReview> = {}): EmergencyReview {
  const opened_at = Date.now() - number * DAY;
  return {
    emergency: emergencyCard({
      grant_id: grantId(number),
      opened_at,
      ends_at: opened_at + 60 * MINUTE,
    }),
    text: 'Collapsed at home; the paramedics ask what she takes.',
    ...over,
  };
}

export function use(number: number, operation: string, outcome = 'ok'): EmergencyUse {
  const audit_id =
    `00000000-0000-7000-8000-${String(12_500 + number).padStart(12, '0')}` as EmergencyUse['audit_id'];
  const returned = [
    `conversation_id:${number}`,
    `message_id:${number}`,
    `message_id:${number + 1}`,
  ];
  return { audit_id, at: Date.now() - DAY + number * MINUTE, operation, returned, outcome };
}

/** The desk of an administrator with emergencies. One that was looked into stands among the others next time. */
export function emergencyDesk(bedside: FakeBedside): void {
  recordsDesk(bedside);
  const open = emergencyCard({ grant_id: grantId(9), patient_id: personId(13), reason: 'other' });
  let reviews = [
    review(2),
    review(0, { emergency: open, text: 'He cannot find his own clinician, who is in theatre.' }),
    review(20, {
      verdict: 'inappropriate',
      reviewed_by: personId(9),
      reviewed_at: Date.now() - 19 * DAY,
      note: 'Nobody was in danger. Spoken to.',
    }),
  ];
  bedside.answers.set('emergency.list_reviews', () => ({ reviews }));
  bedside.answers.set('emergency.list_uses', {
    uses: [use(2, 'patient.list_messages'), { ...use(1, 'patient.read'), returned: [] }],
    is_cut: false,
  });
  bedside.answers.set('emergency.review', ({ grant_id, verdict, note }: ReviewEmergency) => {
    const found = { verdict, note, reviewed_by: personId(9), reviewed_at: Date.now() };
    reviews = reviews.map((it) => (it.emergency.grant_id === grant_id ? { ...it, ...found } : it));
    return reviews.find((it) => it.emergency.grant_id === grant_id);
  });
}

const NOW = Date.now();

function supported(number: number, role: Role, display_name: string): SupportedPerson {
  const created_at = NOW - 40 * DAY;
  return { person_id: personId(number), role, display_name, status: 'active', created_at };
}

export const SUPPORTED = [
  supported(9, 'admin', 'Adele Placeholder'),
  supported(13, 'patient', 'Carlos Ejemplo de la Torre y Montenegro'),
  supported(2, 'clinician', 'Dr. Karl Sample'),
  supported(1, 'patient', PATIENT.display_name),
];

export function sentNotice(over: Partial<SentNotice> = {}): SentNotice {
  return {
    matter: 'appointment',
    channel: 'email',
    state: 'sent',
    attempts: 1,
    ...over,
  };
}

/** What support sees. A sign-in that is ended is gone. */
export function supportDesk(bedside: FakeBedside): void {
  bedside.me.set(me('support', { person_id: personId(8), display_name: 'Sid Fictional' }));
  bedside.answers.set('support.list_people', ({ role }: { role?: Role }) => ({
    people: SUPPORTED.filter((it) => role === undefined || it.role === role),
  }));
  let open = sessions(NOW).map((it) => ({ ...it, is_this: false }));
  bedside.answers.set('support.read_sign_in', ({ person_id }: { person_id: string }) => ({
    person_id,
    factors: 1,
    recovery_codes: 7,
    sessions: open,
  }));
  bedside.answers.set('session.end', ({ session_id }: { session_id: string }) => {
    open = open.filter((it) => it.session_id !== session_id);
    return { ended: 1 };
  });
  bedside.answers.set('session.end_all', () => {
    const ended = open.length;
    open = [];
    return { ended };
  });
  bedside.answers.set('support.list_notices', {
    notices: [
      sentNotice({ state: 'pending', attempts: 0 }),
      sentNotice({ channel: 'sms', state: 'dead', attempts: 8, failure: 'refused' }),
      sentNotice({ matter: 'message', settled_at: NOW - DAY }),
    ],
  });
  bedside.answers.set('notice.list_dead', { notices: [] });
  bedside.answers.set('node.read_state', {
    node: 'clinic-1',
    version: '0.1.0',
    parts: [
      { name: 'database', answers: true, is_needed: true },
      { name: 'redis', answers: false, is_needed: false },
    ],
    notices_due: 3,
    notices_dead: 1,
  });
}
