/**
 * MessagePack: nil, booleans, numbers, strings, binary, arrays, and maps with string keys. No extension types.
 *
 * Decoding never reads beyond the input, never allocates more than the input could hold, and never recurses deeper
 * than {@link MAX_DEPTH}. Integers beyond 2^53 are refused rather than rounded: nothing on our wire has them.
 */

/** Nesting of a message, as the hub's. */
export const MAX_DEPTH = 32;

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true });

const fail = (why: string): never => {
  throw new RangeError(`msgpack: ${why}`);
};

/**
 * Reads one value.
 *
 * @throws RangeError or TypeError when the bytes are not one whole value that we understand.
 */
export const decode = (bytes: Uint8Array): unknown => {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  return reader.isAtEnd ? value : fail('trailing bytes');
};

/** Writes one value. Fields that are `undefined` are absent. */
export const encode = (value: unknown): Uint8Array<ArrayBuffer> => {
  const writer = new Writer();
  writer.value(value, 0);
  return writer.bytes();
};

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) fail('too deep');
    const type = this.#uint(1);
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type < 0x90) return this.#map(type & 15, depth);
    if (type < 0xa0) return this.#array(type & 15, depth);
    if (type < 0xc0) return this.#string(type & 31);
    return this.#tagged(type, depth);
  }

  #tagged(type: number, depth: number): unknown {
    if (type === 0xc0) return null;
    if (type === 0xc2 || type === 0xc3) return type === 0xc3;
    if (type >= 0xc4 && type <= 0xc6) return this.#slice(this.#uint(1 << (type - 0xc4))).slice();
    if (type === 0xca) return this.#view.getFloat32(this.#take(4));
    if (type === 0xcb) return this.#view.getFloat64(this.#take(8));
    if (type >= 0xcc && type <= 0xcf) return this.#uint(1 << (type - 0xcc));
    if (type >= 0xd0 && type <= 0xd3) return this.#int(1 << (type - 0xd0));
    if (type >= 0xd9 && type <= 0xdb) return this.#string(this.#uint(1 << (type - 0xd9)));
    if (type === 0xdc || type === 0xdd) return this.#array(this.#uint(2 << (type - 0xdc)), depth);
    if (type === 0xde || type === 0xdf) return this.#map(this.#uint(2 << (type - 0xde)), depth);
    return fail('unknown type');
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) fail('cut short');
    this.#at += length;
    return at;
  }

  #slice(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #uint(width: number): number {
    const at = this.#take(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at);
    if (width === 4) return this.#view.getUint32(at);
    return safe(this.#view.getBigUint64(at));
  }

  #int(width: number): number {
    const at = this.#take(width);
    if (width === 1) return this.#view.getInt8(at);
    if (width === 2) return this.#view.getInt16(at);
    if (width === 4) return this.#view.getInt32(at);
    return safe(this.#view.getBigInt64(at));
  }

  #string(length: number): string {
    return text.decode(this.#slice(length));
  }

  #array(length: number, depth: number): unknown[] {
    if (length > this.#bytes.length - this.#at) fail('cut short');
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) items.push(this.value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    if (2 * length > this.#bytes.length - this.#at) fail('cut short');
    const fields: Record<string, unknown> = {};
    for (let index = 0; index < length; index++) {
      const key = this.value(depth + 1);
      const value = this.value(depth + 1);
      if (typeof key !== 'string') fail('key is no string');
      // Assigning to `__proto__` would change what the object is.
      if (key !== '__proto__') fields[key as string] = value;
    }
    return fields;
  }
}

const safe = (big: bigint): number => {
  const number = Number(big);
  return Number.isSafeInteger(number) ? number : fail('integer beyond 2^53');
};

class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  value(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) fail('too deep');
    if (value === null || value === undefined) this.#put(0xc0);
    else if (typeof value === 'boolean') this.#put(value ? 0xc3 : 0xc2);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#string(value);
    else if (value instanceof Uint8Array) {
      this.#head(value.length, 0, 0, 0xc4, 0xc5);
      this.#raw(value);
    } else if (Array.isArray(value)) {
      this.#head(value.length, 0x90, 16, 0, 0xdc);
      for (const item of value) this.value(item, depth + 1);
    } else if (typeof value === 'object') this.#map(value, depth);
    else fail('cannot be written');
  }

  #map(value: object, depth: number): void {
    const fields = Object.entries(value).filter((field) => field[1] !== undefined);
    this.#head(fields.length, 0x80, 16, 0, 0xde);
    for (const [key, field] of fields) {
      this.#string(key);
      this.value(field, depth + 1);
    }
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return this.#float(value);
    if (value >= -32 && value < 0x80) return this.#put(value & 0xff);
    const isNegative = value < 0;
    const type = isNegative ? 0xd0 : 0xcc;
    const reach = isNegative ? -2 * (value + 1) + 1 : value;
    if (reach < 0x100) this.#put(type, value, 1);
    else if (reach < 0x10000) this.#put(type + 1, value, 2);
    else if (reach < 0x100000000) this.#put(type + 2, value, 4);
    else {
      this.#put(type + 3);
      const at = this.#room(8);
      this.#view.setBigInt64(at, BigInt(value));
    }
  }

  #float(value: number): void {
    if (Math.fround(value) === value || Number.isNaN(value)) {
      this.#put(0xca);
      const at = this.#room(4);
      this.#view.setFloat32(at, value);
    } else {
      this.#put(0xcb);
      const at = this.#room(8);
      this.#view.setFloat64(at, value);
    }
  }

  #string(value: string): void {
    const bytes = utf8.encode(value);
    this.#head(bytes.length, 0xa0, 32, 0xd9, 0xda);
    this.#raw(bytes);
  }

  /** Length of a string, binary, array or map: in the type byte when it is below `limit`, else behind it. */
  #head(length: number, short: number, limit: number, type8: number, type16: number): void {
    if (length < limit) this.#put(short | length);
    else if (type8 > 0 && length < 0x100) this.#put(type8, length, 1);
    else if (length < 0x10000) this.#put(type16, length, 2);
    else this.#put(type16 + 1, length, 4);
  }

  #put(type: number, value = 0, width = 0): void {
    // `#room` may replace the view: the place is asked for before the view is read.
    const at = this.#room(1 + width);
    this.#view.setUint8(at, type);
    if (width === 1) this.#view.setUint8(at + 1, value);
    else if (width === 2) this.#view.setUint16(at + 1, value);
    else if (width === 4) this.#view.setUint32(at + 1, value);
  }

  #raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #room(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, at + length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#at = at + length;
    return at;
  }
}
