// End-to-end tests against the real kube-apiserver, etcd, kubectl and kubeseal; the parts are built once (test/e2e/tools).
import { defineConfig } from 'vitest/config';
import { patienceMs } from './test/support/patience.ts';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.test.ts'],
    globalSetup: ['test/e2e/support/global-setup.ts'],
    setupFiles: ['test/e2e/support/around-file.ts'],
    // A cluster for each file; one alone waits for half of the time.
    maxWorkers: 2,
    // Loading the same modules again for each file took a tenth of the time.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: patienceMs } },
    teardownTimeout: 30_000,
  },
});
