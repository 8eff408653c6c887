// End-to-end tests against the real kube-apiserver, etcd, kubectl and kubeseal; the parts are built once (test/e2e/tools).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.test.ts'],
    globalSetup: ['test/e2e/support/global-setup.ts'],
    // A cluster for each file, and the machine for one at a time: beside another they would be slow.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    teardownTimeout: 30_000,
  },
});
