// Starts one real cluster on loopback: etcd, kube-apiserver and, unless told otherwise, kube-controller-manager.
//
// Plain JavaScript with types in comments, so that benchmarks run it without a build:
//
//   import { startRealCluster } from '../test/e2e/support/cluster.mjs';
//   const cluster = await startRealCluster({ audit: true });
//   await cluster.kubectlOk(['get', 'namespaces']);
//   await cluster.stop();
//
// End-to-end suites get one for each file from `real.ts`. Everything a cluster can do for a
// test is in `client.mjs`; programs are run by `program.mjs` (`run`, `start`), kubeseal by `kubeseal.mjs`, waiting is
// in `wait.mjs`, and counting API calls in `audit.mjs`.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MissingPart, part } from '../tools/build.mjs';
import { auditPolicy } from './audit.mjs';
import { base64, connect, deployFolder, kubeconfig } from './client.mjs';
import { createCredentials } from './credentials.mjs';
import { freePorts } from './free-ports.mjs';
import { createSupervisor } from './supervise.mjs';
import { eventually, Hopeless } from './wait.mjs';

/**
 * The controllers that tests can notice: garbage collection by ownerReference, namespaces that end, service accounts and
 * their tokens, aggregated cluster roles. There are no nodes, so nothing else has work to do.
 */
const controllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'clusterrole-aggregation-controller',
];

/** @typedef {import('./client.mjs').ClusterDescription} ClusterDescription */
/** @typedef {import('./client.mjs').Client & { description: ClusterDescription, stop: () => Promise<void>, startUpMs: number }} RealCluster */

/**
 * Starts a cluster of its own in a fresh folder on free ports. It ends with `stop()`, or when this process ends,
 * however it ends.
 *
 * @param {object} [options]
 * @param {boolean} [options.audit] log every API call so that `apiCalls` can count them (default false)
 * @param {boolean} [options.controllerManager] run kube-controller-manager (default true)
 * @param {string[]} [options.crds] files below `deploy/` to apply before the controller manager starts (default: the
 *   SealedSecret CRD). A kind that appears later is seen by its garbage collector only after half a minute.
 * @param {string[]} [options.apiserverArgs] further flags of kube-apiserver
 * @returns {Promise<RealCluster>} rejects with `MissingPart` of tools/build.mjs where a program cannot be had
 */
export async function startRealCluster(options = {}) {
  // A port may be taken before its server listens on it, and a server on a busy machine may give itself up while it starts.
  for (let left = 2; ; left--) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (left === 0 || error instanceof MissingPart) throw error;
      console.error(`a cluster did not start, and is tried again: ${error.message}`);
    }
  }
}

async function startOnce({
  audit = false,
  controllerManager = true,
  crds = ['crds/sealedsecrets.yaml'],
  apiserverArgs = [],
}) {
  const [kube, etcd, kubectl] = [await part('kube'), await part('etcd'), await part('kubectl')];
  const startedAt = Date.now();
  const supervisor = createSupervisor();
  const stop = () => supervisor.stop();
  try {
    const [credentials, [api, peer, clients]] = await Promise.all([createCredentials(), freePorts(3)]);
    const ports = { api, etcd: clients, peer };
    const files = await writeFiles(supervisor.folder, credentials, ports.api);
    const description = describe({ folder: supervisor.folder, credentials, ports, files, kubectl, audit });
    const programs = { etcd: await startEtcd(supervisor, etcd, ports) };
    programs['kube-apiserver'] = await startServer(supervisor, kube, { files, description, ports, apiserverArgs });
    const client = connect(description);
    await untilReady(client, programs);
    await installCrds(client, crds);
    if (controllerManager) {
      programs['kube-controller-manager'] = await startManager(supervisor, kube, files);
      await untilManaging(client, programs);
    }
    return {
      ...client,
      description,
      startUpMs: Date.now() - startedAt,
      stop: () => {
        client.disconnect();
        return stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeFiles(folder, credentials, port) {
  const url = `https://127.0.0.1:${port}`;
  const tls = { ca: credentials.authority };
  const user = (certificate) => ({
    'client-certificate-data': base64(certificate),
    'client-key-data': base64(credentials.clientKey),
  });
  const contents = {
    authority: credentials.authority,
    serverCertificate: credentials.serverCertificate,
    serverKey: credentials.serverKey,
    serviceAccountKey: credentials.serviceAccountKey,
    auditPolicy,
    kubeconfig: kubeconfig({ url, tls }, user(credentials.adminCertificate)),
    managerKubeconfig: kubeconfig({ url, tls }, user(credentials.managerCertificate)),
  };
  const configuration = join(folder, 'configuration');
  await mkdir(configuration);
  /** @type {Record<string, string>} */
  const files = {};
  for (const [name, text] of Object.entries(contents)) {
    files[name] = join(configuration, name);
    await writeFile(files[name], text, { mode: 0o600 });
  }
  return files;
}

/** @returns {ClusterDescription} */
function describe({ folder, credentials, ports, files, kubectl, audit }) {
  return {
    url: `https://127.0.0.1:${ports.api}`,
    etcdUrl: `http://127.0.0.1:${ports.etcd}`,
    kubeconfig: files.kubeconfig,
    kubectlPath: kubectl,
    folder,
    version: 'v1.36.3',
    tls: { ca: credentials.authority, cert: credentials.adminCertificate, key: credentials.clientKey },
    auditLog: audit ? join(folder, 'audit.log') : null,
  };
}

function startEtcd(supervisor, etcd, ports) {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  const args = [
    `--data-dir=${join(supervisor.folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // Its data is thrown away: waiting for the disk would measure the disk.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  return supervisor.start(etcd, args, { name: 'etcd' });
}

function startServer(supervisor, kube, { files, description, ports, apiserverArgs }) {
  const args = [
    'apiserver',
    `--etcd-servers=${description.etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    // No pod will ever ask for the `kubernetes` Service, and a loopback address is refused as its endpoint.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--tls-cert-file=${files.serverCertificate}`,
    `--tls-private-key-file=${files.serverKey}`,
    `--client-ca-file=${files.authority}`,
    '--authorization-mode=RBAC',
    // As on OpenShift: whoever sets an ownerReference that blocks deletion needs a right on the owner's finalizers.
    '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--event-ttl=1h',
    ...(description.auditLog
      ? [`--audit-log-path=${description.auditLog}`, `--audit-policy-file=${files.auditPolicy}`]
      : []),
    ...apiserverArgs,
  ];
  return supervisor.start(kube, args, { name: 'apiserver' });
}

function startManager(supervisor, kube, files) {
  const args = [
    'controller-manager',
    `--kubeconfig=${files.managerKubeconfig}`,
    `--controllers=${controllers.join(',')}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.authority}`,
    '--leader-elect=false',
    // It has no port of its own: nothing here asks it anything.
    '--secure-port=0',
    // Its defaults (20 requests a second) would make the tests wait for it.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
  return supervisor.start(kube, args, { name: 'controller-manager' });
}

/** The system namespaces come a little after the server calls itself ready. */
async function untilReady(client, programs) {
  await untilTrue('a ready kube-apiserver', programs, async () => {
    const { status } = await client.api('GET', '/readyz');
    const namespace = await client.api('GET', '/api/v1/namespaces/kube-system');
    return status === 200 && namespace.status === 200;
  });
}

/** Its service account controller makes the `default` accounts: one that is there says that it works. */
async function untilManaging(client, programs) {
  await untilTrue('a working kube-controller-manager', programs, async () => {
    const { status } = await client.api('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    return status === 200;
  });
}

/** Waits for `attempt` while all programs live; a failure shows what the newest of them said last. */
async function untilTrue(what, programs, attempt) {
  const whileAlive = () => {
    for (const [name, program] of Object.entries(programs)) {
      const end = program.end();
      if (end) throw new Hopeless(`${name} ended with ${end.signal ?? `code ${end.code}`}:\n${lastLines(program)}`);
    }
    return attempt();
  };
  try {
    // A busy machine is no failure: a program that ends is told of at once.
    await eventually(whileAlive, { what, timeoutMs: 180_000, everyMs: 50 });
  } catch (error) {
    if (error instanceof Hopeless) throw error;
    throw new Error(`${error.message}\n${lastLines(Object.values(programs).at(-1))}`, { cause: error });
  }
}

async function installCrds(client, crds) {
  const files = crds.flatMap((crd) => ['-f', join(deployFolder, crd)]);
  await client.kubectlOk(['apply', ...files]);
  await client.kubectlOk(['wait', '--for=condition=Established', '--timeout=60s', ...files], { timeoutMs: 90_000 });
}

function lastLines(program) {
  return program.output().trim().split('\n').slice(-10).join('\n');
}
