// What tests and benchmarks do with a running cluster: kubectl, plain API requests, identities, namespaces, call counts.
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditContains, auditPosition, countCalls } from './audit.mjs';
import { run } from './program.mjs';
import { serveBehind } from './service-proxy.mjs';
import { eventually } from './wait.mjs';

/** The folder of everything a user would install. */
export const deployFolder = fileURLToPath(new URL('../../../deploy/', import.meta.url));

/**
 * Where a cluster is and how to get in: plain data, so that it can be handed from vitest's main process to its workers.
 *
 * @typedef {object} ClusterDescription
 * @property {string} url of the API server, https on loopback
 * @property {string} etcdUrl of its store
 * @property {string} kubeconfig file with the administrator's client certificate
 * @property {string} kubectlPath of the program
 * @property {string} folder for files that may go when the cluster goes
 * @property {string} version such as `v1.36.3`
 * @property {{ ca: string, cert: string, key: string }} tls the administrator's, PEM
 * @property {string | null} auditLog the audit log's file; null when the cluster was started without
 */

/** @typedef {ReturnType<typeof connect>} Client */

/**
 * The helpers for one cluster.
 * @param {ClusterDescription} cluster
 */
export function connect(cluster) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32, ...cluster.tls });
  const context = { cluster, agent };
  return {
    ...cluster,
    /**
     * Runs kubectl as the administrator, or as whoever `kubeconfig` says. A failing exit code is a result, not an error.
     * @param {string[]} args
     * @param {KubectlOptions} [options]
     */
    kubectl: (args, options) => kubectl(cluster, args, options),
    /**
     * As `kubectl`, but a failure throws with what kubectl said; returns its standard output.
     * @param {string[]} args
     * @param {KubectlOptions} [options]
     */
    kubectlOk: (args, options) => kubectlOk(cluster, args, options),
    /**
     * One request as the administrator, without kubectl's 100 ms; a refusal is a result, not an error.
     * @param {string} method
     * @param {string} path from `/api` or `/apis` on
     * @param {{ body?: unknown, contentType?: string }} [options] `contentType` (default `application/json`) chooses the kind of patch
     */
    api: (method, path, options) => api(context, method, path, options),
    /**
     * Applies a file or kustomization of `deploy/`, as a user would; a failure throws.
     * @param {string} path below `deploy/`; `.` is everything
     * @param {{ replace?: Record<string, string> }} [options] words to replace in a file first, such as its namespace
     */
    applyDeploy: (path, options) => applyDeploy(cluster, path, options),
    /**
     * Writes a kubeconfig with a token of this service account (TokenRequest) and returns its path. The account must exist.
     * @param {string} namespace
     * @param {string} name
     * @param {{ expirationSeconds?: number }} [options] default one hour
     */
    serviceAccountKubeconfig: (namespace, name, options) => serviceAccountKubeconfig(context, namespace, name, options),
    /**
     * Makes a namespace that nothing else uses and returns its name.
     * @param {string} [prefix]
     */
    freshNamespace: (prefix = 'e2e') => freshNamespace(context, prefix),
    /**
     * Puts a server of the test behind an existing Service, for the API server's service proxy; returns the way back.
     * @param {{ namespace: string, service: string, address: string, port: number, portName?: string }} target `address`
     *   from `hostAddress()` of service-proxy.mjs, `portName` is the Service's name for the port (default `http`)
     */
    serveBehind: (target) => serveBehind((...request) => apiOk(context, ...request), target),
    /** Where the audit log ends now; give it to `apiCalls` as `from`. */
    auditPosition: () => auditPosition(auditLogOf(cluster)),
    /**
     * The API calls so far, counted from the audit log, after everything already answered has been logged.
     * @param {{ from?: number, user?: string, userAgent?: string }} [filter]
     */
    apiCalls: (filter) => apiCalls(context, filter),
    /** Lets go of this client's connections; the cluster stays. */
    disconnect: () => agent.destroy(),
  };
}

/**
 * @typedef {object} KubectlOptions
 * @property {string | Uint8Array} [input] for `-f -`
 * @property {string} [kubeconfig] instead of the administrator's
 * @property {number} [timeoutMs] default 60,000
 * @property {string} [cwd]
 */

/** @param {ClusterDescription} cluster @param {string[]} args @param {KubectlOptions} [options] */
function kubectl(cluster, args, { kubeconfig = cluster.kubeconfig, ...options } = {}) {
  // HOME: kubectl keeps its discovery cache there, by host and port, and ports come round again with another cluster.
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: cluster.folder };
  return run(cluster.kubectlPath, args, { ...options, env });
}

/** @param {ClusterDescription} cluster @param {string[]} args @param {KubectlOptions} [options] */
async function kubectlOk(cluster, args, options) {
  const { code, stdout, stderr, timedOut } = await kubectl(cluster, args, options);
  if (code === 0) return stdout;
  throw new Error(
    `kubectl ${args.join(' ')} ${timedOut ? 'ran out of time' : `failed with code ${code}`}: ${stderr.trim()}`,
  );
}

/** @returns {Promise<{ status: number, body: any }>} `body` is parsed where it is JSON, else text */
function api({ cluster, agent }, method, path, { body, contentType = 'application/json' } = {}) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': contentType };
    const call = request(new URL(path, cluster.url), { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json');
        resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
      });
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** As `api`, but a refusal throws; returns the body. */
async function apiOk(context, method, path, options) {
  const { status, body } = await api(context, method, path, options);
  if (status < 300) return body;
  throw new Error(`${method} ${path}: ${status} ${body.message ?? body}`);
}

async function applyDeploy(cluster, path, { replace = {} } = {}) {
  const full = join(deployFolder, path);
  if ((await stat(full)).isDirectory()) return kubectlOk(cluster, ['apply', '-k', full]);
  let text = await readFile(full, 'utf8');
  for (const [word, other] of Object.entries(replace)) text = text.replaceAll(word, other);
  return kubectlOk(cluster, ['apply', '-f', '-'], { input: text });
}

async function serviceAccountKubeconfig(context, namespace, name, { expirationSeconds = 3600 } = {}) {
  const { cluster } = context;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status } = await apiOk(context, 'POST', path, { body: { spec: { expirationSeconds } } });
  const file = join(cluster.folder, `${namespace}-${name}-${randomBytes(4).toString('hex')}.kubeconfig`);
  await writeFile(file, kubeconfig(cluster, { token: status.token }, namespace), { mode: 0o600 });
  return file;
}

async function freshNamespace(context, prefix) {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await apiOk(context, 'POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  return name;
}

async function apiCalls(context, filter) {
  const log = auditLogOf(context.cluster);
  const position = auditPosition(log);
  // The log is written just after the answer: a request of our own, once it shows, says that earlier ones are in.
  const marker = `/api?marker=${randomBytes(8).toString('hex')}`;
  await api(context, 'GET', marker);
  await eventually(() => auditContains(log, marker, position), { what: 'the audit log' });
  return countCalls(log, filter).filter((calls) => !(calls.resource === '/api' && calls.user === 'admin'));
}

function auditLogOf({ auditLog }) {
  if (auditLog) return auditLog;
  throw new Error('this cluster was started without audit: true');
}

/**
 * The text of a kubeconfig (JSON is YAML).
 * @param {{ url: string, tls: { ca: string } }} cluster
 * @param {Record<string, string>} user `{ token }`, or `client-certificate-data` and `client-key-data`
 * @param {string} [namespace]
 */
export function kubeconfig({ url, tls }, user, namespace = 'default') {
  const name = 'e2e';
  const cluster = { server: url, 'certificate-authority-data': base64(tls.ca) };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
  });
}

/** @param {string} text */
export function base64(text) {
  return Buffer.from(text).toString('base64');
}
