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
// The cluster is the file's own, with every kind of `deploy/crds` and nothing else, so that no suite meets what another
// left; the suites of one file share it, in their order. Its audit log is on.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, inject, it } from 'vitest';
import { titled } from '../../support/missing.ts';
import { type Client, connect, deployFolder } from './client.mjs';
import { type RealCluster, startRealCluster } from './cluster.mjs';
import { hostAddress } from './service-proxy.mjs';

export { kubeseal, kubesealVersions } from './kubeseal.mjs';
export { type Program, type Result, run, start } from './program.mjs';
export { hostAddress } from './service-proxy.mjs';
export { eventually } from './wait.mjs';
export type { Client };

let starting: Promise<RealCluster> | undefined;

/** After each file (around-file.ts). */
export async function stopClusterOfThisFile(): Promise<void> {
  const started = starting;
  starting = undefined;
  await (await started)?.stop();
}

/** All before the controller manager: a kind that comes later is collected only after half a minute. */
function clusterOfThisFile(): Promise<RealCluster> {
  const crds = readdirSync(join(deployFolder, 'crds')).map((name) => `crds/${name}`);
  starting ??= startRealCluster({ audit: true, crds });
  return starting;
}

/** A suite that needs the real cluster. Where this machine cannot have one, it is one skipped test that says why. */
export function describeOnCluster(name: string, suite: (cluster: Client) => void): void {
  const missing = inject('missing');
  if (missing) {
    it.skip(`${name} (skipped: ${missing})`, () => {});
    return;
  }
  // Started while tests are collected, which no time limit cuts short.
  describe(name, async () => suite(connect((await clusterOfThisFile()).description)));
}

const noAddress = missingAddress();

function missingAddress(): string | undefined {
  if (hostAddress() !== undefined) return undefined;
  const missing = 'this machine has no address but loopback';
  if (process.env.SEALWRIGHT_E2E === 'required') throw new Error(missing);
  return missing;
}

/** A suite with something that the API server's service proxy has to reach, as `describeOnCluster`. */
export function describeBehindProxy(name: string, suite: (cluster: Client) => void): void {
  if (noAddress === undefined) describeOnCluster(name, suite);
  else it.skip(titled(name, noAddress), () => {});
}

/** A test with something that the API server's service proxy has to reach, inside of a suite. */
export function itBehindProxy(name: string, test: () => Promise<void>): void {
  it.skipIf(noAddress)(titled(name, noAddress), test);
}
