import type { ExceptionTerms, ServiceId, TemplateTerms } from '@bedside/client';
import { describe, expect, it } from 'vitest';
import { en } from '../strings/en.ts';
import { exceptionFaults, refusedField, templateFaults } from './check.ts';
import { readWeekly, writeWeekly } from './rule.ts';
import { exceptionInWords, templateInWords } from './words.ts';

const terms: TemplateTerms = {
  location: 'Practice',
  time_zone: 'Europe/Berlin',
  recurrence: 'FREQ=WEEKLY;BYDAY=MO,TU',
  starts: '09:00',
  ends: '12:30',
  valid_from: '2027-01-01',
};
const off: ExceptionTerms = {
  kind: 'closed',
  time_zone: 'Europe/Berlin',
  starts: '2026-12-24T00:00',
  ends: '2027-01-02T00:00',
};
const words = (over: Partial<TemplateTerms> = {}) =>
  templateInWords({ ...terms, ...over }, 'en-GB', en.hours.rules, (id) => `Service ${id}`);

describe('hours in words', () => {
  it.each([
    [{}, 'Every Monday and Tuesday 09:00–12:30, Europe/Berlin, from 1 January 2027'],
    [
      { recurrence: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=FR', valid_until: '2027-06-30' },
      'Every 2nd week on Friday 09:00–12:30, Europe/Berlin, from 1 January 2027, until 30 June 2027',
    ],
    [{ recurrence: 'FREQ=WEEKLY' }, 'Every Friday 09:00–12:30, Europe/Berlin, from 1 January 2027'],
    [
      { recurrence: 'FREQ=DAILY;INTERVAL=3;COUNT=5' },
      'Every 3rd day, 5 times 09:00–12:30, Europe/Berlin, from 1 January 2027',
    ],
    [
      { recurrence: 'FREQ=MONTHLY;BYDAY=-1FR' },
      'Every month on the last Friday 09:00–12:30, Europe/Berlin, from 1 January 2027',
    ],
    [
      { recurrence: 'FREQ=MONTHLY;BYMONTHDAY=1,15', time_zone: 'America/New_York' },
      'Every month on the 1st and 15th 09:00–12:30, America/New York, from 1 January 2027',
    ],
    [
      { recurrence: 'FREQ=YEARLY;BYMONTH=5' },
      'By the rule FREQ=YEARLY;BYMONTH=5 09:00–12:30, Europe/Berlin, from 1 January 2027',
    ],
    [
      { except_dates: ['2027-05-17'], service_ids: ['a' as ServiceId] },
      'Every Monday and Tuesday 09:00–12:30, Europe/Berlin, from 1 January 2027, except 17 May 2027, for Service a',
    ],
    [
      { valid_until: '2027-01-01', recurrence: 'FREQ=DAILY' },
      'Every day 09:00–12:30, Europe/Berlin, on 1 January 2027',
    ],
  ] as [Partial<TemplateTerms>, string][])('%o', (over, expected) => {
    expect(words(over)).toBe(expected);
  });

  it('of time off are whole days where they are', () => {
    const say = (over: Partial<ExceptionTerms>) => exceptionInWords({ ...off, ...over }, 'en-GB');
    expect(say({})).toBe('24 December 2026 – 1 January 2027, Europe/Berlin');
    expect(say({ ends: '2026-12-25T00:00' })).toBe('24 December 2026, Europe/Berlin');
    expect(say({ starts: '2026-12-24T12:00', ends: '2026-12-24T18:00' })).toBe(
      '24 December 2026 12:00–18:00, Europe/Berlin',
    );
  });
});

describe('the weekday picker', () => {
  it.each([
    ['FREQ=WEEKLY;BYDAY=MO,TU', [0, 1], 1],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU', [6], 2],
    ['FREQ=WEEKLY;BYDAY=FR,MO', [0, 4], 1],
  ])('reads %s, and writes the same', (rule, days, everyWeeks) => {
    const read = readWeekly(rule);
    expect(read).toEqual({ days, everyWeeks });
    if (read) expect(readWeekly(writeWeekly(read))).toEqual(read);
  });

  it.each([
    'FREQ=MONTHLY;BYDAY=1MO',
    'FREQ=WEEKLY;BYDAY=1MO',
    'FREQ=WEEKLY;BYDAY=MO;COUNT=4',
    'FREQ=WEEKLY;BYDAY=MO;INTERVAL=0',
    'FREQ=WEEKLY;FREQ=DAILY',
    'nonsense',
    '',
  ])('leaves %s alone', (rule) => {
    expect(readWeekly(rule)).toBeNull();
  });
});

describe('hours that cannot be', () => {
  it.each([
    [{}, {}],
    [{ location: ' ' }, { location: 'location' }],
    [{ time_zone: 'Mars/Olympus' }, { time_zone: 'zone' }],
    [{ ends: '09:00' }, { ends: 'order' }],
    [{ ends: '24:00' }, {}],
    [{ starts: '9:00' }, { starts: 'time' }],
    [{ valid_from: '2027-02-30' }, { valid_from: 'date' }],
    [{ valid_from: '1999-01-01' }, { valid_from: 'year' }],
    [{ valid_until: '2026-12-31' }, { valid_until: 'order' }],
    [{ valid_until: '2037-06-01' }, { valid_until: 'span' }],
    [{ recurrence: 'FREQ=WEEKLY;BYDAY=' }, { recurrence: 'noDays' }],
    [{ recurrence: 'FREQ=HOURLY' }, { recurrence: 'rule' }],
    [{ recurrence: 'FREQ=MONTHLY;BYDAY=1MO' }, {}],
    [{ except_dates: ['17 May'] }, { except_dates: 'except' }],
    // 1 January 2027 is a Friday.
    [{ valid_until: '2027-01-03' }, { recurrence: 'noDay' }],
  ] as [Partial<TemplateTerms>, object][])('%o', (over, expected) => {
    expect(templateFaults({ ...terms, ...over }, [])).toEqual(expected);
  });

  it.each([
    ['the same hours', {}, true],
    ['hours that touch', { starts: '12:30', ends: '15:00' }, false],
    ['other days', { recurrence: 'FREQ=WEEKLY;BYDAY=WE' }, false],
    ['one common day', { recurrence: 'FREQ=WEEKLY;BYDAY=TU,WE' }, true],
    ['later years', { valid_from: '2032-01-01' }, false],
    ['other services', { service_ids: ['b' as ServiceId] }, false],
    ['every second week, which the hub decides', { recurrence: 'FREQ=WEEKLY;INTERVAL=2' }, false],
  ] as [string, Partial<TemplateTerms>, boolean][])('beside %s', (_, over, isOverlap) => {
    const one = { ...terms, service_ids: ['a' as ServiceId] };
    const faults = templateFaults(one, [{ ...terms, ...over }]);
    expect(faults.recurrence === 'overlap').toBe(isOverlap);
  });

  it.each([
    [{}, {}],
    [{ ends: '2026-12-24T00:00' }, { ends: 'order' }],
    [{ ends: '2028-01-02T00:00' }, { ends: 'spanOff' }],
    [{ starts: '2026-02-30T10:00' }, { starts: 'date' }],
    [{ starts: '12026-01-01T10:00' }, { starts: 'date' }],
    [{ kind: 'open', location: '' }, { location: 'location' }],
    [{ reason: 'x'.repeat(201) }, { reason: 'reason' }],
  ] as [Partial<ExceptionTerms>, object][])('time off %o', (over, expected) => {
    expect(exceptionFaults({ ...off, ...over })).toEqual(expected);
  });

  it('that the hub finds are shown at their field', () => {
    const fields = ['starts', 'ends', 'recurrence'] as const;
    const refused = (field?: string) =>
      refusedField({ code: 'invalid_value', number: 1003, ...(field ? { field } : {}) }, fields);
    expect(refused('recurrence')).toBe('recurrence');
    expect(refused('terms.starts')).toBe('starts');
    expect(refused('ends_minute')).toBe('ends');
    expect(refused('template_id')).toBeNull();
    expect(refused()).toBeNull();
    expect(refusedField({ code: 'forbidden', field: 'ends' }, fields)).toBeNull();
  });
});
