import { describe, expect, it } from 'vitest';
import { appointmentId, card, MINUTE, NOON } from '../dev/samples.ts';
import { actionOf, dayOf, deviceWord, nowIndex, stateOf } from './day.ts';

const good = { camera: 'good', microphone: 'good', speaker: 'good', network: 'good' } as const;

describe('a row of the day', () => {
  it.each([
    ['waiting', 0, 'admit'],
    ['admitted', 0, 'rejoin'],
    ['in_call', 0, 'rejoin'],
    ['scheduled', 5, 'open'],
    ['scheduled', -5, 'open'],
    ['scheduled', -11, 'no_show'],
    ['ended', -60, null],
    ['cancelled', 60, null],
    ['no_show', -60, null],
  ] as const)('%s, beginning in %i minutes: %s', (stage, minutes, action) => {
    expect(actionOf(card({ stage, starts_at: NOON + minutes * MINUTE }), NOON)).toBe(action);
  });

  it('calls nobody late in the first minute', () => {
    expect(stateOf(card({ starts_at: NOON - 30_000 }), NOON).name).toBe('expected');
    expect(stateOf(card({ starts_at: NOON - 90_000 }), NOON)).toEqual({
      name: 'late',
      byMs: 90_000,
    });
  });

  it('judges a device by its worst part', () => {
    expect(deviceWord(undefined)).toBe('unknown');
    expect(deviceWord(good)).toBe('good');
    expect(deviceWord({ ...good, network: 'poor' })).toBe('poor');
    expect(deviceWord({ ...good, camera: 'denied', network: 'poor' })).toBe('bad');
    expect(
      deviceWord({
        camera: 'skipped',
        microphone: 'skipped',
        speaker: 'skipped',
        network: 'skipped',
      }),
    ).toBe('unknown');
  });
});

describe('the day', () => {
  const isToday = (at: number) => Math.abs(at - NOON) < 12 * 60 * MINUTE;

  it('keeps yesterday’s visit while somebody is still in it', () => {
    const old = card({ starts_at: NOON - 1000 * MINUTE, stage: 'in_call' });
    const gone = card({
      appointment_id: appointmentId(1),
      starts_at: NOON - 1000 * MINUTE,
      stage: 'ended',
    });
    const tomorrow = card({ appointment_id: appointmentId(2), starts_at: NOON + 1000 * MINUTE });
    const day = dayOf([tomorrow, old, gone], NOON, isToday);
    expect(day.today).toEqual([old]);
    expect(day.later).toEqual([tomorrow]);
  });

  it('draws the line of now before what has not begun', () => {
    const cards = [-30, -5, 20].map((minutes) => card({ starts_at: NOON + minutes * MINUTE }));
    expect(nowIndex(cards, NOON)).toBe(2);
    expect(nowIndex(cards, NOON + 60 * MINUTE)).toBe(3);
    expect(nowIndex([], NOON)).toBe(0);
  });
});
