// What settings of the controller mean for VaultStaticSecrets, on an embedded API server of their own.

import { afterEach, expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources.ts';
import { type EmbeddedOptions, embeddedStage, type House, type HouseOptions, houseOn } from '../../support/house.ts';
import { type SmallVault, startSmallVault } from '../../support/small-vault.ts';
import { type VaultWords, vaultDefinitions, vaultWordsIn } from '../../support/vault-words.ts';

let house: House;
let vault: SmallVault;
let words: VaultWords;

afterEach(async () => {
  await house.end(['s3cret', 'hunter2']);
  await vault.close();
});

async function open(settings: NonNullable<HouseOptions['settings']>, intercept?: EmbeddedOptions['intercept']) {
  house = houseOn(await embeddedStage({ definitions: vaultDefinitions(), intercept }), { settings });
  vault = await startSmallVault();
  vault.put('db', { password: 's3cret' });
  words = vaultWordsIn(house.kube, (await house.scene()).namespace);
  const controller = await house.start();
  await controller.ready;
  await words.settled({ address: vault.url });
}

it('with --drift detect drift is told and left, and a new value comes all the same', async () => {
  await open({ kinds: ['vaultstaticsecrets'], drift: ['detect'] });
  await words.static({ refreshAfter: '1s' });
  await words.untilReady('True', 'SecretSynced');
  await words.edit('db', { data: { password: 'eA==' } }, resources.secret);
  await words.untilReady('False', 'Drifted');
  await words.untilValues({ password: 'x' });
  vault.put('db', { password: 'hunter2' });
  await words.untilValues({ password: 'hunter2' });
  await words.untilReady('True', 'SecretSynced');
});

it('with --deletion-grace the Secret goes some time after its object, and has no ownerReference', async () => {
  await open({ kinds: ['vaultstaticsecrets'], 'deletion-grace': ['1s'] });
  await words.static();
  await words.untilReady('True', 'SecretSynced');
  const { metadata } = (await words.getSecret()) ?? {};
  expect(metadata?.ownerReferences).toBeUndefined();
  expect(metadata?.labels?.['sealwright.dev/owned-by']).toBe('VaultStaticSecret');
  await words.remove();
  await words.untilValues(undefined);
  // Made anew with another UID, it has its Secret again.
  await words.static();
  await words.untilValues({ password: 's3cret' });
});

it('with --deletion-grace a Secret that was on its way when its object was deleted goes as well', async () => {
  let isAwaited = false;
  let isGone = false;
  const settings = { kinds: ['vaultstaticsecrets'], 'deletion-grace': ['1ms'] };
  await open(settings, async ({ method, path }) => {
    if (!path.includes(`/${words?.namespace}/secrets`)) return undefined;
    isGone ||= method === 'DELETE';
    if (!isAwaited || method !== 'POST') return undefined;
    isAwaited = false;
    await words.remove();
    // Time enough for a watch: calls of ours go the same way as its news.
    for (let call = 0; call < 50; call++) await words.getSecret('none');
    return undefined;
  });
  isAwaited = true;
  await words.static();
  await expect.poll(() => isGone).toBe(true);
  await words.untilValues(undefined);
});

it('with --deletion-grace an object that comes back has its very Secret again', async () => {
  await open({ kinds: ['sealedsecrets', 'vaultstaticsecrets'], 'deletion-grace': ['1h'] });
  await words.static();
  await words.untilReady('True', 'SecretSynced');
  const { metadata: before } = (await words.getSecret()) ?? {};
  await words.remove();
  const { metadata: again } = await words.static();
  await words.untilReady('True', 'SecretSynced');
  const { metadata: after } = (await words.getSecret()) ?? {};
  expect(before?.uid).toBeDefined();
  expect(after?.uid).toBe(before?.uid);
  expect(after?.labels?.['secrets.hashicorp.com/vso-ownerRefUID']).toBe(again.uid);
});
