/** WHAT PEOPLE SEE AND HEAR of each other, measured in the page. */
import { expect, type Locator } from '@playwright/test';
import { measureTile, negotiations, type Reception, waysToOthers } from './probe.ts';
import { Writer } from './writing.ts';

/** Mean square of the fake device's beeps is above 1e-3; of a line without sound it is 0. */
const SILENCE = 1e-5;
/** How somebody was seen and heard. */
export interface Hearing {
  framesPerSecond: number;
  /** Shares of the sound packets, and of the sound with silence left out. */
  lost: number;
  madeUp: number;
  /** Most that was made up between two looks, which no single gap exceeds. */
  longestMs: number;
}

export class Witness extends Writer {
  tile(label: string): Locator {
    return this.page.locator(`video[data-participant][aria-label="${label}"]`);
  }

  /** What arrives of somebody, or of a screen, now. */
  receives(label: string): Promise<Reception | null> {
    return this.page.evaluate(measureTile, label);
  }

  /** Frames of the other are decoded and their beeps are heard, from now on and not only once. */
  async seesAndHears(other: { name: string }, within = 15_000): Promise<void> {
    await this.sees(other.name, within);
    await this.hears(other, within);
  }

  async sees(label: string, within = 15_000): Promise<void> {
    const count = async () => (await this.receives(label))?.frames ?? 0;
    await expect
      .poll(count, { message: `${this.name} sees ${label}`, timeout: within })
      .toBeGreaterThan(0);
    const before = await count();
    const more = async () => {
      const now = await count();
      // A new transport counts from the beginning.
      return now < before ? now : now - before;
    };
    await expect
      .poll(more, { message: `${this.name} goes on seeing ${label}`, timeout: within })
      .toBeGreaterThan(4);
  }

  async hears(other: { name: string }, within = 15_000): Promise<void> {
    const energy = async () => (await this.receives(other.name))?.energy ?? 0;
    const before = await energy();
    const more = async () => {
      const now = await energy();
      return now < before ? now : now - before;
    };
    await expect
      .poll(more, { message: `${this.name} hears ${other.name}`, timeout: within })
      .toBeGreaterThan(SILENCE);
  }

  /** For one beep and a half nothing is heard. */
  async hearsNothingOf(other: { name: string }): Promise<void> {
    const read = async () => (await this.receives(other.name)) ?? { energy: 0, samples: 0 };
    let before = await read();
    const quietFor = async () => {
      const now = await read();
      if (now.energy - before.energy > SILENCE) before = now;
      return (now.samples - before.samples) / 48_000;
    };
    await expect.poll(quietFor, `${this.name} hears nothing of ${other.name}`).toBeGreaterThan(1.5);
  }

  /** What arrives of somebody whose picture is there. */
  async receivesFrom(other: { name: string }): Promise<Reception> {
    const found = await this.receives(other.name);
    if (!found) throw new Error(`${this.name} has no picture of ${other.name}`);
    return found;
  }

  /** Watches until that many more frames came; what happened meanwhile. */
  async watches(other: { name: string }, frames: number): Promise<{ freezes: number }> {
    const before = await this.receivesFrom(other);
    const count = async () => (await this.receivesFrom(other)).frames - before.frames;
    await expect.poll(count, { timeout: 30_000 }).toBeGreaterThanOrEqual(frames);
    const after = await this.receivesFrom(other);
    return { freezes: after.freezes - before.freezes };
  }

  /** Listens for so many seconds of sound. */
  async listensTo(other: { name: string }, seconds: number): Promise<Hearing> {
    const first = await this.receivesFrom(other);
    const hearing: Hearing = { framesPerSecond: 0, lost: 0, madeUp: 0, longestMs: 0 };
    let last = first;
    const look = async () => {
      const now = await this.receivesFrom(other);
      hearing.longestMs = Math.max(hearing.longestMs, (now.concealed - last.concealed) / 48);
      last = now;
      // Sound comes evenly, so it is the clock of what is measured.
      return (now.samples - first.samples) / 48_000;
    };
    await expect
      .poll(look, { timeout: 3_000 * seconds, intervals: [100] })
      .toBeGreaterThan(seconds);
    hearing.framesPerSecond = (last.frames - first.frames) / seconds;
    hearing.lost =
      (last.lost - first.lost) / (last.lost + last.packets - first.lost - first.packets);
    hearing.madeUp = (last.concealed - first.concealed) / (last.samples - first.samples);
    return hearing;
  }

  /** Of all tiles that one has the most room. */
  async seesLargest(label: string): Promise<void> {
    const largest = () =>
      this.page.evaluate(() => {
        const areas = [...document.querySelectorAll('video[data-participant]')].map((it) => {
          const { width, height } = it.getBoundingClientRect();
          return { label: it.getAttribute('aria-label'), area: width * height };
        });
        return areas.sort((one, other) => other.area - one.area)[0]?.label;
      });
    await expect.poll(largest, `what ${this.name} sees largest`).toBe(label);
  }

  async seesCameraOff(other: { name: string }): Promise<void> {
    const tile = this.page.locator('figure', { hasText: other.name });
    await expect(tile.getByRole('img', { name: 'Camera off' })).toBeVisible();
  }

  /** The transport that is in use now ends; what is measured afterwards comes over another one. */
  async losesTheTransport(): Promise<void> {
    const joins = async () => (await this.negotiations()).offers.length;
    await expect.poll(joins, `${this.name} joins anew`).toBeGreaterThan(1);
  }

  async seesNobody(): Promise<void> {
    await expect(this.page.locator('video[data-participant]')).toHaveCount(0);
  }

  negotiations(): Promise<{ offers: number[]; renegotiations: number }> {
    return this.page.evaluate(negotiations);
  }

  waysToOthers() {
    return this.page.evaluate(waysToOthers);
  }

  /** One offer in the one connection of this page, and nothing that would need another. */
  async hasOfferedOnce(): Promise<void> {
    expect(await this.negotiations()).toEqual({ offers: [1], renegotiations: 0 });
  }
}
