import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { clientSource } from './build/client-source.ts';
import { strictPolicy } from './build/strict-policy.ts';

/** Packages of hundreds and thousands of modules, which each file of tests would read one by one. */
const LARGE = ['@mantine/core', '@mantine/hooks', '@tabler/icons-react'];

export default defineConfig({
  plugins: [strictPolicy(), react()],
  resolve: { alias: clientSource, mainFields: ['module', 'main'] },
  optimizeDeps: {
    rolldownOptions: {
      plugins: [strictPolicy()],
      // One React for all: with a second one in the bundle, what Mantine flushes would not be what the page shows.
      external: [/^react(-dom)?($|\/)/],
    },
  },
  test: {
    environment: 'happy-dom',
    // Whole screens on a busy machine; nothing here measures time.
    testTimeout: 60_000,
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    deps: { optimizer: { client: { enabled: true, include: LARGE } } },
  },
});
