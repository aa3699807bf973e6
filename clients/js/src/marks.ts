/**
 * HOW FAR this person got in a conversation, told to the hub: cumulative, gathered for a second, never going back, one
 * call at a time, and again when one was lost. What is gathered when the conversation is left is told at once.
 */
import { Alarm, type Clock } from './clock.js';
import { asError } from './errors.js';

/** Offsets of messages. */
export interface MarkOffsets {
  delivered?: number;
  displayed?: number;
}

/** Marks within this time are told by one call. */
export const MARKS_GATHER_MS = 1_000;
/** After a call that failed. */
const AGAIN_MS = 5_000;

/** The marks of one person in one conversation. */
export class Marks {
  readonly #tell: (marks: MarkOffsets) => Promise<unknown>;
  readonly #alarm: Alarm;
  readonly #wanted = { delivered: 0, displayed: 0 };
  readonly #told = { delivered: 0, displayed: 0 };
  #isLive = false;
  #isTelling = false;

  constructor(clock: Clock, tell: (marks: MarkOffsets) => Promise<unknown>) {
    this.#tell = tell;
    this.#alarm = new Alarm(clock, () => void this.#now());
  }

  /** What the hub knows. */
  known(marks: MarkOffsets): void {
    raise(this.#told, marks);
  }

  /** As far as this person got. */
  want(marks: MarkOffsets): void {
    raise(this.#wanted, marks);
    // What was displayed is here.
    raise(this.#wanted, { delivered: this.#wanted.displayed });
    this.#schedule(MARKS_GATHER_MS);
  }

  /** Whether the hub listens. */
  live(isLive: boolean): void {
    this.#isLive = isLive;
    this.#schedule(MARKS_GATHER_MS);
  }

  /** The person leaves: tells what was gathered, and nothing more until somebody wants something. */
  stop(): void {
    const isUntold = this.#isLive && this.#isNews();
    this.reset();
    if (isUntold) void this.#now();
  }

  /** Tells nothing of what was gathered. */
  reset(): void {
    this.#isLive = false;
    this.#alarm.clear();
  }

  #isNews(): boolean {
    return Object.keys(this.#news()).length > 0;
  }

  #news(): MarkOffsets {
    const news: MarkOffsets = {};
    for (const kind of ['delivered', 'displayed'] as const) {
      if (this.#wanted[kind] > this.#told[kind]) news[kind] = this.#wanted[kind];
    }
    return news;
  }

  #schedule(ms: number): void {
    const isFree = this.#isLive && !this.#isTelling && !this.#alarm.isSet;
    if (isFree && this.#isNews()) this.#alarm.set(ms);
  }

  async #now(): Promise<void> {
    const news = this.#news();
    let isTold = true;
    this.#isTelling = true;
    try {
      await this.#tell(news);
      raise(this.#told, news);
    } catch (thrown) {
      // What is refused for good is not asked again.
      isTold = asError(thrown).retry === 'never';
      if (isTold) raise(this.#told, news);
    }
    this.#isTelling = false;
    this.#schedule(isTold ? MARKS_GATHER_MS : AGAIN_MS);
  }
}

const raise = (marks: { delivered: number; displayed: number }, by: MarkOffsets): void => {
  marks.delivered = Math.max(marks.delivered, by.delivered ?? 0);
  marks.displayed = Math.max(marks.displayed, by.displayed ?? 0);
};
