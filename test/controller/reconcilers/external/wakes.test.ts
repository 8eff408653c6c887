// What stores and templates refer to is watched: each comes late, changes and goes, and nobody waits for an interval.

import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExternalSecret, VaultProvider } from '../../../../src/kube/external-secrets.ts';
import type { ConfigMap } from '../../../../src/kube/objects.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { hurried } from '../../../support/clock.ts';
import { type Loopback, loopback, sendJson } from '../../../support/loopback.ts';
import { externalDefinitions, type Words, wordsIn } from '../../support/external.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';

let house: House;
let controller: Running;
let words: Words;
let server: Loopback;
let logins: { role: string; jwt: string }[] = [];
const living = new Set<string>();

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  // Whatever waits to try again waits a hundred times longer: only what is watched is noticed in time.
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'] }, clock: hurried(systemClock, 0.01) });
  server = await loopback(({ path, body, headers }, response) => {
    if (path === '/v1/auth/kubernetes/login') {
      logins.push(JSON.parse(body));
      const token = `token-${logins.length}`;
      living.add(token);
      return sendJson(response, 200, { auth: { client_token: token, lease_duration: 3600 } });
    }
    if (!living.has(String(headers['x-vault-token'])))
      return sendJson(response, 403, { errors: ['permission denied'] });
    if (path === '/v1/secret/data/db')
      return sendJson(response, 200, { data: { data: { password: 's3cret' }, metadata: { version: 1 } } });
    return sendJson(response, 200, { data: { ttl: 0 } });
  });
  controller = await house.start();
  await controller.ready;
});
afterAll(async () => {
  await house.end(['s3cret', 'good-token']);
  await server.close();
});
beforeEach(async () => {
  words = wordsIn(house.kube, (await house.scene()).namespace);
  logins = [];
  living.clear();
  living.add('good-token');
});
afterEach(async () => {
  const { items } = await house.kube.list<ExternalSecret>(resources.externalSecret, { namespace: words.namespace });
  for (const { metadata } of items) await house.kube.delete(resources.externalSecret, words.at(metadata.name ?? ''));
});

const certificate = readFileSync(new URL('../../../vectors/certs/rsa2048.crt', import.meta.url), 'utf8');
const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];

async function storeWith(more: Partial<VaultProvider>) {
  await words.store('vault', { vault: { server: server.url, path: 'secret', ...more } });
  await words.external('db', { refreshInterval: '1h', data });
}
const byToken = { auth: { tokenSecretRef: { name: 'vault', key: 'token' } } };
const untilServed = async () => {
  await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
  await words.untilReady('db', 'True', 'SecretSynced');
};
const untilRefused = () => words.untilReady('vault', 'False', 'InvalidProviderConfig', resources.secretStore);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a credential of a store', () => {
  it('that comes late brings store and ExternalSecret to life', async () => {
    await storeWith(byToken);
    await untilRefused();
    await words.untilReady('db', 'False', 'SecretSyncedError');
    await words.credentials('vault', { token: 'good-token' });
    await untilServed();
    expect(await words.values()).toEqual({ password: 's3cret' });
  });

  it('that is wrong is told of by the store, and one put right is used at once', async () => {
    await words.credentials('vault', { token: 'bad-token' });
    await storeWith(byToken);
    expect((await untilRefused()).status?.conditions?.[0]?.message).toContain('Denied');
    const right = { data: { token: base64('good-token') } };
    await house.kube.mergePatch(resources.secret, words.at('vault'), right);
    await untilServed();
  });

  it('that goes leaves the Secret and its ExternalSecret as they are, and the store says so', async () => {
    await words.credentials('vault', { token: 'good-token' });
    await storeWith(byToken);
    await untilServed();
    await house.kube.delete(resources.secret, words.at('vault'));
    await untilRefused();
    await controller.idle();
    expect(await words.values()).toEqual({ password: 's3cret' });
    expect((await words.condition('Ready'))?.status).toBe('True');
  });
});

describe.each([
  ['ConfigMap', resources.configMap, (pem: string) => ({ data: { 'ca.crt': pem } })],
  ['Secret', resources.secret, (pem: string) => ({ data: { 'ca.crt': base64(pem) } })],
] as const)('a CA bundle in a %s', (type, resource, holding) => {
  it('that comes late, is damaged and put right is noticed each time', async () => {
    await words.credentials('vault', { token: 'good-token' });
    await storeWith({ ...byToken, caProvider: { type, name: 'ca', key: 'ca.crt' } });
    await untilRefused();
    await words.create(resource, 'ca', holding(certificate));
    await untilServed();
    await house.kube.mergePatch(resource, words.at('ca'), holding('no certificate'));
    await untilRefused();
    await house.kube.mergePatch(resource, words.at('ca'), holding(certificate));
    await untilServed();
  });
});

describe('a service account that a store logs in as', () => {
  const bySelf = { auth: { kubernetes: { role: 'app', serviceAccountRef: { name: 'app' } } } };

  it('that comes late, or is made anew, is used at once', async () => {
    await storeWith(bySelf);
    await untilRefused();
    await words.untilReady('db', 'False', 'SecretSyncedError');
    await words.create(resources.serviceAccount, 'app', {});
    await untilServed();
    await house.kube.delete(resources.serviceAccount, words.at('app'));
    // Another store, another login: this one has to ask for a token, and there is nobody to ask it for.
    await words.store('later', { vault: { server: server.url, path: 'secret', namespace: 'team', ...bySelf } });
    await words.untilReady('later', 'False', 'InvalidProviderConfig', resources.secretStore);
    await words.create(resources.serviceAccount, 'app', {});
    await words.untilReady('later', 'True', 'Valid', resources.secretStore);
    // The first store as well: the account that it was logged in as is gone.
    await words.until(
      async () => logins.map(({ role }) => role),
      (roles) => roles.join() === 'app,app,app',
      'the logins',
    );
  });

  it('wakes every store that shares the login', async () => {
    await storeWith(bySelf);
    await words.store('second', { vault: { server: server.url, path: 'secret', ...bySelf } });
    await untilRefused();
    await words.untilReady('second', 'False', 'InvalidProviderConfig', resources.secretStore);
    await words.create(resources.serviceAccount, 'app', {});
    await untilServed();
    await words.untilReady('second', 'True', 'Valid', resources.secretStore);
    expect(logins).toHaveLength(1);
  });
});

describe('a template in a ConfigMap or a Secret', () => {
  it.each(['configMap', 'secret'] as const)(
    '%s: that comes late and changes makes the Secret anew, without a read',
    async (kind) => {
      await words.credentials('vault', { token: 'good-token' });
      await words.store('vault', { vault: { server: server.url, path: 'secret', ...byToken } });
      const source = { name: 'templates', items: [{ key: 'url' }] };
      const target = { template: { templateFrom: [{ [kind]: source }] } };
      await words.external('db', { refreshInterval: '1h', target, data });
      await words.untilReady('db', 'Unknown', 'SecretSyncedError');
      const resource = resources[kind];
      const text = (value: string) => (kind === 'secret' ? base64(value) : value);
      await words.create<ConfigMap>(resource, 'templates', { data: { url: text('a:{{ .password }}') } });
      await words.untilValues({ url: 'a:s3cret' });
      const reads = server.requests.filter(({ path }) => path.endsWith('/db')).length;
      await house.kube.mergePatch(resource, words.at('templates'), { data: { url: text('b:{{ .password }}') } });
      await words.untilValues({ url: 'b:s3cret' });
      expect(server.requests.filter(({ path }) => path.endsWith('/db'))).toHaveLength(reads);
    },
  );
});

describe('what an ExternalSecret waits for', () => {
  it('a store that comes late is used at once', async () => {
    await words.credentials('vault', { token: 'good-token' });
    await words.external('db', { refreshInterval: '1h', data });
    await words.until(
      () => words.condition('Ready'),
      (ready) => ready !== undefined && ready.status !== 'True',
      'Ready',
    );
    await words.store('vault', { vault: { server: server.url, path: 'secret', ...byToken } });
    await untilServed();
  });

  it('a Secret of someone else that goes makes room at once', async () => {
    await words.credentials('vault', { token: 'good-token' });
    await words.credentials('db', { theirs: 'x' });
    await storeWith(byToken);
    const { status } = await words.untilReady('db', 'False', 'SecretSyncedError');
    expect(JSON.stringify(status)).toContain('was there before');
    await house.kube.delete(resources.secret, words.at('db'));
    await words.untilValues({ password: 's3cret' });
  });

  it('a Secret to merge into that comes late is merged into at once', async () => {
    await words.credentials('vault', { token: 'good-token' });
    await words.store('vault', { vault: { server: server.url, path: 'secret', ...byToken } });
    await words.external('db', { refreshInterval: '1h', target: { creationPolicy: 'Merge' }, data });
    await words.untilReady('db', 'Unknown', 'SecretMissing');
    await words.credentials('db', { theirs: 'x' });
    await words.untilValues({ theirs: 'x', password: 's3cret' });
  });

  it('another ExternalSecret that has the Secret and goes makes room for the next', async () => {
    await words.credentials('vault', { token: 'good-token' });
    await storeWith(byToken);
    await untilServed();
    await words.external('next', { refreshInterval: '1h', target: { name: 'db', creationPolicy: 'Orphan' }, data });
    await words.untilReady('next', 'False', 'SecretSyncedError');
    await house.kube.delete(resources.externalSecret, words.at('db'), { propagationPolicy: 'Background' });
    await words.untilReady('next', 'True', 'SecretSynced');
    expect(await words.values()).toEqual({ password: 's3cret' });
  });
});
