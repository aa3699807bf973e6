import type { AppointmentCard, Tile } from '@bedside/client';
import type { Intent } from '../src/app/router.tsx';
import { chat, KARL, PETRA } from '../src/dev/chat.ts';
import { clinic, serviceId } from '../src/dev/clinic.ts';
import type { FakeBedside, FakeVisit } from '../src/dev/fake.ts';
import {
  appointmentId,
  CLINICIAN,
  card,
  clinician,
  fault,
  INTERPRETER,
  interpreter,
  MINUTE,
  me,
  PATIENT,
  participant,
  participantId,
  person,
  personId,
  VISIT_ID,
  visitView,
} from '../src/dev/samples.ts';
import { bookingScenes } from './booking-scenes.ts';
import { chatScenes } from './chat-scenes.ts';
import { drawnStream, drawnTrack } from './pictures.ts';
import { scheduleScenes } from './schedule-scenes.ts';

export interface Scene {
  path: string;
  intent?: Intent;
  set: (bedside: FakeBedside) => void;
}

const now = Date.now();
const at = (minutes: number) => now + minutes * MINUTE;
const visitPath = `/visit/${VISIT_ID}`;
const link = '/join#abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const good = { camera: 'good', microphone: 'good', speaker: 'good', network: 'good' } as const;

const times = { starts_at: at(-4), ends_at: at(26) };

function cards(): AppointmentCard[] {
  const patient = (number: number, display_name: string) => ({
    participant_id: participantId(number),
    person_id: personId(number),
    display_name,
  });
  return [
    card({
      appointment_id: appointmentId(1),
      starts_at: at(-100),
      ends_at: at(-70),
      stage: 'ended',
      patient: patient(11, 'Anton Beispiel'),
    }),
    card({
      appointment_id: appointmentId(2),
      starts_at: at(-40),
      ends_at: at(-10),
      patient: patient(12, 'Berta Muster'),
    }),
    card({ ...times, stage: 'waiting', waiting_since: at(-4.5), device_check: good, guests: 1 }),
    card({
      appointment_id: appointmentId(3),
      starts_at: at(30),
      ends_at: at(60),
      stage: 'waiting',
      waiting_since: at(-0.2),
      patient: patient(13, 'Carlos Ejemplo de la Torre y Montenegro'),
      device_check: { ...good, network: 'poor' },
    }),
    card({
      appointment_id: appointmentId(4),
      starts_at: at(75),
      ends_at: at(105),
      patient: patient(14, 'Dana Testova'),
    }),
    card({
      appointment_id: appointmentId(5),
      starts_at: at(24 * 60),
      ends_at: at(24 * 60 + 30),
      patient: patient(15, 'Emil Ficción'),
    }),
  ];
}

function patientAgenda(bedside: FakeBedside, list: AppointmentCard[]): void {
  const who = me('patient');
  bedside.me.set(who);
  bedside.topic(`agenda:${who.person_id}`).set({ kind: 'agenda', cards: list });
}

const past = [
  card({
    appointment_id: appointmentId(7),
    starts_at: at(-9 * 1440),
    ends_at: at(-9 * 1440 + 30),
    stage: 'ended',
  }),
  card({
    appointment_id: appointmentId(8),
    starts_at: at(-40 * 1440),
    ends_at: at(-40 * 1440 + 30),
    stage: 'cancelled',
  }),
];

function tile(
  who: Tile['participantId'],
  slot: number,
  stream: MediaStream,
  source: Tile['source'] = 'camera',
): Tile {
  return { participantId: who, source, stream, slot };
}

function ownOn(visit: FakeVisit, hue = 200): void {
  visit.own.set({
    camera: { on: true, track: drawnTrack(hue) },
    microphone: { on: true },
    screen: { on: false },
  });
}

function patientCall(bedside: FakeBedside): FakeVisit {
  bedside.me.set(me('patient'));
  const visit = bedside.visitOf();
  visit.view.set(visitView(times));
  visit.tiles.set([tile(CLINICIAN.participant_id, 0, drawnStream(170))]);
  visit.speaker.set(CLINICIAN.participant_id);
  ownOn(visit);
  return visit;
}

function hostCall(bedside: FakeBedside): FakeVisit {
  bedside.me.set(me('clinician'));
  const visit = bedside.visitOf();
  visit.view.set(
    visitView({
      ...times,
      you: CLINICIAN.participant_id,
      call_started_at: at(-3),
      participants: [
        participant({ device_check: good, link_score: 4 }),
        clinician(),
        interpreter({ place: 'waiting', waiting_since: at(-1.5), camera: false }),
      ],
      can: ['leave', 'join_media', 'host', 'invite', 'end'],
    }),
  );
  visit.tiles.set([tile(PATIENT.participant_id, 0, drawnStream(30))]);
  ownOn(visit, 170);
  bedside.answers.set('visit.read_attendance', {
    entries: [
      {
        number: 1,
        at: at(-6),
        what: 'entered',
        display_name: PATIENT.display_name,
        role: 'patient',
      },
      { number: 2, at: at(-5), what: 'device_checked', display_name: PATIENT.display_name },
      { number: 3, at: at(-3), what: 'admitted', display_name: PATIENT.display_name },
      { number: 4, at: at(-3), what: 'call_started' },
    ],
  });
  return visit;
}

function waitingRoom(bedside: FakeBedside, position = 1): FakeVisit {
  bedside.me.set(me('patient'));
  const visit = bedside.visitOf();
  visit.view.set(
    visitView({
      ...times,
      stage: 'waiting',
      clinician: position === 1 ? 'online' : 'busy',
      participants: [participant({ place: 'waiting', waiting_since: at(-4) })],
      queue: { position, waiting_since: at(-4), estimated_at: at(position === 1 ? 2 : 25) },
      can: ['leave'],
    }),
  );
  ownOn(visit);
  return visit;
}

function adminDesk(bedside: FakeBedside): void {
  bedside.me.set(me('admin'));
  bedside.answers.set('person.list', {
    people: [
      person(9, 'admin', 'Adele Placeholder'),
      person(2, 'clinician', CLINICIAN.display_name),
      person(1, 'patient', PATIENT.display_name),
      person(13, 'patient', 'Carlos Ejemplo de la Torre y Montenegro'),
      person(3, 'interpreter', INTERPRETER.display_name),
    ],
  });
  bedside.answers.set('appointment.list', { appointments: cards() });
  bedside.answers.set('video.create_join_token', { url: link, expires_at: at(60) });
}

export const scenes: Record<string, Scene> = {
  'sign-in': { path: '/', set: () => {} },
  join: { path: link, set: () => {} },
  'join-broken': { path: '/join', set: () => {} },
  home: {
    path: '/',
    set: (bedside) =>
      patientAgenda(bedside, [card({ starts_at: at(25), ends_at: at(55) }), ...past]),
  },
  'home-rejoin': {
    path: '/',
    set: (bedside) => patientAgenda(bedside, [card({ ...times, stage: 'in_call' }), ...past]),
  },
  'home-empty': { path: '/', set: (bedside) => patientAgenda(bedside, []) },
  'home-booked': {
    path: '/',
    set: (bedside) => {
      clinic(bedside);
      bedside.answers.set('waitlist.list', {
        entries: [
          {
            waitlist_id: 'waitlist-1',
            service_id: serviceId(1),
            from: at(0),
            until: at(14 * 1440),
            offered_at: at(-4),
          },
        ],
      });
      patientAgenda(bedside, [
        card({ starts_at: at(25), ends_at: at(55), service_id: serviceId(1), version: 2 }),
        card({
          appointment_id: appointmentId(6),
          starts_at: at(9 * 1440),
          ends_at: at(9 * 1440 + 30),
          service_id: serviceId(1),
        }),
        ...past,
      ]);
    },
  },
  ...bookingScenes,
  check: {
    path: visitPath,
    set: (bedside) => {
      waitingRoom(bedside).view.set(
        visitView({ ...times, stage: 'scheduled', participants: [participant({ place: 'away' })] }),
      );
    },
  },
  waiting: { path: visitPath, set: (bedside) => void waitingRoom(bedside) },
  'waiting-third': { path: visitPath, set: (bedside) => void waitingRoom(bedside, 3) },
  held: {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      setTimeout(() => waitingRoom(bedside), 700);
      void visit;
    },
  },
  call: { path: visitPath, set: (bedside) => void patientCall(bedside) },
  'call-weak': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      const [first] = visit.tiles.get();
      if (first) visit.tiles.set([{ ...first, paused: 'bandwidth' }]);
    },
  },
  'call-reconnecting': {
    path: visitPath,
    set: (bedside) => {
      patientCall(bedside).media.set({ phase: 'reconnecting' });
      bedside.connection.set({ state: 'waiting', attempt: 3, retryAt: Date.now() + 60_000 });
    },
  },
  'call-three': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      visit.view.set(
        visitView({ ...times, participants: [participant(), clinician(), interpreter()] }),
      );
      visit.tiles.set([
        tile(CLINICIAN.participant_id, 0, drawnStream(170)),
        tile(INTERPRETER.participant_id, 1, drawnStream(300, true)),
      ]);
      visit.speaker.set(INTERPRETER.participant_id);
    },
  },
  'call-screen': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      visit.view.set(
        visitView({
          ...times,
          participants: [
            participant(),
            clinician({ screen: true }),
            interpreter({ camera: false, microphone: false }),
          ],
        }),
      );
      visit.tiles.set([
        tile(CLINICIAN.participant_id, 0, drawnStream(170)),
        tile(INTERPRETER.participant_id, 1, drawnStream(300)),
        tile(CLINICIAN.participant_id, 2, drawnStream(90), 'screen'),
      ]);
    },
  },
  'call-muted': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      visit.view.set(
        visitView({
          ...times,
          participants: [participant({ muted_by_host: true }), clinician({ camera: false })],
        }),
      );
    },
  },
  ended: {
    path: visitPath,
    set: (bedside) => {
      bedside.me.set(me('patient'));
      bedside.visitOf().view.set(visitView({ stage: 'ended' }));
    },
  },
  refused: {
    path: visitPath,
    set: (bedside) => {
      bedside.me.set(me('patient'));
      bedside.visitOf().status.set('denied');
      bedside.visitOf().fault.set(fault('not_found', 4000));
    },
  },
  revoked: {
    path: visitPath,
    set: (bedside) => {
      bedside.me.set(me('interpreter'));
      bedside.connection.set({ state: 'closed', attempt: 0, reason: 'revoked' });
    },
  },
  today: {
    path: '/clinician',
    set: (bedside) => {
      const who = me('clinician');
      bedside.me.set(who);
      bedside.topic(`agenda:${who.person_id}`).set({ kind: 'agenda', cards: cards() });
    },
  },
  'today-empty': {
    path: '/clinician',
    set: (bedside) => {
      const who = me('clinician');
      bedside.me.set(who);
      bedside.topic(`agenda:${who.person_id}`).set({ kind: 'agenda', cards: [] });
    },
  },
  host: { path: visitPath, set: (bedside) => void hostCall(bedside) },
  'host-early': {
    path: visitPath,
    set: (bedside) => {
      const visit = hostCall(bedside);
      visit.tiles.set([]);
      visit.view.set(
        visitView({
          ...times,
          stage: 'scheduled',
          you: CLINICIAN.participant_id,
          participants: [
            participant({ place: 'away', connection: 'offline' }),
            clinician(),
            interpreter({ place: 'away' }),
          ],
          can: ['leave', 'join_media', 'host', 'invite', 'end', 'mark_no_show'],
        }),
      );
    },
  },
  admin: { path: '/admin', set: adminDesk },
  'admin-people': { path: '/admin?tab=people', set: adminDesk },
  ...scheduleScenes,
  ...chatScenes,
  'call-chat': {
    path: visitPath,
    set: (bedside) => {
      patientCall(bedside);
      chat(bedside, PETRA, now);
    },
  },
  'host-chat': {
    path: visitPath,
    set: (bedside) => {
      hostCall(bedside);
      chat(bedside, KARL, now);
    },
  },
};
