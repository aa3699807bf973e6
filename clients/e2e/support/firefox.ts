/** Firefox, an independent client: driven over WebDriver BiDi, with devices of its own making. */
import { existsSync } from 'node:fs';
import { expect } from '@playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

export const firefoxPath = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  process.env.FIREFOX ?? '',
].find((it) => existsSync(it));

export async function launchFirefox(path: string): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: path,
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      'media.gmp-manager.updateEnabled': false,
    },
  });
}

/**
 * Clicks the button with that name once it is there. The driver's own waiting needs `eval`, which the page's policy
 * refuses, and its click waits for frames that a busy machine lacks.
 */
export async function click(page: Page, name: string): Promise<void> {
  const press = () =>
    page.evaluate((wanted) => {
      const buttons = [...document.querySelectorAll('button')];
      const button = buttons.find((it) => it.innerText.trim() === wanted && !it.disabled);
      button?.click();
      return button !== undefined;
    }, name);
  await expect.poll(press, { message: `Firefox shows ${name}` }).toBe(true);
}

/** Waits for words on the page. */
export async function reads(page: Page, text: string): Promise<void> {
  const words = () => page.evaluate(() => document.body.innerText);
  await expect.poll(words, { timeout: 30_000 }).toContain(text);
}
