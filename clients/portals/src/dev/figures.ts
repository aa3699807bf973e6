import type { ReadUsage, ServiceId, UsageLine, UsageReport } from '@bedside/client';
import { plusDays } from '../format/days.ts';
import type { FakeBedside } from './fake.ts';
import { recordsDesk } from './records.ts';

/** Made-up figures of a clinic. What is too small is not there, as the hub would answer. */

const WEEK = 7 * 24 * 3_600_000;
const serviceId = (number: number) =>
  `00000000-0000-7000-8000-${String(13_000 + number).padStart(12, '0')}` as ServiceId;

function line(held: number, over: UsageLine = {}): UsageLine {
  return { held, booked: 0, missed: 0, ...over };
}

/** Of so many weeks before the one of a Monday, and that one. */
export function usage(weeks: number, over: Partial<UsageReport> = {}): UsageReport {
  const last = '2026-11-23';
  const until = Date.parse(`${last}T00:00:00Z`) + WEEK;
  return {
    time_zone: 'Europe/Berlin',
    since: until - weeks * WEEK,
    until,
    patients: 1_204,
    whole: { held: 1_480, booked: 24, cancelled: 96, missed: 31 },
    weeks: Array.from({ length: weeks }, (_, index) => ({
      monday: plusDays(last, 7 * (index + 1 - weeks)),
      appointments: index + 1 === weeks ? line(40, { booked: 24 }) : line(80 + 10 * (index % 3)),
    })),
    services: [
      {
        service_id: serviceId(1),
        name: 'Follow-up after an operation of the knee',
        appointments: line(400, { cancelled: 41 }),
      },
      { service_id: serviceId(2), name: 'Skin check', appointments: { missed: 31 } },
      { service_id: serviceId(3), appointments: line(60) },
      { appointments: line(20) },
    ],
    waited_min: 4,
    lasted_min: 72,
    ...over,
  };
}

/** The desk of an administrator with figures of as many weeks as are asked for. */
export function figuresDesk(bedside: FakeBedside): void {
  recordsDesk(bedside);
  bedside.answers.set('report.read_usage', ({ since, until }: ReadUsage) =>
    usage(Math.ceil((until - since) / WEEK)),
  );
}
