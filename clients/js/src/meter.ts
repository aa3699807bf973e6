/** THE METER of the own link: takes a sample every two seconds while media flows, and tells the hub now and then. */
import { Alarm, type Clock } from './clock.js';
import type { Peer } from './peer.js';
import {
  type Quality,
  qualityOf,
  type Report,
  reportOf,
  type Sample,
  sampleOf,
} from './quality.js';
import { Cell } from './store.js';

/** What the meter needs. */
export interface MeterEnvironment {
  readonly clock: Clock;
  /** The peer connection, while it is connected. */
  readonly peer: () => Peer | undefined;
  /** Whether the SFU holds a picture back for want of bandwidth. */
  readonly isPaused: () => boolean;
  readonly report: (report: Report) => Promise<unknown>;
}

const EVERY_MS = 2_000;
/** The hub is told every so many samples. */
const REPORT_EVERY = 3;

/** The meter of one visit. */
export class Meter {
  readonly quality = new Cell<Quality | null>(null);
  readonly #environment: MeterEnvironment;
  readonly #alarm: Alarm;
  #sample: Sample | undefined;
  #count = 0;

  constructor(environment: MeterEnvironment) {
    this.#environment = environment;
    this.#alarm = new Alarm(environment.clock, () => {
      this.#alarm.set(EVERY_MS);
      // Statistics that cannot be had, and reports that do not arrive, are followed by others.
      this.#take().catch(() => undefined);
    });
  }

  /** Measures from now on. */
  start(): void {
    this.#sample = undefined;
    this.#alarm.set(EVERY_MS);
  }

  /** Measures no more. */
  stop(): void {
    this.#alarm.clear();
    this.#forget();
  }

  #forget(): void {
    this.#sample = undefined;
    this.quality.set(null);
  }

  async #take(): Promise<void> {
    const { clock, peer, isPaused, report } = this.#environment;
    const measured = peer();
    if (!measured) return this.#forget();
    const now = sampleOf(await measured.stats(), clock.now());
    if (measured !== peer()) return;
    const before = this.#sample;
    this.#sample = now;
    if (!before) return;
    const quality = qualityOf(before, now, isPaused());
    this.quality.set(quality);
    this.#count += 1;
    if (this.#count % REPORT_EVERY === 0) await report(reportOf(quality, now));
  }
}
