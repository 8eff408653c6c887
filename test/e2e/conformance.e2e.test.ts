// The conformance suite on the real kube-apiserver, which is right wherever the embedded one differs.
import { connectTo } from '../conformance/connection.ts';
import { defineConformance } from '../conformance/suite.ts';
import { describeOnCluster } from './support/real.ts';

describeOnCluster('the real API server', ({ url, tls, kubeconfig }) => {
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
