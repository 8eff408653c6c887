// VaultStaticSecrets that follow the event stream of their server.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';
import { type SmallVault, startSmallVault } from '../../support/small-vault.ts';
import { kvEvent, startVaultEvents, type VaultEvents } from '../../support/vault-events.ts';
import { type VaultWords, vaultDefinitions, vaultWordsIn } from '../../support/vault-words.ts';

let house: House;
let vault: SmallVault;
let stream: VaultEvents;
let controller: Running;
let words: VaultWords;

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: vaultDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['vaultstaticsecrets'] } });
});

afterAll(() => house.end(['s3cret', 'hunter2']));

beforeEach(async () => {
  vault = await startSmallVault();
  stream = await startVaultEvents();
  vault.events = stream.url;
  controller = await house.start();
  await controller.ready;
  words = vaultWordsIn(house.kube, (await house.scene()).namespace);
  vault.put('db', { password: 's3cret' });
  await words.settled({ address: vault.url, headers: { 'x-proxy': 'p' } });
});

afterEach(async () => {
  const { items } = await words.kube.list(resources.vaultStaticSecret, { namespace: words.namespace });
  for (const { metadata } of items) await words.remove(metadata.name ?? '');
  await controller.stop();
  await stream.close();
  await vault.close();
});

const instant = { syncConfig: { instantUpdates: true } };

it('a change is there at once, however seldom the value is read by time', async () => {
  await words.static({ ...instant, refreshAfter: '24h' });
  await words.untilReady('True', 'SecretSynced');
  await stream.opened(1);
  vault.put('db', { password: 'hunter2' });
  stream.send(kvEvent({ mount: 'kv', path: 'db', version: 2 }));
  await words.untilValues({ password: 'hunter2' });
});

it('one subscription serves all objects of an identity, with its token and the headers of the connection', async () => {
  const names = ['a', 'b', 'c'];
  for (const name of names) vault.put(name, { password: name });
  await Promise.all(names.map((name) => words.static({ ...instant, path: name }, name)));
  await Promise.all(names.map((name) => words.untilReady('True', 'SecretSynced', name)));
  await stream.opened(1);
  await controller.idle();
  expect(stream.attempts).toHaveLength(1);
  const [subscription] = stream.attempts;
  expect(subscription?.types).toBe('kv*');
  expect(subscription?.query.get('json')).toBe('true');
  expect(subscription?.token).toBe('hvs.small-1');
  expect(subscription?.headers['x-proxy']).toBe('p');
  vault.reset();
  vault.put('b', { password: 'hunter2' });
  stream.send(kvEvent({ mount: 'kv', path: 'b', version: 2 }));
  await words.untilValues({ password: 'hunter2' }, 'b');
  expect(vault.reads).toEqual(['kv/data/b']);
});

it('what is about other secrets, or is no event at all, is passed over', async () => {
  await words.static({ ...instant, refreshAfter: '24h' });
  await words.untilReady('True', 'SecretSynced');
  await stream.opened(1);
  await controller.idle();
  vault.reset();
  stream.send(kvEvent({ mount: 'kv', path: 'other', version: 2 }));
  stream.send(kvEvent({ mount: 'elsewhere', path: 'db', version: 2 }));
  stream.send('{"not": "an event"}');
  stream.send('not even JSON');
  await stream.ping();
  await controller.idle();
  expect(vault.reads).toEqual([]);
});

it('a subscription that breaks is opened again, and what changed meanwhile is found', async () => {
  await words.static({ ...instant, refreshAfter: '24h' });
  await words.untilReady('True', 'SecretSynced');
  await stream.opened(1);
  await controller.idle();
  stream.drop();
  vault.put('db', { password: 'hunter2' });
  await words.untilValues({ password: 'hunter2' });
  expect(stream.attempts.length).toBeGreaterThan(1);
});

it('without a stream values are read by time, and the object is as good as any', async () => {
  vault.events = undefined;
  await words.static({ ...instant, refreshAfter: '1s' });
  await words.untilReady('True', 'SecretSynced');
  vault.put('db', { password: 'hunter2' });
  await words.untilValues({ password: 'hunter2' });
  expect(vault.calls.filter((call) => call.includes('sys/events/subscribe'))).toHaveLength(1);
});

it('nobody listens any more when the object goes, or wants it no more', async () => {
  await words.static({ ...instant, refreshAfter: '1s' });
  await words.untilReady('True', 'SecretSynced');
  await stream.opened(1);
  await words.edit('db', { spec: { syncConfig: { instantUpdates: false } } });
  await words.until(
    async () => stream.open.length,
    (count) => count === 0,
    'the end of the subscription',
  );
});
