import { describe, expect, it } from 'vitest';
import { Axis } from './axis.ts';
import {
  addDays,
  clockChanges,
  dateAt,
  daySpan,
  isDate,
  runsOf,
  wallInstant,
  weekday,
  weekOf,
} from './days.ts';
import { besides } from './layout.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('a day of a zone', () => {
  it.each([
    ['Europe/Berlin', '2027-03-27', 24],
    ['Europe/Berlin', '2027-03-28', 23],
    ['Europe/Berlin', '2027-10-31', 25],
    ['America/New_York', '2027-03-14', 23],
    ['America/New_York', '2027-11-07', 25],
    ['Australia/Sydney', '2027-10-03', 23],
    ['Australia/Sydney', '2027-04-04', 25],
    ['Australia/Lord_Howe', '2027-10-03', 23.5],
    ['Australia/Lord_Howe', '2027-04-04', 24.5],
    ['Asia/Kathmandu', '2027-03-28', 24],
    // Midnight itself is skipped, or comes twice.
    ['America/Santiago', '2027-09-05', 23],
    ['America/Santiago', '2027-04-03', 25],
    ['America/Havana', '2027-11-07', 25],
    // A day that its people never had.
    ['Pacific/Apia', '2011-12-30', 0],
  ])('%s %s has %d hours', (zone, date, hours) => {
    const { from, until } = daySpan(date, zone);
    expect((until - from) / HOUR).toBe(hours);
    if (hours > 0) {
      expect(dateAt(from, zone)).toBe(date);
      expect(dateAt(from - MINUTE, zone)).not.toBe(date);
      expect(dateAt(until - MINUTE, zone)).toBe(date);
    }
  });

  it('consists of runs without a seam', () => {
    for (const date of ['2027-03-28', '2027-10-31', '2027-07-01']) {
      const runs = runsOf(date, 'Europe/Berlin');
      const span = daySpan(date, 'Europe/Berlin');
      expect(runs[0]?.from).toBe(span.from);
      expect(runs.at(-1)?.until).toBe(span.until);
      runs.slice(1).forEach((run, index) => {
        expect(run.from).toBe(runs[index]?.until);
      });
    }
    expect(runsOf('2027-10-31', 'Europe/Berlin').map((it) => [it.wall, it.isRepeat])).toEqual([
      [0, false],
      [120, true],
      [180, false],
    ]);
  });

  it('knows when the clocks change, and a wall time that is skipped', () => {
    const year = { from: Date.UTC(2027, 0, 1), until: Date.UTC(2028, 0, 1) };
    expect(clockChanges(year, 'Europe/Berlin')).toEqual([
      { at: Date.UTC(2027, 2, 28, 1), byMinutes: 60 },
      { at: Date.UTC(2027, 9, 31, 1), byMinutes: -60 },
    ]);
    expect(wallInstant('2027-03-28', '02:30', 'Europe/Berlin')).toBe(Date.UTC(2027, 2, 28, 1));
    expect(wallInstant('2027-03-28', '24:00', 'Europe/Berlin')).toBe(Date.UTC(2027, 2, 28, 22));
  });

  it('counts dates, not hours', () => {
    expect(addDays('2027-03-28', 1)).toBe('2027-03-29');
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(weekday('2027-03-29')).toBe(0);
    expect(weekOf('2027-03-28')[0]).toBe('2027-03-22');
    expect(weekOf('2027-03-28')).toHaveLength(7);
    expect(isDate('2027-02-30')).toBe(false);
    expect(isDate('2027-02-28')).toBe(true);
  });
});

describe('the axis', () => {
  const berlin = 'Europe/Berlin';
  const marks = (axis: Axis) =>
    axis.marks.slice(0, 5).map((it) => `${it.wall / 60}${it.isRepeat ? ' again' : ''}`);

  it.each([
    ['a plain day', ['2027-03-27'], 24, ['0', '1', '2', '3', '4']],
    ['a day of 23 hours', ['2027-03-28'], 23, ['0', '1', '3', '4', '5']],
    ['a day of 25 hours', ['2027-10-31'], 25, ['0', '1', '2', '2 again', '3']],
    ['a week with a skipped hour', weekOf('2027-03-28'), 24, ['0', '1', '2', '3', '4']],
    ['a week with an hour twice', weekOf('2027-10-31'), 25, ['0', '1', '2', '2 again', '3']],
  ])('of %s', (_, dates, hours, first) => {
    const axis = new Axis(dates, berlin);
    expect(axis.length).toBe(hours * 60);
    expect(marks(axis)).toEqual(first);
  });

  it('leaves out what a day of the week does not have', () => {
    const spring = new Axis(weekOf('2027-03-28'), berlin);
    expect(spring.voids('2027-03-28')).toEqual([{ top: 120, bottom: 180, reason: 'skipped' }]);
    expect(spring.voids('2027-03-27')).toEqual([]);
    const autumn = new Axis(weekOf('2027-10-31'), berlin);
    expect(autumn.voids('2027-10-31')).toEqual([]);
    expect(autumn.voids('2027-10-30')).toEqual([
      { top: 180, bottom: 240, reason: 'elsewhere_twice' },
    ]);
  });

  it('puts a visit across a change of the clocks where it is', () => {
    // 01:30 to 03:30 on the wall, one hour.
    const spring = new Axis(weekOf('2027-03-28'), berlin);
    const from = Date.UTC(2027, 2, 28, 0, 30);
    expect(spring.place('2027-03-28', { from, until: from + HOUR })).toEqual([
      { top: 90, bottom: 120 },
      { top: 180, bottom: 210 },
    ]);
    expect(spring.place('2027-03-27', { from, until: from + HOUR })).toEqual([]);
    // The second half past two.
    const autumn = new Axis(['2027-10-31'], berlin);
    const second = Date.UTC(2027, 9, 31, 1, 30);
    expect(autumn.place('2027-10-31', { from: second, until: second + HOUR })).toEqual([
      { top: 210, bottom: 270 },
    ]);
    expect(autumn.at('2027-10-31', second - HOUR)).toBe(150);
  });

  it.each([
    [berlin, '2027-03-28'],
    [berlin, '2027-10-31'],
    ['Australia/Lord_Howe', '2027-04-04'],
    ['Australia/Lord_Howe', '2027-10-03'],
    ['America/Santiago', '2027-09-05'],
    ['America/Santiago', '2027-04-03'],
    ['America/St_Johns', '2027-11-07'],
  ])('of %s in the week of %s has one place for every minute, and back', (zone, date) => {
    const axis = new Axis(weekOf(date), zone);
    for (const day of axis.dates) {
      const { from, until } = daySpan(day, zone);
      const seen = new Set<number>();
      for (let at = from; at < until; at += 5 * MINUTE) {
        const top = axis.at(day, at);
        expect(top).not.toBeNull();
        if (top === null) continue;
        expect(seen.has(top)).toBe(false);
        seen.add(top);
        expect(axis.instantAt(day, top)).toBe(at);
      }
      const voided = axis.voids(day).reduce((sum, it) => sum + it.bottom - it.top, 0);
      expect(voided + (until - from) / MINUTE).toBe(axis.length);
    }
  });
});

describe('entries that overlap', () => {
  const spans = (...list: [number, number][]) => list.map(([from, until]) => ({ from, until }));
  const shape = (...list: [number, number][]) =>
    besides(spans(...list)).map((it) => `${it.column}/${it.columns}`);

  it.each([
    ['nothing', [], []],
    [
      'that touch',
      [
        [0, 10],
        [10, 20],
      ],
      ['0/1', '0/1'],
    ],
    [
      'at once',
      [
        [0, 10],
        [0, 10],
        [0, 10],
      ],
      ['0/3', '1/3', '2/3'],
    ],
    [
      'in a chain',
      [
        [0, 10],
        [5, 15],
        [10, 20],
      ],
      ['0/2', '1/2', '0/2'],
    ],
    [
      'inside of a longer one',
      [
        [0, 60],
        [0, 10],
        [20, 30],
      ],
      ['0/2', '1/2', '1/2'],
    ],
    [
      'and one later',
      [
        [0, 10],
        [5, 10],
        [20, 30],
      ],
      ['0/2', '1/2', '0/1'],
    ],
  ] as [string, [number, number][], string[]][])('%s', (_, list, expected) => {
    expect(shape(...list)).toEqual(expected);
  });

  it('never share a column while they overlap', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 200; round += 1) {
      const items = Array.from({ length: 12 }, () => {
        const from = random(100);
        return { from, until: from + 1 + random(30) };
      });
      const placed = besides(items);
      for (const one of placed) {
        expect(one.column).toBeLessThan(one.columns);
        for (const other of placed) {
          if (one === other || one.column !== other.column) continue;
          const apart = one.item.until <= other.item.from || other.item.until <= one.item.from;
          expect(apart).toBe(true);
        }
      }
    }
  });
});
