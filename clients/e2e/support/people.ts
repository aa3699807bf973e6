/** PEOPLE and what they do and see. A sentence of a story is a method here; what it waits for is a condition. */
import { AxeBuilder } from '@axe-core/playwright';
import { type BrowserContext, expect, type Locator, type Page } from '@playwright/test';
import type { PlannedVisit } from './hub.ts';
import {
  drawnScreen,
  everythingInTheOutbox,
  everythingKept,
  installProbe,
  measureTile,
  negotiations,
  type Reception,
  waysToOthers,
} from './probe.ts';

/** Mean square of the fake device's beeps is above 1e-3; of a line without sound it is 0. */
const SILENCE = 1e-5;
/** A patient on a small telephone: nothing may need more width than that. */
const PHONE = { width: 360, height: 740 };

/** How somebody was seen and heard. */
export interface Hearing {
  framesPerSecond: number;
  /** Shares of the sound packets, and of the sound with silence left out. */
  lost: number;
  madeUp: number;
  /** Most that was made up between two looks, which no single gap exceeds. */
  longestMs: number;
}

export class Person {
  readonly page: Page;
  readonly name: string;
  /** What must never happen in a page, with where it happened. */
  readonly troubles: string[] = [];
  /** What the hub has sent to this page. */
  readonly heard: Buffer[] = [];
  readonly #context: BrowserContext;

  private constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.page = page;
    this.#context = context;
  }

  static async arrives(name: string, context: BrowserContext): Promise<Person> {
    const page = await context.newPage();
    const person = new Person(name, context, page);
    await context.exposeBinding('reportViolation', (_source, text: string) => {
      person.troubles.push(`policy violated: ${text}`);
    });
    await context.addInitScript(installProbe);
    page.on('pageerror', (error) => person.troubles.push(`error in the page: ${error.stack}`));
    page.on('console', (message) => {
      // The browser itself writes a line for each failed request; stories of broken networks have many.
      const isOfTheNetwork = /Failed to load resource|WebSocket connection/.test(message.text());
      if (message.type() === 'error' && !isOfTheNetwork) {
        person.troubles.push(`console: ${message.text()}`);
      }
    });
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => person.heard.push(Buffer.from(payload)));
    });
    return person;
  }

  async goesAway(): Promise<void> {
    await this.#context.close();
  }

  // ---- getting in

  /** Opens a join link and lands before its one button. */
  async opensTheLink(url: string): Promise<void> {
    await this.page.goto(url);
    await expect(this.button('Continue')).toBeVisible();
  }

  async continues(): Promise<void> {
    await this.button('Continue').click();
    await expect(this.heading('Check your device')).toBeVisible();
  }

  /** Waits until the check has said all it has to say, and goes on. */
  async passesTheCheck(): Promise<void> {
    await this.seesTheCheckDone();
    await this.page.getByRole('button', { name: /^Enter (waiting room|the visit)$/ }).click();
  }

  async seesTheCheckDone(): Promise<void> {
    await expect(this.page.locator('video[data-own]')).toBeVisible();
    await expect(this.page.getByText('We can hear you.')).toBeVisible();
    await expect(this.page.getByText(/^(Good|Slow|Unsteady): /)).toBeVisible();
  }

  /** From the link to the waiting room, or to the visit for those who need no admission. */
  async comesByLink(url: string): Promise<void> {
    await this.opensTheLink(url);
    await this.continues();
    await this.passesTheCheck();
  }

  async signsIn(account: { email: string; password: string }, url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.getByLabel('E-mail').fill(account.email);
    await this.page.getByLabel('Password', { exact: true }).fill(account.password);
    await this.button('Sign in').click();
    await expect(this.button('Sign in')).toBeHidden();
  }

  async signsOut(): Promise<void> {
    await this.page.getByRole('button', { name: `Menu of ${this.name}` }).click();
    await this.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(this.heading('Sign in')).toBeVisible();
  }

  // ---- where they are
  async waits(clinician: string): Promise<void> {
    await expect(this.heading(`You will see ${clinician}`)).toBeVisible();
  }

  async waitsAgain(): Promise<void> {
    await expect(this.heading('One moment, please')).toBeVisible();
  }

  async isInTheVisit(): Promise<void> {
    await expect(this.page.getByRole('toolbar', { name: 'Your controls' })).toBeVisible();
  }

  async reads(title: string | RegExp): Promise<void> {
    await expect(this.page.getByRole('heading', { name: title })).toBeVisible();
  }

  /** A guest whose invitation ended sees words about it and nothing of the visit. */
  async isToldOfTheWithdrawal(): Promise<void> {
    await expect(this.heading('Your invitation was withdrawn')).toBeVisible();
  }

  async readsTheNotice(text: string): Promise<void> {
    await expect(this.page.getByTestId('notice')).toHaveText(text);
  }

  // ---- the clinician

  /** The clinician admits somebody whose request stands in the panel. */
  async admits(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Admit ${whom.name}` }).click();
  }

  async sendsBack(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Send back ${whom.name}` }).click();
  }

  async mutes(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Mute ${whom.name}` }).click();
  }

  /** Makes a guest's link. */
  async invites(role: string, name: string): Promise<string> {
    await this.button('Invite').click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Role').selectOption({ label: role });
    await dialog.getByLabel('Name, as everybody will see it').fill(name);
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const link = await dialog.getByTestId('link').inputValue();
    await this.page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    return link;
  }

  async withdraws(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Withdraw ${whom.name}` }).click();
    await this.page.getByTestId('confirm').click();
  }

  async endsTheVisit(): Promise<void> {
    await this.button('End visit').click();
    await this.page.getByTestId('confirm').click();
  }

  /** Whatever screen this person is asked for: a drawn one, so that no test depends on what the machine shows. */
  async hasAScreenToShare(): Promise<void> {
    await this.page.addInitScript(drawnScreen);
  }

  async sharesTheScreen(): Promise<void> {
    await this.button('Share screen').click();
    await expect(this.button('Stop sharing')).toBeVisible();
  }

  async stopsSharing(): Promise<void> {
    await this.button('Stop sharing').click();
    await expect(this.button('Share screen')).toBeVisible();
  }

  // ---- writing

  /** The field of the open thread. */
  field(): Locator {
    return this.page.getByRole('textbox', { name: 'Your message' });
  }

  async seesTheThread(): Promise<void> {
    await expect(this.page.getByTestId('thread')).toBeVisible();
    await expect(this.page.getByTestId('thread')).not.toHaveAttribute('aria-busy', 'true');
    await expect(this.field()).toBeVisible();
  }

  /** Puts words into the field, and does not send them. */
  async begins(text: string): Promise<void> {
    await this.field().fill(text);
  }

  /** Writes a message and sends it with the button. */
  async writes(text: string): Promise<void> {
    await this.begins(text);
    await this.button('Send').click();
    await expect(this.field()).toHaveValue('');
  }

  /** Words in the open thread. */
  inTheThread(text: string | RegExp): Locator {
    return this.page.getByTestId('thread').getByText(text);
  }

  /** How far this person's last message got. */
  async seesTheState(state: 'Sent' | 'Delivered' | 'Read'): Promise<void> {
    await expect(this.page.locator('[data-state]').getByText(state).last()).toBeVisible();
  }

  /** Exactly these messages stand in the open thread, in this order, each once. */
  async hasReadInOrder(beginnings: readonly string[]): Promise<void> {
    const texts = this.page.getByTestId('thread').locator('[dir="auto"]');
    await expect(texts).toHaveText(beginnings.map((it) => new RegExp(`^${it}`)));
  }

  /** What lies in the browser's database of messages that wait: rows, and keys by their names. */
  everythingInTheOutbox(): Promise<string> {
    return this.page.evaluate(everythingInTheOutbox);
  }

  // ---- seeing and hearing

  tile(label: string): Locator {
    return this.page.locator(`video[data-participant][aria-label="${label}"]`);
  }

  /** What arrives of somebody, or of a screen, now. */
  receives(label: string): Promise<Reception | null> {
    return this.page.evaluate(measureTile, label);
  }

  /** Frames of the other are decoded and their beeps are heard, from now on and not only once. */
  async seesAndHears(other: Person, within = 15_000): Promise<void> {
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
  async hearsNothingOf(other: Person): Promise<void> {
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
  async receivesFrom(other: Person): Promise<Reception> {
    const found = await this.receives(other.name);
    if (!found) throw new Error(`${this.name} has no picture of ${other.name}`);
    return found;
  }

  /** Watches until that many more frames came; what happened meanwhile. */
  async watches(other: Person, frames: number): Promise<{ freezes: number }> {
    const before = await this.receivesFrom(other);
    const count = async () => (await this.receivesFrom(other)).frames - before.frames;
    await expect.poll(count, { timeout: 30_000 }).toBeGreaterThanOrEqual(frames);
    const after = await this.receivesFrom(other);
    return { freezes: after.freezes - before.freezes };
  }

  /** Listens for so many seconds of sound. */
  async listensTo(other: Person, seconds: number): Promise<Hearing> {
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

  async seesCameraOff(other: Person): Promise<void> {
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

  // ---- what must hold on every screen

  negotiations(): Promise<{ offers: number[]; renegotiations: number }> {
    return this.page.evaluate(negotiations);
  }

  waysToOthers() {
    return this.page.evaluate(waysToOthers);
  }

  everythingKept(): Promise<string> {
    return this.page.evaluate(everythingKept);
  }

  /** One offer in the one connection of this page, and nothing that would need another. */
  async hasOfferedOnce(): Promise<void> {
    expect(await this.negotiations()).toEqual({ offers: [1], renegotiations: 0 });
  }

  /** No finding of axe on the screen as it is now, and nothing wider than a small telephone. */
  async findsTheScreenFit(): Promise<void> {
    await this.page.evaluate(() => document.fonts.ready);
    const axe = new AxeBuilder({ page: this.page }).setLegacyMode(true);
    const { violations } = await axe.analyze();
    const findings = violations.map(
      (it) => `${it.id}: ${it.nodes.map((node) => node.html).join(' | ')}`,
    );
    expect(findings, `axe on ${this.page.url()}`).toEqual([]);
  }

  /** Makes the window as narrow as a small telephone and looks for what sticks out. */
  async fitsOnAPhone(): Promise<void> {
    const before = this.page.viewportSize();
    await this.page.setViewportSize(PHONE);
    const widest = () =>
      this.page.evaluate(() => {
        const page = document.documentElement;
        const beyond = [...document.querySelectorAll('body *')].filter(
          (it) => it.getBoundingClientRect().right > page.clientWidth + 1,
        );
        return page.scrollWidth > page.clientWidth
          ? beyond.map((it) => `${it.tagName} ${it.className}`)
          : [];
      });
    await expect.poll(widest, `what sticks out of ${this.page.url()} on a phone`).toEqual([]);
    if (before) await this.page.setViewportSize(before);
  }

  /** Tab after tab, until the focus, which must be visible, is on the button with that name. */
  async reachesByTab(name: string): Promise<void> {
    const target = this.button(name);
    await expect(target).toBeVisible();
    for (let presses = 0; presses < 40; presses += 1) {
      await this.page.keyboard.press('Tab');
      if (!(await target.evaluate((it) => it === document.activeElement))) continue;
      const outline = await target.evaluate((it) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(it);
        return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
      });
      expect(outline, `the focus on ${name} is visible`).toBe(true);
      return;
    }
    throw new Error(`${name} can not be reached by the Tab key`);
  }

  /** The same for anything, without going farther than the page is long. */
  async tabsTo(what: string | RegExp | Locator): Promise<void> {
    const isNamed = typeof what === 'string' || what instanceof RegExp;
    const exact = typeof what === 'string' ? { exact: true } : {};
    const target = isNamed ? this.page.getByRole('button', { name: what, ...exact }).first() : what;
    await expect(target).toBeVisible();
    for (let presses = 0; presses < 80; presses += 1) {
      if (await target.evaluate((it) => it === document.activeElement)) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`${what} can not be reached by the Tab key`);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true });
  }
}

/** Both come by link and the clinician lets the patient in. */
export async function meet(visit: PlannedVisit, patient: Person, clinician: Person): Promise<void> {
  await patient.comesByLink(await visit.patientLink());
  await patient.waits(clinician.name);
  await clinician.comesByLink(await visit.clinicianLink());
  await clinician.isInTheVisit();
  await clinician.admits(patient);
  await patient.isInTheVisit();
}
