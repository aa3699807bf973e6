/**
 * TIME and chance, handed in: nothing else in this library reads a clock, sets a timer or rolls a die.
 */

/** What tells the time. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Calls `action` once after `ms`; the returned function prevents it. */
  after(ms: number, action: () => void): () => void;
}

/** A number from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** Longest delay that timers of browsers hold. */
const LONGEST_MS = 2_147_483_647;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, Math.min(Math.max(0, ms), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** One timer that is set anew again and again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #action: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, action: () => void) {
    this.#clock = clock;
    this.#action = action;
  }

  /** True while it is going to ring. */
  get isSet(): boolean {
    return this.#cancel !== undefined;
  }

  /** Rings once after `ms`, instead of whenever it was going to. */
  set(ms: number): void {
    this.clear();
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      this.#action();
    });
  }

  /** Does not ring. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/**
 * Full jitter: a random wait below a bound that doubles with every attempt (0, 1, 2, …), from the first attempt on, so
 * that clients which lost the same hub do not come back together.
 */
export const backoff = (attempt: number, random: Random, baseMs = 300, capMs = 20_000): number =>
  Math.round(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16)));
