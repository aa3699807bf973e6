/** A CHECK of the network before a visit: a verdict with its reason within five seconds. */
import type { DeviceVerdict } from './protocol.gen.js';

/** What the check found. */
export interface NetworkCheck {
  readonly verdict: Extract<DeviceVerdict, 'good' | 'poor' | 'failed'>;
  readonly reason: 'good' | 'slow' | 'lossy' | 'unreachable';
  /** Of the quickest answers; 0 when there was none. */
  readonly roundTripMs: number;
  /** Towards this machine; 0 when nothing arrived. */
  readonly kbps: number;
}

/** What the check needs, for tests. */
export interface NetworkEnvironment {
  /** How HTTP is asked. */
  readonly fetch: typeof fetch;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

const WITHIN_MS = 5_000;
const PINGS = 6;
const BULK_BYTES = 131_072;
/** Enough for the smallest picture and sound. */
const SLOW_KBPS = 400;
const SLOW_ROUND_TRIP_MS = 400;
/** A repeated packet costs about this many round trips: answers spread so far apart speak of loss. */
const SPREAD = 4;
const SPREAD_AT_LEAST_MS = 200;

const browser: NetworkEnvironment = {
  fetch: (input, init) => globalThis.fetch(input, init),
  now: () => performance.now(),
};

/** Asks the hub for a few bytes several times, then for many. Never rejects, unless `signal` is aborted. */
export const networkCheck = async (
  origin: string,
  signal?: AbortSignal,
  environment: NetworkEnvironment = browser,
): Promise<NetworkCheck> => {
  const { fetch, now } = environment;
  const within = AbortSignal.timeout(WITHIN_MS);
  const either = signal ? AbortSignal.any([signal, within]) : within;
  const probe = async (bytes: number): Promise<number> => {
    const begin = now();
    const response = await fetch(`${origin}/v1/network-probe?bytes=${bytes}`, {
      cache: 'no-store',
      credentials: 'omit',
      signal: either,
    });
    const body = await response.arrayBuffer();
    if (!response.ok || body.byteLength < bytes) throw new Error('The probe was not answered.');
    return now() - begin;
  };
  const answers: number[] = [];
  let failures = 0;
  // The first one also opens the connection, and is not counted.
  for (let index = 0; index <= PINGS && !either.aborted; index++) {
    try {
      const took = await probe(1);
      if (index > 0) answers.push(took);
    } catch {
      failures += 1;
    }
  }
  const bulk = await probe(BULK_BYTES).catch(() => undefined);
  signal?.throwIfAborted();
  return judge(answers, failures, bulk);
};

/** Judges what was measured: milliseconds of the small answers, and of the large one if it came. */
export const judge = (
  answers: readonly number[],
  failures: number,
  bulkMs: number | undefined,
): NetworkCheck => {
  const sorted = [...answers].sort((one, other) => one - other);
  const quickest = sorted[0];
  const median = sorted[Math.floor(sorted.length / 2)];
  const slowest = sorted.at(-1);
  if (quickest === undefined || median === undefined || slowest === undefined) {
    return { verdict: 'failed', reason: 'unreachable', roundTripMs: 0, kbps: 0 };
  }
  // The large answer took one round trip before its first byte.
  const transferMs = bulkMs === undefined ? undefined : Math.max(1, bulkMs - quickest);
  const kbps = transferMs === undefined ? 0 : Math.round((BULK_BYTES * 8) / transferMs);
  const measured = { roundTripMs: Math.round(median), kbps };
  if (failures > 0 || slowest > Math.max(SPREAD * median, median + SPREAD_AT_LEAST_MS)) {
    return { verdict: 'poor', reason: 'lossy', ...measured };
  }
  if (kbps < SLOW_KBPS || median > SLOW_ROUND_TRIP_MS) {
    return { verdict: 'poor', reason: 'slow', ...measured };
  }
  return { verdict: 'good', reason: 'good', ...measured };
};
