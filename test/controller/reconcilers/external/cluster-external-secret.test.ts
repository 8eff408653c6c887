// ClusterExternalSecrets on the embedded API server: which namespaces get an ExternalSecret, and which lose it.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { esoFinalizers } from '../../../../controller/secret/eso.ts';
import type { ClusterExternalSecret } from '../../../../src/kube/external-secrets.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { externalDefinitions, vaultAt, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault, vaultToken } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

let house: House;
let controller: Running;
let vault: FakeVault;
let team: string;

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'] } });
  vault = await startFakeVault();
  vault.values.set('db', { password: 's3cret' });
  controller = await house.start();
  await controller.ready;
});
afterAll(async () => {
  await house.end(['s3cret', vaultToken]);
  await vault.close();
});
beforeEach(() => {
  team = randomUUID().slice(0, 8);
});

async function namespaceOf(labels: Record<string, string>) {
  const words = wordsIn(house.kube, (await house.scene()).namespace);
  await house.kube.mergePatch(resources.namespace, { name: words.namespace }, { metadata: { labels } });
  await words.vaultStore(vault.url);
  return words;
}

const clusterWide = (name: string, spec: object = {}) =>
  house.kube.create<ClusterExternalSecret>(resources.clusterExternalSecret, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterExternalSecret',
    metadata: { name },
    spec: {
      externalSecretName: 'db',
      namespaceSelectors: [{ matchLabels: { team } }],
      externalSecretMetadata: { labels: { from: 'cluster' } },
      externalSecretSpec: {
        secretStoreRef: { name: 'vault' },
        data: [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }],
      },
      ...spec,
    },
  });

it('makes one ExternalSecret in each namespace that matches, and takes it away where none matches any more', async () => {
  const [first, second] = [await namespaceOf({ team }), await namespaceOf({ other: 'x' })];
  await clusterWide(`ces-${team}`);
  await first.untilValues({ password: 's3cret' });
  const ready = await first.untilReady(`ces-${team}`, 'True', 'Provisioned', resources.clusterExternalSecret);
  expect(ready.status).toMatchObject({ provisionedNamespaces: [first.namespace], externalSecretName: 'db' });
  expect((await first.getExternal())?.metadata.labels).toEqual({ from: 'cluster' });
  await house.kube.mergePatch(resources.namespace, { name: second.namespace }, { metadata: { labels: { team } } });
  await second.untilValues({ password: 's3cret' });
  await house.kube.mergePatch(resources.namespace, { name: first.namespace }, { metadata: { labels: { team: null } } });
  await first.until(
    () => first.getExternal(),
    (object) => object === undefined,
    'the ExternalSecret to go',
  );
});

it('puts an edited child right, follows its own spec, and cleans up after a rename', async () => {
  const words = await namespaceOf({ team });
  const name = `ces-${team}`;
  await clusterWide(name);
  await words.untilValues({ password: 's3cret' });
  await words.edit('db', { spec: { refreshInterval: '5m' } });
  await words.until(
    () => words.getExternal(),
    (object) => object?.spec.refreshInterval === undefined,
    'the spec',
  );
  const patch = {
    metadata: { annotations: { 'external-secrets.io/force-sync': '1' } },
    spec: { externalSecretName: 'renamed' },
  };
  await house.kube.mergePatch(resources.clusterExternalSecret, { name }, patch);
  await words.untilValues({ password: 's3cret' }, 'renamed');
  await words.until(
    () => words.getExternal(),
    (object) => object === undefined,
    'the old ExternalSecret to go',
  );
  expect((await words.getExternal('renamed'))?.metadata.annotations).toEqual({ 'external-secrets.io/force-sync': '1' });
});

it('leaves an ExternalSecret of someone else alone, and says where', async () => {
  const words = await namespaceOf({ team });
  await words.external('db', { dataFrom: [{ extract: { key: 'db' } }] });
  await clusterWide(`ces-${team}`);
  const { status } = await words.untilReady(
    `ces-${team}`,
    'False',
    'NamespacesFailed',
    resources.clusterExternalSecret,
  );
  expect(status).toMatchObject({
    failedNamespaces: [
      { namespace: words.namespace, reason: `external secret db already exists in namespace ${words.namespace}` },
    ],
  });
  await house.kube.delete(resources.externalSecret, words.at('db'));
  await words.untilReady(`ces-${team}`, 'True', 'Provisioned', resources.clusterExternalSecret);
});

it('adds no finalizer, to itself or to a namespace', async () => {
  const words = await namespaceOf({ team });
  await clusterWide(`ces-${team}`, {
    externalSecretSpec: { secretStoreRef: { name: 'vault' }, dataFrom: [{ extract: { key: 'db' } }] },
  });
  const ready = await words.untilReady(`ces-${team}`, 'True', 'Provisioned', resources.clusterExternalSecret);
  expect(ready.metadata.finalizers).toBeUndefined();
  expect((await house.kube.get(resources.namespace, { name: words.namespace })).metadata.finalizers).toBeUndefined();
});

it.each([
  ['ClusterExternalSecret', esoFinalizers.clusterExternalSecret, resources.clusterExternalSecret],
  ['ClusterSecretStore', esoFinalizers.store, resources.clusterSecretStore],
] as const)(
  'lets go a %s that the reference left its finalizer on, and no other finalizer',
  async (_, finalizer, resource) => {
    const words = await namespaceOf({ team });
    const name = `left-${team}`;
    if (resource === resources.clusterExternalSecret) await clusterWide(name);
    else await words.create(resource, name, { spec: { provider: vaultAt(vault.url) } });
    const finalizers = [finalizer, 'example.com/theirs'];
    await house.kube.mergePatch(resource, { name }, { metadata: { finalizers } });
    await house.kube.delete(resource, { name });
    await words.until(
      () => house.kube.get(resource, { name }),
      ({ metadata }) => metadata.finalizers?.join() === 'example.com/theirs',
      'the other finalizer alone',
    );
    await house.kube.mergePatch(resource, { name }, { metadata: { finalizers: null } });
  },
);
