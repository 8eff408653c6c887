// A real cluster with our kind, our rules and our controller in it, as benchmarks need it.
import { resolve } from 'node:path';
import { startRealCluster } from '../../test/e2e/support/cluster.mjs';
import { freePorts } from '../../test/e2e/support/free-ports.mjs';
import { start } from '../../test/e2e/support/program.mjs';
import { eventually } from '../../test/e2e/support/wait.mjs';
import { asInImage, imageArguments, imageEnvironment } from '../../test/e2e/tools/image.mjs';
import { elapsed } from './figures.mjs';
import { keySecret, makeKeyPair } from './keys.mjs';
import { plainEnvironment, processesNaming, processorTime } from './processes.mjs';
import { watchCollection } from './watch.mjs';

/** Where keys are kept, and where the benchmarks' objects live. */
const keyNamespace = 'kube-system';
export const namespace = 'bench';

const keySelector = 'sealedsecrets.bitnami.com/sealed-secrets-key';
const secretsPath = `/api/v1/namespaces/${namespace}/secrets`;
const sealedPath = `/apis/bitnami.com/v1alpha1/namespaces/${namespace}/sealedsecrets`;

/** The user that the controller is to the API server. */
export const controllerUser = `system:serviceaccount:${keyNamespace}:sealwright`;

// Enough to keep the API server busy, few enough that none waits long.
const requestsAtOnce = 16;

/** @typedef {Awaited<ReturnType<typeof openStage>>} Stage */
/** @typedef {Awaited<ReturnType<typeof startController>>} Controller */

/**
 * Starts a cluster without kube-controller-manager, whose work would be measured too, and makes a sealing key.
 * @param {{ program: string, audit?: boolean, profile?: string | undefined }} options `audit` costs time: only where calls are counted
 */
export async function openStage({ program, audit = false, profile }) {
  const cluster = await startRealCluster({ audit, controllerManager: false });
  await cluster.applyDeploy('rbac/cluster.yaml');
  const kubeconfig = await cluster.serviceAccountKubeconfig(keyNamespace, 'sealwright', { expirationSeconds: 7200 });
  await must(cluster, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const newest = await makeKeyPair();
  const stage = {
    cluster,
    /** The key pair that seals. */
    newest,
    /** Replaces all sealing keys. @param {import('./keys.mjs').KeyPair[]} pairs */
    async setKeys(pairs) {
      await must(cluster, 'DELETE', `/api/v1/namespaces/${keyNamespace}/secrets?labelSelector=${keySelector}`);
      for (const [index, pair] of pairs.entries()) {
        const body = keySecret(pair, `sealed-secrets-key-${index}`);
        await must(cluster, 'POST', `/api/v1/namespaces/${keyNamespace}/secrets`, body);
      }
    },
    /** Creates objects, several at once. @param {any[]} objects @param {string} [path] default: SealedSecrets */
    createAll: (objects, path = sealedPath) => inParallel(objects, (body) => must(cluster, 'POST', path, body)),
    /** @param {any} body */
    create: (body) => must(cluster, 'POST', sealedPath, body),
    /** @param {string} name @param {Record<string, string>} data */
    editSecret: (name, data) =>
      must(cluster, 'PATCH', `${secretsPath}/${name}`, { data }, 'application/merge-patch+json'),
    /** @param {string} name */
    deleteSecret: (name) => must(cluster, 'DELETE', `${secretsPath}/${name}`),
    /** @param {string} name */
    secret: async (name) => (await cluster.api('GET', `${secretsPath}/${name}`)).body,
    /** Takes every SealedSecret and Secret of the benchmarks away; for while no controller runs. */
    async clear() {
      for (const path of [sealedPath, secretsPath]) await must(cluster, 'DELETE', path);
    },
    /** Reports every Secret as it comes or changes. @param {{ full?: boolean }} [options] */
    watchSecrets: (options) => watchCollection(cluster, secretsPath, options),
    secretsPath,
    /** Processor time of API server and etcd so far, in milliseconds. */
    serverTime() {
      const pids = processesNaming(cluster.folder, program);
      return pids.reduce((sum, pid) => sum + processorTime(pid), 0);
    },
    /** @param {string[]} [flags] further ones @param {string} [node] that runs it; default: the one that runs this */
    startController: (flags = [], node = process.execPath) =>
      startController({ node, program, kubeconfig, profile, more: flags }),
    close: () => cluster.stop(),
  };
  await stage.setKeys([newest]);
  return stage;
}

/**
 * Starts the controller as a process of its own, as the image does.
 * @param {{ node: string, program: string, kubeconfig: string, profile?: string | undefined, more: string[] }} options
 */
async function startController({ node, program, kubeconfig, profile, more }) {
  const [api, metrics] = await freePorts(2);
  const flags = ['--kubeconfig', kubeconfig, '--controller-namespace', keyNamespace, '--log-level', 'warn', ...more];
  const addresses = ['--listen-address', `127.0.0.1:${api}`, '--metrics-address', `127.0.0.1:${metrics}`];
  const profiling = profile ? ['--cpu-prof', '--cpu-prof-dir', resolve(profile)] : [];
  const startedAt = performance.now();
  const args = asInImage(program, [...imageArguments, ...flags, ...addresses]);
  const process_ = await start(node, [...profiling, ...args], {
    name: 'controller',
    env: plainEnvironment({ HOME: '/nonexistent', ...imageEnvironment }),
  });
  const alive = () => {
    const end = process_.end();
    if (end) throw new Error(`the controller ended (${end.signal ?? end.code}): ${process_.output()}`);
  };
  const get = (/** @type {string} */ path) => fetch(`http://127.0.0.1:${metrics}${path}`);
  return {
    pid: process_.pid,
    /** When it was started, as `performance.now()` counts. */
    startedAt,
    output: process_.output,
    /** Resolves with the milliseconds from the start until it says that it is ready. */
    async ready() {
      const attempt = async () => {
        alive();
        return (await get('/readyz')).ok;
      };
      await eventually(attempt, { what: 'a ready controller', everyMs: 50, timeoutMs: 60_000 });
      return elapsed(startedAt);
    },
    /** The sum of a metric over its labels. @param {string} name */
    async metric(name) {
      alive();
      return sumOf(await (await get('/metrics')).text(), name);
    },
    /** Resolves when nothing waits any more and `looks` objects have been looked at. @param {number} looks */
    async settled(looks) {
      const attempt = async () => {
        alive();
        const text = await (await get('/metrics')).text();
        return sumOf(text, 'sealwright_reconcile_total') >= looks && sumOf(text, 'sealwright_queue_depth') === 0;
      };
      await eventually(attempt, { what: `${looks} looks`, everyMs: 20, timeoutMs: 300_000 });
      return elapsed(startedAt);
    },
    stop: () => process_.stop(),
  };
}

/** @param {string} text in the Prometheus format @param {string} name */
function sumOf(text, name) {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** A request that must succeed; its body. */
export async function must(cluster, method, path, body = undefined, contentType = 'application/json') {
  const answer = await cluster.api(method, path, { body, contentType });
  if (answer.status < 300) return answer.body;
  throw new Error(`${method} ${path}: ${answer.status} ${answer.body?.message ?? ''}`);
}

/** @template T @param {T[]} all @param {(one: T) => Promise<unknown>} work */
export async function inParallel(all, work) {
  const rest = [...all];
  const worker = async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
}
