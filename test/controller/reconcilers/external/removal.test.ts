// What becomes of Secrets whose ExternalSecret is gone, with --deletion-grace, on the whole controller.

import { afterEach, describe, expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources.ts';
import { externalDefinitions, type Words, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault } from '../../support/fake-vault.ts';
import { type EmbeddedOptions, embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

let house: House;
let controller: Running;
let vault: FakeVault;
let words: Words;
let stage: Awaited<ReturnType<typeof embeddedStage>>;
afterEach(async () => {
  await house.end();
  await stage.close();
  await vault.close();
});

async function open(grace: string, intercept?: EmbeddedOptions['intercept']) {
  stage = await embeddedStage({ definitions: externalDefinitions(), intercept });
  vault = await startFakeVault();
  vault.values.set('db', { password: 's3cret' });
  await begin(grace);
  words = wordsIn(house.kube, (await house.scene()).namespace);
  await words.vaultStore(vault.url);
}

async function begin(grace: string) {
  house = houseOn(
    { ...stage, close: async () => {} },
    { settings: { kinds: ['externalsecrets'], 'deletion-grace': [grace] } },
  );
  controller = await house.start();
  await controller.ready;
}

async function restart(grace: string, meanwhile: () => Promise<unknown> = async () => {}) {
  await house.end();
  await meanwhile();
  await begin(grace);
}

const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];
const remove = (name: string) => house.kube.delete(resources.externalSecret, words.at(name));
const metric = async (name: string) => {
  const text = await controller.metrics.registry.metrics();
  return text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.split(' ')[1];
};

describe('with --deletion-grace', () => {
  it('a Secret of another name than its ExternalSecret has no ownerReference, and goes some time after it', async () => {
    await open('200ms');
    await words.external('db', { target: { name: 'login' }, data });
    // One that is named as the Secret is has nothing to do with it.
    await words.external('login', { target: { name: 'other' }, data });
    for (const name of ['db', 'login']) await words.untilReady(name, 'True', 'SecretSynced');
    const { metadata } = (await words.getSecret('login')) ?? {};
    expect(metadata?.ownerReferences).toBeUndefined();
    expect(metadata?.labels).toMatchObject({ 'sealwright.dev/owned-by': 'ExternalSecret' });
    await remove('db');
    await expect.poll(() => words.getSecret('login')).toBeUndefined();
    await controller.idle();
    expect(await words.events()).toContainEqual(expect.stringMatching(/^Normal Removed: its ExternalSecret was gone/));
    expect(await words.values('other')).toEqual({ password: 's3cret' });
  });

  it('an ExternalSecret that comes back within the grace finds its Secret as it was', async () => {
    await open('1h');
    await words.external('db', { data });
    await words.untilReady('db', 'True', 'SecretSynced');
    const before = await words.getSecret();
    await remove('db');
    await expect.poll(() => metric('sealwright_deletions_waiting')).toBe('1');
    await words.external('db', { data });
    await words.untilReady('db', 'True', 'SecretSynced');
    expect(await metric('sealwright_deletions_waiting')).toBe('0');
    expect((await words.getSecret())?.metadata.uid).toBe(before?.metadata.uid);
  });

  it('what is retained, orphaned or merged into stays', async () => {
    await open('1ms');
    const retain = { annotations: { 'sealwright.dev/deletion-policy': 'retain' } };
    await words.external('kept', { data }, retain);
    await words.external('orphan', { target: { creationPolicy: 'Orphan' }, data });
    await words.credentials('merged', { theirs: 'x' });
    await words.external('merged', { target: { creationPolicy: 'Merge' }, data });
    await words.external('goes', { data });
    const names = ['kept', 'orphan', 'merged', 'goes'];
    for (const name of names) await words.untilReady(name, 'True', 'SecretSynced');
    for (const name of names) await remove(name);
    await expect.poll(() => words.getSecret('goes')).toBeUndefined();
    await controller.idle();
    for (const name of names.slice(0, 3)) expect((await words.values(name))?.password).toBe('s3cret');
  });

  it('what went while no controller ran goes as well, and what was there before the setting gives its owner up', async () => {
    await open('0');
    for (const name of ['db', 'gone']) await words.external(name, { refreshInterval: '1h', data });
    for (const name of ['db', 'gone']) await words.untilReady(name, 'True', 'SecretSynced');
    expect((await words.getSecret())?.metadata.ownerReferences).toHaveLength(1);
    await restart('500ms');
    const owners = async (name: string) => (await words.getSecret(name))?.metadata.ownerReferences?.length ?? 0;
    for (const name of ['db', 'gone']) await expect.poll(() => owners(name)).toBe(0);
    await controller.idle();
    await restart('500ms', () => remove('gone'));
    await expect.poll(() => words.getSecret('gone')).toBeUndefined();
    await restart('0');
    await expect.poll(() => owners('db')).toBe(1);
    expect((await words.getSecret())?.metadata.labels).not.toHaveProperty('sealwright.dev/owned-by');
  });

  it('a Secret that was on its way when its ExternalSecret was deleted goes as well', async () => {
    let isAwaited = false;
    await open('1ms', async ({ method, path }) => {
      if (!isAwaited || method !== 'POST' || !path.endsWith(`/${words.namespace}/secrets`)) return undefined;
      isAwaited = false;
      await remove('db');
      // Time enough for a watch: calls of ours go the same way as its news.
      for (let call = 0; call < 50; call++) await words.getExternal();
      return undefined;
    });
    isAwaited = true;
    await words.external('db', { data });
    await expect.poll(() => controller.calls.filter((call) => call === 'delete secrets')).toHaveLength(1);
    await expect.poll(() => words.getSecret()).toBeUndefined();
  });

  it('a brake holds all when many go at once', async () => {
    await open('1ms');
    const names = Array.from({ length: 12 }, (_, index) => `db${index}`);
    for (const name of names) await words.external(name, { refreshInterval: '1h', data });
    for (const name of names) await words.untilReady(name, 'True', 'SecretSynced');
    await restart('1ms', () => Promise.all(names.map(remove)));
    await expect.poll(() => metric('sealwright_deletions_held')).toBe('12');
    expect(await metric('sealwright_deletion_brake')).toBe('1');
    const release = { metadata: { annotations: { 'sealwright.dev/deletion': 'released' } } };
    await house.kube.mergePatch(resources.secret, words.at('db0'), release);
    await expect.poll(() => words.getSecret('db0')).toBeUndefined();
    for (const name of names.slice(1)) expect(await words.getSecret(name)).toBeDefined();
  });
});

it('without --deletion-grace many deletions at once are counted as well', async () => {
  await open('0');
  const names = Array.from({ length: 11 }, (_, index) => `db${index}`);
  for (const name of names) await words.external(name, { data });
  for (const name of names) await words.untilReady(name, 'True', 'SecretSynced');
  await Promise.all(names.map(remove));
  await expect.poll(() => metric('sealwright_mass_deletions_total{')).toBe('1');
});
