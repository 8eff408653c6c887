// VaultStaticSecrets on the embedded API server, with a small Vault.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seenSecret } from '../../../../controller/secret/seen.ts';
import type { SealedSecret, Secret } from '../../../../src/kube/objects.ts';
import { resources } from '../../../../src/kube/resources.ts';
import type { VaultStaticSecret } from '../../../../src/kube/vault-secrets.ts';
import { deployment, embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';
import { type SmallLogin, type SmallVault, startSmallVault } from '../../support/small-vault.ts';
import {
  checkVaultStatus,
  messageOf,
  type VaultWords,
  vaultDefinitions,
  vaultWordsIn,
} from '../../support/vault-words.ts';

const markers = ['s3cret', 'hunter2', 'body-marker'];
let house: House;
let vault: SmallVault;
let controller: Running;
let words: VaultWords;
const told: string[] = [];

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: vaultDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['sealedsecrets', 'vaultstaticsecrets'] } });
  vault = await startSmallVault();
  controller = await house.start();
  await controller.ready;
});

afterAll(async () => {
  await rest();
  await house.end(markers);
  expect(told.filter((line) => markers.some((marker) => line.includes(marker)))).toEqual([]);
  await vault.close();
});

let made = 0;
let path = '';

beforeEach(async () => {
  await rest();
  words = vaultWordsIn(house.kube, (await house.scene()).namespace);
  // Answers are shared for a while: each test reads a secret of its own.
  path = `db-${++made}`;
  vault.put(path, { user: 'admin', password: 's3cret' });
});

async function rest() {
  if (!words) return;
  vault.trouble = undefined;
  vault.denied = () => false;
  vault.refuses = () => false;
  const { items } = await words.kube.list<VaultStaticSecret>(resources.vaultStaticSecret, {
    namespace: words.namespace,
  });
  for (const item of items) {
    if (item.status?.conditions) checkVaultStatus(item);
    told.push(JSON.stringify(item.status));
    await words.remove(item.metadata.name ?? '');
  }
  told.push(...(await words.events()));
}

const kubernetes = { role: 'app', serviceAccount: 'app' };

const settled = () => words.settled({ address: vault.url });

const plain = { user: 'admin', password: 's3cret' };
const written = (calls: readonly string[]) => calls.filter((call) => !/^(get|list|watch) /.test(call));

describe('a VaultStaticSecret', () => {
  it('becomes a Secret with every item, _raw, labels of the reference and one ownerReference', async () => {
    await settled();
    const object = await words.static({ path, destination: { labels: { team: 'a' }, annotations: { note: 'b' } } });
    await words.untilValues(plain);
    const { status } = await words.untilReady('True', 'SecretSynced');
    const secret = await words.getSecret();
    expect(secret?.type).toBe('Opaque');
    expect(secret?.metadata.labels).toEqual({
      team: 'a',
      'app.kubernetes.io/managed-by': 'hashicorp-vso',
      'app.kubernetes.io/name': 'vault-secrets-operator',
      'app.kubernetes.io/component': 'secret-sync',
      'secrets.hashicorp.com/vso-ownerRefUID': object.metadata.uid,
    });
    expect(secret?.metadata.annotations).toEqual({ note: 'b' });
    expect(secret?.metadata.ownerReferences).toEqual([
      { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret', name: 'db', uid: object.metadata.uid },
    ]);
    expect(status?.lastGeneration).toBe(1);
    expect(status?.secretMAC).toMatch(/^[\w+/]{43}=$/);
    expect(status?.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual([
      'SecretSynced=True',
      'Healthy=True',
      'Ready=True',
    ]);
    expect(JSON.parse((await words.values())?._raw ?? '')).toMatchObject({ data: plain, metadata: { version: 1 } });
  });

  it('reads KV v1, and has no version there', async () => {
    vault.putOld(path, { a: '1', n: 2 });
    await settled();
    await words.static({ mount: 'old', path, type: 'kv-v1', version: 3 });
    await words.untilValues({ a: '1', n: '2' });
    expect((await words.values())?._raw).toBe('{"a":"1","n":2}');
  });

  it('reads the version that it names, and stays with it', async () => {
    vault.put(path, { password: 'hunter2' });
    await settled();
    await words.static({ path, version: 1, refreshAfter: '1s' });
    await words.untilValues(plain);
    await words.edit('db', { spec: { version: 0 } });
    await words.untilValues({ password: 'hunter2' });
  });

  it('has no MAC in its status where it asks for none', async () => {
    await settled();
    await words.static({ path, hmacSecretData: false });
    const { status } = await words.untilReady('True', 'SecretSynced');
    expect(status?.secretMAC).toBeUndefined();
    expect(status?.lastGeneration).toBe(1);
  });

  it('is made anew when its labels change, which templates see', async () => {
    await settled();
    const templates = { text: { text: '{{ .Secrets.user }} {{ .Labels.app }} {{ .Annotations.note }}' } };
    await words.static({ path, destination: { transformation: { templates, excludes: ['.*'] } } }, 'db', {
      labels: { app: 'one' },
      annotations: { note: 'n' },
    });
    await words.untilValues({ text: 'admin one n' });
    await words.edit('db', { metadata: { labels: { app: 'two' } } });
    await words.untilValues({ text: 'admin two n' });
  });

  it('is made anew when a SecretTransformation changes, without a read of the value', async () => {
    await settled();
    await words.transformation({ templates: { text: { text: 'a {{ .Secrets.user }}' } }, excludes: ['.*'] });
    await words.static({ path, destination: { transformation: { transformationRefs: [{ name: 'shared' }] } } });
    await words.untilValues({ text: 'a admin' });
    await words.untilReady('True', 'SecretSynced');
    vault.reset();
    await words.edit(
      'shared',
      { spec: { templates: { text: { text: 'b {{ .Secrets.user }}' } } } },
      resources.secretTransformation,
    );
    await words.untilValues({ text: 'b admin' });
    expect(vault.reads).toEqual([]);
  });

  it('waits for a SecretTransformation that is not there', async () => {
    await settled();
    await words.static({ path, destination: { transformation: { transformationRefs: [{ name: 'shared' }] } } });
    const object = await words.untilReady('Unknown', 'TransformationMissing');
    expect(messageOf(object)).toContain(`${words.namespace}/shared`);
    await words.transformation({});
    await words.untilReady('True', 'SecretSynced');
  });

  it('whose SecretTransformation contradicts itself says so, and is made when it is corrected', async () => {
    await settled();
    await words.transformation({ includes: ['('] });
    await words.static({ path, destination: { transformation: { transformationRefs: [{ name: 'shared' }] } } });
    await words.untilReady('False', 'InvalidTransformation');
    await words.edit('shared', { spec: { includes: ['user'] } }, resources.secretTransformation);
    await words.untilValues({ user: 'admin' });
  });
});

describe('references', () => {
  it('to a VaultAuth that is not there are told, and followed when it comes', async () => {
    await words.static({ path });
    const object = await words.untilReady('Unknown', 'ReferenceMissing');
    expect(messageOf(object)).toContain(`there is no VaultAuth ${words.namespace}/auth`);
    await settled();
    await words.untilReady('True', 'SecretSynced');
  });

  it('with too many slashes are told', async () => {
    await words.static({ path, vaultAuthRef: 'a/b/c' });
    expect(messageOf(await words.untilReady('False', 'InvalidReference'))).toContain('spec.vaultAuthRef "a/b/c"');
  });

  it('to a VaultAuth of another namespace are denied until that one allows it', async () => {
    await settled();
    const other = vaultWordsIn(house.kube, (await house.scene()).namespace);
    await other.serviceAccount();
    await other.static({ path, vaultAuthRef: `${words.namespace}/auth` });
    const denied = await other.untilReady('False', 'ReferenceNotAllowed');
    expect(messageOf(denied)).toContain(`VaultAuth ${words.namespace}/auth is not for namespace ${other.namespace}`);
    await words.edit('auth', { spec: { allowedNamespaces: ['*', 'x'] } }, resources.vaultAuth);
    await other.until(
      async () => messageOf(await other.get()),
      (message) => message.includes('only where it stands alone'),
      'the denial of a * beside others',
    );
    await words.edit('auth', { spec: { allowedNamespaces: ['*'] } }, resources.vaultAuth);
    await other.untilReady('True', 'SecretSynced');
    // The service account is the consumer's.
    expect(vault.logins.at(-1)?.body).toMatchObject({ role: 'app' });
    const [, claims = ''] = String(vault.logins.at(-1)?.body.jwt).split('.');
    expect(Buffer.from(claims, 'base64url').toString()).toContain(`system:serviceaccount:${other.namespace}:app`);
    await other.remove();
  });

  it('to a VaultConnection that is not there are told', async () => {
    await words.auth({ vaultConnectionRef: 'nowhere', method: 'kubernetes', mount: 'kubernetes', kubernetes });
    await words.static({ path });
    expect(messageOf(await words.untilReady('Unknown', 'ReferenceMissing'))).toContain(
      `there is no VaultConnection ${words.namespace}/nowhere`,
    );
  });

  it('left out mean what is called default in the namespace of the controller', async () => {
    await words.serviceAccount();
    const home = { namespace: 'kube-system' };
    await words.connection({ address: vault.url }, 'default', home);
    await words.auth({ method: 'kubernetes', mount: 'kubernetes', kubernetes }, 'default', home);
    await words.static({ path, vaultAuthRef: '' });
    await words.untilReady('True', 'SecretSynced');
    await words.kube.delete(resources.vaultAuth, { namespace: 'kube-system', name: 'default' });
    await words.kube.delete(resources.vaultConnection, { namespace: 'kube-system', name: 'default' });
  });

  it('take from a VaultAuthGlobal what the VaultAuth leaves open', async () => {
    await words.serviceAccount();
    await words.connection({ address: vault.url });
    await words.global({
      vaultConnectionRef: 'vault',
      defaultAuthMethod: 'kubernetes',
      defaultVaultNamespace: 'team',
      headers: { 'X-Default': 'd', 'X-Both': 'global' },
      kubernetes: { mount: 'k8s', role: 'inherited', serviceAccount: 'app', audiences: ['bao'] },
    });
    await words.auth({
      vaultAuthGlobalRef: { allowDefault: true, mergeStrategy: { headers: 'union' } },
      headers: { 'X-Both': 'own' },
      kubernetes: { role: 'own' },
    });
    vault.reset();
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    const [login] = vault.logins;
    expect(login).toMatchObject({
      path: 'auth/k8s/login',
      namespace: 'team',
      body: { role: 'own' },
      headers: { 'x-default': 'd', 'x-both': 'own' },
    });
    // Only the login has these headers; the data are in the namespace of the login where nothing else is said.
    const read = vault.requests.findLast(({ path: asked }) => asked.includes('/kv/data/'));
    expect(read?.headers).not.toHaveProperty('x-default');
    expect(read?.headers['x-vault-namespace']).toBe('team');
  });

  it('lead to data in another namespace than the login where the object says so', async () => {
    await settled();
    await words.edit('auth', { spec: { namespace: 'login' } }, resources.vaultAuth);
    await words.static({ path, namespace: 'login/data' });
    await words.untilReady('True', 'SecretSynced');
    expect(vault.logins.at(-1)?.namespace).toBe('login');
    const read = vault.requests.findLast(({ path: asked }) => asked.includes('/kv/data/'));
    expect(read?.headers['x-vault-namespace']).toBe('login/data');
  });

  it.each([
    ['no method', { mount: 'kubernetes' }, 'InvalidVaultAuth', 'names no method'],
    ['no mount', { method: 'kubernetes', kubernetes }, 'InvalidVaultAuth', 'names no mount'],
    ['gcp', { method: 'gcp', mount: 'gcp' }, 'Unsupported', 'gcp is not supported'],
    ['a method without its settings', { method: 'jwt', mount: 'jwt' }, 'Invalid', 'needs role'],
  ] as const)('to a VaultAuth with %s are told', async (_, spec, reason, message) => {
    await words.connection({ address: vault.url });
    await words.auth({ vaultConnectionRef: 'vault', ...spec });
    await words.static({ path });
    expect(messageOf(await words.untilReady('False', reason))).toContain(message);
  });

  it('to a service account that is not there are told, with who refers to it', async () => {
    await words.connection({ address: vault.url });
    await words.auth({ vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes });
    await words.static({ path });
    expect(messageOf(await words.untilReady('False', 'Invalid'))).toContain(
      `service account '${words.namespace}/app' that VaultAuth ${words.namespace}/auth refers to does not exist`,
    );
    await words.serviceAccount();
    await words.untilReady('True', 'SecretSynced');
  });
});

describe('logins', () => {
  const appRole = { roleId: 'role', secretRef: 'approle' };
  const byAppRole = { vaultConnectionRef: 'vault', method: 'appRole', mount: 'approle', appRole } as const;

  it('by appRole send the secret id of the consumer, and a changed one logs in anew', async () => {
    await words.connection({ address: vault.url });
    await words.auth(byAppRole);
    await words.secret('approle', { id: 'first\n' });
    await words.static({ path, refreshAfter: '1s' });
    await words.untilReady('True', 'SecretSynced');
    expect(vault.logins.at(-1)).toMatchObject({
      path: 'auth/approle/login',
      body: { role_id: 'role', secret_id: 'first' },
    });
    await words.edit('approle', { data: { id: Buffer.from('second').toString('base64') } }, resources.secret);
    await words.until(
      async () => vault.logins.at(-1)?.body.secret_id,
      (id) => id === 'second',
      'a login with the second id',
    );
  });

  it('by appRole wait for the Secret', async () => {
    await words.connection({ address: vault.url });
    await words.auth(byAppRole);
    await words.static({ path });
    expect(messageOf(await words.untilReady('False', 'Invalid'))).toContain(`Secret '${words.namespace}/approle'`);
    await words.secret('approle', { id: 'there' });
    await words.untilReady('True', 'SecretSynced');
  });

  it('by a file that nobody allowed are refused', async () => {
    await words.connection({ address: vault.url });
    const file = { roleId: 'role', secretIDPath: '/var/run/secrets/kubernetes.io/serviceaccount/token' };
    await words.auth({ ...byAppRole, appRole: file });
    await words.static({ path });
    expect(messageOf(await words.untilReady('False', 'Invalid'))).toContain('--credential-files');
  });

  it('by jwt send the token of the service account, or the one in the Secret', async () => {
    await words.connection({ address: vault.url });
    await words.secret('jwt', { jwt: 'given.to.us' });
    const jwt = { role: 'app', secretRef: 'jwt' };
    await words.auth({ vaultConnectionRef: 'vault', method: 'jwt', mount: 'jwt', jwt });
    await words.static({ path, refreshAfter: '1s' });
    await words.untilReady('True', 'SecretSynced');
    expect(vault.logins.at(-1)).toMatchObject({ path: 'auth/jwt/login', body: { role: 'app', jwt: 'given.to.us' } });
    await words.serviceAccount();
    await words.edit('auth', { spec: { jwt: { serviceAccount: 'app' } } }, resources.vaultAuth);
    await words.until(
      async () => String(vault.logins.at(-1)?.body.jwt),
      (token) => token.startsWith('ey'),
      'a login with the token of the service account',
    );
  });

  it('by aws send a request that is signed with the keys of the Secret, and never the keys', async () => {
    await words.connection({ address: vault.url });
    await words.secret('keys', { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 's3cret/key' });
    const aws = { role: 'app', region: 'eu-west-1', headerValue: 'vault.example.com', secretRef: 'keys' };
    await words.auth({ vaultConnectionRef: 'vault', method: 'aws', mount: 'aws-prod', aws });
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    const { path: at, body = {} }: Partial<SmallLogin> = vault.logins.at(-1) ?? {};
    expect(at).toBe('auth/aws-prod/login');
    expect(body).toMatchObject({ role: 'app', iam_http_request_method: 'POST' });
    const decoded = (text: unknown) => Buffer.from(String(text), 'base64').toString();
    expect(decoded(body.iam_request_url)).toBe('https://sts.eu-west-1.amazonaws.com/');
    const headers = JSON.parse(decoded(body.iam_request_headers));
    expect(headers.authorization[0]).toContain('Credential=AKIAIOSFODNN7EXAMPLE/');
    expect(headers['x-vault-aws-iam-server-id']).toEqual(['vault.example.com']);
    expect(JSON.stringify(body)).not.toContain('s3cret/key');
  });

  it("by aws without keys of their own are not made with the controller's", async () => {
    await words.connection({ address: vault.url });
    await words.auth({ vaultConnectionRef: 'vault', method: 'aws', mount: 'aws', aws: { role: 'app' } });
    await words.static({ path });
    const object = await words.untilReady('False', 'Invalid');
    expect(messageOf(object)).toContain('set spec.aws.secretRef or spec.aws.irsaServiceAccount of the VaultAuth');
    expect(vault.logins.filter(({ path: at }) => at === 'auth/aws/login')).toEqual([]);
  });

  it('that are refused say so, and are repeated when the VaultAuth changes', async () => {
    vault.refuses = ({ body }) => body.role !== 'right';
    await settled();
    await words.static({ path });
    const object = await words.untilReady('False', 'LoginRefused');
    expect(messageOf(object)).toContain('spec.kubernetes of the VaultAuth');
    await words.edit('auth', { spec: { kubernetes: { role: 'right' } } }, resources.vaultAuth);
    await words.untilReady('True', 'SecretSynced');
  });

  it('are one for all objects of an identity, and reads are one for all of a path', async () => {
    await settled();
    vault.reset();
    const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => words.static({ path }, name)));
    await Promise.all(names.map((name) => words.untilReady('True', 'SecretSynced', name)));
    expect(vault.logins).toHaveLength(1);
    expect(vault.reads).toEqual([`kv/data/${path}`]);
  });

  it('whose token is revoked are made once more, and the read once more', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    await words.untilReady('True', 'SecretSynced');
    vault.reset();
    // Two seconds after a login a refusal may be the lag of a node.
    await words.until(
      async () => vault.probes.length,
      (count) => count >= 3,
      'three rounds',
    );
    vault.revokeAll();
    vault.put(path, { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    expect(vault.logins).toHaveLength(1);
    expect((await words.get())?.status?.conditions?.map(({ type }) => type)).not.toContain('Stalled');
  });
});

describe('reading', () => {
  it('asks for metadata while nothing changes, and for the value when it did', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    await words.untilReady('True', 'SecretSynced');
    vault.reset();
    await words.until(
      async () => vault.probes.length,
      (count) => count >= 2,
      'two rounds',
    );
    expect(vault.reads).toEqual([]);
    vault.put(path, { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    expect(vault.reads).toEqual([`kv/data/${path}`]);
  });

  it('asks for values alone where the policy allows no more, and is not stopped by that', async () => {
    vault.denied = (asked) => asked.startsWith('kv/metadata/');
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    await words.untilReady('True', 'SecretSynced');
    vault.reset();
    vault.put(path, { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    await words.until(
      async () => vault.reads.length,
      (count) => count >= 3,
      'three rounds',
    );
    expect(vault.calls.filter((call) => call === `GET kv/metadata/${path}`)).toHaveLength(1);
    expect(vault.logins).toEqual([]);
  });

  it('writes nothing while nothing changes', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    await words.untilReady('True', 'SecretSynced');
    await controller.idle();
    controller.reset();
    vault.reset();
    await words.until(
      async () => vault.probes.length,
      (count) => count >= 3,
      'three rounds',
    );
    expect(written(controller.calls)).toEqual([]);
  });

  it('keeps the last good data of what was soft-deleted, says so, and goes on when it is undeleted', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    const before = await words.untilReady('True', 'SecretSynced');
    vault.softDelete(path);
    await words.untilCondition('Stale', 'Deleted');
    expect(await words.condition('Ready')).toEqual(before.status?.conditions?.find(({ type }) => type === 'Ready'));
    expect((await words.condition('Stale'))?.message).toContain('undelete it');
    await words.untilValues(plain);
    vault.undelete(path);
    await words.untilCondition('Stale', undefined);
    await words.untilValues(plain);
  });

  it('of what was deleted before the first time is told, and makes no Secret', async () => {
    vault.softDelete(path);
    await settled();
    await words.static({ path });
    await words.untilReady('False', 'Deleted');
    expect(await words.getSecret()).toBeUndefined();
    vault.undelete(path);
    await words.untilValues(plain);
  });

  it('keeps the last good data of what was destroyed', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    await words.untilValues(plain);
    vault.destroy(path);
    await words.untilCondition('Stale', 'Deleted');
    expect((await words.condition('Stale'))?.message).toContain('destroyed');
    await words.untilValues(plain);
  });

  it.each([
    ['nothing there', { path: 'nowhere' }, 'NotFound', 'there is nothing at kv/data/nowhere'],
    ['v1 where the engine is v2', { type: 'kv-v1' }, 'WrongEngine', 'set spec.type to kv-v2'],
    ['v2 where the engine is v1', { mount: 'old' }, 'WrongEngine', "'old' is KV v1, and spec.type says kv-v2"],
    ['an engine of another type', { mount: 'transit', path: 'x' }, 'WrongEngine', 'no engine at transit/data/x'],
    ['no engine', { mount: 'nowhere', path: 'x' }, 'WrongEngine', 'no engine at nowhere/data/x'],
  ] as const)('says of %s what it is', async (_, spec, reason, message) => {
    await settled();
    await words.static({ path, ...spec });
    expect(messageOf(await words.untilReady('False', reason))).toContain(message);
  });

  it('says of a denied path which one, and goes on when it is allowed', async () => {
    vault.denied = (asked) => asked === `kv/data/${path}`;
    await settled();
    await words.static({ path });
    expect(messageOf(await words.untilReady('False', 'Denied'))).toContain(`'read' on kv/data/${path}`);
    vault.denied = () => false;
    await words.untilReady('True', 'SecretSynced');
  });

  it('of a policy that was taken away keeps the Secret, and says so', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    await words.untilValues(plain);
    vault.denied = () => true;
    await words.untilCondition('Stale', 'Denied');
    await words.untilValues(plain);
  });

  it('of a server that is not there is told as what may pass', async () => {
    await words.settled({ address: 'http://127.0.0.1:1' });
    await words.static({ path });
    expect(messageOf(await words.untilReady('Unknown', 'Unavailable'))).toContain('refuses connections');
    expect(await words.condition('Reconciling')).toBeDefined();
  });

  it('of a server in trouble keeps the Secret, and is tried at once when it is back', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s' });
    await words.untilValues(plain);
    vault.trouble = 503;
    await words.untilCondition('Stale', 'Unavailable');
    vault.trouble = undefined;
    vault.put(path, { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
  });
});

describe('the Secret', () => {
  it('is put right after drift of data, labels, annotations and type, without a read', async () => {
    await settled();
    await words.static({ path, destination: { labels: { team: 'a' }, annotations: { note: 'b' } } });
    await words.untilReady('True', 'SecretSynced');
    vault.reset();
    const edit = async (patch: object, isRight: (secret: Awaited<ReturnType<typeof words.getSecret>>) => boolean) => {
      await words.edit('db', patch, resources.secret);
      await words.until(
        () => words.getSecret(),
        (secret) => isRight(secret),
        JSON.stringify(patch),
      );
    };
    await edit({ data: { password: 'eA==' } }, (secret) => secret?.data?.password === 'czNjcmV0');
    await edit({ data: { foreign: 'eA==' } }, (secret) => secret?.data?.foreign === undefined);
    await edit({ metadata: { labels: { team: 'x' } } }, (secret) => secret?.metadata.labels?.team === 'a');
    await edit({ metadata: { labels: { team: null } } }, (secret) => secret?.metadata.labels?.team === 'a');
    await edit({ metadata: { annotations: { note: 'x' } } }, (secret) => secret?.metadata.annotations?.note === 'b');
    await edit(
      { metadata: { ownerReferences: [] } },
      (secret) => secret?.metadata.ownerReferences?.[0]?.kind === 'VaultStaticSecret',
    );
    expect([...vault.reads, ...vault.probes, ...vault.logins]).toEqual([]);
    expect((await words.events()).filter((event) => event.startsWith('Warning Repaired'))).not.toEqual([]);
  });

  it('keeps labels and annotations of others', async () => {
    await settled();
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    await words.edit('db', { metadata: { labels: { foreign: 'x' }, annotations: { foreign: 'y' } } }, resources.secret);
    vault.put(path, { password: 'hunter2' });
    await words.edit('db', { metadata: { annotations: { again: '1' } } });
    await words.untilValues({ password: 'hunter2' });
    const metadata = (await words.getSecret())?.metadata;
    expect([metadata?.labels?.foreign, metadata?.annotations?.foreign]).toEqual(['x', 'y']);
  });

  it('is made again when it was deleted, without a read', async () => {
    await settled();
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    vault.reset();
    await words.remove('db', resources.secret);
    await words.untilValues(plain);
    expect(vault.reads).toEqual([]);
  });

  it('is deleted and made again when its type changes', async () => {
    await settled();
    await words.static({ path, destination: { type: 'example.com/one' } });
    await words.untilReady('True', 'SecretSynced');
    const before = await words.getSecret();
    await words.edit('db', { spec: { destination: { type: 'example.com/two' } } });
    await words.until(
      () => words.getSecret(),
      (secret) => secret?.type === 'example.com/two',
      'the other type',
    );
    expect((await words.getSecret())?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it('of the old name goes when the destination is named otherwise', async () => {
    await settled();
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    await words.edit('db', { spec: { destination: { name: 'other' } } });
    await words.untilValues(plain, 'other');
    await words.untilValues(undefined, 'db');
  });

  it('that nobody owns is not taken, unless overwrite says so', async () => {
    await settled();
    await words.secret('db', { mine: 'x' });
    await words.static({ path });
    expect(messageOf(await words.untilReady('False', 'NotOwned'))).toContain('set spec.destination.overwrite');
    expect(await words.values()).toEqual({ mine: 'x' });
    await words.edit('db', { spec: { destination: { overwrite: true } } });
    await words.untilValues(plain);
  });

  it('that nobody owns is taken when it goes', async () => {
    await settled();
    await words.secret('db', { mine: 'x' });
    await words.static({ path });
    await words.untilReady('False', 'NotOwned');
    await words.remove('db', resources.secret);
    await words.untilValues(plain);
  });

  it('of another controller is never taken', async () => {
    await settled();
    const owner = { apiVersion: 'example.com/v1', kind: 'Other', name: 'o', uid: 'u', controller: true };
    await words.secret('db', { mine: 'x' }, { ownerReferences: [owner] });
    await words.static({ path, destination: { overwrite: true } });
    expect(messageOf(await words.untilReady('False', 'NotOwned'))).toContain('belongs to Other o');
    expect(await words.values()).toEqual({ mine: 'x' });
  });

  it('is not taken by a SealedSecret of its name', async () => {
    await settled();
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    const spec = { encryptedData: { a: 'AAAA' } };
    await words.create<SealedSecret>(resources.sealedSecret, 'db', { spec });
    const sealed = await words.until(
      () => words.kube.get<SealedSecret>(resources.sealedSecret, words.at('db')),
      (object) => object.status?.conditions !== undefined,
      'a status of the SealedSecret',
    );
    expect(sealed.status?.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('NotOwned');
    await words.untilValues(plain);
  });

  it('of two with one destination is the older one’s', async () => {
    await settled();
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    await words.static({ path, destination: { name: 'db' } }, 'late');
    expect(messageOf(await words.untilReady('False', 'NotOwned', 'late'))).toContain('VaultStaticSecret db');
    await words.remove('db');
    await words.untilReady('True', 'SecretSynced', 'late');
  });

  it('is filled without create, its metadata and type left alone', async () => {
    await settled();
    await words.secret('db', { mine: 'x' }, { labels: { a: 'b' } }, { type: 'example.com/mine' });
    await words.static({ path, destination: { create: false, labels: { team: 'a' } } });
    await words.untilValues(plain);
    const secret = await words.getSecret();
    expect(secret?.metadata.labels).toEqual({ a: 'b' });
    expect(secret?.metadata.ownerReferences).toBeUndefined();
    expect(secret?.type).toBe('example.com/mine');
    await words.edit('db', { data: { foreign: 'eA==' } }, resources.secret);
    await words.untilValues(plain);
    // Else an object of another kind would take it for its own.
    const filled = await words.getSecret();
    expect(filled && seenSecret(filled)).toMatchObject({ isOursWhole: false, hasForeignItems: false });
  });

  it('that is missing without create is told, and filled when it comes', async () => {
    await settled();
    await words.static({ path, destination: { create: false } });
    const object = await words.untilReady('Unknown', 'SecretMissing');
    expect(messageOf(object)).toContain('there is no Secret db to fill');
    await words.secret('db', { mine: 'x' });
    await words.untilValues(plain);
  });

  it('stays with deletion-policy retain, without an ownerReference', async () => {
    await settled();
    await words.static({ path }, 'db', { annotations: { 'sealwright.dev/deletion-policy': 'retain' } });
    await words.untilReady('True', 'SecretSynced');
    expect((await words.getSecret())?.metadata.ownerReferences).toBeUndefined();
  });

  it('that another VaultStaticSecret left for good is not taken for overwrite, and is for what the message says', async () => {
    await settled();
    await words.static({ path }, 'db', { annotations: { 'sealwright.dev/deletion-policy': 'retain' } });
    await words.untilReady('True', 'SecretSynced');
    await words.remove('db');
    await words.static({ path, destination: { name: 'db', overwrite: true } }, 'two');
    const message = messageOf(await words.untilReady('False', 'NotOwned', 'two'));
    expect(message).toContain('annotate the VaultStaticSecret sealwright.dev/adopt=true where another one made it');
    await words.edit('two', { metadata: { annotations: { 'sealwright.dev/adopt': 'true' } } });
    await words.untilReady('True', 'SecretSynced', 'two');
  });

  it('with an item that no Secret can have is refused by name', async () => {
    vault.put(path, { 'a b': 'x' });
    await settled();
    await words.static({ path });
    expect(messageOf(await words.untilReady('False', 'Invalid'))).toContain("'a b'");
  });
});

describe('what the reference left', () => {
  const asReference = { fieldManager: 'vault-secrets-operator' };

  it('is taken over without a write of the Secret, and kept so', async () => {
    await settled();
    vault.reset();
    const object = await words.static({ path }, 'db', { annotations: { 'sealwright.dev/paused': 'true' } });
    await words.until(
      () => words.condition('Paused'),
      (paused) => paused !== undefined,
      'the pause',
    );
    const raw = JSON.stringify({
      data: { password: 's3cret', user: 'admin' },
      metadata: {
        created_time: '2026-01-01T00:00:01.123456789Z',
        custom_metadata: null,
        deletion_time: '',
        destroyed: false,
        version: 1,
      },
    });
    const data = Object.fromEntries(
      Object.entries({ ...plain, _raw: raw }).map(([item, text]) => [item, Buffer.from(text).toString('base64')]),
    );
    const uid = object.metadata.uid ?? '';
    const secret = await words.kube.create<Secret>(
      resources.secret,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          ...words.at('db'),
          labels: {
            'app.kubernetes.io/managed-by': 'hashicorp-vso',
            'app.kubernetes.io/name': 'vault-secrets-operator',
            'app.kubernetes.io/component': 'secret-sync',
            'secrets.hashicorp.com/vso-ownerRefUID': uid,
          },
          ownerReferences: [
            { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret', name: 'db', uid },
          ],
        },
        data,
      },
      asReference,
    );
    await words.edit('db', { metadata: { annotations: { 'sealwright.dev/paused': null } } });
    await words.untilReady('True', 'SecretSynced');
    await controller.idle();
    expect((await words.getSecret())?.metadata.resourceVersion).toBe(secret.metadata.resourceVersion);
    await words.edit('db', { data: { password: 'eA==' } }, resources.secret);
    await words.untilValues(plain);
  });

  it('of finalizers goes when the object goes', async () => {
    await settled();
    const finalizers = ['vaultstaticsecret.secrets.hashicorp.com/finalizer'];
    await words.static({ path }, 'db', { finalizers });
    await words.untilReady('True', 'SecretSynced');
    expect((await words.get())?.metadata.finalizers).toEqual(finalizers);
    await words.remove();
    await words.until(
      () => words.get(),
      (object) => object === undefined,
      'the end of the object',
    );
  });
});

describe('workloads', () => {
  const restartsOf = async (name: string) => {
    const { spec } = (await words.kube.get(resources.deployment, words.at(name))) as unknown as {
      spec: { template: { metadata: { annotations?: Record<string, string> } } };
    };
    return spec.template.metadata.annotations?.['sealwright.dev/restarted-at'];
  };
  const rolloutRestartTargets = [{ kind: 'Deployment', name: 'api' }] as const;

  it('restart once when values change, and not when the Secret is made, put right, or a new version is equal', async () => {
    await words.kube.create(resources.deployment, deployment(words.at('api')));
    await settled();
    await words.static({ path, refreshAfter: '1s', rolloutRestartTargets: [...rolloutRestartTargets] });
    await words.untilReady('True', 'SecretSynced');
    await words.edit('db', { data: { password: 'eA==' } }, resources.secret);
    await words.untilValues(plain);
    vault.put(path, plain);
    await words.until(
      async () => JSON.parse((await words.values())?._raw ?? '{}').metadata?.version,
      (version) => version === 2,
      'the equal version',
    );
    await words.edit('db', { spec: { destination: { labels: { team: 'x' } } } });
    await words.until(
      () => words.getSecret(),
      (secret) => secret?.metadata.labels?.team === 'x',
      'the label',
    );
    await controller.idle();
    expect(await restartsOf('api')).toBeUndefined();
    vault.put(path, { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    await words.until(
      () => restartsOf('api'),
      (at) => at !== undefined,
      'the restart',
    );
    const restarted = (await words.events()).filter((event) => event.includes('Restarted'));
    expect(restarted).toEqual(['Normal Restarted: Deployment api was restarted, since values changed']);
  });

  it.each([
    ['restart', { password: 'hunter2' }, true],
    ['do not restart', plain, false],
  ])(
    '%s when the first version that they are named for has %j, where _raw is all that there is',
    async (_, next, is) => {
      await words.kube.create(resources.deployment, deployment(words.at('api')));
      await settled();
      await words.static({ path, refreshAfter: '24h', destination: { transformation: { excludes: ['.*'] } } });
      await words.untilReady('True', 'SecretSynced');
      vault.put(path, next);
      await words.edit('db', { spec: { rolloutRestartTargets } });
      await words.until(
        async () => JSON.parse((await words.values())?._raw ?? '{}').metadata?.version,
        (version) => version === 2,
        'the next version',
      );
      await controller.idle();
      expect((await restartsOf('api')) !== undefined).toBe(is);
    },
  );

  it('are left alone without a MAC, as the reference does', async () => {
    await words.kube.create(resources.deployment, deployment(words.at('api')));
    await settled();
    const spec = { path, refreshAfter: '1s', hmacSecretData: false, rolloutRestartTargets: [...rolloutRestartTargets] };
    await words.static(spec);
    await words.untilReady('True', 'SecretSynced');
    vault.put(path, { password: 'hunter2' });
    await words.untilValues({ password: 'hunter2' });
    await controller.idle();
    expect(await restartsOf('api')).toBeUndefined();
  });

  it('that are not there are told by an event', async () => {
    await settled();
    await words.static({ path, refreshAfter: '1s', rolloutRestartTargets: [{ kind: 'argo.Rollout', name: 'web' }] });
    await words.untilReady('True', 'SecretSynced');
    vault.put(path, { password: 'hunter2' });
    await words.until(
      () => words.events(),
      (events) => events.some((event) => event.includes('Rollout web was not restarted: there is none')),
      'the event',
    );
  });
});

describe('a restart of the controller', () => {
  it('reads no value and writes nothing', async () => {
    await settled();
    await words.static({ path });
    await words.untilReady('True', 'SecretSynced');
    await controller.idle();
    await controller.stop();
    vault.reset();
    controller = await house.start();
    await controller.idle();
    expect(vault.reads).toEqual([]);
    expect(written(controller.calls)).toEqual([]);
  });
});
