// What becomes of Secrets whose object is gone, with --deletion-grace, on the whole controller.

import { afterEach, describe, expect, it } from 'vitest';
import { resources } from '../../src/kube/resources.ts';
import { embeddedStage, type House, houseOn, ourDefinition, type Running, storeKey } from './support/house.ts';

let house: House;
let controller: Running;
afterEach(async () => {
  await house.end();
});

async function open(grace = '200ms', selector = '') {
  const stage = await embeddedStage();
  await storeKey(stage.user, 'rsa2048');
  house = houseOn(stage, { settings: { 'deletion-grace': [grace], selector: [selector] } });
  controller = await house.start();
  await controller.ready;
}

const restart = async (meanwhile: () => Promise<unknown>) => {
  await controller.stop();
  await meanwhile();
  controller = await house.start();
  await controller.ready;
};

const metric = async (name: string) => {
  const text = await controller.metrics.registry.metrics();
  return text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.split(' ')[1];
};

describe('with --deletion-grace', () => {
  it('a Secret carries no ownerReference, and goes some time after its object', async () => {
    await open();
    const scene = await house.scene();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    const { metadata } = (await scene.getSecret()) ?? {};
    expect(metadata?.ownerReferences).toBeUndefined();
    expect(metadata?.labels).toEqual({ 'sealwright.dev/owned-by': 'SealedSecret' });
    await scene.remove();
    await scene.untilSecret((secret) => secret === undefined);
    await controller.idle();
    expect(await scene.events()).toContainEqual(expect.stringMatching(/^Normal Removed: its SealedSecret was gone/));
  });

  it('an object that comes back within the grace finds its Secret as it was', async () => {
    await open('1h');
    const scene = await house.scene();
    const object = await scene.seal({ values: { password: 's3cret' } });
    await scene.apply(object);
    await scene.untilReady('True', 'Unsealed');
    const before = await scene.getSecret();
    await scene.remove();
    await expect.poll(() => metric('sealwright_deletions_waiting')).toBe('1');
    await scene.apply(object);
    await scene.untilReady('True', 'Unsealed');
    expect(await metric('sealwright_deletions_waiting')).toBe('0');
    expect((await scene.getSecret())?.metadata.uid).toBe(before?.metadata.uid);
  });

  it('what is retained, merged into or copied by others stays', async () => {
    await open();
    const scene = await house.scene();
    const retain = { 'sealwright.dev/deletion-policy': 'retain' };
    await scene.create(await scene.seal({ name: 'kept', values: { a: '1' }, annotations: retain }));
    await scene.createSecret({ a: 'foreign' }, { annotations: { 'sealedsecrets.bitnami.com/patch': 'true' } });
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.create(await scene.seal({ name: 'goes', values: { a: '1' } }));
    for (const name of ['kept', 'db', 'goes']) await scene.untilReady('True', 'Unsealed', name);
    const labels = { 'sealwright.dev/owned-by': 'SealedSecret' };
    await house.kube.create(resources.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: scene.namespace, name: 'copied', labels },
    });
    for (const name of ['kept', 'db', 'goes']) {
      await house.kube.delete(resources.sealedSecret, { namespace: scene.namespace, name });
    }
    await expect.poll(() => scene.getSecret('goes')).toBeUndefined();
    await controller.idle();
    expect(await metric('sealwright_deletions_waiting')).toBe('0');
    for (const name of ['kept', 'db', 'copied']) expect(await scene.getSecret(name)).toBeDefined();
  });

  it('turning it on takes ownerReferences away, and turning it off puts them back', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage);
    const scene = await house.scene();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    const owners = async () => (await scene.getSecret())?.metadata.ownerReferences?.length ?? 0;
    for (const [grace, expected] of [
      ['0', 1],
      ['1h', 0],
      ['0', 1],
    ] as const) {
      const now = houseOn({ ...stage, close: async () => {} }, { settings: { 'deletion-grace': [grace] } });
      controller = await now.start();
      await controller.ready;
      await expect.poll(owners).toBe(expected);
      await controller.idle();
      await now.end();
    }
    expect((await scene.getSecret())?.metadata.labels ?? {}).toEqual({});
  });

  it('a brake holds all when many go at once, until they come back or are released', async () => {
    await open();
    const scene = await house.scene();
    const names = Array.from({ length: 12 }, (_, index) => `db${index}`);
    const objects = await Promise.all(names.map((name) => scene.seal({ name, values: { password: 's3cret' } })));
    for (const object of objects) await scene.apply(object);
    for (const name of names) await scene.untilReady('True', 'Unsealed', name);
    const removeAll = () =>
      Promise.all(names.map((name) => house.kube.delete(resources.sealedSecret, { namespace: scene.namespace, name })));
    await restart(removeAll);
    await expect.poll(() => metric('sealwright_deletions_held')).toBe('12');
    expect(await metric('sealwright_deletion_brake')).toBe('1');
    expect(house.lines.some((line) => line.includes('too many objects vanished at once'))).toBe(true);

    const release = { metadata: { annotations: { 'sealwright.dev/deletion': 'released' } } };
    await house.kube.mergePatch(resources.secret, { namespace: scene.namespace, name: 'db0' }, release);
    await expect.poll(() => scene.getSecret('db0')).toBeUndefined();

    // Half put right: fewer than a mass are left, and they stay all the same, after a restart too.
    for (const object of objects.slice(1, 6)) await scene.apply(object);
    for (const name of names.slice(1, 6)) await scene.untilReady('True', 'Unsealed', name);
    expect((await scene.getSecret('db1'))?.metadata.annotations ?? {}).not.toHaveProperty('sealwright.dev/deletion');
    await restart(async () => {});
    await controller.idle();
    expect(await metric('sealwright_deletions_held')).toBe('6');
    for (const name of names.slice(1)) expect(await scene.getSecret(name)).toBeDefined();
    for (const name of names.slice(6)) {
      await house.kube.mergePatch(resources.secret, { namespace: scene.namespace, name }, release);
      await expect.poll(() => scene.getSecret(name)).toBeUndefined();
    }
    expect(await metric('sealwright_deletion_brake')).toBe('0');
  });

  it('an object that the selector does not choose any more is not gone', async () => {
    await open('1ms', 'team=blue');
    const scene = await house.scene();
    const object = await scene.seal({ values: { password: 's3cret' } });
    await scene.create({ ...object, metadata: { ...object.metadata, labels: { team: 'blue' } } });
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    controller.reset();
    await house.kube.mergePatch(resources.sealedSecret, scene.at, { metadata: { labels: { team: 'red' } } });
    await expect.poll(() => controller.calls).toContain('list sealedsecrets');
    await controller.idle();
    expect(await metric('sealwright_deletions_waiting')).toBe('0');
    expect(await scene.values()).toEqual({ password: 's3cret' });
  });

  it('nothing goes with the definition of the kind', async () => {
    await open();
    const scene = await house.scene();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    await house.kube.delete(resources.customResourceDefinition, { name: 'sealedsecrets.bitnami.com' });
    await expect.poll(() => house.lines.some((line) => line.includes('not cleared away'))).toBe(true);
    expect(await scene.values()).toEqual({ password: 's3cret' });
    await house.kube.create(resources.customResourceDefinition, ourDefinition());
  });
});

describe('without --deletion-grace', () => {
  it('many deletions at once are counted, in every mode', async () => {
    await open('0');
    const scene = await house.scene();
    const names = Array.from({ length: 11 }, (_, index) => `db${index}`);
    for (const name of names) await scene.create(await scene.seal({ name, values: { a: '1' } }));
    for (const name of names) await scene.untilReady('True', 'Unsealed', name);
    for (const name of names) await house.kube.delete(resources.sealedSecret, { namespace: scene.namespace, name });
    await expect.poll(() => metric('sealwright_mass_deletions_total{')).toBe('1');
  });
});
