// VaultStaticSecrets whose transformation cannot be carried out on what is stored yet.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';
import { type SmallVault, startSmallVault } from '../../support/small-vault.ts';
import { type VaultWords, vaultDefinitions, vaultWordsIn } from '../../support/vault-words.ts';

let house: House;
let vault: SmallVault;
let controller: Running;
let words: VaultWords;

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: vaultDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['vaultstaticsecrets'] } });
});

afterAll(() => house.end(['s3cret', 'hunter2']));

beforeEach(async () => {
  vault = await startSmallVault();
  controller = await house.start();
  await controller.ready;
  words = vaultWordsIn(house.kube, (await house.scene()).namespace);
  await words.settled({ address: vault.url });
});

afterEach(async () => {
  await controller.stop();
  await vault.close();
});

it('a template that asks for a key which is not there yet makes its item when the key comes', async () => {
  vault.put('db', { user: 'app' });
  const templates = { dsn: { text: '{{ .Secrets.user }}:{{ .Secrets.password }}' } };
  await words.static({ destination: { transformation: { excludeRaw: true, excludes: ['.*'], templates } } });
  await words.untilReady('False', 'TemplateError');
  expect((await words.condition('Ready'))?.message).toContain(
    'template \'dsn\' of spec.destination.transformation, line 1: map has no entry for key "password"',
  );
  expect(await words.getSecret()).toBeUndefined();
  vault.put('db', { user: 'app', password: 'hunter2' });
  await words.untilValues({ dsn: 'app:hunter2' });
});

it('a key that no item can be called is named, and nothing is written until it goes', async () => {
  vault.put('db', { 'my key': 's3cret', user: 'app' });
  await words.static({ destination: { transformation: { excludeRaw: true } } });
  await words.untilReady('False', 'Invalid');
  expect((await words.condition('Ready'))?.message).toContain("'my key' cannot be the name of an item in a Secret");
  expect(await words.getSecret()).toBeUndefined();
  vault.put('db', { user: 'app' });
  await words.untilValues({ user: 'app' });
});

it('what stops being possible later leaves the Secret as it was, and says so', async () => {
  vault.put('db', { user: 'app', password: 's3cret' });
  const templates = { dsn: { text: '{{ .Secrets.user }}:{{ .Secrets.password }}' } };
  await words.static({
    refreshAfter: '1s',
    destination: { transformation: { excludeRaw: true, excludes: ['.*'], templates } },
  });
  await words.untilValues({ dsn: 'app:s3cret' });
  vault.put('db', { user: 'app' });
  await words.untilCondition('Stale', 'TemplateError');
  expect((await words.condition('Stale'))?.message).toContain('map has no entry for key "password"');
  await words.untilValues({ dsn: 'app:s3cret' });
  vault.put('db', { user: 'app', password: 'hunter2' });
  await words.untilValues({ dsn: 'app:hunter2' });
});
