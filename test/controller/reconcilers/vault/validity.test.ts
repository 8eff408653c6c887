// What VaultConnections, VaultAuths, VaultAuthGlobals and SecretTransformations say of themselves.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Resource, resources } from '../../../../src/kube/resources.ts';
import type { VaultAuth, VaultConnection, VaultStaticSecret } from '../../../../src/kube/vault-secrets.ts';
import { checkExternalStatus } from '../../support/external.ts';
import { embeddedStage, type House, houseOn } from '../../support/house.ts';
import { type SmallVault, startSmallVault } from '../../support/small-vault.ts';
import { messageOf, type VaultWords, vaultDefinitions, vaultWordsIn } from '../../support/vault-words.ts';

let house: House;
let vault: SmallVault;
let words: VaultWords;

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: vaultDefinitions() });
  house = houseOn(stage, { settings: { kinds: ['vaultstaticsecrets'] } });
  vault = await startSmallVault();
  await (await house.start()).ready;
});

afterAll(async () => {
  await house.end(['body-marker']);
  await vault.close();
});

beforeEach(async () => {
  vault.trouble = undefined;
  words = vaultWordsIn(house.kube, (await house.scene()).namespace);
});

const ready = async (status: string, reason: string, name: string, resource: Resource) => {
  const object = await words.untilReady(status, reason, name, resource);
  checkExternalStatus(object);
  return object;
};
const connection = (status: string, reason: string) =>
  ready(status, reason, 'vault', resources.vaultConnection) as Promise<unknown> as Promise<
    VaultConnection & VaultStaticSecret
  >;
const auth = (status: string, reason: string) =>
  ready(status, reason, 'auth', resources.vaultAuth) as Promise<unknown> as Promise<VaultAuth & VaultStaticSecret>;

describe('a VaultConnection', () => {
  it('whose server answers is valid', async () => {
    await words.connection({ address: vault.url });
    const object = await connection('True', 'Valid');
    expect(object.status?.valid).toBe(true);
    expect(messageOf(object)).toBe(`${vault.url} answers`);
  });

  it('whose server is not there is not, and is when it comes', async () => {
    await words.connection({ address: 'http://127.0.0.1:1' });
    const object = await connection('Unknown', 'Unavailable');
    expect(object.status?.valid).toBe(false);
    await words.edit('vault', { spec: { address: vault.url } }, resources.vaultConnection);
    await connection('True', 'Valid');
  });

  it('whose server is in trouble says so without a word of its answer', async () => {
    vault.trouble = 500;
    await words.connection({ address: vault.url });
    expect(messageOf(await connection('Unknown', 'Unavailable'))).toContain('answered with status 500');
  });

  it.each([
    ['an address that is none', { address: 'vault:8200' }, 'Invalid', 'no http or https address'],
    ['an address with a password', { address: 'http://a:b@vault' }, 'Invalid', 'more than a host'],
    ['a header that cannot be sent', { address: 'http://vault', headers: { 'a b': 'c' } }, 'Invalid', "header 'a b'"],
    ['a CA Secret that is not there', { address: 'https://vault', caCertSecretRef: 'ca' }, 'Invalid', 'does not exist'],
    [
      'a CA file that is none',
      { address: 'https://vault', caCertPath: '/etc/hostname' },
      'UntrustedServer',
      "'/etc/hostname' that caCertPath names has no PEM certificate",
    ],
    [
      'a CA file that is not there, in the same words',
      { address: 'https://vault', caCertPath: '/nowhere' },
      'UntrustedServer',
      "'/nowhere' that caCertPath names has no PEM certificate",
    ],
  ] as const)('with %s says so', async (_, spec, reason, message) => {
    await words.connection(spec);
    expect(messageOf(await connection('False', reason))).toContain(message);
  });

  it('that contradicts itself, as the definition of the reference lets it, says so', async () => {
    await words.connection({ address: 'http://a', caCertSecretRef: 'a', caCertPath: '/b' });
    expect(messageOf(await connection('False', 'InvalidConnection'))).toContain('must not be set at the same time');
  });
});

describe('a VaultAuth', () => {
  const kubernetes = { role: 'app', serviceAccount: 'app' };
  const whole = { vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes } as const;

  it('that leads to a connection is valid, without a login', async () => {
    await words.connection({ address: vault.url });
    vault.reset();
    await words.auth(whole);
    const object = await auth('True', 'Valid');
    expect(object.status).toMatchObject({ valid: true, error: '' });
    expect(messageOf(object)).toBe(
      `logs in by kubernetes at kubernetes, through VaultConnection ${words.namespace}/vault`,
    );
    expect(vault.logins).toEqual([]);
  });

  it('waits for its connection and for its VaultAuthGlobal', async () => {
    await words.auth({ ...whole, vaultAuthGlobalRef: { name: 'shared' } });
    const object = await auth('Unknown', 'ReferenceMissing');
    expect(object.status).toMatchObject({ valid: false });
    expect(object.status?.error).toContain(`there is no VaultAuthGlobal ${words.namespace}/shared`);
    await words.global({}, 'shared');
    await words.until(
      async () => messageOf(await words.kube.get(resources.vaultAuth, words.at('auth'))),
      (message) => message.includes(`there is no VaultConnection ${words.namespace}/vault`),
      'the connection to be missed',
    );
    await words.connection({ address: vault.url });
    await auth('True', 'Valid');
  });

  it('is looked at again when its VaultAuthGlobal changes', async () => {
    await words.connection({ address: vault.url });
    await words.global({ defaultAuthMethod: 'kubernetes' }, 'shared');
    await words.auth({ vaultConnectionRef: 'vault', kubernetes, vaultAuthGlobalRef: { name: 'shared' } });
    await auth('False', 'InvalidVaultAuth');
    await words.edit('shared', { spec: { defaultMount: 'k8s' } }, resources.vaultAuthGlobal);
    await auth('True', 'Valid');
    await ready('True', 'Valid', 'shared', resources.vaultAuthGlobal);
  });

  it.each([
    ['no method', { mount: 'm' }, 'InvalidVaultAuth'],
    ['no mount', { method: 'jwt' }, 'InvalidVaultAuth'],
    ['gcp', { method: 'gcp', mount: 'm' }, 'Unsupported'],
    ['a reference that is none', { vaultConnectionRef: 'a/b/c', method: 'jwt', mount: 'm' }, 'InvalidReference'],
    ['a VaultAuthGlobal without a name', { vaultAuthGlobalRef: {} }, 'InvalidReference'],
  ] as const)('with %s is not', async (_, spec, reason) => {
    await words.connection({ address: vault.url });
    await words.auth({ vaultConnectionRef: 'vault', ...spec });
    await auth('False', reason);
  });
});

describe('a SecretTransformation', () => {
  const transformation = (status: string, reason: string) =>
    ready(status, reason, 'shared', resources.secretTransformation);

  it('that can be used is valid', async () => {
    await words.transformation({ templates: { a: { text: '{{ .Secrets.user }}' } }, includes: ['^a'] });
    expect((await transformation('True', 'Valid')).status).toMatchObject({ valid: true, error: '' });
  });

  it.each([
    ['a template that cannot be parsed', { templates: { a: { text: '{{ .Secrets.user' } } }, 'TemplateError'],
    ['an expression that is none', { includes: ['('] }, 'InvalidTransformation'],
  ])('with %s is not, until it is corrected', async (_, spec, reason) => {
    await words.transformation(spec);
    const object = await transformation('False', reason);
    expect(object.status).toMatchObject({ valid: false });
    await words.edit('shared', { spec: { templates: null, includes: null } }, resources.secretTransformation);
    await transformation('True', 'Valid');
  });
});

it('finalizers of the reference keep none of them', async () => {
  const finalizers = (kind: string) => ({ finalizers: [`${kind}.secrets.hashicorp.com/finalizer`] });
  await words.connection({ address: vault.url }, 'vault', finalizers('vaultconnection'));
  await words.auth({}, 'auth', finalizers('vaultauth'));
  await words.transformation({}, 'shared', finalizers('secrettransformation'));
  await words.remove('vault', resources.vaultConnection);
  await words.remove('auth', resources.vaultAuth);
  await words.remove('shared', resources.secretTransformation);
  const gone = async (resource: Resource, name: string) =>
    await words.until(
      () => words.kube.get(resource, words.at(name)).catch(() => undefined),
      (object) => object === undefined,
      `the end of ${name}`,
    );
  await gone(resources.vaultConnection, 'vault');
  await gone(resources.vaultAuth, 'auth');
  await gone(resources.secretTransformation, 'shared');
});
