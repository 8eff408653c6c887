// Settings that change what the whole controller does.

import { afterEach, describe, expect, it } from 'vitest';
import { resources } from '../../src/kube/resources.ts';
import { embeddedStage, type House, houseOn, sealed, storeKey } from './support/house.ts';

let house: House;
afterEach(async () => {
  await house.end();
});

async function open(settings: NonNullable<Parameters<typeof houseOn>[1]>['settings'] = {}) {
  const stage = await embeddedStage();
  await storeKey(stage.user, 'rsa2048');
  house = houseOn(stage, { settings });
  return stage;
}

describe('with --drift detect', () => {
  it('a changed Secret is reported and left as it is', async () => {
    await open({ drift: ['detect'] });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    await scene.editSecret({ password: 'oops' });
    const { status } = await scene.untilReady('False', 'Drifted');
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Synced', 'Ready', 'Stalled', 'Drifted']);
    expect(status?.conditions?.[0]?.message).toContain('item password');
    expect(await scene.values()).toEqual({ password: 'oops' });
    await scene.editSecret({ password: 's3cret' });
    await scene.untilReady('True', 'Unsealed');
    await scene.apply(await scene.seal({ values: { password: 'hunter2' } }));
    await scene.untilValues({ password: 'hunter2' });
  });
});

describe('with --namespace', () => {
  it('only those namespaces are served', async () => {
    const stage = await open({ namespace: ['default', 'kube-public'] });
    const controller = await house.start();
    await controller.ready;
    const foreign = await house.scene();
    await foreign.create(await foreign.seal({ values: { password: 's3cret' } }));
    for (const namespace of ['default', 'kube-public']) {
      await stage.user.create(resources.sealedSecret, await sealed({ namespace, values: { password: 's3cret' } }));
      await expect
        .poll(() => stage.user.get(resources.secret, { namespace, name: 'db' }).catch(() => undefined))
        .toBeDefined();
    }
    await controller.idle();
    expect(await foreign.getSecret()).toBeUndefined();
    await stage.user.delete(resources.secret, { namespace: 'default', name: 'db' });
    await expect
      .poll(() => stage.user.get(resources.secret, { namespace: 'default', name: 'db' }).catch(() => undefined))
      .toBeDefined();
  });
});

describe('with --controller-class', () => {
  it('each controller serves the objects of its class, and leaves the others as they are', async () => {
    const stage = await open({ 'controller-class': ['blue'] });
    const blue = await house.start();
    const plain = houseOn({ ...stage, close: async () => {} });
    await (await plain.start()).ready;
    await blue.ready;
    blue.reset();
    const scene = await house.scene();
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    const ofBlue = { 'sealwright.dev/controller-class': 'blue' };
    await scene.create(await scene.seal({ name: 'db2', values: { password: 's3cret' }, annotations: ofBlue }));
    await scene.create(
      await scene.seal({ name: 'db3', values: { a: '1' }, annotations: { 'sealwright.dev/controller-class': 'red' } }),
    );
    await scene.untilReady('True', 'Unsealed');
    await scene.untilReady('True', 'Unsealed', 'db2');
    await scene.annotate(ofBlue);
    await scene.deleteSecret();
    await scene.untilValues({ password: 's3cret' });
    await blue.idle();
    expect(blue.calls.filter((call) => call === 'create secrets')).toHaveLength(2);
    expect((await scene.getSealed('db3'))?.status?.conditions).toBeUndefined();
    await plain.end();
  });
});

describe('with --metrics-object-labels', () => {
  it('conditions of those namespaces are named, and their series go with the object', async () => {
    await open({ 'metrics-object-labels': ['default'] });
    const controller = await house.start();
    await controller.ready;
    const { kube } = house;
    const text = async () => (await fetch(`${controller.urls.metrics}/metrics`)).text();
    const scene = await house.scene();
    await scene.create(await scene.seal({ name: 'unnamed', values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed', 'unnamed');
    await kube.create(resources.sealedSecret, await sealed({ values: { password: 's3cret' } }));
    await expect
      .poll(text)
      .toContain(
        'gotk_reconcile_condition{kind="SealedSecret",namespace="default",name="db",type="Ready",status="True"} 1',
      );
    expect(await text()).not.toContain('unnamed');
    await kube.delete(resources.sealedSecret, { namespace: 'default', name: 'db' });
    await expect.poll(text).not.toContain('name="db"');
  });
});

describe('the sealing key', () => {
  it('is renewed when it is old, and its certificate is published and served', async () => {
    const stage = await open({ 'key-renew-period': ['1s'] });
    const controller = await house.start();
    await controller.ready;
    const published = async () =>
      (
        await stage.user.get<{ data?: Record<string, string> } & Parameters<typeof stage.user.create>[1]>(
          resources.configMap,
          {
            namespace: 'kube-system',
            name: 'sealwright-certificate',
          },
        )
      ).data?.['cert.pem'];
    const served = async () => (await fetch(`${controller.urls.api}/v1/cert.pem`)).text();
    const first = await served();
    await expect.poll(served).not.toBe(first);
    // On a busy machine what is published is always a key behind.
    const everServed = new Set<string | undefined>();
    const isOneOfThem = async () => {
      everServed.add(await served());
      return everServed.has(await published());
    };
    await expect.poll(isOneOfThem).toBe(true);
    const scene = await house.scene();
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
  });
});
