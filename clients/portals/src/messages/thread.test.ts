import { describe, expect, it } from 'vitest';
import { conversation, INES, KARL, message, PETRA } from '../dev/chat.ts';
import { MINUTE, NOON } from '../dev/samples.ts';
import {
  bytesOf,
  CHANGE_MS,
  canChange,
  cleaned,
  deliveryOf,
  firstNew,
  GROUP_MS,
  linesOf,
  othersIn,
  piecesOf,
} from './thread.ts';

const DAY = 24 * 60 * MINUTE;
const isSameDay = (one: number, other: number) => Math.floor(one / DAY) === Math.floor(other / DAY);
const you = PETRA.member_id;

describe('the lines of a thread', () => {
  const kinds = (messages: ReturnType<typeof message>[], newFrom: number | null = null) =>
    linesOf({ messages, you, newFrom, isSameDay }).map((it) =>
      it.kind === 'group' ? it.messages.map((one) => one.offset) : it.kind,
    );

  it('stand by day, and by who wrote them without a break', () => {
    expect(
      kinds([
        message(1, KARL, NOON, 'a'),
        message(2, KARL, NOON + MINUTE, 'b'),
        message(3, PETRA, NOON + 2 * MINUTE, 'c'),
        message(4, KARL, NOON + 3 * MINUTE, 'd'),
        message(5, KARL, NOON + 3 * MINUTE + GROUP_MS, 'e'),
        message(6, KARL, NOON + DAY, 'f'),
      ]),
    ).toEqual(['day', [1, 2], [3], [4], [5], 'day', [6]]);
  });

  it('say from where on they are new, once', () => {
    const messages = [1, 2, 3].map((it) => message(it, KARL, NOON + it, 'a'));
    expect(kinds(messages, 2)).toEqual(['day', [1], 'new', [2, 3]]);
    expect(kinds(messages, 1)).toEqual(['day', 'new', [1, 2, 3]]);
    expect(kinds([])).toEqual([]);
  });
});

describe('what is new', () => {
  const mark = (displayed: number) => [{ member_id: you, delivered: 9, displayed }];
  const talk = [message(1, KARL, 0, 'a'), message(2, PETRA, 0, 'b'), message(3, KARL, 0, 'c')];

  it('is what others wrote behind one’s own mark and one’s own last words', () => {
    expect(firstNew(talk, mark(1), you)).toBe(3);
    expect(firstNew(talk, mark(3), you)).toBeNull();
    expect(firstNew(talk, [], you)).toBeNull();
    expect(firstNew([talk[0] as never], [], you)).toBe(1);
  });
});

describe('delivery', () => {
  const view = conversation(1, PETRA, { members: [PETRA, KARL, INES] });
  const own = message(5, PETRA, 0, 'a');
  const marks = (karl: [number, number], ines: [number, number]) => [
    { member_id: KARL.member_id, delivered: karl[0], displayed: karl[1] },
    { member_id: INES.member_id, delivered: ines[0], displayed: ines[1] },
  ];

  it('grows from sent over delivered and read by some to read by all', () => {
    expect(deliveryOf(own, view, [])).toEqual({ name: 'sent' });
    expect(deliveryOf(own, view, marks([4, 4], [4, 4]))).toEqual({ name: 'sent' });
    expect(deliveryOf(own, view, marks([5, 4], [4, 4]))).toEqual({ name: 'delivered' });
    const some = deliveryOf(own, view, marks([5, 5], [4, 4]));
    expect(some).toEqual({ name: 'read_by', readers: [KARL] });
    expect(deliveryOf(own, view, marks([6, 6], [5, 5]))).toEqual({ name: 'read' });
  });

  it('does not wait for whoever has gone, nor count oneself', () => {
    const gone = { ...INES, left_at: 1 };
    const without = { ...view, members: [PETRA, KARL, gone] };
    expect(deliveryOf(own, without, marks([5, 5], [0, 0]))).toEqual({ name: 'read' });
    const me = [{ member_id: you, delivered: 5, displayed: 5 }];
    expect(deliveryOf(own, view, me)).toEqual({ name: 'sent' });
  });
});

it('one’s own message can be changed for a quarter of an hour, unless it was taken back', () => {
  const own = message(1, PETRA, NOON, 'a');
  expect(canChange(own, you, NOON + CHANGE_MS - 1)).toBe(true);
  expect(canChange(own, you, NOON + CHANGE_MS)).toBe(false);
  expect(canChange(own, KARL.member_id, NOON)).toBe(false);
  expect(canChange({ ...own, deleted_at: NOON }, you, NOON)).toBe(false);
});

it('a thread is named after who looks after it, and for the clinic after the patient', () => {
  const members = [INES, KARL, PETRA];
  const names = (who: typeof KARL) =>
    othersIn(conversation(1, who, { members })).map((it) => it.display_name);
  expect(names(PETRA)).toEqual([KARL.display_name, INES.display_name]);
  expect(names(KARL)[0]).toBe(PETRA.display_name);
});

describe('texts', () => {
  it('lose what nobody sees and the hub refuses, and keep breaks and tabs', () => {
    expect(cleaned('  a\r\nb\tc\u0007\u202e \u2066x\u2069 ')).toBe('a\nb\tc x');
    expect(cleaned(' \n\u200b'.replace('\u200b', ''))).toBe('');
  });

  it('are counted in bytes', () => {
    expect(bytesOf('aé例🙂')).toBe(1 + 2 + 3 + 4);
  });

  it('have links for http and https alone, without the marks that end a sentence', () => {
    const links = (text: string) =>
      piecesOf(text).flatMap((it) => (it.kind === 'link' ? [it.href] : []));
    expect(links('See https://a.example/x?y=1, or (http://b.example).')).toEqual([
      'https://a.example/x?y=1',
      'http://b.example/',
    ]);
    expect(links('javascript:alert(1) data:text/html,x ftp://a.example //a.example')).toEqual([]);
    expect(links('https://')).toEqual([]);
  });

  it('come back whole from their pieces', () => {
    for (const text of ['', 'a', 'https://a.example', 'x https://a.example. y <b>z</b>']) {
      expect(
        piecesOf(text)
          .map((it) => it.text)
          .join(''),
      ).toBe(text);
    }
  });
});
