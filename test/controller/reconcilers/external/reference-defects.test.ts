// The defects of External Secrets Operator 2.9 that docs/compatibility-external-secrets.md says are not shared, one test each;
// numbers are those of its issues.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createdBy, dataHash, esoFieldManager, esoMarks } from '../../../../controller/secret/eso.ts';
import type { ClusterExternalSecret, SecretStore } from '../../../../src/kube/external-secrets.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { loopback } from '../../../support/loopback.ts';
import { type FakeAws, fakeAws } from '../../stores/support/fake-aws.ts';
import { externalDefinitions, vaultAt, type Words, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault, vaultToken } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

let house: House;
let controller: Running;
let vault: FakeVault;
let aws: FakeAws;
let words: Words;

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  vault = await startFakeVault();
  aws = await fakeAws();
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'], 'aws-endpoint': [aws.url] } });
  controller = await house.start();
  await controller.ready;
});
afterAll(async () => {
  await house.end(['s3cret', vaultToken]);
  await vault.close();
  await aws.close();
});
beforeEach(async () => {
  words = wordsIn(house.kube, (await house.scene()).namespace);
  vault.values.set('db', { user: 'admin', password: 's3cret' });
  await words.vaultStore(vault.url);
});

const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];
const clusterStore = (name: string) =>
  house.kube.create<SecretStore>(resources.clusterSecretStore, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    metadata: { name },
    spec: { provider: vaultAt(vault.url) },
  });

describe('labels and annotations', () => {
  it.each([
    'short',
    'a-name-of-more-than-27-characters',
    'a-name-of-more-than-sixty-three-characters-so-that-it-is-hashed',
  ])('that left the template of %s go from the Secret, whoever had written them', async (name) => {
    const labels = { stays: 'x', goes: 'x' };
    const target = { template: { metadata: { labels, annotations: { goes: 'x' } } } };
    await house.kube.create(
      resources.secret,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          ...words.at(name),
          labels: {
            ...labels,
            [esoMarks.managed]: 'true',
            [esoMarks.createdBy]: createdBy({ namespace: words.namespace, name }),
          },
          annotations: { goes: 'x', [esoMarks.dataHash]: dataHash(new Map([['password', Buffer.from('s3cret')]])) },
        },
        data: { password: Buffer.from('s3cret').toString('base64') },
      } as never,
      { fieldManager: esoFieldManager(name) },
    );
    await words.external(name, { target, data });
    await words.untilReady(name, 'True', 'SecretSynced');
    await words.edit(name, {
      spec: { target: { template: { metadata: { labels: { goes: null }, annotations: null } } } },
    });
    await words.until(
      () => words.getSecret(name),
      (secret) => secret?.metadata.labels?.goes === undefined && secret?.metadata.annotations?.goes === undefined,
      'the end of the label and the annotation',
    );
    expect((await words.getSecret(name))?.metadata.labels).toMatchObject({ stays: 'x' });
  });
});

describe('a secret in AWS', () => {
  it('that is marked for deletion is gone for deletionPolicy Delete, and no error', async () => {
    aws.secrets.set('going', { text: 's3cret' });
    await words.credentials('aws', { id: 'AKIA', secret: 'key' });
    const secretRef = {
      accessKeyIDSecretRef: { name: 'aws', key: 'id' },
      secretAccessKeySecretRef: { name: 'aws', key: 'secret' },
    };
    await words.store('aws', { aws: { service: 'SecretsManager', region: 'eu-west-1', auth: { secretRef } } });
    await words.external('db', {
      secretStoreRef: { name: 'aws' },
      refreshInterval: '1s',
      target: { deletionPolicy: 'Delete' },
      data: [{ secretKey: 'password', remoteRef: { key: 'going' } }],
    });
    await words.untilValues({ password: 's3cret' });
    aws.secrets.set('going', { text: 's3cret', deleted: true });
    await words.untilReady('db', 'True', 'SecretDeleted');
    expect(await words.getSecret()).toBeUndefined();
  });
});

describe('stores', () => {
  it('of a namespace are found after a cluster store was named before them', async () => {
    await clusterStore(`c-${words.namespace}`);
    const clusterRef = { kind: 'ClusterSecretStore' as const, name: `c-${words.namespace}` };
    const from = (secretKey: string, storeRef: { kind?: 'ClusterSecretStore'; name: string }) => ({
      secretKey,
      remoteRef: { key: 'db', property: secretKey },
      sourceRef: { storeRef },
    });
    await words.external('db', { data: [from('user', clusterRef), from('password', { name: 'vault' })] });
    await words.untilValues({ user: 'admin', password: 's3cret' });
  });

  it('leave no credentials in the environment of the process', async () => {
    const before = { ...process.env };
    await words.credentials('keys', { id: 'AKIAMARKER', secret: 'marker-key' });
    const secretRef = {
      accessKeyIDSecretRef: { name: 'keys', key: 'id' },
      secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
    };
    await words.store('iam', {
      vault: { server: vault.url, path: 'secret', auth: { iam: { vaultRole: 'app', region: 'eu-west-1', secretRef } } },
    });
    await words.external('db', { secretStoreRef: { name: 'iam' }, data });
    await words.until(
      async () => vault.others,
      (others) => others.includes('POST /v1/auth/aws/login'),
      'a login',
    );
    expect(process.env).toEqual(before);
  });
});

describe('a ClusterExternalSecret', () => {
  it('of a name as long as names may be serves its namespaces, which end without waiting for anybody', async () => {
    const name = 'n'.repeat(253);
    await house.kube.create<ClusterExternalSecret>(resources.clusterExternalSecret, {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterExternalSecret',
      metadata: { name },
      spec: {
        externalSecretName: 'db',
        namespaces: [words.namespace],
        externalSecretSpec: { secretStoreRef: { name: 'vault' }, data },
      },
    });
    await words.untilValues({ password: 's3cret' });
    const namespace = await house.kube.get(resources.namespace, { name: words.namespace });
    expect(namespace.metadata.finalizers ?? []).toEqual([]);
    await house.kube.delete(resources.clusterExternalSecret, { name });
  });
});

describe('values', () => {
  it('of an extract keep their digits', async () => {
    const text = '{"data":{"data":{"big":12345678901234567890,"price":1.10,"far":1e21},"metadata":{"version":1}}}';
    const server = await loopback(({ path }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(path.includes('/data/') ? text : '{"data":{}}');
    });
    await words.store('exact', vaultAt(server.url));
    await words.external('db', { secretStoreRef: { name: 'exact' }, dataFrom: [{ extract: { key: 'numbers' } }] });
    await words.untilValues({ big: '12345678901234567890', price: '1.10', far: '1e21' });
    await server.close();
  });

  it.each([
    ['an extract of an empty object', [{ extract: { key: 'empty' } }]],
    ['a find that finds nothing', [{ find: { name: { regexp: '^nothing$' } } }]],
  ])('that are none, of %s, are neither a Secret nor Ready', async (_, dataFrom) => {
    vault.values.set('empty', {});
    await words.external('db', { dataFrom });
    const refused = await words.untilReady('db', 'False', 'SecretSyncedError');
    expect(JSON.stringify(refused.status)).toContain('no values at all');
    expect(await words.getSecret()).toBeUndefined();
  });

  it('whose names become one by a rewrite are decided by the order of their names, each time', async () => {
    vault.values.set('many', { a1: 'first', a2: 'second', a3: 'third' });
    const rewrite = [{ regexp: { source: '[0-9]', target: '' } }];
    for (let round = 0; round < 5; round++) {
      await words.external(`db${round}`, { dataFrom: [{ extract: { key: 'many' }, rewrite }] });
      await words.untilValues({ a: 'third' }, `db${round}`);
    }
  });
});

describe('a Secret of someone else', () => {
  it('is not touched: no label before it is known whose it is', async () => {
    const before = await words.credentials('db', { theirs: 'x' });
    await words.external('db', { data });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    await controller.idle();
    expect(await words.getSecret()).toEqual(before);
  });

  it('that another controller owns is not touched either', async () => {
    const owner = { apiVersion: 'example.com/v1', kind: 'Thing', name: 'thing', uid: 'u', controller: true };
    const before = await words.create(
      resources.secret,
      'db',
      { data: { theirs: 'eA==' } },
      { ownerReferences: [owner] },
    );
    await words.external('db', { data });
    const refused = await words.untilReady('db', 'False', 'SecretSyncedError');
    expect(JSON.stringify(refused.status)).toContain('belongs to Thing thing');
    expect(await words.getSecret()).toEqual(before);
  });
});

describe('refreshes', () => {
  it('of refreshInterval 0 come when the spec changes (#4567)', async () => {
    await words.external('db', { refreshInterval: '0', data });
    await words.untilValues({ password: 's3cret' });
    await words.edit('db', { spec: { data: [{ secretKey: 'user', remoteRef: { key: 'db', property: 'user' } }] } });
    await words.untilValues({ user: 'admin' });
  });

  it('come at once when a store is Ready again (#2035)', async () => {
    await house.kube.mergePatch(resources.secret, words.at('vault'), { data: { token: 'eA==' } });
    await words.external('db', { data });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    const data64 = { token: Buffer.from(vaultToken).toString('base64') };
    await house.kube.mergePatch(resources.secret, words.at('vault'), { data: data64 });
    await words.untilValues({ password: 's3cret' });
  });

  it('do not copy what GitOps tools know their objects by (#1836, #2790)', async () => {
    const annotations = {
      'argocd.argoproj.io/tracking-id': 'x',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      note: 'kept',
    };
    await words.external('db', { data }, { annotations, labels: { 'argocd.argoproj.io/instance': 'x', app: 'db' } });
    await words.untilValues({ password: 's3cret' });
    const { metadata } = (await words.getSecret()) ?? {};
    expect(Object.keys(metadata?.annotations ?? {}).sort()).toEqual(['note', esoMarks.dataHash]);
    expect(Object.keys(metadata?.labels ?? {}).sort()).toEqual(['app', esoMarks.createdBy, esoMarks.managed].sort());
  });
});
