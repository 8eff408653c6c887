// Sealing keys as their Secrets come, change and go, in whatever order two watches tell of it.

import { afterEach, expect, it } from 'vitest';
import { createLog } from '../../../controller/log.ts';
import { KeyRing } from '../../../controller/reconcilers/key-ring.ts';
import { KeyRegistry } from '../../../keys/registry.ts';
import { keyLabel, keyNamePrefix, keySecret } from '../../../keys/storage.ts';
import type { KubeApi, WatchEvent } from '../../../src/kube/api.ts';
import type { Secret } from '../../../src/kube/objects.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import { controllerNamespace, testKey } from '../support/house.ts';

let end = () => {};
afterEach(() => end());

/** A cluster with one key Secret, and the two watches of it, each told by the test. */
async function open(name: string, labels: Record<string, string>) {
  const secret = (version: number, now: Record<string, string>): Secret => ({
    ...stored,
    metadata: { namespace: controllerNamespace, name, uid: 'u1', resourceVersion: String(version), labels: now },
  });
  const stored = keySecret(controllerNamespace, await testKey('rsa2048'));
  const tell: Record<string, (event: WatchEvent<Secret>) => void> = {};
  const kube = {
    async *pages(_: unknown, { labelSelector }: { labelSelector?: string }) {
      const items = labelSelector === undefined || keyLabel in labels ? [secret(1, labels)] : [];
      yield { metadata: { resourceVersion: '1' }, items };
    },
    async *watch(_: unknown, { labelSelector }: { labelSelector?: string }) {
      for (;;) {
        yield await new Promise<WatchEvent<Secret>>((resolve) => {
          tell[labelSelector ? 'byLabel' : 'byName'] = resolve;
        });
      }
    },
  } as unknown as KubeApi;
  const registry = new KeyRegistry();
  const log = createLog({ stream: { write() {} }, level: 'error', format: 'json', now: () => new Date() });
  const ring = new KeyRing({
    kube,
    namespace: controllerNamespace,
    registry,
    clock: systemClock,
    random: () => 0,
    log,
  });
  const ending = new AbortController();
  end = () => ending.abort();
  void ring.run(ending.signal);
  await ring.synced;
  const told = async (watch: 'byLabel' | 'byName', type: 'MODIFIED' | 'DELETED', now: Record<string, string>) => {
    await expect.poll(() => tell[watch]).toBeDefined();
    const resolve = tell[watch];
    delete tell[watch];
    resolve?.({ type, object: secret(2, now) });
    await expect.poll(() => tell[watch]).toBeDefined();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { registry, told };
}

const active = { [keyLabel]: 'active' };

it.each([
  ['before', ['byLabel', 'byName']],
  ['after', ['byName', 'byLabel']],
] as const)(
  'the key of before 0.7 stays one without its label, whether the watch by label tells %s the one by name',
  async (_, order) => {
    const { registry, told } = await open(keyNamePrefix, active);
    expect(registry.size).toBe(1);
    for (const watch of order)
      await told(watch, watch === 'byLabel' ? 'DELETED' : 'MODIFIED', watch === 'byLabel' ? active : {});
    expect(registry.size).toBe(1);
  },
);

it('the key of before 0.7 is retired by its label', async () => {
  const { registry, told } = await open(keyNamePrefix, {});
  expect(registry.size).toBe(1);
  await told('byName', 'MODIFIED', { [keyLabel]: 'compromised' });
  await expect.poll(() => registry.size).toBe(0);
});

it('any other key is none any more without its label', async () => {
  const { registry, told } = await open(`${keyNamePrefix}abc`, active);
  expect(registry.size).toBe(1);
  await told('byLabel', 'DELETED', active);
  await expect.poll(() => registry.size).toBe(0);
});
