// The conformance suite on the real kube-apiserver, which is right wherever the embedded one differs.
import { describe, inject, it } from 'vitest';
import { connectTo } from '../conformance/connection.ts';
import { defineConformance } from '../conformance/suite.ts';

const cluster = inject('cluster');

if ('missing' in cluster) it.skip(`conformance (skipped: ${cluster.missing})`, () => {});
else {
  describe('the real API server', () => {
    const { url, tls, kubeconfig } = cluster;
    defineConformance(async () =>
      connectTo({
        url,
        ca: tls.ca,
        credentials: { cert: tls.cert, key: tls.key },
        kubeconfigPath: kubeconfig,
        embedded: false,
        // Its cache of a custom kind starts with the kind, so that revision 1 is always too old.
        compact: async () => {},
        onClose: async () => {},
      }),
    );
  });
}
