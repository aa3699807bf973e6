import {
  type AppointmentCard,
  BedsideError,
  type Fault,
  type Hold,
  type InboxMessage,
  type NoticeId,
  type OpenSlot,
  type OperationMap,
  type PersonId,
  type Practitioner,
  type ServiceCard,
  type ServiceId,
} from '@bedside/client';
import { dayTeller } from '../format/days.ts';
import type { FakeBedside } from './fake.ts';
import { appointmentId, CLINICIAN, card, fault, MINUTE, me, personId, ZONE } from './samples.ts';

/** A plainly fictional clinic in which times can be booked, for tests and for looking at screens. */

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const serviceId = (number: number) =>
  `00000000-0000-7000-8000-${String(500 + number).padStart(12, '0')}` as ServiceId;
export const noticeId = (number: number) =>
  `00000000-0000-7000-8000-${String(600 + number).padStart(12, '0')}` as NoticeId;

export const KARL = personId(2);
export const LENA = personId(21);

function service(
  number: number,
  specialty: string,
  name: string,
  duration_min: number,
  more: Partial<ServiceCard['terms']> = {},
): ServiceCard {
  return {
    service_id: serviceId(number),
    revision: 1,
    terms: {
      name,
      specialty,
      duration_min,
      buffer_before_min: 0,
      buffer_after_min: 5,
      alignment_interval_min: 30,
      alignment_offset_min: 0,
      min_notice_min: 60,
      horizon_days: 60,
      slot_capacity: 1,
      is_active: true,
      ...more,
    },
  };
}

export const SERVICES = [
  service(1, 'dermatology', 'Skin consultation', 20),
  service(2, 'dermatology', 'Follow-up after treatment', 10),
  service(3, 'general practice', 'Video consultation', 20),
  service(4, 'general practice', 'Travel advice', 30, {
    price: { amount_minor: 4500, currency: 'EUR' },
  }),
  service(5, 'psychology', 'Calm breathing, a group', 60, { slot_capacity: 8 }),
];

function practitioner(
  person_id: PersonId,
  display_name: string,
  time_zone: string,
  languages: string[],
  insurers: string[],
): Practitioner {
  return {
    person_id,
    display_name,
    role: 'clinician',
    time_zone,
    revision: 1,
    profile: {
      specialties: ['dermatology'],
      languages,
      licences: [{ jurisdiction: 'DE', number: 'DEMO-1' }],
      insurers,
      about: 'Plainly fictional.',
      experience_years: 12,
      weight: 10,
      service_ids: SERVICES.map((it) => it.service_id),
    },
  };
}

export const CLINICIANS = [
  practitioner(KARL, CLINICIAN.display_name, ZONE, ['de', 'en'], ['Demo Mutual']),
  practitioner(LENA, 'Dr. Lena Placeholder', 'Europe/Lisbon', ['pt', 'en'], ['Sample Care']),
];

export function openSlot(starts_at: number, over: Partial<OpenSlot> = {}): OpenSlot {
  return {
    clinician_id: KARL,
    clinician_name: CLINICIAN.display_name,
    service_id: serviceId(1),
    starts_at,
    ends_at: starts_at + 20 * MINUTE,
    time_zone: ZONE,
    local_start: '',
    location: 'Demo clinic',
    seats_left: 1,
    ...over,
  };
}

export function hold(starts_at: number, expires_at: number, over: Partial<Hold> = {}): Hold {
  return {
    hold_id: `hold-${starts_at}` as Hold['hold_id'],
    hold_token: 'not-a-real-hold-token',
    expires_at,
    slots: [{ starts_at, ends_at: starts_at + 20 * MINUTE, local_start: '' }],
    ...over,
  };
}

/** Working days from tomorrow on, 9 to 16, every half hour; a few are taken. */
export function times(now: number): OpenSlot[] {
  const start = Math.floor(now / DAY) * DAY;
  const slots: OpenSlot[] = [];
  for (let day = 1; day <= 28; day++) {
    const weekday = new Date(start + day * DAY).getUTCDay();
    if (weekday === 0 || weekday === 6) continue;
    for (let half = 16; half < 30; half++) {
      const starts_at = start + day * DAY + half * 30 * MINUTE;
      if ((half * 7 + day) % 3 !== 0) slots.push(openSlot(starts_at));
      if ((half * 5 + day) % 4 === 0) {
        slots.push(
          openSlot(starts_at, {
            clinician_id: LENA,
            clinician_name: 'Dr. Lena Placeholder',
            time_zone: 'Europe/Lisbon',
          }),
        );
      }
    }
  }
  return slots;
}

type Search = OperationMap['slot.search']['params'];

/** What the hub would find among `all`. */
export function found(
  all: readonly OpenSlot[],
  search: Search,
): OperationMap['slot.search']['output'] {
  const dayOf = dayTeller(search.time_zone ?? 'UTC');
  const from = search.date ?? search.from ?? '0000';
  const until = search.date ?? search.until ?? '9999';
  const speaks = (it: OpenSlot) =>
    CLINICIANS.find((who) => who.person_id === it.clinician_id)?.profile.languages ?? [];
  const matching = all.filter((it) => {
    const day = dayOf(it.starts_at);
    return (
      day >= from &&
      day <= until &&
      (!search.clinician_id || it.clinician_id === search.clinician_id) &&
      (!search.language || speaks(it).includes(search.language))
    );
  });
  const limit = search.limit ?? 50;
  return { slots: matching.slice(0, limit), has_more: matching.length > limit };
}

export interface Clinic {
  /** What is free; a test takes from it and tells the topic. */
  slots: OpenSlot[];
  /** The next hold or booking fails with it. */
  refusal: Fault | null;
  holdMs: number;
  price?: Hold['price'];
  needsPayment?: boolean;
}

/** A hub that lets times be booked. */
export function clinic(bedside: FakeBedside, now = Date.now()): Clinic {
  const state: Clinic = { slots: times(now), refusal: null, holdMs: 5 * MINUTE };
  const patient = me('patient');
  bedside.me.set(patient);
  const refuse = () => {
    const { refusal } = state;
    state.refusal = null;
    if (refusal) throw new BedsideError(refusal);
  };
  let startsAt = 0;
  const booked = (over: Partial<AppointmentCard>) => {
    refuse();
    const times = { starts_at: startsAt, ends_at: startsAt + 20 * MINUTE };
    return card({ ...times, service_id: serviceId(1), ...over });
  };
  const answers: Partial<{
    [K in keyof OperationMap]: (params: OperationMap[K]['params']) => OperationMap[K]['output'];
  }> = {
    'service.list': () => ({ services: SERVICES }),
    'practitioner.list': () => ({ practitioners: CLINICIANS }),
    'profile.read': () => ({ profile: { jurisdiction: 'DE' }, revision: 1 }),
    'preferences.read': () => ({ email: true, sms: false, reminders: true }),
    'preferences.update': ({ preferences }) => preferences,
    'slot.search': (search) => found(state.slots, search),
    'slot.hold': ({ starts_at }) => {
      refuse();
      startsAt = starts_at;
      return hold(starts_at, bedside.hubTime() + state.holdMs, {
        ...(state.price ? { price: state.price } : {}),
        ...(state.needsPayment ? { needs_payment: true } : {}),
      });
    },
    'slot.release': () => ({}),
    'appointment.create': () => booked({ appointment_id: appointmentId(50) }),
    'appointment.move': ({ appointment_id }) => booked({ appointment_id, version: 2 }),
    'appointment.read_calendar_file': () => ({
      file_name: 'appointment.ics',
      text: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
    }),
    'appointment.read_history': () => ({
      lines: [
        {
          version: 1,
          what: 'booked',
          at: now - 3 * DAY,
          ...(patient.person_id ? { by: patient.person_id } : {}),
          starts_at: now + 2 * DAY,
          ends_at: now + 2 * DAY,
        },
        {
          version: 2,
          what: 'moved',
          at: now - DAY,
          by: KARL,
          starts_at: now + 25 * MINUTE,
          ends_at: now + 45 * MINUTE,
        },
      ],
    }),
    'waitlist.list': () => ({ entries: [] }),
    'waitlist.join': (wish) => ({ waitlist_id: 'waitlist-1' as never, ...wish }),
    'waitlist.leave': () => ({}),
    'inbox.list': () => ({ messages: messages(now) }),
    'inbox.mark_read': () => ({}),
  };
  for (const [op, answer] of Object.entries(answers)) {
    bedside.answers.set(op as keyof OperationMap, answer);
  }
  return state;
}

export function messages(now: number): InboxMessage[] {
  return [
    {
      notice_id: noticeId(1),
      topic: 'place_free',
      text: 'An earlier place for Skin consultation is free: tomorrow 09:30. Whoever books first has it.',
      at: now - 4 * MINUTE,
    },
    {
      notice_id: noticeId(2),
      topic: 'moved',
      appointment_id: appointmentId(1),
      text: 'Your visit with Dr. Karl Sample was moved to Tuesday 24 November, 12:00 (Berlin).',
      at: now - 3 * HOUR,
    },
    {
      notice_id: noticeId(3),
      topic: 'booked',
      appointment_id: appointmentId(1),
      text: 'Your visit with Dr. Karl Sample is booked for Monday 23 November, 12:00 (Berlin).',
      at: now - 2 * DAY,
      read_at: now - DAY,
    },
  ];
}

export const slotTaken = (next_free: number[]): Fault => ({
  ...fault('slot_taken', 5006),
  retry: 'refresh',
  next_free,
});
