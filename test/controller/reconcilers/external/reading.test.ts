// Asking the stores ahead of the work: who waits, who does not, and who comes along.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dueSoon } from '../../../../controller/reconcilers/external/lookups.ts';
import type { Parts } from '../../../../controller/reconcilers/external/parts.ts';
import type { Reading } from '../../../../controller/reconcilers/external/values.ts';
import { Memories, sizeOfNamed } from '../../../../controller/reconcilers/memory.ts';
import { NameIndex } from '../../../../controller/reconcilers/name-index.ts';
import type { NamedValues } from '../../../../controller/stores/data/names.ts';
import type { ExternalSecret, ExternalSecretSpec } from '../../../../src/kube/external-secrets.ts';
import { FakeClock } from '../../../support/clock.ts';
import { type Loopback, loopback } from '../../../support/loopback.ts';
import { externalDefinitions, readyOf, type Words, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

const password = { secretKey: 'password', remoteRef: { key: 'db', property: 'password' } };

describe('a look', () => {
  let house: House;
  let vault: FakeVault;
  let silent: Loopback;
  let words: Words;
  let controller: Running;
  beforeAll(async () => {
    const stage = await embeddedStage({ definitions: externalDefinitions() });
    house = houseOn(stage, { settings: { kinds: ['externalsecrets'], concurrency: ['4'] } });
    vault = await startFakeVault();
    silent = await loopback(() => {});
    controller = await house.start();
    await controller.ready;
  });
  afterAll(async () => {
    await house.end();
    await vault.close();
    await silent.close();
  });
  beforeEach(async () => {
    words = wordsIn(house.kube, (await house.scene()).namespace);
    vault.values.set('db', { user: 'admin', password: 's3cret' });
  });

  it('of many at once makes the Secrets first, and then tells each the whole of it, without another read', async () => {
    await controller.stop();
    await words.vaultStore(vault.url);
    const names = Array.from({ length: 24 }, (_, index) => `db-${index}`);
    for (const name of names) await words.external(name, { data: [password] });
    vault.reset();
    controller = await house.start();
    for (const name of names) {
      const object = await words.untilReady(name, 'True', 'SecretSynced');
      const { status } = object;
      expect(readyOf(object)?.message).toBe(`Secret ${name} has 1 item`);
      expect(status?.refreshTime).toBeDefined();
      expect(status?.syncedResourceVersion).toMatch(/^1-/);
      expect(status?.binding?.name).toBe(name);
    }
    expect(vault.reads).toEqual(['db']);
    await controller.idle();
    const events = await words.events();
    expect(events.filter((text) => text.includes('Created'))).toHaveLength(names.length);
  });

  it('is had at a healthy store although many more than there are workers wait for a silent one', async () => {
    await words.vaultStore(silent.url, 'silent');
    for (let index = 0; index < 12; index++) {
      await words.external(`silent-${index}`, { data: [password], secretStoreRef: { name: 'silent' } });
    }
    await words.vaultStore(vault.url);
    await words.external('db', { data: [password] });
    await words.untilValues({ password: 's3cret' });
    // Nobody's patience is at its end yet, so no worker was waited for.
    for (let index = 0; index < 12; index++) {
      expect((await words.getExternal(`silent-${index}`))?.status?.conditions).toBeUndefined();
    }
  });

  it('after one that missed a property reads anew, and not what was read before', async () => {
    await words.vaultStore(vault.url);
    vault.values.set('db', { user: 'admin' });
    await words.external('db', { data: [password] });
    await words.untilReady('db', 'False', 'SecretSyncedError');
    vault.values.set('db', { user: 'admin', password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
  });
});

describe('those who come along with a refresh', () => {
  const startMs = new FakeClock().now().getTime();
  const hour = 3_600_000;

  /** Objects of one store by name: their spec, and how long ago each was refreshed. */
  function house(objects: Record<string, { agoMs?: number; earlierMs?: number; spec?: Partial<ExternalSecretSpec> }>) {
    const memories = new Memories<NamedValues, Reading>(sizeOfNamed);
    const stores = new NameIndex();
    const cache = new Map<string, { object: ExternalSecret }>();
    for (const [name, { agoMs, earlierMs = 0, spec }] of Object.entries(objects)) {
      const object = {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { namespace: 'shop', name, uid: name },
        spec: { refreshInterval: '1h', secretStoreRef: { name: 'vault' }, ...spec },
      } as ExternalSecret;
      cache.set(`shop/${name}`, { object });
      stores.set(`shop/${name}`, [`SecretStore shop/${object.spec.secretStoreRef?.name}`]);
      const memory = memories.of(`shop/${name}`, object);
      if (agoMs !== undefined) memory.refreshedAt = new Date(startMs - agoMs);
      memory.earlierMs = earlierMs;
    }
    const parts = {
      memories,
      indexes: { stores },
      watched: { secretsOf: { cache } },
      options: { clock: new FakeClock() },
    } as unknown as Parts;
    const [first] = cache.values();
    return { memories, along: () => first && dueSoon(first.object, parts) };
  }

  it('are due soon, at the same store, and are due from now on', () => {
    const { along, memories } = house({
      first: { agoMs: hour },
      soon: { agoMs: hour - 60_000 },
      fresh: { agoMs: hour / 2 },
      elsewhere: { agoMs: hour - 60_000, spec: { secretStoreRef: { name: 'other' } } },
      never: {},
    });
    expect(along()?.toSorted()).toEqual(['shop/first', 'shop/soon']);
    expect(memories.peek('shop/soon')?.earlierMs).toBeGreaterThan(200_000);
    expect(memories.peek('shop/fresh')?.earlierMs).toBe(0);
    expect(along()).toEqual([]);
  });

  it('are not those with windows of their own, or that are refreshed by changes alone', () => {
    const { along } = house({
      first: { agoMs: 0 },
      windows: { agoMs: hour, spec: { syncWindows: { kind: 'allow', windows: [] } } },
      changes: { agoMs: hour, spec: { refreshPolicy: 'OnChange' } },
      once: { agoMs: hour, spec: { refreshPolicy: 'CreatedOnce' } },
    });
    expect(along()).toEqual([]);
  });

  it('are as many as share a call, the next ones first', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`app-${index}`, { agoMs: hour - 60_000 + index }]),
    );
    const { along } = house(many);
    expect(along()).toEqual(Array.from({ length: 19 }, (_, index) => `shop/app-${39 - index}`));
  });
});
