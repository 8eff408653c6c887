// A cluster that External Secrets Operator served changes hands: its objects as its version 2.9 leaves them, on a real API server.

import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createdBy,
  dataHash,
  esoFieldManager,
  esoFinalizers,
  esoMarks,
  syncedResourceVersion,
} from '../../controller/secret/eso.ts';
import { createClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import type { ExternalSecret, ExternalSecretSpec } from '../../src/kube/external-secrets.ts';
import type { KubeObject, ObjectMeta, Secret } from '../../src/kube/objects.ts';
import { type Resource, resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import type { CallReport } from '../../src/kube/transport.ts';
import { checkExternalStatus, readyOf, vaultAt, type Words, wordsIn } from '../controller/support/external.ts';
import { type FakeVault, startFakeVault } from '../controller/support/fake-vault.ts';
import { asUser, type House, houseOn, type Running } from '../controller/support/house.ts';
import { type Client, describeOnCluster } from './support/real.ts';

const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];

/** One ExternalSecret and the Secret that the reference made for it. */
interface Case {
  spec: ExternalSecretSpec;
  metadata?: ObjectMeta;
  /** Items in clear. */
  items: Record<string, string>;
  /** What its template put on the Secret; without one everything of the object is copied. */
  template?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  type?: string;
  immutable?: boolean;
  /** There before, written by somebody else. */
  foreign?: Record<string, string>;
}

const gitops: ObjectMeta = {
  labels: { app: 'shop', 'app.kubernetes.io/instance': 'shop' },
  annotations: {
    'argocd.argoproj.io/tracking-id': 'shop:external-secrets.io/ExternalSecret:shop/db',
    'argocd.argoproj.io/sync-wave': '-1',
    'kubectl.kubernetes.io/last-applied-configuration': '{}\n',
  },
};

const cases: Record<string, Case> = {
  plain: { spec: { data }, items: { password: 's3cret' } },
  // Everything is copied by the reference, also what is not for the Secret.
  copied: { spec: { data }, metadata: gitops, items: { password: 's3cret' } },
  // Its field manager is hashed: 37 characters and 28 are more than 63.
  'a-name-of-more-than-27-characters': { spec: { data }, items: { password: 's3cret' } },
  renamed: { spec: { target: { name: 'renamed-target' }, data }, items: { password: 's3cret' } },
  orphan: { spec: { target: { creationPolicy: 'Orphan' }, data }, items: { password: 's3cret' } },
  merged: {
    spec: { target: { creationPolicy: 'Merge' }, data },
    items: { password: 's3cret' },
    foreign: { theirs: 'x' },
  },
  'create-or-merge': {
    spec: { target: { creationPolicy: 'CreateOrMerge' }, data },
    items: { password: 's3cret' },
    foreign: { theirs: 'x' },
  },
  templated: {
    spec: {
      target: {
        template: {
          type: 'kubernetes.io/dockerconfigjson',
          metadata: {
            labels: { 'argocd.argoproj.io/secret-type': 'repository' },
            annotations: { note: '{{ .password }}' },
          },
          data: { '.dockerconfigjson': '{"auths":{"registry":{"auth":"{{ printf "u:%s" .password | b64enc }}"}}}' },
        },
      },
      data,
    },
    metadata: gitops,
    template: {
      labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      annotations: { note: 's3cret' },
    },
    type: 'kubernetes.io/dockerconfigjson',
    items: {
      '.dockerconfigjson': `{"auths":{"registry":{"auth":"${Buffer.from('u:s3cret').toString('base64')}"}}}`,
    },
  },
  immutable: { spec: { target: { immutable: true }, data }, items: { password: 's3cret' }, immutable: true },
  extracted: { spec: { dataFrom: [{ extract: { key: 'many' } }] }, items: { a: '<&>', empty: '', text: 'ä€😀' } },
  once: { spec: { refreshPolicy: 'CreatedOnce', data }, items: { password: 'older' } },
  never: { spec: { refreshInterval: '0', data }, items: { password: 'older' } },
};

describeOnCluster('what External Secrets Operator made', (cluster) => {
  let house: House;
  let controller: Running;
  let vault: FakeVault;
  let words: Words;
  let namespace: string;
  const before = new Map<string, Secret>();

  beforeAll(async () => {
    namespace = await cluster.freshNamespace();
    house = houseOn(await stageOn(cluster), { settings: { kinds: ['externalsecrets'], namespace: [namespace] } });
    vault = await startFakeVault();
    vault.values.set('db', { password: 's3cret' });
    vault.values.set('many', { a: '<&>', empty: null, text: 'ä€😀' });
    words = wordsIn(house.kube, namespace);
    await words.credentials('vault', { token: 'hvs.marker-token' });
    await storeOfReference();
    for (const [name, one] of Object.entries(cases)) before.set(name, await madeByReference(name, one));
    controller = await house.start();
    await controller.ready;
    await controller.idle();
  });
  afterAll(async () => {
    await house.end(['s3cret']);
    await vault.close();
  });

  async function storeOfReference(): Promise<void> {
    await words.create(
      resources.secretStore,
      'vault',
      { spec: { provider: vaultAt(vault.url) } },
      {
        finalizers: [esoFinalizers.store],
      },
    );
    const conditions = [condition('Valid', 'store validated')];
    await setStatus(resources.secretStore, 'vault', { capabilities: 'ReadWrite', conditions });
  }

  const condition = (reason: string, message: string) => ({
    type: 'Ready',
    status: 'True',
    reason,
    message,
    lastTransitionTime: `${new Date(Date.now() - 60_000).toISOString().slice(0, 19)}Z`,
  });
  const setStatus = (resource: Resource, name: string, status: object) =>
    house.kube.mergePatch<KubeObject>(resource, words.at(name), { status }, { subresource: 'status' });
  const targetOf = (name: string) => cases[name]?.spec.target?.name ?? name;

  /** As its Create and Update leave it: one write under its field manager, metadata copied or from the template. */
  async function madeByReference(name: string, one: Case): Promise<Secret> {
    const finalizers = [esoFinalizers.externalSecret];
    const made = await words.external(name, one.spec, { ...one.metadata, finalizers });
    const at = words.at(targetOf(name));
    const isOwner = (one.spec.target?.creationPolicy ?? 'Owner') === 'Owner';
    const { labels = {}, annotations = {} } = one.template ?? one.metadata ?? {};
    const items = { ...one.foreign, ...one.items };
    const hash = dataHash(new Map(Object.entries(items).map(([item, text]) => [item, Buffer.from(text)])));
    const owner = { apiVersion: made.apiVersion, kind: made.kind, name, uid: made.metadata.uid ?? '' };
    const secret: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        ...at,
        labels: {
          ...labels,
          [esoMarks.managed]: 'true',
          ...(isOwner && { [esoMarks.createdBy]: createdBy(made.metadata) }),
        },
        annotations: { ...annotations, [esoMarks.dataHash]: hash },
        ...(isOwner && { ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }] }),
      },
      ...(one.type && { type: one.type }),
      ...(one.immutable && { immutable: true }),
      data: base64(items),
    };
    const fieldManager = esoFieldManager(name);
    if (one.foreign) {
      const there = await words.credentials(name, one.foreign);
      const { resourceVersion = '' } = there.metadata;
      await house.kube.replace(
        resources.secret,
        { ...secret, metadata: { ...secret.metadata, resourceVersion } },
        { fieldManager },
      );
    } else await house.kube.create(resources.secret, secret, { fieldManager });
    await setStatus(resources.externalSecret, name, {
      binding: { name: at.name },
      conditions: [condition('SecretSynced', 'secret synced')],
      refreshTime: `${new Date().toISOString().slice(0, 19)}Z`,
      syncedResourceVersion: syncedResourceVersion((await words.getExternal(name))?.metadata ?? {}),
    });
    return house.kube.get<Secret>(resources.secret, at);
  }

  const versions = async () =>
    Promise.all(
      Object.keys(cases).map(async (name) => {
        const { metadata, data: items } = (await words.getSecret(targetOf(name))) as Secret;
        return [name, metadata.resourceVersion, items];
      }),
    );
  const expected = () =>
    [...before].map(([name, { metadata, data: items }]) => [name, metadata.resourceVersion, items]);

  it('is taken over without a write to a Secret and without a read of the store', async () => {
    expect(await versions()).toEqual(expected());
    expect(controller.calls.filter((call) => /^(patch|apply|replace|update|delete) secrets$/.test(call))).toEqual([]);
    expect(vault.reads).toEqual([]);
    const { items } = await house.kube.list<ExternalSecret>(resources.externalSecret, { namespace });
    expect(items).toHaveLength(Object.keys(cases).length);
    for (const item of items) {
      checkExternalStatus(item);
      expect([item.metadata.name, readyOf(item)?.status, item.status?.observedGeneration]).toEqual([
        item.metadata.name,
        'True',
        1,
      ]);
    }
    await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
  });

  it('is refreshed without a write to a Secret', async () => {
    const periodic = Object.keys(cases).filter((name) => name !== 'once' && name !== 'never');
    await Promise.all(periodic.map((name) => words.edit(name, { spec: { refreshInterval: '1s' } })));
    for (const name of periodic) {
      const isRefreshed = (object: ExternalSecret | undefined) =>
        object?.status?.syncedResourceVersion === syncedResourceVersion(object?.metadata ?? {}) &&
        object?.metadata.generation === 2;
      await words.until(() => words.getExternal(name), isRefreshed, `a refresh of ${name}`);
    }
    expect(vault.reads.length).toBeGreaterThan(0);
    await controller.idle();
    expect(await versions()).toEqual(expected());
    const told = (await words.events()).filter((event) => !event.includes('Created'));
    expect(told.filter((event) => event.startsWith('Warning'))).toEqual([]);
  });

  it('is healed, changed and cleaned as its own from then on', async () => {
    await house.kube.mergePatch(resources.secret, words.at('plain'), { data: { password: 'eA==', more: 'eA==' } });
    await words.untilValues({ password: 's3cret' }, 'plain');
    vault.values.set('db', { password: 'rotated' });
    await words.untilValues({ password: 'rotated' }, 'copied');
    await words.untilValues({ theirs: 'x', password: 'rotated' }, 'merged');
    // A label that the reference's template had set, and that the template has no more.
    const labels = { 'argocd.argoproj.io/secret-type': null, team: 'blue' };
    await words.edit('templated', { spec: { target: { template: { metadata: { labels } } } } });
    await words.until(
      () => words.getSecret('templated'),
      (secret) => secret?.metadata.labels?.team === 'blue',
      'the label',
    );
    expect((await words.getSecret('templated'))?.metadata.labels).not.toHaveProperty('argocd.argoproj.io/secret-type');
    await words.edit('renamed', { spec: { target: { name: 'another' } } });
    await words.untilValues({ password: 'rotated' }, 'another');
    await words.untilValues(undefined, 'renamed-target');
  });

  it('is at any time as the reference would have left it, so that it can be taken back', async () => {
    await controller.idle();
    const targets = ['plain', 'copied', 'templated', 'another', 'orphan', 'merged', 'create-or-merge', 'extracted'];
    for (const name of targets) {
      const secret = (await words.getSecret(name)) as Secret;
      const items = Object.entries(secret.data ?? {}).map(
        ([item, text]) => [item, Buffer.from(text, 'base64')] as const,
      );
      // What it calls valid: its label, and its hash over the items that are there.
      expect([name, secret.metadata.labels?.[esoMarks.managed]]).toEqual([name, 'true']);
      expect([name, secret.metadata.annotations?.[esoMarks.dataHash]]).toEqual([name, dataHash(new Map(items))]);
      const isOwned = !['orphan', 'merged', 'create-or-merge'].includes(name);
      const maker = name === 'another' ? 'renamed' : name;
      const mark = secret.metadata.labels?.[esoMarks.createdBy];
      expect([name, mark]).toEqual([name, isOwned ? createdBy({ namespace, name: maker }) : undefined]);
      expect(secret.metadata.ownerReferences?.map((one) => one.name) ?? []).toEqual(isOwned ? [maker] : []);
      const object = await words.getExternal(maker);
      expect(object?.status?.syncedResourceVersion).toBe(syncedResourceVersion(object?.metadata ?? {}));
    }
  });

  it('goes with its objects, which no finalizer keeps', async () => {
    const names = ['plain', 'a-name-of-more-than-27-characters'];
    for (const name of names) await house.kube.delete(resources.externalSecret, words.at(name));
    const gone = (now: unknown) => now === undefined;
    for (const name of names) await words.until(() => words.getExternal(name), gone, `the end of ${name}`);
    await house.kube.delete(resources.externalSecret, words.at('orphan'));
    await house.kube.delete(resources.secretStore, words.at('vault'));
    await words.until(
      () => house.kube.get(resources.secretStore, words.at('vault')).catch(() => undefined),
      gone,
      'the end of the store',
    );
    expect(await words.values('orphan')).toEqual({ password: 'rotated' });
    expect(house.lines.filter((line) => line.includes('KUBE_FORBIDDEN'))).toEqual([]);
  });
});

const base64 = (items: Record<string, string>) =>
  Object.fromEntries(Object.entries(items).map(([item, text]) => [item, Buffer.from(text).toString('base64')]));

async function stageOn(cluster: Client) {
  const clientOf = async (kubeconfig: string, onCall?: (report: CallReport) => void) => {
    const config = await loadClusterConfig({ env: {}, cwd: '/', clock: systemClock }, { kubeconfig });
    return createClient({ config, clock: systemClock, random: Math.random, onCall });
  };
  await Promise.all(['cluster', 'external-secrets'].map((name) => cluster.applyDeploy(`rbac/${name}.yaml`)));
  const kubeconfig = await cluster.serviceAccountKubeconfig('kube-system', 'sealwright');
  const user = asUser(await clientOf(cluster.kubeconfig));
  return {
    user,
    controllerClient: (onCall: (report: CallReport) => void) => clientOf(kubeconfig, onCall),
    close: () => user.close(),
  };
}
