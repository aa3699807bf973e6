import { describe, expect, it } from 'vitest';
import { KARL, LENA, openSlot, SERVICES } from '../dev/clinic.ts';
import { appointmentId, MINUTE, NOON } from '../dev/samples.ts';
import { dayTeller, isDay, plusDays } from '../format/days.ts';
import { placeName, regions } from '../format/places.ts';
import { bookPath, readChoice } from './choice.ts';
import { bySpecialty, priceText } from './directory.ts';
import { asShown, byClinician, countDays, leftText, settle, stripOf, warningFor } from './times.ts';

const at = (minutes: number, clinician_id = KARL) =>
  openSlot(NOON + minutes * MINUTE, { clinician_id });

describe('times on the screen', () => {
  it('keep their places when one goes and another comes', () => {
    const before = asShown([at(0), at(30), at(60)]);
    const { shown, wentAway, fresh } = settle(before, [at(0), at(45), at(60)]);
    expect(shown.map((it) => it.slot.starts_at)).toEqual(before.map((it) => it.slot.starts_at));
    expect(shown.map((it) => it.isGone)).toEqual([false, true, false]);
    expect({ wentAway, fresh }).toEqual({ wentAway: 1, fresh: 1 });
    const again = settle(shown, [at(0), at(30), at(45), at(60)]);
    expect(again.shown.some((it) => it.isGone)).toBe(false);
    expect(again).toMatchObject({ wentAway: 0, fresh: 1 });
  });

  it('say once that one went away', () => {
    const gone = settle(asShown([at(0)]), []);
    expect(gone.wentAway).toBe(1);
    expect(settle(gone.shown, []).wentAway).toBe(0);
  });

  it('of two clinicians at the same time are two', () => {
    const shown = asShown([at(0), at(0, LENA), at(30)]);
    expect(byClinician(shown).map((it) => it.times.length)).toEqual([2, 1]);
    expect(settle(shown, [at(0, LENA)]).shown.map((it) => it.isGone)).toEqual([true, false, true]);
  });
});

describe('days', () => {
  const dayOf = dayTeller('Europe/Berlin');

  it('are counted in the zone of the person', () => {
    const late = openSlot(Date.UTC(2026, 10, 24, 23, 30));
    const days = ['2026-11-24', '2026-11-25'];
    expect([...countDays(days, [late], false, dayOf).counts]).toEqual([
      ['2026-11-24', 0],
      ['2026-11-25', 1],
    ]);
  });

  it('after the place where an answer was cut off are not said to be empty', () => {
    const days = ['2026-11-24', '2026-11-25', '2026-11-26'];
    const slots = [at(0), at(24 * 60)];
    const { counts, cutDay } = countDays(days, slots, true, dayOf);
    expect([...counts]).toEqual([['2026-11-24', 1]]);
    expect(cutDay).toBe('2026-11-25');
  });

  it('are shown by strips from today on, over the change of clocks too', () => {
    expect(stripOf('2027-03-29', '2027-03-22')).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((it) => plusDays('2027-03-29', it)),
    );
    expect(stripOf('2027-03-28', '2027-03-22')[0]).toBe('2027-03-22');
    expect(stripOf('2020-01-01', '2027-03-22')[0]).toBe('2027-03-22');
    expect(isDay('2026-02-31')).toBe(false);
    expect(isDay('2028-02-29')).toBe(true);
  });
});

describe('the countdown', () => {
  it('is written with minutes and never below zero', () => {
    expect([300_000, 61_000, 9_001, 0, -5].map(leftText)).toEqual([
      '5:00',
      '1:01',
      '0:10',
      '0:00',
      '0:00',
    ]);
  });

  it('is said aloud at a minute and at ten seconds, once each, not at the begin of a short one', () => {
    expect(warningFor(61_000, 60_000)).toBe('minute');
    expect(warningFor(60_000, 59_000)).toBeNull();
    expect(warningFor(45_000, 44_000)).toBeNull();
    expect(warningFor(11_000, 10_000)).toBe('seconds');
    // A page that slept is told what counts now.
    expect(warningFor(70_000, 8_000)).toBe('seconds');
    expect(warningFor(70_000, 0)).toBeNull();
  });
});

describe('the address', () => {
  it('comes back as it was written, and ignores what it does not know', () => {
    const [service] = SERVICES;
    const choice = {
      service: service?.service_id ?? null,
      clinician: KARL,
      day: '2026-11-24',
      moves: appointmentId(1),
      booked: null,
      payment: null,
    };
    const path = bookPath(choice);
    expect(readChoice(path.slice('/book'.length))).toEqual(choice);
    expect(readChoice('?service=x&day=2026-02-31&insurer=y')).toEqual({
      service: null,
      clinician: null,
      day: null,
      moves: null,
      booked: null,
      payment: null,
    });
    expect(bookPath()).toBe('/book');
  });
});

describe('words', () => {
  it('of places, also of those we have no name for', () => {
    expect(placeName('DE', 'en')).toBe('Germany');
    expect(placeName('US-CA', 'en')).toBe('California, United States');
    expect(placeName('DE-BE', 'en')).toBe('DE-BE, Germany');
    expect(regions('US')).toHaveLength(51);
    expect(regions('DE')).toEqual([]);
  });

  it('of prices, by the smallest unit of the currency', () => {
    expect(priceText({ amount_minor: 4500, currency: 'EUR' }, 'en')).toBe('€45.00');
    expect(priceText({ amount_minor: 4500, currency: 'JPY' }, 'en')).toBe('¥4,500');
  });

  it('services stand under their specialties, by name', () => {
    const groups = bySpecialty(SERVICES, 'en');
    expect(groups.map((it) => it.specialty)).toEqual([
      'dermatology',
      'general practice',
      'psychology',
    ]);
    expect(groups[0]?.services.map((it) => it.terms.name)).toEqual([
      'Follow-up after treatment',
      'Skin consultation',
    ]);
  });
});
