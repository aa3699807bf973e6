import { describe, expect, it } from 'vitest';
import { participant, visitView } from '../dev/samples.ts';
import { firstWish, phaseOf } from './phase.ts';

const me = (place: 'away' | 'waiting' | 'inside' | 'revoked') =>
  visitView({ participants: [participant({ place })] });

describe('the screen of a visit', () => {
  it('follows the hub once the person wants to be in', () => {
    const input = { isDenied: false, fault: null, wish: 'in' as const };
    expect(phaseOf({ ...input, view: me('waiting') }).name).toBe('waiting');
    expect(phaseOf({ ...input, view: me('inside') }).name).toBe('call');
    expect(phaseOf({ ...input, view: me('revoked') }).name).toBe('revoked');
    expect(phaseOf({ ...input, view: null }).name).toBe('loading');
  });

  it('never shows the call to somebody who waits, whatever this tab wants', () => {
    for (const wish of ['undecided', 'check', 'in', 'left'] as const) {
      const phase = phaseOf({ view: me('waiting'), isDenied: false, fault: null, wish });
      expect(phase.name).not.toBe('call');
    }
  });

  it('says that a visit is over before anything else', () => {
    const view = visitView({
      stage: 'cancelled',
      participants: [participant({ place: 'inside' })],
    });
    expect(phaseOf({ view, isDenied: false, fault: null, wish: 'in' })).toEqual({
      name: 'closed',
      stage: 'cancelled',
    });
  });
});

describe('opening a visit page', () => {
  const plain = { intent: null, wasEntered: false, isChecked: false, place: 'away' as const };

  it('leads through the device check at first', () => {
    expect(firstWish(plain)).toBe('check');
    expect(firstWish({ ...plain, isChecked: true })).toBe('check');
    expect(firstWish({ ...plain, intent: 'enter' })).toBe('check');
  });

  it('leads back in after a reload, and when the hub still has the person there', () => {
    expect(firstWish({ ...plain, wasEntered: true })).toBe('in');
    expect(firstWish({ ...plain, place: 'inside' })).toBe('in');
    expect(firstWish({ ...plain, place: 'waiting' })).toBe('in');
  });

  it('goes straight in by the button when the check is remembered, and checks when asked to', () => {
    expect(firstWish({ ...plain, intent: 'enter', isChecked: true })).toBe('in');
    expect(firstWish({ ...plain, intent: 'check', wasEntered: true })).toBe('check');
  });
});
