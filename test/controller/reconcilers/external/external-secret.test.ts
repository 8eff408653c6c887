// ExternalSecrets from a Vault, on the embedded API server: what users do, and what goes wrong.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createdBy, dataHash, esoMarks, syncedResourceVersion } from '../../../../controller/secret/eso.ts';
import type { ExternalSecret } from '../../../../src/kube/external-secrets.ts';
import type { Secret } from '../../../../src/kube/objects.ts';
import { resources } from '../../../../src/kube/resources.ts';
import {
  checkExternalStatus,
  externalDefinitions,
  readyOf,
  vaultAt,
  type Words,
  wordsIn,
} from '../../support/external.ts';
import { type FakeVault, startFakeVault, vaultToken } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

const markers = ['s3cret', 'hunter2', 'body-marker', vaultToken];
let house: House;
let controller: Running;
let vault: FakeVault;
let words: Words;
const told: string[] = [];

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'] } });
  vault = await startFakeVault();
  controller = await house.start();
  await controller.ready;
});
afterAll(async () => {
  await house.end(markers);
  await vault.close();
  for (const marker of markers) {
    const forms = [marker, Buffer.from(marker).toString('base64')];
    expect(told.filter((line) => forms.some((form) => line.includes(form)))).toEqual([]);
  }
});
beforeEach(async () => {
  words = wordsIn(house.kube, (await house.scene()).namespace);
  vault.trouble = undefined;
  vault.values.set('db', { user: 'admin', password: 's3cret', big: 1 });
  vault.reset();
});
afterEach(async () => {
  const { namespace } = words;
  const { items } = await house.kube.list<ExternalSecret>(resources.externalSecret, { namespace });
  for (const item of items) {
    if (item.status?.conditions) checkExternalStatus(item);
    told.push(JSON.stringify(item.status));
    await house.kube.delete(resources.externalSecret, { namespace, name: item.metadata.name ?? '' });
  }
  told.push(...(await words.events()));
});

const password = { secretKey: 'password', remoteRef: { key: 'db', property: 'password' } };
const extract = { extract: { key: 'db' } };

/** As a controller that was stopped and started. */
async function restart(): Promise<void> {
  await controller.stop();
  vault.reset();
  controller = await house.start();
  await controller.idle();
}

describe('values', () => {
  it('of data become items, with the marks of External Secrets Operator and nothing else', async () => {
    await words.vaultStore(vault.url);
    const made = await words.external('db', { data: [password] });
    await words.untilValues({ password: 's3cret' });
    const { metadata, type } = (await words.getSecret()) ?? { metadata: {} };
    expect(type).toBe('Opaque');
    expect(metadata.labels).toEqual({ [esoMarks.managed]: 'true', [esoMarks.createdBy]: createdBy(made.metadata) });
    expect(metadata.annotations).toEqual({
      [esoMarks.dataHash]: dataHash(new Map([['password', Buffer.from('s3cret')]])),
    });
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        name: 'db',
        uid: made.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  });

  it('are told in the status as the reference tells them', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { data: [password] });
    const { metadata, status } = await words.untilReady('db', 'True', 'SecretSynced');
    expect(status?.syncedResourceVersion).toBe(syncedResourceVersion(metadata));
    expect(status?.binding).toEqual({ name: 'db' });
    expect(status?.refreshTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready']);
    expect(metadata.finalizers).toBeUndefined();
    await controller.idle();
    expect(await words.events()).toEqual(['Normal Created: Secret db made']);
  });

  it('of dataFrom come first, and data wins', async () => {
    vault.values.set('other', { password: 'hunter2' });
    await words.vaultStore(vault.url);
    await words.external('db', {
      dataFrom: [extract],
      data: [{ secretKey: 'password', remoteRef: { key: 'other', property: 'password' } }],
    });
    await words.untilValues({ user: 'admin', password: 'hunter2', big: '1' });
  });

  it('of a find come with rewritten names', async () => {
    vault.values.set('team-a', { a: 's3cret' });
    await words.vaultStore(vault.url);
    await words.external('db', {
      dataFrom: [{ find: { name: { regexp: '^team-' } }, rewrite: [{ regexp: { source: 'team-', target: '' } }] }],
    });
    await words.untilValues({ a: '{"a":"s3cret"}' });
  });

  it('go to the named target, from the store of the entry', async () => {
    await words.vaultStore(vault.url, 'second');
    await words.external('db', {
      secretStoreRef: {},
      target: { name: 'other' },
      data: [{ ...password, sourceRef: { storeRef: { name: 'second' } } }],
    });
    await words.untilValues({ password: 's3cret' }, 'other');
    expect((await words.untilReady('db', 'True', 'SecretSynced')).status?.binding?.name).toBe('other');
  });

  it('are read once by all who ask for them', async () => {
    await words.vaultStore(vault.url);
    for (let index = 0; index < 20; index++) await words.external(`db-${index}`, { data: [password] });
    for (let index = 0; index < 20; index++) await words.untilValues({ password: 's3cret' }, `db-${index}`);
    expect(vault.reads.length).toBeLessThanOrEqual(2);
  });

  it('served as v1beta1 are the same object', async () => {
    await words.vaultStore(vault.url);
    const beta = { ...resources.externalSecret, version: 'v1beta1' };
    await words.create(beta, 'db', {
      spec: { secretStoreRef: { name: 'vault' }, refreshInterval: '1h', data: [password] },
    });
    await words.untilValues({ password: 's3cret' });
    const before = await words.untilReady('db', 'True', 'SecretSynced');
    const after = await house.kube.replace(resources.externalSecret, before);
    expect(after.metadata.generation).toBe(before.metadata.generation);
  });
});

describe('drift', () => {
  it('is put right from memory, without a read', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { data: [password] });
    await words.untilReady('db', 'True', 'SecretSynced');
    vault.reset();
    vault.trouble = { status: 503 };
    await house.kube.mergePatch(resources.secret, words.at('db'), { data: { password: 'eA==', more: 'eA==' } });
    await words.untilValues({ password: 's3cret' });
    await house.kube.delete(resources.secret, words.at('db'));
    await words.untilValues({ password: 's3cret' });
    await house.kube.mergePatch(resources.secret, words.at('db'), {
      metadata: { labels: { [esoMarks.managed]: 'no' } },
    });
    await words.until(
      () => words.getSecret(),
      (secret) => secret?.metadata.labels?.[esoMarks.managed] === 'true',
      'the label',
    );
    await controller.idle();
    expect(vault.reads).toEqual([]);
    expect((await words.events()).filter((event) => event.startsWith('Warning Repaired'))).toHaveLength(3);
    expect((await words.condition('Ready'))?.status).toBe('True');
  });
});

describe('drift of the marks around the values', () => {
  const remove = (path: string) => [{ op: 'remove' as const, path }];
  const escaped = (name: string) => name.replaceAll('/', '~1');
  it.each([
    ['a label of the object', remove('/metadata/labels/app')],
    ['the label of who made it', remove(`/metadata/labels/${escaped(esoMarks.createdBy)}`)],
    ['an annotation of the object', [{ op: 'replace' as const, path: '/metadata/annotations/note', value: 'other' }]],
    ['the hash', remove(`/metadata/annotations/${escaped(esoMarks.dataHash)}`)],
    ['the owner', remove('/metadata/ownerReferences')],
  ])('%s: is put right without a read, and told', async (_, patch) => {
    await words.vaultStore(vault.url);
    const metadata = { labels: { app: 'db' }, annotations: { note: 'ours' } };
    await words.external('db', { refreshInterval: '1h', data: [password] }, metadata);
    await words.untilReady('db', 'True', 'SecretSynced');
    await controller.idle();
    const marksOf = (secret: Secret | undefined) => {
      const { labels = {}, annotations = {}, ownerReferences } = secret?.metadata ?? {};
      return JSON.stringify([Object.entries(labels).sort(), Object.entries(annotations).sort(), ownerReferences]);
    };
    const before = marksOf(await words.getSecret());
    vault.reset();
    await house.kube.jsonPatch(resources.secret, words.at('db'), patch);
    await words.until(
      () => words.getSecret(),
      (secret) => marksOf(secret) === before,
      'the Secret as it was',
    );
    await controller.idle();
    expect(vault.reads).toEqual([]);
    expect((await words.events()).filter((event) => event.startsWith('Warning Repaired'))).toHaveLength(1);
  });

  it('what others add around them stays', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { refreshInterval: '1h', data: [password] });
    await words.untilReady('db', 'True', 'SecretSynced');
    const theirs = { labels: { theirs: 'x' }, annotations: { theirs: 'x' } };
    await house.kube.mergePatch(resources.secret, words.at('db'), { metadata: theirs });
    await words.edit('db', { metadata: { labels: { app: 'new' } } });
    await words.until(
      () => words.getSecret(),
      (secret) => secret?.metadata.labels?.app === 'new',
      'the new label',
    );
    expect((await words.getSecret())?.metadata).toMatchObject(theirs);
  });
});

describe('a restart', () => {
  it('reads nothing that is not due and writes nothing', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { data: [password] });
    await words.external('once', { refreshInterval: '0', data: [password] });
    await words.untilReady('db', 'True', 'SecretSynced');
    await words.untilReady('once', 'True', 'SecretSynced');
    await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
    await restart();
    expect(vault.reads).toEqual([]);
    expect(controller.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
  });

  it('takes over what External Secrets Operator made, without a write to the Secret', async () => {
    await controller.stop();
    await words.vaultStore(vault.url);
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const made = await words.external('db', { refreshInterval: '1h', data: [password] }, { annotations });
    const owner = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      name: 'db',
      uid: made.metadata.uid ?? '',
    };
    await house.kube.create(
      resources.secret,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          ...words.at('db'),
          labels: { [esoMarks.managed]: 'true', [esoMarks.createdBy]: createdBy(made.metadata) },
          annotations: {
            [esoMarks.dataHash]: dataHash(new Map([['password', Buffer.from('s3cret')]])),
            'kubectl.kubernetes.io/last-applied-configuration': '{}',
          },
          ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
        },
        data: { password: Buffer.from('s3cret').toString('base64') },
      } as never,
      { fieldManager: 'externalsecrets.external-secrets.io/db' },
    );
    const conditions = [{ type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' }];
    const refreshTime = `${new Date().toISOString().slice(0, 19)}Z`;
    const status = { conditions, refreshTime, syncedResourceVersion: syncedResourceVersion(made.metadata) };
    await house.kube.mergePatch(resources.externalSecret, words.at('db'), { status }, { subresource: 'status' });
    const before = await words.getSecret();
    vault.reset();
    controller = await house.start();
    await controller.idle();
    await words.untilReady('db', 'True', 'SecretSynced');
    expect(vault.reads).toEqual([]);
    await words.edit('db', { metadata: { annotations: { 'force-sync': '1' } } });
    await words.until(
      async () => vault.reads.length,
      (count) => count > 0,
      'a read',
    );
    await controller.idle();
    const after = await words.getSecret();
    // The annotation of the object is copied, as the reference does; nothing else moved.
    expect(after?.data).toEqual(before?.data);
    expect(after?.metadata.ownerReferences).toEqual(before?.metadata.ownerReferences);
  });
});

describe('a refresh', () => {
  it('comes with the interval, and moves refreshTime no more often than every ten minutes', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { refreshInterval: '1s', data: [password] });
    const before = await words.untilReady('db', 'True', 'SecretSynced');
    vault.values.set('db', { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    await controller.idle();
    expect((await words.getExternal())?.status?.refreshTime).toBe(before.status?.refreshTime);
  });

  it('is forced by an annotation or a label', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { refreshInterval: '0', data: [password] });
    await words.untilValues({ password: 's3cret' });
    vault.values.set('db', { password: 'hunter2' });
    await words.edit('db', { metadata: { annotations: { 'force-sync': '1' } } });
    await words.untilValues({ password: 'hunter2' });
  });

  it('that fails leaves Ready as it was, says Stale, and ends it when the store is back', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { refreshInterval: '1s', data: [password] });
    const before = await words.untilReady('db', 'True', 'SecretSynced');
    vault.values.delete('db');
    await words.until(
      () => words.condition('Stale'),
      (stale) => stale?.status === 'True',
      'Stale',
    );
    expect(await words.condition('Stale')).toMatchObject({ reason: 'NotFound' });
    expect(await words.condition('Ready')).toEqual(readyOf(before));
    expect(await words.values()).toEqual({ password: 's3cret' });
    vault.values.set('db', { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    await words.until(
      () => words.condition('Stale'),
      (stale) => stale === undefined,
      'the end of Stale',
    );
  });

  it('that fails for too long is Ready=False', async () => {
    await words.vaultStore(vault.url);
    await words.external(
      'db',
      { refreshInterval: '1s', data: [password] },
      { annotations: { 'sealwright.dev/max-staleness': '1s' } },
    );
    await words.untilReady('db', 'True', 'SecretSynced');
    vault.values.delete('db');
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect(await words.values()).toEqual({ password: 's3cret' });
    expect(await words.condition('Stale')).toMatchObject({ status: 'True' });
    vault.values.set('db', { password: 'hunter2' });
    await words.untilReady('db', 'True', 'SecretSynced');
  });
});

describe('what goes wrong before the first success', () => {
  it.each([
    ['a key that is not there', { remoteRef: { key: 'nothing' } }, 'False', 'NotFound'],
    ['a property that is not there', { remoteRef: { key: 'db', property: 'nothing' } }, 'False', 'PropertyMissing'],
    ['a property path that is not supported', { remoteRef: { key: 'db', property: '@reverse' } }, 'False', 'Invalid'],
    [
      'what is not encoded as said',
      { remoteRef: { key: 'db', property: 'user', decodingStrategy: 'Base64' } },
      'False',
      'Invalid',
    ],
  ] as const)('%s is told with its class', async (_, entry, ready, why) => {
    await words.vaultStore(vault.url);
    await words.external('db', { data: [{ secretKey: 'x', ...entry }] });
    await words.untilReady('db', ready, 'SecretSyncedError');
    expect((await words.condition('Reconciling'))?.reason).toBe(why);
    expect((await words.condition('Ready'))?.message).toContain(`${why}: `);
    expect(await words.getSecret()).toBeUndefined();
  });

  it('a store that is not there is waited for', async () => {
    await words.external('db', { data: [password] });
    await words.untilReady('db', 'Unknown', 'SecretSyncedError');
    await words.vaultStore(vault.url);
    await words.untilValues({ password: 's3cret' });
  });

  it('a wrong token is Denied, and a right one is noticed at once', async () => {
    await words.credentials('vault', { token: 'wrong' });
    await words.store('vault', vaultAt(vault.url));
    await words.external('db', { data: [password] });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Ready'))?.message).toContain('Denied: ');
    await words.untilReady('vault', 'False', 'InvalidProviderConfig', resources.secretStore);
    const data = { token: Buffer.from(vaultToken).toString('base64') };
    await house.kube.mergePatch(resources.secret, words.at('vault'), { data });
    await words.untilValues({ password: 's3cret' });
    await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
  });

  it('a store that is down is Unknown, and its Secrets come as soon as it is back', async () => {
    vault.trouble = { status: 503 };
    await words.vaultStore(vault.url);
    await words.external('db', { data: [password] });
    await words.untilReady('db', 'Unknown', 'SecretSyncedError');
    expect((await words.condition('Reconciling'))?.reason).toBe('Unavailable');
    vault.trouble = undefined;
    await words.untilValues({ password: 's3cret' });
  });

  it('another provider is said not to be supported, by the store and by who uses it', async () => {
    await words.store('vault', { fake: { data: [] } });
    await words.external('db', { data: [password] });
    await words.untilReady('vault', 'False', 'UnsupportedProvider', resources.secretStore);
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Stalled'))?.reason).toBe('UnsupportedProvider');
  });

  it('a Secret that someone else made is not taken, unless leave is given', async () => {
    await words.vaultStore(vault.url);
    await words.credentials('db', { mine: 'x' });
    await words.external('db', { data: [password] });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Stalled'))?.reason).toBe('NotOwned');
    expect(vault.reads).toEqual([]);
    expect((await words.getSecret())?.metadata.labels).toBeUndefined();
    await words.edit('db', { metadata: { annotations: { 'sealwright.dev/adopt': 'true' } } });
    await words.untilValues({ password: 's3cret' });
  });

  it('two with one target do not write over each other', async () => {
    await words.vaultStore(vault.url);
    await words.external('a', { target: { name: 'db', creationPolicy: 'Orphan' }, data: [password] });
    await words.untilValues({ password: 's3cret' });
    await words.external('b', { target: { name: 'db', creationPolicy: 'Orphan' }, dataFrom: [extract] });
    await words.untilReady('b', 'False', 'SecretSyncedError');
    expect(await words.values()).toEqual({ password: 's3cret' });
    await house.kube.delete(resources.externalSecret, words.at('a'));
    await words.untilValues({ user: 'admin', password: 's3cret', big: '1' });
  });

  it.each([
    ['another kind of target', { target: { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } }, data: [password] }],
    [
      'another generator',
      {
        dataFrom: [
          {
            sourceRef: {
              generatorRef: { apiVersion: 'generators.external-secrets.io/v1alpha1', kind: 'UUID', name: 'x' },
            },
          },
        ],
      },
    ],
  ])('%s is Unsupported', async (_, spec) => {
    await words.vaultStore(vault.url);
    await words.external('db', spec);
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Stalled'))?.reason).toBe('Unsupported');
  });

  it('an empty find is no Secret and not Ready, and is tried again', async () => {
    await words.vaultStore(vault.url);
    await words.external('db', { dataFrom: [{ find: { name: { regexp: '^none$' } } }] });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Reconciling'))?.reason).toBe('NotFound');
    expect(await words.getSecret()).toBeUndefined();
  });
});
