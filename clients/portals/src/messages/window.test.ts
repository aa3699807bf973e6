import { describe, expect, it } from 'vitest';
import { KARL, message } from '../dev/chat.ts';
import { AT_END, around, earlier, later, MOST_SHOWN, type Place, partOf } from './window.ts';

const many = Array.from({ length: 5_000 }, (_, index) => message(index * 2 + 1, KARL, index, 'x'));
const last = (place: Place) => partOf(many, place).messages.at(-1)?.offset ?? 0;
const first = (place: Place) => partOf(many, place).messages[0]?.offset ?? 0;

describe('the part of a long thread that is on the page', () => {
  it('is its end at first, and all of a short one', () => {
    const part = partOf(many, { kind: 'end' });
    expect(part.messages).toHaveLength(AT_END);
    expect(part).toMatchObject({ hasEarlier: true, hasLater: false });
    const few = many.slice(0, 10);
    expect(partOf(few, { kind: 'end' }).messages).toBe(few);
  });

  it('never grows beyond its bound, and every step to the begin and back overlaps with the one before', () => {
    let place: Place = { kind: 'end' };
    let steps = 0;
    while (partOf(many, place).hasEarlier) {
      const next = earlier(many, place);
      expect(partOf(many, next).messages.length).toBeLessThanOrEqual(MOST_SHOWN);
      expect(last(next)).toBeGreaterThan(first(place));
      place = next;
      steps += 1;
    }
    expect(first(place)).toBe(1);
    expect(steps).toBeLessThan(100);
    while (partOf(many, place).hasLater) {
      const next = later(many, place);
      expect(first(next)).toBeLessThanOrEqual(last(place));
      place = next;
    }
    expect(last(place)).toBe(many.at(-1)?.offset);
  });

  it('stays where it is when older messages come in front, and when new ones come', () => {
    const place = around(many.slice(1_000, 2_000), many[1_500]?.offset ?? 0);
    expect(first(place)).toBe(many[1_500 - MOST_SHOWN / 2]?.offset);
  });

  it('holds the message that is looked for', () => {
    for (const index of [0, 3, 2_500, 4_999]) {
      const offset = many[index]?.offset ?? 0;
      const shown = partOf(many, around(many, offset)).messages;
      expect(shown.some((it) => it.offset === offset)).toBe(true);
    }
  });

  it('is nothing of nothing', () => {
    expect(partOf([], { kind: 'end' }).messages).toEqual([]);
    expect(around([], 5)).toEqual({ kind: 'end' });
    expect(earlier([], { kind: 'from', offset: 9 })).toEqual({ kind: 'end' });
  });
});
