import type { AppointmentCard, OpenHours, Stage } from '@bedside/client';
import { BedsideError } from '@bedside/client';
import { dateAt, wallInstant, weekOf } from '../src/calendar/days.ts';
import type { FakeBedside } from '../src/dev/fake.ts';
import {
  appointmentId,
  CLINICIAN,
  card,
  me,
  participantId,
  person,
  personId,
  ZONE,
} from '../src/dev/samples.ts';
import {
  booked,
  exception,
  held,
  noticeId,
  open,
  practitioner,
  service,
  serviceId,
  taskId,
  template,
} from '../src/dev/schedule.ts';

const MINUTE = 60_000;
const now = Date.now();
const today = dateAt(now, ZONE);
const names = [
  'Anton Beispiel',
  'Berta Muster',
  'Carlos Ejemplo de la Torre y Montenegro',
  'Dana Testova',
  'Emil Ficción',
  'Fatma Örnek',
  'Gina Esempio',
];

const services = [
  service(1),
  service(2, { name: 'Follow-up', duration_min: 15, alignment_interval_min: 15 }),
  service(3, { name: 'Skin check for groups', slot_capacity: 6, duration_min: 60 }),
  service(4, { name: 'House call by video', is_active: false, buffer_after_min: 0 }),
];

interface Plan {
  day: number;
  time: string;
  minutes: number;
  service: number | null;
  stage?: Stage;
  reason?: string;
}

const plans: Plan[] = [
  { day: 0, time: '09:00', minutes: 30, service: 1, stage: 'ended' },
  { day: 0, time: '09:45', minutes: 15, service: 2, stage: 'no_show' },
  { day: 0, time: '10:30', minutes: 30, service: 1 },
  { day: 1, time: '09:00', minutes: 15, service: 2 },
  { day: 1, time: '09:30', minutes: 30, service: 1, stage: 'waiting', reason: 'A rash on the arm' },
  { day: 1, time: '11:00', minutes: 60, service: 3 },
  { day: 1, time: '11:00', minutes: 60, service: 3 },
  { day: 1, time: '11:00', minutes: 60, service: 3 },
  { day: 2, time: '13:00', minutes: 45, service: null },
  { day: 3, time: '09:00', minutes: 30, service: 1 },
  { day: 3, time: '14:00', minutes: 30, service: 1, stage: 'in_call' },
  { day: 4, time: '09:15', minutes: 15, service: 2 },
  { day: 4, time: '10:00', minutes: 30, service: 1 },
];

function cardsOf(dates: readonly string[]): AppointmentCard[] {
  return plans.map((plan, index) => {
    const starts_at = wallInstant(dates[plan.day] ?? today, plan.time, ZONE);
    return card({
      appointment_id: appointmentId(20 + index),
      starts_at,
      ends_at: starts_at + plan.minutes * MINUTE,
      stage: plan.stage ?? 'scheduled',
      patient: {
        participant_id: participantId(20 + index),
        person_id: personId(20 + index),
        display_name: names[index % names.length] ?? '',
      },
      ...(plan.service ? { service_id: serviceId(plan.service) } : {}),
      ...(plan.reason ? { reason: plan.reason } : {}),
    });
  });
}

function hoursOf(dates: readonly string[], secondZone?: string): OpenHours[] {
  const at = (day: number, time: string, zone = ZONE) =>
    wallInstant(dates[day] ?? today, time, zone);
  const mornings = [0, 1, 3, 4].map((day) => open(at(day, '09:00'), at(day, '12:30')));
  const other = secondZone
    ? { location: 'Harbour office', time_zone: secondZone }
    : { location: 'Practice' };
  const afternoons = [2, 3].map((day) => open(at(day, '13:00'), at(day, '17:00'), other));
  return [...mornings, ...afternoons];
}

const exceptions = [
  exception(1, { starts: `${today}T00:00`, ends: `${today}T00:00` }),
  exception(2, { starts: '2026-12-24T00:00', ends: '2027-01-02T00:00', reason: 'Holidays' }, true),
  exception(3, { starts: '2027-02-08T13:00', ends: '2027-02-08T17:00', reason: 'Training' }),
  exception(4, {
    kind: 'open',
    starts: '2027-02-13T09:00',
    ends: '2027-02-13T12:00',
    location: 'Practice',
  }),
];

const templates = [
  template(1, { recurrence: 'FREQ=WEEKLY;BYDAY=MO,TU,TH,FR' }),
  template(2, {
    recurrence: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=WE',
    location: 'Harbour office',
    time_zone: 'America/New_York',
    starts: '08:00',
    ends: '11:00',
    service_ids: [serviceId(2)],
    valid_until: '2027-06-30',
  }),
  template(3, { recurrence: 'FREQ=MONTHLY;BYDAY=1SA', starts: '10:00', ends: '13:00' }),
];

function calendarOf(bedside: FakeBedside, date: string, secondZone?: string): void {
  const dates = weekOf(date);
  const cards = cardsOf(dates);
  const owner = personId(2);
  const friday = wallInstant(dates[4] ?? today, '11:00', ZONE);
  const leave = dates[2] ?? today;
  const closed = exception(9, {
    starts: `${leave}T15:00`,
    ends: `${leave}T17:00`,
    reason: 'Training',
  });
  const entries = [
    ...cards.map((it, index) => booked(20 + index, it)),
    held(90, friday, now + 4.3 * MINUTE),
  ];
  bedside.topic(`schedule:${owner}`).set({
    kind: 'schedule',
    hours: { templates, exceptions: [closed] },
    entries,
  });
  bedside.topic(`agenda:${owner}`).set({ kind: 'agenda', cards });
  bedside.answers.set('schedule.calendar', { entries, open: hoursOf(dates, secondZone) });
  bedside.answers.set('appointment.list', { appointments: cards });
  bedside.answers.set('service.list', { services });
  bedside.answers.set('practitioner.list', { practitioners });
  bedside.answers.set('slot.search', ({ from }: { from: string }) => ({
    slots: [0, 1, 2].flatMap((day) =>
      ['09:00', '09:30', '10:30', '11:00', '14:00'].map((time) => {
        const starts_at = wallInstant(weekOf(from)[day + 2] ?? from, time, ZONE);
        return {
          clinician_id: owner,
          clinician_name: CLINICIAN.display_name,
          service_id: serviceId(1),
          starts_at,
          ends_at: starts_at + 30 * MINUTE,
          time_zone: ZONE,
          local_start: '',
          location: 'Practice',
          seats_left: 1,
        };
      }),
    ),
    has_more: true,
  }));
  bedside.answers.set('slot.hold', ({ starts_at }: { starts_at: number }) => {
    // Every full hour is taken, so that both outcomes can be looked at.
    if (starts_at % (60 * MINUTE) === 0) {
      throw new BedsideError({
        code: 'slot_taken',
        number: 5006,
        message: '',
        retry: 'refresh',
        outcome: 'none',
        next_free: [starts_at + 30 * MINUTE, starts_at + 90 * MINUTE],
      });
    }
    return {
      hold_id: '',
      hold_token: 'token',
      expires_at: Date.now() + 5 * MINUTE,
      slots: [{ starts_at, ends_at: starts_at + 30 * MINUTE, local_start: '' }],
    };
  });
}

const practitioners = [
  practitioner(),
  practitioner(4, 'Dr. Nora Invented', { weight: 20, service_ids: [serviceId(1), serviceId(2)] }),
  {
    ...practitioner(3, 'Ines Fictional', { specialties: [], service_ids: [] }),
    role: 'interpreter',
  },
];

function clinician(date: string, secondZone?: string) {
  return (bedside: FakeBedside) => {
    bedside.me.set(me('clinician'));
    calendarOf(bedside, date, secondZone);
  };
}

function hours(isEmpty: boolean) {
  return (bedside: FakeBedside) => {
    bedside.me.set(me('clinician'));
    bedside.answers.set('service.list', { services });
    bedside.answers.set('practitioner.list', { practitioners });
    bedside.topic(`schedule:${personId(2)}`).set({
      kind: 'schedule',
      hours: isEmpty ? { templates: [], exceptions: [] } : { templates, exceptions },
      entries: [],
    });
  };
}

function desk(isEmpty: boolean) {
  return (bedside: FakeBedside) => {
    bedside.me.set(me('admin'));
    calendarOf(bedside, today);
    const list = <T>(items: T[]): T[] => (isEmpty ? [] : items);
    bedside.answers.set('person.list', {
      people: [person(1, 'patient', 'Petra Example'), person(2, 'clinician', 'Dr. Karl Sample')],
    });
    bedside.answers.set('service.list', { services: list(services) });
    bedside.answers.set('practitioner.list', { practitioners: list(practitioners) });
    bedside.answers.set('closure.list', { closures: list(exceptions.slice(1, 2)) });
    bedside.answers.set('appointment.read', card({ starts_at: now + 9 * 1440 * MINUTE }));
    bedside.answers.set('task.list', {
      tasks: list([
        {
          task_id: taskId(1),
          kind: 'zone_changed',
          appointment_id: appointmentId(0),
          created_at: now - 1440 * MINUTE,
        },
        {
          task_id: taskId(2),
          kind: 'zone_conflict',
          appointment_id: appointmentId(0),
          created_at: now,
        },
      ]),
    });
    bedside.answers.set('notice.list_dead', {
      notices: list([
        {
          notice_id: noticeId(1),
          person_id: personId(1),
          topic: 'booked',
          channel: 'email',
          attempts: 8,
          failure: 'mailbox_unknown',
          at: now - 90 * MINUTE,
        },
        {
          notice_id: noticeId(2),
          person_id: personId(7),
          topic: 'day_before',
          channel: 'sms',
          attempts: 8,
          failure: 'gateway_refused',
          at: now - 900 * MINUTE,
        },
      ]),
    });
  };
}

const admin = (tab: string, isEmpty = false) => ({
  path: `/admin?tab=${tab}`,
  set: desk(isEmpty),
});

/** The clinician's and the administrator's side of the schedule. */
export const scheduleScenes = {
  calendar: { path: '/calendar', set: clinician(today) },
  'calendar-day': { path: `/calendar?view=day&date=${weekOf(today)[1]}`, set: clinician(today) },
  'calendar-zones': {
    path: '/calendar?date=2027-03-16',
    set: clinician('2027-03-16', 'America/New_York'),
  },
  'calendar-spring': {
    path: '/calendar?date=2027-03-28&hours=all',
    set: clinician('2027-03-28'),
  },
  'calendar-autumn': {
    path: '/calendar?date=2027-10-31&hours=all',
    set: clinician('2027-10-31'),
  },
  'calendar-autumn-day': {
    path: '/calendar?view=day&date=2027-10-31&hours=all',
    set: clinician('2027-10-31'),
  },
  'calendar-other': {
    path: `/calendar/${personId(2)}`,
    set: (bedside: FakeBedside) => {
      calendarOf(bedside, today);
      bedside.me.set(me('admin'));
    },
  },
  hours: { path: '/hours', set: hours(false) },
  'hours-empty': { path: '/hours', set: hours(true) },
  practice: { path: '/practice', set: hours(false) },
  'today-booked': {
    path: '/clinician',
    set: (bedside: FakeBedside) => {
      bedside.me.set(me('clinician'));
      bedside.answers.set('service.list', { services });
      const cards = cardsOf(Array.from({ length: 7 }, () => today));
      bedside.topic(`agenda:${personId(2)}`).set({ kind: 'agenda', cards });
    },
  },
  'admin-practitioners': admin('practitioners'),
  'admin-services': admin('services'),
  'admin-closures': admin('closures'),
  'admin-tasks': admin('tasks'),
  'admin-undelivered': admin('undelivered'),
  'admin-services-empty': admin('services', true),
  'admin-undelivered-empty': admin('undelivered', true),
};
