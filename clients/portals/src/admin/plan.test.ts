import { describe, expect, it } from 'vitest';
import { NOON, personId, ZONE } from '../dev/samples.ts';
import { readFilter, writeFilter } from './filter.ts';
import { faultsIn } from './PersonForm.tsx';
import { suggestPassword } from './password.ts';
import { type Draft, plan } from './plan.ts';

const draft: Draft = {
  patientId: personId(1),
  clinicianId: personId(2),
  date: '2026-11-24',
  begin: '14:30',
  minutes: 30,
  zone: ZONE,
  mayInvite: false,
};

describe('planning an appointment', () => {
  it('takes the time in the chosen zone', () => {
    expect(plan(draft, NOON)).toEqual({
      params: {
        patient_id: personId(1),
        clinician_id: personId(2),
        starts_at: Date.UTC(2026, 10, 24, 13, 30),
        ends_at: Date.UTC(2026, 10, 24, 14, 0),
        time_zone: ZONE,
        patient_may_invite: false,
      },
    });
  });

  it('names everything that is missing at once', () => {
    const empty = { ...draft, patientId: null, clinicianId: null, date: '', begin: '' };
    expect(plan(empty, NOON)).toEqual({ faults: ['patient', 'clinician', 'date', 'begin'] });
  });

  it('refuses what is over and what the clocks skip', () => {
    expect(plan({ ...draft, date: '2026-11-23' }, NOON)).toEqual({ faults: ['past'] });
    const skipped = { ...draft, date: '2027-03-28', begin: '02:30' };
    expect(plan(skipped, NOON)).toEqual({ faults: ['gap'] });
  });
});

describe('a new person', () => {
  const person = {
    display_name: 'Petra Example',
    email: 'petra@example.org',
    role: 'patient' as const,
    time_zone: ZONE,
  };

  it('needs a name and an address', () => {
    expect(faultsIn(person)).toEqual([]);
    expect(faultsIn({ ...person, display_name: ' ', email: 'petra' })).toEqual(['name', 'email']);
  });

  it('gets suggestions that are long enough, never the same, and easy to read out', () => {
    const some = new Set(Array.from({ length: 50 }, suggestPassword));
    expect(some.size).toBe(50);
    for (const it of some) expect(it).toMatch(/^([a-hjkmnp-z2-9]{4}-){4}[a-hjkmnp-z2-9]{4}$/);
  });
});

describe('the filter in the address', () => {
  it('comes back as it was written, and ignores what it does not know', () => {
    const filter = {
      tab: 'undelivered',
      role: 'clinician',
      status: 'suspended',
      closed: true,
      inactive: true,
      service: personId(5),
      task: 'zone_conflict',
      channel: 'sms',
      lifted: true,
      weeks: 52,
    } as const;
    expect(readFilter(writeFilter(filter))).toEqual(filter);
    expect(
      readFilter('?tab=x&role=emperor&status=asleep&service=<b>&task=nap&channel=owl&weeks=5'),
    ).toEqual({
      tab: 'appointments',
      role: null,
      closed: false,
      inactive: false,
      service: null,
      task: null,
      channel: null,
      status: null,
      lifted: false,
      weeks: 12,
    });
    expect(writeFilter(readFilter(''))).toBe('');
  });
});
