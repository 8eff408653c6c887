// End-to-end tests against the real kube-apiserver, etcd, kubectl and kubeseal; the parts are built once (test/e2e/tools).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.test.ts'],
    globalSetup: ['test/e2e/support/global-setup.ts'],
    // One cluster for all files: one after another they cannot disturb each other's figures.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    teardownTimeout: 30_000,
  },
});
