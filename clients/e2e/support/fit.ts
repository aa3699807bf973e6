/** WHAT MUST HOLD ON EVERY SCREEN: it can be read, reached and used, on a telephone and by keyboard alone. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator } from '@playwright/test';
import { Reader } from './page.ts';

const DESK = { width: 1280, height: 800 };
/** A patient on a small telephone: nothing may need more width than that. */
const PHONE = { width: 360, height: 740 };
/** Each width and each scheme once: colours do not depend on the width, and what is where does not depend on colours. */
const LOOKS = [
  [DESK, 'light'],
  [PHONE, 'dark'],
] as const;
/** What stands where something is still to come. */
const TO_COME = '[role="status"][aria-label="Loading"], [aria-busy="true"]';

export class Critic extends Reader {
  /** No finding of axe on the screen as it is now. */
  async findsTheScreenFit(): Promise<void> {
    expect(await this.#findings(), `axe on ${this.page.url()}`).toEqual([]);
  }

  async #findings(isOver = false): Promise<string[]> {
    await this.page.evaluate(() => document.fonts.ready);
    const axe = new AxeBuilder({ page: this.page })
      .setLegacyMode(true)
      .options({ resultTypes: ['violations'] });
    if (isOver) axe.include('[role="dialog"]');
    const { violations } = await axe.analyze();
    return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(' | ')}`);
  }

  /** Goes to another page within this tab, as a link does, and waits until all of it is there. */
  async goesTo(address: string): Promise<void> {
    await this.page.evaluate((to) => {
      history.pushState(null, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
    }, address);
    await this.seesItWhole();
  }

  /** It has its title, nothing of it is still to come, and nothing moves. */
  async seesItWhole(): Promise<void> {
    await expect(this.page.locator('h1').first()).toBeAttached();
    await expect(this.page.locator(TO_COME)).toHaveCount(0);
    let before = '';
    const isStill = async () => {
      const now = await this.page.locator('body').innerHTML();
      const isSame = now === before;
      before = now;
      return isSame;
    };
    await expect.poll(isStill, { intervals: [100] }).toBe(true);
  }

  /** What every page has once, and what no width and no colour scheme may break. All that is wrong is told, not the first of it. */
  async findsThePageFit(): Promise<void> {
    const where = this.page.url();
    for (const [size, scheme] of LOOKS) {
      await this.page.setViewportSize(size);
      await this.#looksIn(scheme);
      await expect
        .soft(this.page.getByRole('heading', { level: 1 }), `h1 of ${where}`)
        .toHaveCount(1);
      await expect.soft(this.page.getByRole('main'), `main of ${where}`).toHaveCount(1);
      const found = await this.#findings();
      expect.soft(found, `axe on ${where}, ${size.width} wide, ${scheme}`).toEqual([]);
    }
    await this.fitsOnAPhone();
    await this.page.setViewportSize(DESK);
  }

  /**
   * What a press has opened, each of both widths in one of the schemes. What is behind a dialog was looked at before.
   */
  async findsWhatOpenedFit(): Promise<void> {
    await this.seesItWhole();
    const isOver = (await this.page.getByRole('dialog').count()) > 0;
    for (const [size, scheme] of LOOKS) {
      await this.page.setViewportSize(size);
      await this.#looksIn(scheme);
      const where = `axe over ${this.page.url()}, ${size.width} wide, ${scheme}`;
      expect.soft(await this.#findings(isOver), where).toEqual([]);
    }
    await this.fitsOnAPhone();
    await this.page.setViewportSize(DESK);
  }

  async #looksIn(colorScheme: 'light' | 'dark'): Promise<void> {
    await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const root = this.page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`);
    await expect(root).toBeAttached();
    await this.#settles();
  }

  /** What goes over from one colour or place to another has arrived; what turns for ever is not waited for. */
  async #settles(): Promise<void> {
    await this.page.evaluate(async () => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      await frame();
      await frame();
      const ends = document
        .getAnimations()
        .filter((it) => it.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
      await Promise.allSettled(ends.map((it) => it.finished));
    });
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
}
