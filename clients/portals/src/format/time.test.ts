import { describe, expect, it } from 'vitest';
import { en } from '../strings/en.ts';
import { knownZone, TimeFormat } from './time.ts';
import { dateInZone, zonedInstant } from './zoned.ts';

const berlin = new TimeFormat('en-GB', 'Europe/Berlin', en.time);
const noon = Date.UTC(2026, 10, 24, 11, 0);
const MINUTE = 60_000;

describe('times as people read them', () => {
  it('carry their zone, in summer and in winter', () => {
    expect(berlin.clock(noon)).toBe('12:00 CET');
    expect(berlin.clock(Date.UTC(2026, 6, 1, 11, 0))).toBe('13:00 CEST');
  });

  it('name the day by the zone, not by UTC', () => {
    const lateInBerlin = Date.UTC(2026, 10, 24, 22, 30);
    const afterMidnight = Date.UTC(2026, 10, 24, 23, 30);
    expect(berlin.day(afterMidnight, lateInBerlin)).toBe('Tomorrow');
    expect(new TimeFormat('en-GB', 'UTC', en.time).day(afterMidnight, lateInBerlin)).toBe('Today');
    expect(berlin.day(noon, noon + 24 * 60 * MINUTE)).toBe('Yesterday');
    expect(berlin.day(noon, noon - 3 * 24 * 60 * MINUTE)).toBe('Tuesday 24 November');
  });

  it('name days right across a change of the clocks', () => {
    const before = Date.UTC(2026, 9, 24, 22, 30);
    expect(berlin.day(before + 24 * 60 * MINUTE, before)).toBe('Today');
    expect(berlin.day(before + 25 * 60 * MINUTE, before)).toBe('Tomorrow');
  });

  it('say how long in whole minutes and hours, never rounded up', () => {
    expect(berlin.relative(noon + 25.9 * MINUTE, noon)).toBe('in 25 minutes');
    expect(berlin.relative(noon - 125 * MINUTE, noon)).toBe('2 hours ago');
    expect(berlin.relative(noon + 20_000, noon)).toBe('now');
    expect(berlin.duration(4.9 * MINUTE)).toBe('4 mins');
    expect(berlin.duration(65 * MINUTE)).toBe('1 hr 5 mins');
    expect(berlin.stopwatch(62_000)).toBe('01:02');
    expect(berlin.stopwatch(3_600_000)).toBe('1:00:00');
  });

  it('fall back to a zone that the browser knows', () => {
    expect(knownZone('Mars/Olympus')).toBe(knownZone(undefined));
    expect(knownZone('America/Lima')).toBe('America/Lima');
  });
});

describe('from a wall clock to an instant', () => {
  it('respects the offset of that day', () => {
    expect(zonedInstant('2026-11-24', '12:00', 'Europe/Berlin')).toEqual({ at: noon });
    expect(zonedInstant('2026-07-01', '12:00', 'Europe/Berlin')).toEqual({
      at: Date.UTC(2026, 6, 1, 10, 0),
    });
    expect(zonedInstant('2026-11-24', '12:00', 'Asia/Kathmandu')).toEqual({
      at: Date.UTC(2026, 10, 24, 6, 15),
    });
  });

  it('refuses a time that is skipped, and takes the earlier of a time that comes twice', () => {
    expect(zonedInstant('2026-03-29', '02:30', 'Europe/Berlin')).toEqual({ fault: 'gap' });
    expect(zonedInstant('2026-10-25', '02:30', 'Europe/Berlin')).toEqual({
      at: Date.UTC(2026, 9, 25, 0, 30),
    });
  });

  it('refuses what is no date', () => {
    expect(zonedInstant('', '12:00', 'Europe/Berlin')).toEqual({ fault: 'unreadable' });
  });

  it('gives back the same wall clock for every hour of a year', () => {
    for (let hour = 0; hour < 366 * 24; hour += 31) {
      const at = Date.UTC(2026, 0, 1) + hour * 3_600_000;
      const time = new TimeFormat('en-GB', 'America/New_York', en.time).bareClock(at);
      const back = zonedInstant(dateInZone(at, 'America/New_York'), time, 'America/New_York');
      const isSecondOfTwo = 'at' in back && back.at === at - 3_600_000;
      expect('at' in back && (back.at === at || isSecondOfTwo)).toBe(true);
    }
  });
});
