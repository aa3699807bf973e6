import * as reference from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { decode, encode, MAX_DEPTH } from '../src/msgpack.js';
import { golden } from './support/golden.js';
import { seeded } from './support/random.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('golden examples', () => {
  test.each(golden)('$name', ({ json, msgpack }) => {
    expect(decode(bytes(msgpack))).toEqual(json);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(hex(encode(json))).toBe(msgpack);
  });
});

/** A random value of the kinds that our wire has. */
const anything = (random: () => number, depth = 0): unknown => {
  const whole = (below: number) => Math.floor(random() * below);
  const kind = whole(depth > 3 ? 6 : 8);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return Math.round((random() - 0.5) * 2 ** (1 + whole(53))) || 0;
    case 3:
      return (random() - 0.5) * 10 ** (whole(40) - 20);
    case 4:
      return Array.from({ length: whole(2) ? whole(40) : whole(300) }, () =>
        String.fromCodePoint(whole(4) ? 32 + whole(90) : 0x1f300 + whole(200)),
      ).join('');
    case 5:
      return Uint8Array.from({ length: whole(2) ? whole(20) : whole(400) }, () => whole(256));
    case 6:
      return Array.from({ length: whole(6) }, () => anything(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: whole(6) }, (_, index) => [`k${index}`, anything(random, depth + 1)]),
      );
  }
};

describe('against @msgpack/msgpack', () => {
  test('what we write it reads, what it writes we read', () => {
    const random = seeded(20310304);
    for (let round = 0; round < 2_000; round++) {
      const value = anything(random);
      expect(reference.decode(encode(value))).toEqual(value);
      expect(decode(reference.encode(value))).toEqual(value);
    }
  });

  test('edges of every width', () => {
    const edges = [
      31,
      32,
      127,
      128,
      255,
      256,
      32_767,
      32_768,
      65_535,
      65_536,
      2 ** 31,
      2 ** 32 - 1,
    ];
    for (const edge of [...edges, 2 ** 32, 2 ** 53 - 1]) {
      for (const value of [edge, -edge, edge - 1, 1 - edge, -edge - 1]) {
        if (!Number.isSafeInteger(value)) continue;
        expect(hex(encode(value))).toBe(hex(reference.encode(value)));
        expect(decode(encode(value))).toBe(value);
      }
    }
    for (const length of [0, 31, 32, 255, 256, 65_535, 65_536]) {
      expect(hex(encode('x'.repeat(length)))).toBe(hex(reference.encode('x'.repeat(length))));
      expect(decode(encode(new Array(length).fill(1)))).toHaveLength(length);
    }
  });
});

describe('bad input', () => {
  test('random bytes are refused or read, and never harm', () => {
    const random = seeded(7);
    for (let round = 0; round < 20_000; round++) {
      const noise = Uint8Array.from({ length: Math.floor(random() * 60) }, () => random() * 256);
      try {
        decode(noise);
      } catch (error) {
        expect(error instanceof RangeError || error instanceof TypeError).toBe(true);
      }
    }
  });

  test.each([
    ['nothing', ''],
    ['an array that claims four thousand million items', 'ddffffffff'],
    ['a map that claims as many', 'dfffffffff'],
    ['a string cut short', 'a568'],
    ['bytes behind the value', 'c0c0'],
    ['an integer beyond 2^53', 'cfffffffffffffffff'],
    ['text that is not UTF-8', 'a1ff'],
    ['a number as key', '810101'],
    ['an extension', 'd40100'],
  ])('%s is refused', (_, text) => {
    expect(() => decode(bytes(text))).toThrow();
  });

  test('nesting is bounded both ways', () => {
    expect(() => decode(bytes(`${'91'.repeat(MAX_DEPTH + 1)}c0`))).toThrow('too deep');
    let deep: unknown = null;
    for (let level = 0; level <= MAX_DEPTH; level++) deep = [deep];
    expect(() => encode(deep)).toThrow('too deep');
  });

  test('a field called __proto__ changes no prototype', () => {
    const value = decode(reference.encode(JSON.parse('{"__proto__": {"admin": true}, "a": 1}')));
    expect(value).toEqual({ a: 1 });
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  test('absent fields are absent', () => {
    expect(decode(encode({ a: undefined, b: 1 }))).toEqual({ b: 1 });
  });
});
