/**
 * WHAT HAPPENS in a topic, to be read in a loop: the whole first, then every event after it, in order and once.
 *
 * Invariants: the whole and the events after it lead to the state of the topic; a reader that is slow costs a bounded number of
 * events, because past the bound all that waits gives way to one `gap`, which carries the whole; nothing is left out
 * without one; each reader has a bound of its own; of a reader that has ended nothing is left behind, and of a topic that was
 * denied nothing is read any more.
 * Does not: keep a state of its own, or ask the hub for anything but the topic.
 */
import type { Core } from './core.js';
import { BedsideError } from './errors.js';
import type { Following } from './following.js';
import type { Event, Fault, Topic, TopicState } from './protocol.gen.js';

/** The whole of a topic. */
export type StateOf<T extends Topic> = T extends `${infer K}:${string}`
  ? Extract<TopicState, { kind: K }>
  : never;

/**
 * Why events are not told one by one: `slow` when more of them waited for this reader than may, `anew` when what happened is
 * not known here either, as after a long absence, and the hub told the whole.
 */
export type GapCause = 'slow' | 'anew';

/** What is read of a topic. */
export type Change<T extends Topic = Topic> =
  /** The whole, where reading begins. */
  | { readonly kind: 'state'; readonly state: StateOf<T> }
  /** What happened next. `reduce` makes the next state of it. */
  | { readonly kind: 'event'; readonly event: Event }
  /** What happened and was not read before this is not told any more: go on from this state. */
  | { readonly kind: 'gap'; readonly cause: GapCause; readonly state: StateOf<T> };

/** How changes are read. */
export interface ChangesOptions {
  /** Ends the loop. */
  signal?: AbortSignal;
  /** Events that wait at most, from 1 to {@link MOST_WAITING}; {@link WAITING} when absent. */
  limit?: number;
}

/** One reader of a topic. */
export interface Changes<T extends Topic = Topic>
  extends AsyncIterableIterator<Change<T>, undefined> {
  /** The next change, as soon as there is one. Rejects once, with a {@link BedsideError}, when the topic is denied. */
  next(): Promise<IteratorResult<Change<T>, undefined>>;
  /** Reads no more. */
  return(): Promise<IteratorReturnResult<undefined>>;
}

/**
 * Events that wait for one reader. What was missed in an absence comes in pages of up to so many, a page at once: whoever
 * reads along is told each of them.
 */
export const WAITING = 256;
/** Whatever a caller asks for: so much does a reader that stands still cost at most, and what is older is better read as a whole. */
export const MOST_WAITING = 4_096;

/**
 * Follows a topic and reads what happens in it. Following begins with the first `next` and ends with the loop: by `break`,
 * by the signal, and when everything is forgotten, as by a sign-out.
 *
 * @throws BedsideError while it is read, when the topic is denied.
 */
export const changes = <T extends Topic>(
  client: Pick<Core, 'follow'>,
  topic: T,
  options: ChangesOptions = {},
): Changes<T> => new Reader(() => client.follow(topic), options);

interface Asking<T extends Topic> {
  readonly resolve: (result: IteratorResult<Change<T>, undefined>) => void;
  readonly reject: (error: BedsideError) => void;
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

class Reader<T extends Topic> implements Changes<T> {
  readonly #follow: () => Following;
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  #phase: 'new' | 'begun' | 'ended' = 'new';
  /** The state after everything that was told so far. */
  #state: TopicState | null = null;
  /** The state is what is read next, and this is why. */
  #whole: 'state' | GapCause | undefined;
  #hasState = false;
  #waiting: Event[] = [];
  #asking: Asking<T>[] = [];
  /** Why it has ended, until somebody was told. */
  #fault: Fault | null = null;
  #cleanups: (() => void)[] = [];

  constructor(follow: () => Following, { signal, limit = WAITING }: ChangesOptions) {
    this.#follow = follow;
    this.#signal = signal;
    // What is no number is the least: a bound that cannot be reached is none.
    this.#limit = limit >= 1 ? Math.min(Math.trunc(limit), MOST_WAITING) : 1;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Change<T>, undefined>> {
    return new Promise((resolve, reject) => {
      this.#asking.push({ resolve, reject });
      if (this.#phase === 'new') this.#begin();
      else this.#give();
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    return Promise.resolve(END);
  }

  #begin(): void {
    if (this.#signal?.aborted) return this.#end();
    this.#phase = 'begun';
    const following = this.#follow();
    const abort = (): void => this.#end();
    this.#signal?.addEventListener('abort', abort);
    this.#cleanups = [
      following.onChange((event) => this.#heard(following, event)),
      () => following.stop(),
      () => this.#signal?.removeEventListener('abort', abort),
    ];
    this.#anew(following.state.get());
    // An event whose state is just being told is in that state already.
    queueMicrotask(() => this.#give());
  }

  #heard(following: Following, event: Event | undefined): void {
    // It may have ended by what another listener did about the same thing.
    if (this.#phase === 'ended') return;
    const state = following.state.get();
    if (!state) return this.#end(following.fault.get());
    if (!event) this.#anew(state);
    else this.#happened(state, event);
    this.#give();
  }

  /** No event leads to this state. */
  #anew(state: TopicState | null): void {
    this.#state = state;
    this.#waiting = [];
    if (state) this.#whole ??= this.#hasState ? 'anew' : 'state';
  }

  #happened(state: TopicState, event: Event): void {
    this.#state = state;
    // The state that is read next has it.
    if (this.#whole) return;
    if (this.#waiting.length < this.#limit) {
      this.#waiting.push(event);
      return;
    }
    this.#waiting = [];
    this.#whole = 'slow';
  }

  /** Gives to those who ask what there is. */
  #give(): void {
    while (this.#asking.length > 0) {
      const value = this.#take();
      if (!value && this.#phase !== 'ended') return;
      const asking = this.#asking.shift();
      if (value) asking?.resolve({ done: false, value });
      else if (this.#fault) asking?.reject(new BedsideError(this.#fault));
      else asking?.resolve(END);
      if (!value) this.#fault = null;
    }
  }

  #take(): Change<T> | undefined {
    const kind = this.#whole;
    if (!kind) {
      const event = this.#waiting.shift();
      return event && { kind: 'event', event };
    }
    this.#whole = undefined;
    this.#hasState = true;
    const state = this.#state as StateOf<T>;
    return kind === 'state' ? { kind, state } : { kind: 'gap', cause: kind, state };
  }

  /** What waits is not read any more. */
  #end(fault: Fault | null = null): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#fault = fault;
    this.#state = null;
    this.#whole = undefined;
    this.#waiting = [];
    for (const it of this.#cleanups) it();
    this.#cleanups = [];
    this.#give();
  }
}
