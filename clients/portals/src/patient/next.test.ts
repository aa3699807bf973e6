import { describe, expect, it } from 'vitest';
import { CHECK_HOLDS_MS } from '../app/remember.ts';
import { appointmentId, card, MINUTE, NOON } from '../dev/samples.ts';
import { sortCards, stepFor } from './next.ts';

const at = (minutes: number) => ({
  starts_at: NOON + minutes * MINUTE,
  ends_at: NOON + (minutes + 30) * MINUTE,
});

describe('the next visit', () => {
  it('is the one that is going on, even when another one begins earlier', () => {
    const late = card({ ...at(-20), appointment_id: appointmentId(1) });
    const running = card({ ...at(10), appointment_id: appointmentId(2), stage: 'waiting' });
    const { next, later } = sortCards([running, late], NOON);
    expect(next).toBe(running);
    expect(later).toEqual([late]);
  });

  it('is never a closed one; those are past, the latest first', () => {
    const ended = card({ ...at(-300), appointment_id: appointmentId(1), stage: 'ended' });
    const cancelled = card({ ...at(60), appointment_id: appointmentId(2), stage: 'cancelled' });
    const forgotten = card({ ...at(-6000), appointment_id: appointmentId(3) });
    const sorted = sortCards([ended, cancelled, forgotten], NOON);
    expect(sorted.next).toBeNull();
    expect(sorted.past).toEqual([cancelled, ended, forgotten]);
  });

  it('has the button that is right for the moment', () => {
    expect(stepFor(card(at(25)), NOON, 0)).toBe('check');
    expect(stepFor(card(at(25)), NOON, NOON - MINUTE)).toBe('enter');
    expect(stepFor(card(at(90)), NOON, NOON - MINUTE)).toBe('check');
    expect(stepFor(card(at(25)), NOON, NOON - CHECK_HOLDS_MS)).toBe('check');
    expect(stepFor(card({ ...at(-5), stage: 'in_call' }), NOON, 0)).toBe('rejoin');
  });
});
