// The life of the family around its objects: definitions that come late, objects made anew, paused or left out, and the end.

import { afterEach, expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { hurried } from '../../../support/clock.ts';
import { loopback, sendJson } from '../../../support/loopback.ts';
import { externalDefinitions, type Words, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault } from '../../support/fake-vault.ts';
import { embeddedStage, type House, type HouseOptions, houseOn, type Running, storeKey } from '../../support/house.ts';

let house: House;
let controller: Running;
let vault: FakeVault;
let words: Words;
let stage: Awaited<ReturnType<typeof embeddedStage>>;
afterEach(async () => {
  await house.end(['s3cret']);
  await vault.close();
});

const define = async () => {
  for (const definition of externalDefinitions())
    await stage.user.create(resources.customResourceDefinition, definition);
};

async function open({ settings = {}, ...options }: HouseOptions = {}, isDefined = true) {
  stage = await embeddedStage();
  if (isDefined) await define();
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'], ...settings }, ...options });
  vault = await startFakeVault();
  vault.values.set('db', { password: 's3cret' });
  controller = await house.start();
  await controller.ready;
  words = wordsIn(house.kube, (await house.scene()).namespace);
}

async function restart(meanwhile: () => Promise<unknown>) {
  await controller.idle();
  await controller.stop();
  await meanwhile();
  vault.reset();
  controller = await house.start();
  await controller.ready;
}

const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];

it('definitions that come late are no trouble to SealedSecrets, and their objects are served as soon as they are there', async () => {
  const stageOptions = { settings: { kinds: ['sealedsecrets,externalsecrets'] }, clock: hurried(systemClock, 100) };
  await open(stageOptions, false);
  await storeKey(stage.user, 'rsa2048');
  const scene = await house.scene();
  await scene.create(await scene.seal({ values: { password: 's3cret' } }));
  await scene.untilReady('True', 'Unsealed');
  await define();
  await words.vaultStore(vault.url);
  await words.external('db', { data });
  await words.untilValues({ password: 's3cret' });
});

it('an ExternalSecret that was made anew takes its Secret back: another owner, the same Secret', async () => {
  await open();
  await words.vaultStore(vault.url);
  await words.external('db', { data });
  await words.untilReady('db', 'True', 'SecretSynced');
  const before = await words.getSecret();
  let uid = '';
  await restart(async () => {
    await house.kube.delete(resources.externalSecret, words.at('db'), { propagationPolicy: 'Orphan' });
    uid = (await words.external('db', { data })).metadata.uid ?? '';
  });
  await words.untilReady('db', 'True', 'SecretSynced');
  const after = await words.getSecret();
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(after?.metadata.ownerReferences?.map((one) => one.uid)).toEqual([uid]);
});

it('a paused ExternalSecret is left alone, drift and all, until it goes on', async () => {
  await open();
  await words.vaultStore(vault.url);
  await words.external('db', { refreshInterval: '1s', data });
  await words.untilReady('db', 'True', 'SecretSynced');
  const pause = (value: string | null) =>
    words.edit('db', { metadata: { annotations: { 'sealwright.dev/paused': value } } });
  await pause('true');
  await words.until(
    () => words.condition('Paused'),
    (paused) => paused?.status === 'True',
    'Paused',
  );
  await controller.idle();
  vault.reset();
  vault.values.set('db', { password: 'rotated' });
  await house.kube.mergePatch(resources.secret, words.at('db'), { data: { password: 'eA==' } });
  await controller.idle();
  expect(await words.values()).toEqual({ password: 'x' });
  expect(vault.reads).toEqual([]);
  await pause(null);
  await words.untilValues({ password: 'rotated' });
});

it('with --selector only what it chooses is served', async () => {
  await open({ settings: { selector: ['team=blue'] } });
  await words.vaultStore(vault.url);
  await words.external('other', { data }, { labels: { team: 'red' } });
  await words.external('db', { data }, { labels: { team: 'blue' } });
  await words.untilValues({ password: 's3cret' });
  await controller.idle();
  expect(await words.getSecret('other')).toBeUndefined();
  expect((await words.getExternal('other'))?.status?.conditions).toBeUndefined();
});

it('what is overdue at a start is not read all at once', async () => {
  await open();
  await words.vaultStore(vault.url);
  const names = Array.from({ length: 20 }, (_, index) => `db${index}`);
  for (const name of names) {
    vault.values.set(name, { password: 's3cret' });
    const remoteRef = { key: name, property: 'password' };
    await words.external(name, { refreshInterval: '1h', data: [{ secretKey: 'password', remoteRef }] });
  }
  for (const name of names) await words.untilReady(name, 'True', 'SecretSynced');
  const refreshTime = `${new Date(Date.now() - 7_200_000).toISOString().slice(0, 19)}Z`;
  await restart(async () => {
    for (const name of names) {
      const patch = { status: { refreshTime } };
      await house.kube.mergePatch(resources.externalSecret, words.at(name), patch, { subresource: 'status' });
    }
  });
  await controller.idle();
  // Over five minutes: in the first seconds hardly any of them comes.
  expect(vault.reads.length).toBeLessThan(10);
});

it('the logins of stores are given back at the end', async () => {
  await open();
  const calls: string[] = [];
  const server = await loopback(({ path, headers }, response) => {
    calls.push(`${path.replace('/v1/', '')} ${headers['x-vault-token'] ?? ''}`);
    if (path.endsWith('/login')) return sendJson(response, 200, { auth: { client_token: 'T', lease_duration: 3600 } });
    if (path.endsWith('/revoke-self')) return void response.writeHead(204).end();
    return sendJson(response, 200, { data: { data: { password: 's3cret' }, metadata: { version: 1 } } });
  });
  await words.credentials('approle', { id: 'secret-id' });
  const auth = { appRole: { roleId: 'role', secretRef: { name: 'approle', key: 'id' } } };
  for (const name of ['one', 'two']) await words.store(name, { vault: { server: server.url, path: 'secret', auth } });
  for (const name of ['one', 'two']) await words.external(name, { secretStoreRef: { name }, data });
  for (const name of ['one', 'two']) await words.untilReady(name, 'True', 'SecretSynced');
  await controller.idle();
  await controller.stop();
  const count = (end: string) => calls.filter((call) => call.split(' ')[0]?.endsWith(end)).length;
  expect([count('/login'), count('/revoke-self')], 'two stores, one identity').toEqual([1, 1]);
  await server.close();
});
