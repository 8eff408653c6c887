// What an ExternalSecret says while its sync window is closed.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Clock } from '../../../../src/kube/clock.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { externalDefinitions, type Words, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault, vaultToken } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

let house: House;
let controller: Running;
let vault: FakeVault;
let words: Words;
/** What the controller's clock is ahead of the day that it shows at first: half past noon. */
let aheadMs: number;

beforeEach(async () => {
  aheadMs = 0;
  const startedMs = systemClock.monotonicMs();
  const noon = new Date('2026-06-03T12:30:00Z').getTime();
  const clock: Clock = {
    ...systemClock,
    now: () => new Date(noon + aheadMs + systemClock.monotonicMs() - startedMs),
  };
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'], 'max-staleness': ['0s'] }, clock });
  vault = await startFakeVault();
  vault.values.set('db', { password: 's3cret' });
  controller = await house.start();
  await controller.ready;
  words = wordsIn(house.kube, (await house.scene()).namespace);
  await words.vaultStore(vault.url);
});
afterEach(async () => {
  await house.end(['s3cret', vaultToken]);
  await vault.close();
});

const looks = async () => {
  const { values } = await controller.metrics.reconciles.get();
  return values.reduce((sum, { value, labels }) => (labels.kind === 'ExternalSecret' ? sum + value : sum), 0);
};

it('a refresh that failed stays told until one succeeds', async () => {
  const syncWindows = { kind: 'allow' as const, windows: [{ schedule: '0 12 * * *', duration: '1h' }] };
  const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];
  await words.external('db', { refreshInterval: '1s', syncWindows, data });
  await words.untilReady('db', 'True', 'SecretSynced');
  vault.refused.add('db');
  const failed = await words.untilReady('db', 'False', 'SecretSyncedError');
  aheadMs = 3_600_000;
  vault.reset();
  const before = await looks();
  await words.until(looks, (now) => now > before, 'another look');
  expect(vault.reads).toEqual([]);
  await controller.idle();
  expect((await words.getExternal())?.status?.conditions).toEqual(failed.status?.conditions);
});
