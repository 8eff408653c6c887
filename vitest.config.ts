// Unit, property and embedded-cluster tests: Node and npm alone.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', '**/node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // A core kept for the process that only waits would be idle: half the machine where there are two.
    maxWorkers: '100%',
    // A busy machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000, interval: 10 } },
  },
});
