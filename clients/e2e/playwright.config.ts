/** The stories, in Debian's own Chromium, one after the other: each pair of people needs a whole machine. */
import { defineConfig } from '@playwright/test';
import { launchOptions } from './support/browser.ts';

export default defineConfig({
  testDir: './stories',
  testMatch: '*.story.ts',
  outputDir: './test-results',
  workers: 1,
  retries: 1,
  timeout: 60_000,
  forbidOnly: process.env.CI !== undefined,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions,
    actionTimeout: 15_000,
    screenshot: 'only-on-failure',
  },
});
