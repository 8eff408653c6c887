// What benchmarks of ExternalSecrets need beside a cluster: our kinds in it, stores, and a great many ExternalSecrets.
import { startOpenBao } from '../../test/e2e/support/openbao.mjs';
import { inParallel, namespace } from './stage.mjs';
import { watchCollection } from './watch.mjs';

const group = '/apis/external-secrets.io/v1';
const definitions = ['externalsecrets', 'secretstores', 'clustersecretstores', 'clusterexternalsecrets', 'passwords'];
const storeNamespace = 'bench-stores';
const externalPath = `${group}/namespaces/${namespace}/externalsecrets`;

/** @typedef {Awaited<ReturnType<typeof externalStage>>} ExternalStage */

/** Makes a cluster ready for the family. @param {import('./stage.mjs').Stage} on */
export async function externalStage(on) {
  const { cluster } = on;
  const call = async (method, path, body = undefined, contentType = 'application/json') => {
    const answer = await cluster.api(method, path, { body, contentType });
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.body?.message ?? ''}`);
  };
  if ((await cluster.api('GET', externalPath)).status === 404) {
    for (const name of definitions) await cluster.applyDeploy(`crds/${name}.yaml`);
    await cluster.applyDeploy('rbac/external-secrets.yaml');
    await call('POST', '/api/v1/namespaces', { metadata: { name: storeNamespace } });
    await untilServed(cluster);
  }
  const list = async (path) => (await call('GET', path)).items;
  return {
    ...on,
    /** A ClusterSecretStore, with Secrets for its credentials. */
    async store(name, provider, credentials = {}) {
      const secrets = `/api/v1/namespaces/${storeNamespace}/secrets`;
      await call('POST', secrets, { metadata: { name }, stringData: credentials });
      const body = { apiVersion: 'external-secrets.io/v1', kind: 'ClusterSecretStore', metadata: { name } };
      await call('POST', `${group}/clustersecretstores`, { ...body, spec: { provider } });
    },
    createExternal: (objects) => inParallel(objects, (body) => call('POST', externalPath, body)),
    /** @param {any} body */
    createSecret: (body) => call('POST', on.secretsPath, body),
    externals: () => list(externalPath),
    /** Every Secret's version. */
    async secretVersions() {
      const secrets = await list(on.secretsPath);
      return Object.fromEntries(secrets.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
    },
    watchExternals: () => watchCollection(cluster, externalPath, { full: true }),
    startController: (...flags) => on.startController(['--kinds', 'sealedsecrets,externalsecrets', ...flags]),
    /** Takes away all that `store` and `createExternal` made, and the Secrets; for while no controller runs. */
    async clear() {
      await call('DELETE', externalPath);
      await call('DELETE', `${group}/clustersecretstores`);
      await call('DELETE', `/api/v1/namespaces/${storeNamespace}/secrets`);
      await on.clear();
    },
  };
}

// A definition that was just made is served a moment later.
async function untilServed(cluster) {
  for (;;) {
    const { status } = await cluster.api('GET', externalPath);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * ExternalSecrets with two entries each.
 * @param {number} count
 * @param {{ store: string, key: (index: number) => string, interval: string, prefix?: string, annotations?: Record<string, string> }} how
 *   `key`: the remote secret of the index-th
 */
export function externalSecrets(count, { store, key, interval, prefix = 'app', annotations = {} }) {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: `${prefix}-${index}`, namespace, annotations },
    spec: {
      refreshInterval: interval,
      secretStoreRef: { kind: 'ClusterSecretStore', name: store },
      data: ['username', 'password'].map((property) => ({
        secretKey: property,
        remoteRef: { key: key(index), property },
      })),
    },
  }));
}

/** An OpenBao with `count` secrets under `secret/`, and an AppRole that may read them. @param {number} count */
export async function vaultWith(count) {
  // It outlives a restart, as a real one does.
  const bao = await startOpenBao({ storage: 'raft' });
  await bao.mountKv('secret', 2);
  await bao.policy('bench', 'path "secret/data/*" { capabilities = ["read"] }');
  await bao.enableAuth('approle');
  await bao.ok('POST', 'auth/approle/role/bench', { token_policies: ['bench'] });
  const roleId = (await bao.ok('GET', 'auth/approle/role/bench/role-id')).data.role_id;
  const secretId = (await bao.ok('POST', 'auth/approle/role/bench/secret-id')).data.secret_id;
  const keys = Array.from({ length: count }, (_, index) => `remote-${index}`);
  await inParallel(keys, (key) => bao.ok('POST', `secret/data/${key}`, { data: values(key) }));
  return {
    ...bao,
    /**
     * Makes a store that reads it at `server`, over TLS where there is an `authority`.
     * @param {ExternalStage} on @param {string} name @param {string} server @param {string} [authority] PEM
     */
    storeAt: (on, name, server, authority) => vaultStore(on, name, { server, authority, roleId, secretId }),
  };
}

/** What stands under a remote key. @param {string} key */
export const values = (key) => ({ username: `user-of-${key}`, password: `password-of-${key}-0123456789abcdef` });

/**
 * @param {ExternalStage} on @param {string} name
 * @param {{ server: string, authority?: string | undefined, roleId: string, secretId: string }} how
 */
export async function vaultStore(on, name, { server, authority, roleId, secretId }) {
  const secretRef = { namespace: storeNamespace, name, key: 'secret-id' };
  const caBundle = authority && Buffer.from(authority).toString('base64');
  const auth = { appRole: { roleId, path: 'approle', secretRef } };
  const vault = { server, ...(caBundle && { caBundle }), path: 'secret', version: 'v2', auth };
  await on.store(name, { vault }, { 'secret-id': secretId });
}

/** @param {ExternalStage} on @param {string} name */
export async function awsStore(on, name) {
  const ref = (key) => ({ namespace: storeNamespace, name, key });
  const secretRef = { accessKeyIDSecretRef: ref('id'), secretAccessKeySecretRef: ref('key') };
  const aws = { service: 'SecretsManager', region: 'eu-west-1', auth: { secretRef } };
  await on.store(name, { aws }, { id: 'AKIAIOSFODNN7EXAMPLE', key: 'bench' });
}
