import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { clientSource } from './build/client-source.ts';
import { strictPolicy } from './build/strict-policy.ts';

export default defineConfig({
  plugins: [strictPolicy(), react()],
  resolve: { alias: clientSource, mainFields: ['module', 'main'] },
  test: {
    environment: 'happy-dom',
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    server: { deps: { inline: [/@mantine/, /react-remove-scroll/] } },
  },
});
