/** WHAT MUST HOLD ON EVERY SCREEN: it can be read, reached and used, on a telephone and by keyboard alone. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator } from '@playwright/test';
import { Reader } from './page.ts';

/** A patient on a small telephone: nothing may need more width than that. */
const PHONE = { width: 360, height: 740 };

export class Critic extends Reader {
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
}
