/** Firefox, an independent client: driven over WebDriver BiDi, with devices of its own making. */
import { existsSync } from 'node:fs';
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

/** Clicks the button with that name once it is there. The driver's own click waits for frames that a busy machine lacks. */
export async function click(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const buttons = [...document.querySelectorAll('button')];
      const button = buttons.find((it) => it.innerText.trim() === wanted && !it.disabled);
      button?.click();
      return button !== undefined;
    },
    { polling: 200 },
    name,
  );
}

/** Waits for words on the page. */
export async function reads(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.body.innerText.includes(wanted),
    { polling: 200 },
    text,
  );
}
