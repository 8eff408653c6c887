// Unit, property and embedded-cluster tests: Node and npm alone.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { patienceMs } from './test/support/patience.ts';
import { runs } from './test/support/property.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', '**/node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // More than there are cores: a third of the time, a test waits.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // Loading the same modules again for each file took a third of the time; no module keeps anything that a test could change.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    // A busy machine is no failure.
    testTimeout: runs(120_000),
    hookTimeout: 120_000,
    expect: { poll: { timeout: patienceMs, interval: 10 } },
  },
});
