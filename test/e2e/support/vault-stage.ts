// A controller for VaultStaticSecrets on a real API server, under exactly the rights that we ship, beside a real OpenBao that knows its service accounts.

import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createClient } from '../../../src/kube/client.ts';
import { loadClusterConfig } from '../../../src/kube/config.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import type { CallReport } from '../../../src/kube/transport.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { asUser, type House, houseOn, type Running, type Stage } from '../../controller/support/house.ts';
import { checkVaultStatus, type VaultWords, vaultWordsIn } from '../../controller/support/vault-words.ts';
import type { OpenBao } from './openbao.ts';
import type { Client } from './real.ts';

/** Values that must show up nowhere. */
const markers = ['s3cret', 'hunter2', 'rotated-marker'];

async function stageOn(cluster: Client): Promise<Stage> {
  const clientOf = async (kubeconfig: string, onCall?: (report: CallReport) => void) => {
    const config = await loadClusterConfig({ env: {}, cwd: '/', clock: systemClock }, { kubeconfig });
    return createClient({ config, clock: systemClock, random: Math.random, onCall });
  };
  const rights = ['cluster', 'vault-static-secrets', 'external-secrets', 'restarts'];
  await Promise.all(rights.map((name) => cluster.applyDeploy(`rbac/${name}.yaml`)));
  const kubeconfig = await cluster.serviceAccountKubeconfig('kube-system', 'sealwright');
  const user = asUser(await clientOf(cluster.kubeconfig));
  return { user, controllerClient: (onCall) => clientOf(kubeconfig, onCall), close: () => user.close() };
}

/** OpenBao as an administrator leaves it: engines `kv` and `old`, policy `app`, and logins by kubernetes and approle. */
async function prepare(bao: OpenBao, cluster: Client): Promise<{ roleId: string }> {
  await bao.mountKv('kv', 2);
  await bao.mountKv('old', 1);
  await bao.policy('app', policies.whole);
  const namespace = await cluster.freshNamespace('reviewer');
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await cluster.api('POST', accounts, { body: { metadata: { name: 'reviewer' } } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' };
  const subjects = [{ kind: 'ServiceAccount', name: 'reviewer', namespace }];
  const binding = { metadata: { name: `reviewer-${namespace}` }, roleRef, subjects };
  await cluster.api('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', { body: binding });
  const spec = { expirationSeconds: 36_000 };
  const { body } = await cluster.api('POST', `${accounts}/reviewer/token`, { body: { spec } });
  await bao.enableAuth('kubernetes');
  await bao.ok('POST', 'auth/kubernetes/config', {
    kubernetes_host: cluster.url,
    kubernetes_ca_cert: cluster.tls.ca,
    token_reviewer_jwt: body.status.token,
  });
  const bound = { bound_service_account_names: ['app'], bound_service_account_namespaces: ['*'] };
  await bao.ok('POST', 'auth/kubernetes/role/app', { ...bound, token_policies: ['app'], token_ttl: '20m' });
  await bao.enableAuth('approle');
  await bao.ok('POST', 'auth/approle/role/app', { token_policies: ['app'] });
  return { roleId: (await bao.ok('GET', 'auth/approle/role/app/role-id')).data.role_id };
}

/** What a token may do. */
export const policies = {
  whole: `
path "kv/data/*" { capabilities = ["read"] }
path "kv/metadata/*" { capabilities = ["read"] }
path "old/*" { capabilities = ["read"] }`,
  valuesOnly: 'path "kv/data/*" { capabilities = ["read"] }',
};

export const kubernetes = { role: 'app', serviceAccount: 'app' };

/** What the suites begin with: a controller, and a namespace for each test. `settings` are its flags. */
export function onVaultStage(
  cluster: Client,
  bao: () => OpenBao,
  settings: () => Record<string, readonly string[]> = () => ({}),
) {
  const scene = {} as { house: House; controller: Running; words: VaultWords; roleId: string };
  const told: string[] = [];
  beforeAll(async () => {
    const { roleId } = await prepare(bao(), cluster);
    scene.roleId = roleId;
    const kinds = { kinds: ['vaultstaticsecrets', 'externalsecrets'], ...settings() };
    scene.house = houseOn(await stageOn(cluster), { settings: kinds });
    scene.controller = await scene.house.start();
    await scene.controller.ready;
  });
  beforeEach(async () => {
    await rest();
    scene.words = vaultWordsIn(scene.house.kube, (await scene.house.scene()).namespace);
    await bao().ok('POST', 'kv/data/db', { data: { user: 'admin', password: 's3cret' } });
  });
  const rest = async () => {
    if (!scene.words) return;
    const { kube } = scene.house;
    const { namespace } = scene.words;
    const { items } = await kube.list<VaultStaticSecret>(resources.vaultStaticSecret, { namespace });
    for (const item of items) {
      if (item.status?.conditions) checkVaultStatus(item);
      told.push(JSON.stringify(item.status));
      await kube.delete(resources.vaultStaticSecret, { namespace, name: item.metadata.name ?? '' });
    }
    told.push(...(await scene.words.events()));
    // What is called `default` in the controller's namespace is everybody's.
    for (const resource of [resources.vaultAuth, resources.vaultConnection, resources.vaultAuthGlobal]) {
      const left = await kube.list<KubeObject>(resource, { namespace: 'kube-system' });
      for (const { metadata } of left.items) {
        await kube.delete(resource, { namespace: 'kube-system', name: metadata.name ?? '' });
      }
    }
  };
  afterAll(async () => {
    await rest();
    const { lines } = scene.house;
    await scene.house.end(markers);
    expect([...told, ...lines].filter((line) => markers.some((marker) => line.includes(marker)))).toEqual([]);
    expect(lines.filter((line) => line.includes('KUBE_FORBIDDEN'))).toEqual([]);
  });
  return Object.assign(scene, {
    /** The CA Secret, the connection, the service account, and VaultAuth `auth` by kubernetes. */
    async settled() {
      const { words } = scene;
      await this.connected();
      await words.serviceAccount();
      await words.auth({ vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes });
    },
    async connected() {
      const { words } = scene;
      await words.secret('ca', { 'ca.crt': bao().authority });
      await words.connection({ address: bao().url, caCertSecretRef: 'ca' });
    },
    /** How often each call was made to OpenBao so far, by any controller of the suite that still runs. */
    async calls(call: string): Promise<number> {
      const metrics = await (await fetch(`${scene.controller.urls.metrics}/metrics`)).text();
      const lines = metrics.split('\n').filter((line) => line.startsWith('sealwright_provider_requests_total'));
      const counts = lines
        .filter((line) => line.includes(`call="${call}"`))
        .map((line) => Number(line.split(' ').at(-1)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  });
}
