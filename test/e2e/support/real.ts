// The door through which end-to-end suites reach the real parts.
//
//   import { describeOnCluster, eventually, kubeseal, start } from './support/real.ts';
//
//   describeOnCluster('a SealedSecret', (cluster) => {
//     it('becomes a Secret', async () => {
//       const namespace = await cluster.freshNamespace();
//       await cluster.kubectlOk(['apply', '-n', namespace, '-f', '-'], { input: manifest });
//       await eventually(() => cluster.kubectlOk(['get', 'secret', 'db', '-n', namespace]));
//     });
//   });
//
// `cluster` (client.mjs) has: url, etcdUrl, kubeconfig, kubectlPath, folder, version, tls, auditLog, and the functions
//   kubectl(args, { input, kubeconfig, timeoutMs, cwd })      → { stdout, stderr, code, timedOut }
//   kubectlOk(args, …)                                        → stdout; throws when kubectl fails
//   api(method, path, { body, contentType })                  → { status, body }, as the administrator, without kubectl's 100 ms
//   applyDeploy(path, { replace })                            → what kubectl says; a file below deploy/, or a kustomization
//   serviceAccountKubeconfig(namespace, name)                 → path of a kubeconfig with a TokenRequest token
//   freshNamespace(prefix)                                    → name
//   serveBehind({ namespace, service, address, port })        → a function that undoes it; for the API server's service proxy
//   auditPosition(), apiCalls({ from, user, userAgent })      → [{ verb, resource, user, userAgent, code, count }]
//
// The cluster is one for the whole run and files run one after another: a suite keeps to namespaces of its own, and one
// that changes something cluster-wide puts it back. Its audit log is on.
import { describe, inject, it } from 'vitest';
import { type Client, connect } from './client.mjs';

export { byVerb } from './audit.mjs';
export { kubeseal, kubesealVersion, kubesealVersions } from './kubeseal.mjs';
export { type Program, type Result, run, start } from './program.mjs';
export { hostAddress } from './service-proxy.mjs';
export { eventually, Hopeless } from './wait.mjs';
export type { Client };

/** A suite that needs the real cluster. Where this machine cannot have one, it is one skipped test that says why. */
export function describeOnCluster(name: string, suite: (cluster: Client) => void): void {
  const cluster = inject('cluster');
  if ('missing' in cluster) {
    it.skip(`${name} (skipped: ${cluster.missing})`, () => {});
    return;
  }
  describe(name, () => suite(connect(cluster)));
}
