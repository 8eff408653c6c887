// What an ExternalSecret's policies, templates and generators make of the values, on the embedded API server.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { esoMarks } from '../../../../controller/secret/eso.ts';
import type { ExternalSecret } from '../../../../src/kube/external-secrets.ts';
import type { ConfigMap } from '../../../../src/kube/objects.ts';
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

let house: House;
let controller: Running;
let vault: FakeVault;
let words: Words;

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'] } });
  vault = await startFakeVault();
  controller = await house.start();
  await controller.ready;
});
afterAll(async () => {
  await house.end(['s3cret', 'hunter2', vaultToken]);
  await vault.close();
});
beforeEach(async () => {
  words = wordsIn(house.kube, (await house.scene()).namespace);
  vault.values.set('db', { user: 'admin', password: 's3cret' });
  await words.vaultStore(vault.url);
});
afterEach(async () => {
  const { namespace } = words;
  const { items } = await house.kube.list<ExternalSecret>(resources.externalSecret, { namespace });
  for (const item of items) {
    if (item.status?.conditions) checkExternalStatus(item);
    await house.kube.delete(resources.externalSecret, { namespace, name: item.metadata.name ?? '' });
  }
});

const password = { secretKey: 'password', remoteRef: { key: 'db', property: 'password' } };
const user = { secretKey: 'user', remoteRef: { key: 'db', property: 'user' } };
const extract = { extract: { key: 'db' } };

describe('creationPolicy', () => {
  it('Orphan has no owner, is put right, and outlives its ExternalSecret', async () => {
    await words.external('db', { target: { creationPolicy: 'Orphan' }, data: [password] });
    await words.untilValues({ password: 's3cret' });
    const made = await words.getSecret();
    expect(made?.metadata.ownerReferences).toBeUndefined();
    expect(made?.metadata.labels).toEqual({ [esoMarks.managed]: 'true' });
    await house.kube.mergePatch(resources.secret, words.at('db'), { data: { password: 'eA==' } });
    await words.untilValues({ password: 's3cret' });
    await house.kube.delete(resources.externalSecret, words.at('db'));
    await controller.idle();
    expect(await words.values()).toEqual({ password: 's3cret' });
  });

  it('Merge adds its items to those of others, takes away what it asks for no more, and waits for the Secret', async () => {
    await words.external('db', { target: { creationPolicy: 'Merge' }, dataFrom: [extract] });
    await words.untilReady('db', 'Unknown', 'SecretMissing');
    await words.credentials('db', { theirs: 'x', user: 'y' });
    await words.untilValues({ theirs: 'x', user: 'admin', password: 's3cret' });
    expect((await words.getSecret())?.metadata.ownerReferences).toBeUndefined();
    await words.edit('db', { spec: { dataFrom: null, data: [password] } });
    await words.untilValues({ theirs: 'x', password: 's3cret' });
    await words.untilReady('db', 'True', 'SecretSynced');
  });

  it('Merge of two into one keeps them apart', async () => {
    await words.credentials('db', { theirs: 'x' });
    await words.external('a', { target: { name: 'db', creationPolicy: 'Merge' }, data: [password] });
    await words.external('b', {
      target: { name: 'db', creationPolicy: 'Merge' },
      data: [{ secretKey: 'user', remoteRef: { key: 'db', property: 'user' } }],
    });
    await words.untilValues({ theirs: 'x', user: 'admin', password: 's3cret' });
    await words.untilReady('a', 'True', 'SecretSynced');
    await words.untilReady('b', 'True', 'SecretSynced');
    await controller.idle();
    controller.reset();
    await house.kube.mergePatch(resources.secret, words.at('db'), { data: { theirs: 'eg==' } });
    await words.untilValues({ theirs: 'z', user: 'admin', password: 's3cret' });
    await controller.idle();
    expect(controller.calls.filter((call) => /^(patch|update|create) secrets/.test(call))).toEqual([]);
  });

  it('CreateOrMerge makes the Secret where it is missing', async () => {
    await words.external('db', { target: { creationPolicy: 'CreateOrMerge' }, data: [password] });
    await words.untilValues({ password: 's3cret' });
    await house.kube.mergePatch(resources.secret, words.at('db'), { data: { theirs: 'eg==' } });
    await controller.idle();
    expect(await words.values()).toEqual({ password: 's3cret', theirs: 'z' });
    expect((await words.getSecret())?.metadata.ownerReferences).toBeUndefined();
  });

  it.each([
    ['Orphan', {}],
    ['Owner', { 'sealwright.dev/deletion-policy': 'retain' }],
  ] as const)(
    'Merge into what another has wholly (%s without an owner) is refused until it goes',
    async (creationPolicy, annotations) => {
      await words.external('a', { target: { name: 'db', creationPolicy }, data: [password] }, { annotations });
      await words.untilReady('a', 'True', 'SecretSynced');
      await words.external('b', { target: { name: 'db', creationPolicy: 'Merge' }, data: [user] });
      const refused = await words.untilReady('b', 'False', 'SecretSyncedError');
      expect(readyOf(refused)?.message).toContain('is the target of ExternalSecret a as well');
      expect(await words.values()).toEqual({ password: 's3cret' });
      await house.kube.delete(resources.externalSecret, words.at('a'));
      await words.untilValues({ password: 's3cret', user: 'admin' });
    },
  );

  it.each(['Owner', 'Orphan'] as const)(
    '%s does not take a Secret that another merged into',
    async (creationPolicy) => {
      await words.credentials('db', { theirs: 'x' });
      await words.external('a', { target: { name: 'db', creationPolicy: 'Merge' }, data: [password] });
      await words.untilReady('a', 'True', 'SecretSynced');
      await words.external('b', { target: { name: 'db', creationPolicy }, data: [user] });
      const refused = await words.untilReady('b', 'False', 'SecretSyncedError');
      expect(readyOf(refused)?.message).toMatch(/^NotOwned: /);
      expect(await words.values()).toEqual({ theirs: 'x', password: 's3cret' });
    },
  );

  it('Owner does not take a Secret that another made by CreateOrMerge', async () => {
    await words.external('a', { target: { name: 'db', creationPolicy: 'CreateOrMerge' }, data: [password] });
    await words.untilReady('a', 'True', 'SecretSynced');
    await words.external('b', { target: { name: 'db' }, data: [user] });
    await words.untilReady('b', 'False', 'SecretSyncedError');
    expect(await words.values()).toEqual({ password: 's3cret' });
  });

  it("from Merge to Owner wipes nobody's items; from CreateOrMerge it takes what is its own", async () => {
    await words.credentials('db', { theirs: 'x' });
    await words.external('db', { target: { creationPolicy: 'Merge' }, data: [password] });
    await words.untilReady('db', 'True', 'SecretSynced');
    await words.edit('db', { spec: { target: { creationPolicy: 'Owner' } } });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect(await words.values()).toEqual({ theirs: 'x', password: 's3cret' });
    await words.external('own', { target: { creationPolicy: 'CreateOrMerge' }, data: [password] });
    await words.untilReady('own', 'True', 'SecretSynced');
    await words.edit('own', { spec: { target: { creationPolicy: 'Owner' } } });
    await words.untilReady('own', 'True', 'SecretSynced');
    expect((await words.getSecret('own'))?.metadata.ownerReferences).toHaveLength(1);
  });

  it('from Owner to Merge lets go of the Secret, and of the items that it asks for no more', async () => {
    await words.external('db', { data: [password, user] });
    await words.untilReady('db', 'True', 'SecretSynced');
    await words.edit('db', { spec: { target: { creationPolicy: 'Merge' }, data: [password] } });
    await words.untilValues({ password: 's3cret' });
    const { metadata } = (await words.getSecret()) ?? {};
    expect(metadata?.ownerReferences).toBeUndefined();
    expect(metadata?.labels).toEqual({ [esoMarks.managed]: 'true' });
    await words.untilReady('db', 'True', 'SecretSynced');
    await controller.idle();
    controller.reset();
    vault.reset();
    await words.edit('db', { spec: { refreshInterval: '2h' } });
    await controller.idle();
    expect(vault.reads).toEqual(['db']);
    expect(controller.calls.filter((call) => call.startsWith('patch secrets'))).toEqual([]);
  });

  it('None makes none', async () => {
    await words.external('db', { target: { creationPolicy: 'None' }, data: [password] });
    const { status } = await words.untilReady('db', 'True', 'SecretSynced');
    expect(status?.binding).toBeUndefined();
    expect(await words.getSecret()).toBeUndefined();
  });
});

describe('deletionPolicy', () => {
  it('Delete deletes the Secret when the source is gone at two looks, and makes it again', async () => {
    await words.external('db', { refreshInterval: '1s', target: { deletionPolicy: 'Delete' }, data: [password] });
    await words.untilValues({ password: 's3cret' });
    vault.values.set('db', null);
    await words.until(
      () => words.events(),
      (events) => events.some((event) => event.includes('MissingProviderSecret')),
      'the event',
    );
    expect(await words.values()).toEqual({ password: 's3cret' });
    await words.untilReady('db', 'True', 'SecretDeleted');
    expect(await words.getSecret()).toBeUndefined();
    vault.values.set('db', { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    await words.untilReady('db', 'True', 'SecretSynced');
  });

  it('Delete says what stood in the way, and not Ready, while it waits for the second look', async () => {
    const annotations = { 'sealwright.dev/max-staleness': '0s' };
    await words.external(
      'db',
      { refreshInterval: '1s', target: { deletionPolicy: 'Delete' }, data: [password] },
      { annotations },
    );
    await words.untilReady('db', 'True', 'SecretSynced');
    vault.refused.add('db');
    await words.untilReady('db', 'False', 'SecretSyncedError');
    vault.values.set('db', null);
    vault.refused.delete('db');
    await words.until(
      () => words.condition('Ready'),
      (ready) => ready?.message?.startsWith('NotFound: ') === true,
      'the word of the first look',
    );
    expect((await words.condition('Ready'))?.status).toBe('False');
    expect(await words.values()).toEqual({ password: 's3cret' });
    await words.untilReady('db', 'True', 'SecretDeleted');
  });

  it('Delete deletes nothing while the store is down or says no', async () => {
    await words.external('db', { refreshInterval: '1s', target: { deletionPolicy: 'Delete' }, data: [password] });
    await words.untilValues({ password: 's3cret' });
    vault.trouble = { status: 403 };
    await words.until(
      () => words.condition('Stale'),
      (stale) => stale?.reason === 'Denied',
      'Stale',
    );
    expect(await words.values()).toEqual({ password: 's3cret' });
    vault.trouble = undefined;
    await words.until(
      () => words.condition('Stale'),
      (stale) => stale === undefined,
      'the end of Stale',
    );
  });

  it('Merge takes the items away and leaves the Secret', async () => {
    vault.values.set('other', { x: '1' });
    await words.external('db', {
      refreshInterval: '1s',
      target: { deletionPolicy: 'Merge' },
      dataFrom: [extract, { extract: { key: 'other' } }],
    });
    await words.untilValues({ user: 'admin', password: 's3cret', x: '1' });
    vault.values.delete('db');
    await words.untilValues({ x: '1' });
  });
});

describe('the Secret', () => {
  it('of an earlier target name is deleted', async () => {
    await words.external('db', { data: [password] });
    await words.untilValues({ password: 's3cret' });
    await words.edit('db', { spec: { target: { name: 'renamed' } } });
    await words.untilValues({ password: 's3cret' }, 'renamed');
    await words.untilValues(undefined, 'db');
  });

  it('that is immutable keeps its values, and says that they are others now', async () => {
    await words.external('db', { refreshInterval: '1s', target: { immutable: true }, data: [password] });
    await words.untilValues({ password: 's3cret' });
    expect((await words.getSecret())?.immutable).toBe(true);
    vault.values.set('db', { password: 'hunter2' });
    await words.until(
      () => words.condition('Stale'),
      (stale) => stale?.reason === 'ImmutableSecret',
      'Stale',
    );
    expect(await words.values()).toEqual({ password: 's3cret' });
  });

  it('is deleted and made again for another type', async () => {
    await words.external('db', { data: [password] });
    await words.untilValues({ password: 's3cret' });
    await words.edit('db', { spec: { target: { template: { type: 'example.com/db' } } } });
    await words.until(
      () => words.getSecret(),
      (secret) => secret?.type === 'example.com/db',
      'the type',
    );
    expect(await words.values()).toEqual({ password: 's3cret' });
  });

  it('of a service account token is never made', async () => {
    await words.external('db', {
      target: { template: { type: 'kubernetes.io/service-account-token' } },
      data: [password],
    });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Stalled'))?.reason).toBe('TypeNotAllowed');
  });
});

describe('refreshPolicy', () => {
  it('CreatedOnce reads once, whatever changes', async () => {
    await words.external('db', { refreshPolicy: 'CreatedOnce', refreshInterval: '1s', data: [password] });
    await words.untilValues({ password: 's3cret' });
    await words.untilReady('db', 'True', 'SecretSynced');
    vault.reset();
    await words.edit('db', { metadata: { annotations: { 'force-sync': '1' } } });
    await controller.idle();
    expect(vault.reads).toEqual([]);
  });

  it('OnChange reads when the object changes', async () => {
    await words.external('db', { refreshPolicy: 'OnChange', refreshInterval: '1s', data: [password] });
    await words.untilValues({ password: 's3cret' });
    vault.values.set('db', { password: 'hunter2' });
    await words.edit('db', { metadata: { labels: { a: 'b' } } });
    await words.untilValues({ password: 'hunter2' });
  });
});

describe('templates', () => {
  const configMap = (name: string, data: Record<string, string>) =>
    words.create<ConfigMap>(resources.configMap, name, { data });

  it('make items, labels and annotations', async () => {
    await words.external('db', {
      target: {
        template: {
          type: 'Opaque',
          metadata: { labels: { who: '{{ .user }}' }, annotations: { 'example.com/who': 'of {{ .user }}' } },
          data: { url: 'postgres://{{ .user }}:{{ .password }}@db' },
        },
      },
      dataFrom: [extract],
    });
    await words.untilValues({ url: 'postgres://admin:s3cret@db' });
    const { labels, annotations } = (await words.getSecret())?.metadata ?? {};
    expect(labels).toMatchObject({ who: 'admin' });
    expect(annotations).toMatchObject({ 'example.com/who': 'of admin' });
  });

  it('from a ConfigMap are rendered again when it changes, without a read', async () => {
    await configMap('templates', { 'app.ini': 'user={{ .user }}', pairs: 'a: "{{ .user }}"\nb: 1' });
    await words.external('db', {
      target: {
        template: {
          mergePolicy: 'Merge',
          templateFrom: [
            {
              configMap: {
                name: 'templates',
                items: [{ key: 'app.ini' }, { key: 'pairs', templateAs: 'KeysAndValues' }],
              },
            },
            { target: 'Labels', literal: 'who: {{ .user }}' },
          ],
        },
      },
      data: [{ secretKey: 'user', remoteRef: { key: 'db', property: 'user' } }],
    });
    await words.untilValues({ user: 'admin', 'app.ini': 'user=admin', a: 'admin', b: '1' });
    expect((await words.getSecret())?.metadata.labels).toMatchObject({ who: 'admin' });
    await words.untilReady('db', 'True', 'SecretSynced');
    vault.reset();
    const data = { 'app.ini': 'name={{ .user }}' };
    await house.kube.mergePatch(resources.configMap, words.at('templates'), { data });
    await words.untilValues({ user: 'admin', 'app.ini': 'name=admin', a: 'admin', b: '1' });
    expect(vault.reads).toEqual([]);
  });

  it('say nothing of whose a Secret is', async () => {
    const template = { metadata: { labels: { [esoMarks.createdBy]: 'somebody', team: 'a' } } };
    await words.external('db', { target: { creationPolicy: 'Orphan', template }, data: [password] });
    await words.untilReady('db', 'True', 'SecretSynced');
    expect((await words.getSecret())?.metadata.labels).toEqual({ [esoMarks.managed]: 'true', team: 'a' });
    vault.values.set('db', { password: 'hunter2' });
    await words.edit('db', { metadata: { annotations: { 'force-sync': '1' } } });
    await words.untilValues({ password: 'hunter2' });
  });

  it('that cannot be rendered name the item and no value, and the last good values stay', async () => {
    await words.external('db', { target: { template: { data: { a: '{{ .user }}' } } }, dataFrom: [extract] });
    await words.untilValues({ a: 'admin' });
    await words.edit('db', { spec: { target: { template: { data: { a: '{{ .missing }}' } } } } });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Stalled'))?.message).toMatch(/^TemplateError: template a, line 1: /);
    expect(await words.values()).toEqual({ a: 'admin' });
  });

  it('that fail on a value which is missing are rendered when the store has it, before any success too', async () => {
    const template = { data: { a: '{{ .later }}' } };
    await words.external('db', { refreshInterval: '1s', target: { template }, dataFrom: [extract] });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    vault.values.set('db', { later: 's3cret' });
    await words.untilValues({ a: 's3cret' });
  });

  it('are waited for where their source is not there', async () => {
    await words.external('db', {
      target: { template: { templateFrom: [{ configMap: { name: 'later', items: [{ key: 'a' }] } }] } },
      dataFrom: [extract],
    });
    await words.untilReady('db', 'Unknown', 'SecretSyncedError');
    await configMap('later', { a: '{{ .user }}' });
    await words.untilValues({ a: 'admin' });
  });
});

describe('the Password generator', () => {
  const generated = {
    dataFrom: [
      {
        sourceRef: {
          generatorRef: { apiVersion: 'generators.external-secrets.io/v1alpha1', kind: 'Password', name: 'p' },
        },
      },
    ],
  };

  it('makes a password once where nothing is to be refreshed', async () => {
    await words.create(resources.passwordGenerator, 'p', { spec: { length: 32, digits: 5, symbols: 0 } });
    await words.external('db', { refreshInterval: '0', ...generated });
    await words.untilReady('db', 'True', 'SecretSynced');
    const before = await words.values();
    expect(before?.password).toMatch(/^[A-Za-z0-9]{32}$/);
    await words.edit('db', { metadata: { labels: { a: 'b' } } });
    await words.until(
      () => words.getSecret(),
      (secret) => secret?.metadata.labels?.a === 'b',
      'the label',
    );
    expect(await words.values()).toEqual(before);
  });

  it('that is not there is waited for', async () => {
    await words.external('db', generated);
    await words.untilReady('db', 'Unknown', 'SecretSyncedError');
  });
});

describe('a Secret that another ExternalSecret makes', () => {
  it('serves as the credentials of a store as soon as it is there', async () => {
    vault.values.set('bootstrap', { token: vaultToken });
    await words.store('second', {
      vault: { server: vault.url, path: 'secret', auth: { tokenSecretRef: { name: 'made', key: 'token' } } },
    });
    await words.external('db', { secretStoreRef: { name: 'second' }, data: [password] });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    await words.external('made', { dataFrom: [{ extract: { key: 'bootstrap' } }] });
    await words.untilValues({ password: 's3cret' });
  });
});

describe('a ClusterSecretStore', () => {
  const cluster = (name: string, spec: object) => words.create(resources.clusterSecretStore, name, { spec });
  const use = (name: string) =>
    words.external('db', { secretStoreRef: { name, kind: 'ClusterSecretStore' }, data: [password] });

  it('without namespaces in its references takes those of who uses it', async () => {
    const name = `referent-${words.namespace}`;
    await cluster(name, { provider: vaultAt(vault.url) });
    await use(name);
    await words.untilValues({ password: 's3cret' });
    await words.untilReady(name, 'True', 'ValidationUnknown', resources.clusterSecretStore);
  });

  it('serves the namespaces that its conditions name, as soon as they do', async () => {
    const name = `some-${words.namespace}`;
    await cluster(name, {
      provider: vaultAt(vault.url),
      conditions: [
        { namespaces: ['other'] },
        { namespaceRegexes: ['^never$'] },
        { namespaceSelector: { matchLabels: { team: 'a' } } },
      ],
    });
    await use(name);
    await words.untilReady('db', 'False', 'SecretSyncedError');
    expect((await words.condition('Stalled'))?.reason).toBe('StoreNotAllowed');
    await house.kube.mergePatch(
      resources.namespace,
      { name: words.namespace },
      { metadata: { labels: { team: 'a' } } },
    );
    await words.untilValues({ password: 's3cret' });
  });
});

describe('sealwright.dev/restart', () => {
  it('restarts workloads when values changed, and not when the Secret is first made or put right', async () => {
    await words.create(resources.deployment, 'api', { spec: { template: { metadata: {}, spec: { containers: [] } } } });
    const annotationsOf = async () => {
      const { spec } = await house.kube.get<never>(resources.deployment, words.at('api'));
      return (spec as { template: { metadata?: { annotations?: object } } }).template.metadata?.annotations;
    };
    const metadata = { annotations: { 'sealwright.dev/restart': 'Deployment/api' } };
    await words.external('db', { refreshInterval: '1s', data: [password] }, metadata);
    await words.untilReady('db', 'True', 'SecretSynced');
    await house.kube.mergePatch(resources.secret, words.at('db'), { data: { password: 'eA==' } });
    await words.untilValues({ password: 's3cret' });
    await controller.idle();
    expect(await annotationsOf()).toBeUndefined();
    vault.values.set('db', { password: 'hunter2' });
    await words.until(annotationsOf, (annotations) => annotations !== undefined, 'the restart');
    expect(await words.values()).toEqual({ password: 'hunter2' });
  });
});
