import type { FaultCode } from '@bedside/client';
import { clinic, serviceId, slotTaken } from '../src/dev/clinic.ts';
import type { FakeBedside } from '../src/dev/fake.ts';
import { card, fault, MINUTE, VISIT_ID } from '../src/dev/samples.ts';

const now = Date.now();
const at = (minutes: number) => now + minutes * MINUTE;

/** The patient's side of the schedule: finding, booking and moving a visit, and what belongs to it. */
export const bookingScenes = {
  book: { path: '/book', set: (bedside: FakeBedside) => void clinic(bedside) },
  'book-times': {
    path: `/book?service=${serviceId(1)}`,
    set: (bedside: FakeBedside) => void clinic(bedside),
  },
  'book-live': {
    path: `/book?service=${serviceId(1)}`,
    set: (bedside: FakeBedside) => {
      const state = clinic(bedside);
      setTimeout(() => {
        state.slots = state.slots.filter((_, index) => index !== 2 && index !== 5);
        const [first] = state.slots;
        if (first) bedside.tell(`openings:${first.clinician_id}`, { kind: 'openings_changed' });
      }, 1_500);
    },
  },
  'book-taken': {
    path: `/book?service=${serviceId(1)}`,
    set: (bedside: FakeBedside) => {
      const state = clinic(bedside);
      state.refusal = slotTaken(state.slots.slice(3, 7).map((it) => it.starts_at));
    },
  },
  'book-licence': {
    path: `/book?service=${serviceId(1)}`,
    set: (bedside: FakeBedside) => {
      clinic(bedside).refusal = fault('licence_required' as FaultCode, 3003);
    },
  },
  'book-short': {
    path: `/book?service=${serviceId(4)}`,
    set: (bedside: FakeBedside) => {
      const state = clinic(bedside);
      state.holdMs = 64_000;
      state.price = { amount_minor: 4500, currency: 'EUR' };
    },
  },
  'book-expiring': {
    path: `/book?service=${serviceId(1)}`,
    set: (bedside: FakeBedside) => {
      clinic(bedside).holdMs = 2_000;
    },
  },
  'book-none': {
    path: `/book?service=${serviceId(1)}`,
    set: (bedside: FakeBedside) => {
      const state = clinic(bedside);
      state.slots = state.slots.filter((it) => it.starts_at > at(9 * 1440));
    },
  },
  move: {
    path: `/book?moves=${VISIT_ID}`,
    set: (bedside: FakeBedside) => {
      clinic(bedside);
      bedside.answers.set(
        'appointment.read',
        card({ starts_at: at(2 * 1440), ends_at: at(2 * 1440 + 20), service_id: serviceId(1) }),
      );
    },
  },
  messages: { path: '/messages', set: (bedside: FakeBedside) => void clinic(bedside) },
  profile: { path: '/profile', set: (bedside: FakeBedside) => void clinic(bedside) },
  register: { path: '/register', set: () => {} },
};
