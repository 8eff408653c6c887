// The whole controller against the embedded API server.

import { afterEach, describe, expect, it } from 'vitest';
import { keyLabel, keySecret } from '../../keys/storage.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { embeddedStage, type House, houseOn, storeKey, testKey } from './support/house.ts';
import { tellStories } from './support/stories.ts';

describe('a SealedSecret in the cluster', () => {
  tellStories(async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    return houseOn(stage);
  });
});

describe('the controller', () => {
  let house: House;
  afterEach(async () => {
    await house.end();
  });

  /** A controller that has made the Secret of these values. */
  async function runningWith(values: Record<string, string>) {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage);
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    await scene.create(await scene.seal({ values }));
    await scene.untilReady('True', 'Unsealed');
    return { stage, controller, scene };
  }

  it('makes the Secrets that others wait for before it tells of those that are made', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage, { settings: { concurrency: ['1'] } });
    const scene = await house.scene();
    const names = ['a', 'b', 'c'];
    for (const name of names) await scene.create(await scene.seal({ name, values: { password: 's3cret' } }));
    const controller = await house.start();
    await controller.idle();
    const calls = controller.calls.filter((call) => call === 'create secrets' || call === 'patch sealedsecrets');
    // One more is the key of fingerprints.
    expect(calls.lastIndexOf('create secrets')).toBeLessThan(calls.indexOf('patch sealedsecrets'));
    expect(calls).toHaveLength(2 * names.length + 1);
    for (const name of names) await scene.untilReady('True', 'Unsealed', name);
  });

  it('writes the Secrets of a flood several at once', async () => {
    let openedBeforeWrites: Promise<number> | undefined;
    const stage = await embeddedStage({
      intercept: async ({ method, path }) => {
        if (method !== 'POST' || !path.endsWith('/secrets') || !path.includes('/scene-')) return undefined;
        openedBeforeWrites ??= opened();
        await openedBeforeWrites;
        return undefined;
      },
    });
    await storeKey(stage.user, 'rsa2048');
    // Its timers never ring: no Secret is written for having waited long.
    const clock = { ...systemClock, timer: () => () => {} };
    // Three workers for one namespace, of which two write together.
    house = houseOn(stage, { settings: { concurrency: ['4'] }, clock });
    const scene = await house.scene();
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`item-${i}`, 's3cret']));
    for (const name of ['b', 'c', 'd']) await scene.create(await scene.seal({ name, values: many }));
    await scene.create(await scene.seal({ name: 'a', values: { password: 's3cret' } }));
    const controller = await house.start();
    const opened = async () => {
      const text = await (await fetch(`${controller.urls.metrics}/metrics`)).text();
      return Number(/^sealwright_unseal_total (\d+)$/m.exec(text)?.[1]);
    };
    await controller.idle();
    expect(await openedBeforeWrites).toBeGreaterThan(200);
    for (const name of ['a', 'b', 'c', 'd']) await scene.untilReady('True', 'Unsealed', name);
  });

  it('does not seal with a key that was made from a SealedSecret next to it', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage);
    const controller = await house.start();
    await controller.ready;
    const scene = house.sceneIn('kube-system');
    const { data = {} } = keySecret('kube-system', await testKey('other2048'));
    const metadata = { labels: { [keyLabel]: 'active' } };
    const values = Object.fromEntries(
      Object.entries(data).map(([item, text]) => [item, Buffer.from(text, 'base64').toString()]),
    );
    await scene.create(await scene.seal({ values, template: { metadata, type: 'kubernetes.io/tls' } }));
    await scene.untilReady('True', 'Unsealed');
    await expect.poll(() => house.lines.join('')).toContain('"KEY_PRODUCED"');
    expect(await (await fetch(`${controller.urls.api}/v1/cert.pem`)).text()).toBe(
      (await testKey('rsa2048')).certificate.pem,
    );
  });

  it('does not fight at full speed with who deletes what it makes, such as the garbage collector', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage);
    const controller = await house.start();
    const scene = await house.scene();
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '3d5b3f5e-0000-4000-8000-000000000000' };
    const annotations = { 'sealedsecrets.bitnami.com/skip-set-owner-references': 'true' };
    const template = { metadata: { annotations, ownerReferences: [owner] } };
    await scene.create(await scene.seal({ values: { password: 's3cret' }, template }));
    const object = await scene.untilReady('Unknown', 'Conflict');
    expect(object.status?.conditions?.[0]?.message).toContain('again and again');
    await controller.idle();
    expect(controller.calls.filter((call) => call === 'create secrets').length).toBeLessThan(30);
  });

  it('serves the certificate, health and metrics', async () => {
    const { controller } = await runningWith({ password: 's3cret' });
    const certificate = await fetch(`${controller.urls.api}/v1/cert.pem`);
    expect(await certificate.text()).toBe((await testKey('rsa2048')).certificate.pem);
    const published = await house.kube.get<Secret>(resources.configMap, {
      namespace: 'kube-system',
      name: 'sealwright-certificate',
    });
    expect(published.data?.['cert.pem']).toBe((await testKey('rsa2048')).certificate.pem);
    expect((await fetch(`${controller.urls.metrics}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${controller.urls.metrics}/metrics`)).text();
    expect(metrics).toContain('sealwright_reconcile_total{kind="SealedSecret",result="rest",reason="Unsealed"}');
    const other = await fetch(`${controller.urls.api}/v1/other`, { method: 'POST', body: '{}' });
    expect(other.status).toBe(404);
    expect(await other.json()).toEqual({ error: { code: 'NOT_FOUND', message: expect.any(String) } });
    expect((await fetch(`${controller.urls.api}/v1/cert.pem`, { method: 'DELETE' })).status).toBe(405);
  });

  it('measures keys, values, repairs, watches and who writes', async () => {
    const { stage, controller, scene } = await runningWith({ user: 'admin', password: 's3cret' });
    await scene.editSecret({ password: 'oops' });
    await scene.untilValues({ user: 'admin', password: 's3cret' });
    stage.server.compact();
    stage.server.dropWatches();
    const lines = async () => (await (await fetch(`${controller.urls.metrics}/metrics`)).text()).split('\n');
    await expect
      .poll(async () => (await lines()).filter((line) => /^sealwright_watch_restarts_total\{.* [1-9]/.test(line)))
      .not.toEqual([]);
    const { id } = await testKey('rsa2048');
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'sealwright_unseal_total 2',
        `sealwright_values_by_key{key="${id}"} 2`,
        'sealwright_drift_repairs_total{kind="SealedSecret"} 1',
        'sealwright_leader 1',
        'sealwright_queue_depth 0',
        expect.stringMatching(/^sealwright_key_age_seconds \d+/),
        expect.stringMatching(/^sealwright_reconcile_duration_seconds_count\{kind="SealedSecret"\} [1-9]/),
      ]),
    );
    expect((await lines()).filter((line) => line.includes(scene.namespace))).toEqual([]);
  });

  it('says whether values open, and seals them again for its newest key', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    await storeKey(stage.user, 'other2048');
    house = houseOn(stage);
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    const pairs = [await testKey('rsa2048'), await testKey('other2048')];
    const newest = await (await fetch(`${controller.urls.api}/v1/cert.pem`)).text();
    const { certificate } = pairs.find((pair) => pair.certificate.pem !== newest) ?? {};
    const object = await scene.seal({ values: { password: 's3cret' }, certificate });
    const post = (path: string, body: unknown) =>
      fetch(`${controller.urls.api}${path}`, { method: 'POST', body: JSON.stringify(body) });
    expect((await post('/v1/verify', object)).status).toBe(200);
    expect((await post('/v1/verify', { ...object, metadata: { ...object.metadata, name: 'x' } })).status).toBe(409);
    const rotated = JSON.parse(await (await post('/v1/rotate', object)).text());
    expect(rotated.spec.encryptedData.password).not.toBe(object.spec.encryptedData?.password);
    await scene.create(rotated);
    await scene.untilReady('True', 'Unsealed');
    expect((await fetch(`${controller.urls.api}/v1/verify`)).status).toBe(405);
    const metrics = await (await fetch(`${controller.urls.metrics}/metrics`)).text();
    expect(metrics).toContain('sealwright_http_requests_total{path="/v1/verify",code="409"} 1');
    expect(metrics).not.toContain('/v1/other');
  });

  it('asks for free memory once a flood is over, and not for the little that comes later', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    let collections = 0;
    const collect = () => {
      collections += 1;
    };
    house = houseOn(stage, { collect });
    const { namespace, ...scene } = await house.scene();
    const names = Array.from({ length: 1_000 }, (_, index) => `foreign-${index}`);
    for (const name of names) {
      await stage.user.create(resources.secret, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } });
    }
    const controller = await house.start();
    await controller.ready;
    await expect.poll(() => collections).toBe(1);
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    expect(collections).toBe(1);
  });

  it('makes Secrets while requests flood it', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage, { settings: { 'opening-rate': ['10000'] } });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    const foreign = (await testKey('second2048')).certificate;
    const values = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, 'x']));
    const body = JSON.stringify(await scene.seal({ name: 'flood', values, certificate: foreign }));
    const statuses = new Set<number>();
    let isOver = false;
    const flood = Array.from({ length: 24 }, async () => {
      while (!isOver) {
        const answer = await fetch(`${controller.urls.api}/v1/verify`, { method: 'POST', body });
        statuses.add(answer.status);
        await answer.arrayBuffer();
      }
    });
    try {
      await expect.poll(() => statuses.has(429)).toBe(true);
      const names = ['a', 'b', 'c'];
      for (const name of names) await scene.create(await scene.seal({ name, values: { password: 's3cret' } }));
      for (const name of names) await scene.untilReady('True', 'Unsealed', name);
      expect((await fetch(`${controller.urls.api}/v1/cert.pem`)).status).toBe(200);
    } finally {
      isOver = true;
      await Promise.all(flood);
    }
    expect([...statuses].sort()).toEqual([409, 429]);
  });

  it('does neither where the rate is 0', async () => {
    const stage = await embeddedStage();
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage, { settings: { 'opening-rate': ['0'] } });
    const controller = await house.start();
    for (const path of ['/v1/verify', '/v1/rotate'])
      expect((await fetch(`${controller.urls.api}${path}`, { method: 'POST', body: '{}' })).status).toBe(404);
  });
});
