import { defineConfig } from 'vitest/config';

/** Stories of this library against a real hub, through the fault proxy. They need both binaries. */
export default defineConfig({
  test: {
    include: ['tests/hub/**/*.story.ts'],
    environment: 'node',
    testTimeout: 60_000,
    pool: 'forks',
    // Node 20 has a WebSocket behind this.
    execArgv: ['--experimental-websocket'],
  },
});
