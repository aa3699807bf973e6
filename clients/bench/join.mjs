/**
 * JOINS WITH A BROWSER, for `bedside bench join`: Chromium with its fake camera and microphone, through the built portals.
 *
 * Reads `{url, host, guests}` (join links) from its input. The clinician comes first and stays; then one patient after the
 * other, each in a browser context of its own. What is measured starts with the click that leaves the device check, so
 * devices are open, and ends with the first packet of sound and the first decoded frame. Prints one JSON object:
 * `{version, audio_ms, frame_ms}`.
 */
import { text } from 'node:stream/consumers';
import { chromium } from 'playwright-core';

const SLOW_MS = 30_000;
const LEAVING_MS = 500;

const task = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
  ],
});
try {
  const spans = { audio_ms: [], frame_ms: [] };
  const host = await comes(task.host);
  await inTheVisit(host);
  for (const link of task.guests) {
    const page = await comes(link);
    const { audio, frame } = await page.evaluate(firstArrivals);
    spans.audio_ms.push(audio);
    spans.frame_ms.push(frame);
    await page.getByRole('button', { name: 'Leave', exact: true }).first().click();
    await page.getByRole('toolbar', { name: 'Your controls' }).waitFor({ state: 'hidden' });
    // The page shows that at once; a goodbye that is still on its way when the page closes is lost, and the next one
    // would be let straight in, without the click that is measured.
    await page.waitForTimeout(LEAVING_MS);
    await page.context().close();
  }
  process.stdout.write(JSON.stringify({ version: browser.version(), ...spans }));
} finally {
  await browser.close();
}

/** From the link through the device check, up to the click that enters. */
async function comes(link) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(SLOW_MS);
  await page.addInitScript(watch);
  await page.goto(link);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByText('We can hear you.').waitFor();
  await page.getByText(/^(Good|Slow|Unsteady): /).waitFor();
  await page.getByRole('button', { name: /^Enter (waiting room|the visit)$/ }).click();
  return page;
}

async function inTheVisit(page) {
  await page.getByRole('toolbar', { name: 'Your controls' }).waitFor();
}

/** Runs before any script of the page: notes the last click, the first packet of sound and the first decoded frame. */
function watch() {
  const seen = { click: 0, audio: 0, frame: 0 };
  window.bench = seen;
  addEventListener(
    'click',
    () => {
      seen.click = performance.now();
    },
    true,
  );
  const firstFrame = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const { value } = await reader.read();
    seen.frame ||= performance.now();
    value?.close();
    await reader.cancel();
  };
  const firstSound = (receiver) => {
    const look = setInterval(() => {
      if (receiver.getSynchronizationSources().length === 0 && !seen.audio) return;
      seen.audio ||= performance.now();
      clearInterval(look);
    }, 2);
  };
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(configuration) {
      super(configuration);
      this.addEventListener('track', ({ track, receiver }) => {
        if (track.kind === 'audio') firstSound(receiver);
        else firstFrame(track).catch(() => {});
      });
    }
  };
}

/** Waits in the page for both; spans from the click in ms. */
function firstArrivals() {
  return new Promise((resolve, reject) => {
    const until = performance.now() + 20_000;
    const look = setInterval(() => {
      const { click, audio, frame } = window.bench;
      if (audio && frame) {
        clearInterval(look);
        resolve({ audio: audio - click, frame: frame - click });
      } else if (performance.now() > until) {
        clearInterval(look);
        reject(new Error(`heard: ${audio > 0}, seen: ${frame > 0}`));
      }
    }, 10);
  });
}
