/** Pictures of the real thing for the README: `npm run screenshots`. */
import { defineConfig } from '@playwright/test';
import stories from './playwright.config.ts';

export default defineConfig(stories, {
  testDir: './screenshots',
  testMatch: '*.shots.ts',
  timeout: 180_000,
  retries: 0,
});
