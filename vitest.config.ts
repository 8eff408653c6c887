// Unit, property and embedded-cluster tests: Node and npm alone.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', '**/node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    // A busy machine is no failure.
    expect: { poll: { timeout: 15_000, interval: 10 } },
  },
});
