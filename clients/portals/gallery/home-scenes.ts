import type { AppointmentCard } from '@bedside/client';
import { clinic, serviceId } from '../src/dev/clinic.ts';
import type { FakeBedside } from '../src/dev/fake.ts';
import { appointmentId, card, me } from '../src/dev/samples.ts';
import { at, type Scene, times } from './scene.ts';

/** What a patient finds at home. */
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

export const homeScenes: Record<string, Scene> = {
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
};
