// --drift detect: what someone else did to a Secret is reported, and what the stores changed is written, before and after a restart.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources.ts';
import { externalDefinitions, type Words, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

let house: House;
let controller: Running;
let vault: FakeVault;
let words: Words;
beforeEach(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'], drift: ['detect'] } });
  vault = await startFakeVault();
  vault.values.set('db', { password: 's3cret' });
  controller = await house.start();
  await controller.ready;
  words = wordsIn(house.kube, (await house.scene()).namespace);
  await words.vaultStore(vault.url);
});
afterEach(async () => {
  await house.end();
  await vault.close();
});

const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];
const change = () => house.kube.mergePatch(resources.secret, words.at('db'), { data: { password: 'eA==' } });
const untilReported = async () => {
  const { status } = await words.untilReady('db', 'False', 'SecretSyncedError');
  expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Stalled', 'Drifted']);
  return status?.conditions?.[0]?.message;
};

it('a change is reported and left, a value that is new in the store is written', async () => {
  await words.external('db', { refreshInterval: '1s', data });
  await words.untilReady('db', 'True', 'SecretSynced');
  await change();
  expect(await untilReported()).toContain('item password');
  // Refreshes that bring the same values change nothing about it.
  vault.reset();
  await expect.poll(() => vault.reads.length).toBeGreaterThan(1);
  expect(await words.values()).toEqual({ password: 'x' });
  vault.values.set('db', { password: 'rotated' });
  await words.untilValues({ password: 'rotated' });
  await words.untilReady('db', 'True', 'SecretSynced');
});

it.each([
  ['a change', change, { password: 'x' }],
  ['a deletion', () => house.kube.delete(resources.secret, words.at('db')), undefined],
] as const)('%s while no controller ran is reported and left', async (_, act, values) => {
  await words.external('db', { refreshInterval: '1h', data });
  await words.untilReady('db', 'True', 'SecretSynced');
  await controller.idle();
  await controller.stop();
  await act();
  controller = await house.start();
  await controller.ready;
  await untilReported();
  await controller.idle();
  expect(await words.values()).toEqual(values);
  await words.edit('db', { spec: { data: [{ ...data[0], secretKey: 'renamed' }] } });
  await words.untilValues({ renamed: 's3cret' });
  await words.untilReady('db', 'True', 'SecretSynced');
});

it('with the definitions of External Secrets Operator, which remember nothing of ours, a change is reported after a restart', async () => {
  await words.external('db', { refreshInterval: '1h', data });
  await words.untilReady('db', 'True', 'SecretSynced');
  await controller.idle();
  await controller.stop();
  await house.kube.mergePatch(
    resources.externalSecret,
    words.at('db'),
    { status: { sealwright: null } },
    { subresource: 'status' },
  );
  await house.kube.mergePatch(resources.secret, words.at('db'), { metadata: { labels: { app: 'x' } } });
  controller = await house.start();
  await controller.ready;
  await words.untilReady('db', 'True', 'SecretSynced');
  await change();
  await untilReported();
  expect(await words.values()).toEqual({ password: 'x' });
});
