import type { AppointmentCard } from '@bedside/client';
import type { FakeBedside } from '../src/dev/fake.ts';
import {
  appointmentId,
  CLINICIAN,
  card,
  INTERPRETER,
  me,
  PATIENT,
  participantId,
  person,
  personId,
} from '../src/dev/samples.ts';
import { at, good, type Scene, times } from './scene.ts';

/** Doors, the day of a clinician, and the desk of an administrator. */
const link = '/join#abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

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

export const deskScenes: Record<string, Scene> = {
  'sign-in': { path: '/', set: () => {} },
  join: { path: link, set: () => {} },
  'join-broken': { path: '/join', set: () => {} },
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
  admin: { path: '/admin', set: adminDesk },
  'admin-people': { path: '/admin?tab=people', set: adminDesk },
};
