// No value, credential or word of a provider is shown by an ExternalSecret's controller, whatever succeeds or fails.

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  ExternalSecretSpec,
  ExternalSecretTemplate,
  StoreProvider,
} from '../../../../src/kube/external-secrets.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { leaksIn } from '../../../support/leaks.ts';
import { type FakeAws, fakeAws } from '../../stores/support/fake-aws.ts';
import { externalDefinitions, readyOf, type Words, wordsIn } from '../../support/external.ts';
import { type FakeVault, startFakeVault } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';
import { shownBy } from '../../support/shown.ts';

// One for each place at which a secret is; letters and digits, so that every form can be looked for.
const markers = {
  value: 'mkValue7f3a9c',
  second: 'mkSecond5d21e',
  token: 'mkToken44aa01',
  wrongToken: 'mkWrong90ffe2',
  secretId: 'mkSecretId77b0',
  password: 'mkUserPass31c8',
  header: 'mkHeader5500d1',
  accessKey: 'AKIAMK7ACCESS09',
  secretKey: 'mkSecretKey6e1',
  sessionToken: 'mkSession8a02f',
  refusal: 'mkAwsSays19dd3',
  complaint: 'body-marker',
  urlLogin: 'mkUrlLogin2b7c',
  caText: 'mkNoPem41f00d',
  mine: 'mkTheirs0c9e1',
};
const { value } = markers;
let house: House;
let controller: Running;
let words: Words;
let vault: FakeVault;
let sealed: FakeVault;
let aws: FakeAws;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const pemLine =
  pem
    .split('\n')[1]
    ?.slice(4, 40)
    .replace(/[^A-Za-z0-9].*$/, '') ?? '';

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  [vault, sealed, aws] = await Promise.all([
    startFakeVault({ token: markers.token }),
    startFakeVault({ token: markers.token }),
    fakeAws(),
  ]);
  house = houseOn(stage, {
    settings: { kinds: ['externalsecrets'], 'aws-endpoint': [aws.url], 'metrics-object-labels': ['leaks'] },
  });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'leaks' } };
  await house.kube.create(resources.namespace, namespace);
  words = wordsIn(house.kube, 'leaks');
  controller = await house.start();
  await controller.ready;
  await arrange();
});
afterAll(async () => {
  await house.end();
  await Promise.all([vault.close(), sealed.close(), aws.close()]);
});

const at = (key: string) => ({ name: 'login', key });
const vaultAt = (server: string, auth: object, more: object = {}): StoreProvider => ({
  vault: { server, path: 'secret', headers: { 'X-Gate': markers.header }, auth, ...more },
});

async function arrange(): Promise<void> {
  const json = JSON.stringify({ a: value, broken: `{"a": "${value}"` });
  vault.values.set('db', {
    password: value,
    json,
    key: pem,
    number: 1,
    text: `line ${value}\n${value}: [`,
    nested: { a: value },
  });
  vault.values.set('gone', null);
  vault.values.set('binary', { password: Buffer.from(`\0${value}`).toString('base64') });
  vault.values.set('large', { password: value.repeat(100_000) });
  vault.refused.add('refused');
  sealed.values.set('db', { password: value });
  sealed.trouble = { status: 503, complaint: `sealed ${value}` };
  aws.secrets.set('db', { text: JSON.stringify({ password: value }) }).set('text', { text: `no JSON ${value}` });
  aws.secrets.set('going', { text: value, deleted: true });
  for (const name of [
    'AccessDeniedException',
    'DecryptionFailure',
    'ThrottlingException',
    'InternalServiceError',
    'Strange',
  ])
    aws.secrets.set(name, {
      refusal: { name, message: `${markers.refusal} ${value}`, status: name.startsWith('Internal') ? 500 : 400 },
    });
  await words.credentials('login', {
    token: markers.token,
    wrong: markers.wrongToken,
    secretId: markers.secretId,
    password: markers.password,
    id: markers.accessKey,
    secret: markers.secretKey,
    session: markers.sessionToken,
    ca: markers.caText,
    'tls.crt': pem,
    'tls.key': pem,
  });
  const token = { tokenSecretRef: at('token') };
  const awsAuth = {
    secretRef: {
      accessKeyIDSecretRef: at('id'),
      secretAccessKeySecretRef: at('secret'),
      sessionTokenSecretRef: at('session'),
    },
  };
  const awsStore = { service: 'SecretsManager' as const, region: 'eu-west-1', auth: awsAuth };
  const stores: Record<string, StoreProvider> = {
    vault: vaultAt(vault.url, token),
    wrong: vaultAt(vault.url, { tokenSecretRef: at('wrong') }),
    sealed: vaultAt(sealed.url, token),
    approle: vaultAt(vault.url, { appRole: { roleId: 'app', secretRef: at('secretId') } }),
    userpass: vaultAt(vault.url, { userPass: { username: 'app', secretRef: at('password') } }),
    ldap: vaultAt(vault.url, { ldap: { username: 'app', secretRef: at('password') } }),
    jwt: vaultAt(vault.url, { jwt: { role: 'app', secretRef: at('token') } }),
    cert: vaultAt(vault.url, { cert: { clientCert: at('tls.crt'), secretRef: at('tls.key') } }),
    login: vaultAt(vault.url.replace('//', `//app:${markers.urlLogin}@`), token),
    ca: vaultAt(vault.url.replace('http:', 'https:'), token, {
      caProvider: { type: 'Secret', name: 'login', key: 'ca' },
    }),
    down: vaultAt('http://127.0.0.1:1', token),
    aws: { aws: awsStore },
    role: { aws: { ...awsStore, role: 'arn:aws:iam::123456789012:role/reader', externalID: 'tenant' } },
  };
  for (const [name, provider] of Object.entries(stores)) await words.store(name, provider);
}

const remote = (key: string, property?: string) => ({ key, ...(property && { property }) });
const one = (store: string, key: string, property?: string, more: object = {}): ExternalSecretSpec => ({
  secretStoreRef: { name: store },
  data: [{ secretKey: 'x', remoteRef: { ...remote(key, property), ...more } }],
});
const template = (part: ExternalSecretTemplate): ExternalSecretSpec => ({
  dataFrom: [{ extract: { key: 'db' } }],
  target: { template: part },
});
const rendering = (text: string) => template({ data: { made: text } });

const successes: Record<string, ExternalSecretSpec> = {
  plain: one('vault', 'db', 'password'),
  whole: { dataFrom: [{ extract: { key: 'db' } }] },
  aws: one('aws', 'db', 'password'),
  'by-role': one('role', 'db'),
  htpasswd: rendering('{{ htpasswd "admin" .password }}{{ .password | b64enc }}{{ .key | sha256sum }}'),
  binary: one('vault', 'binary', 'password', { decodingStrategy: 'Base64' }),
};

const failing: Record<string, ExternalSecretSpec> = {
  'no-key': one('vault', 'nothing'),
  gone: one('vault', 'gone'),
  refused: one('vault', 'refused'),
  'no-property': one('vault', 'db', 'nothing'),
  'into-text': one('vault', 'db', 'password.deeper'),
  modifier: one('vault', 'db', '@reverse'),
  encoded: one('vault', 'db', 'password', { decodingStrategy: 'Base64' }),
  'null-byte': one('vault', 'binary', 'password', { decodingStrategy: 'Base64', nullBytePolicy: 'Fail' }),
  large: one('vault', 'large'),
  'wrong-token': one('wrong', 'db'),
  'a-sealed-server': one('sealed', 'db'),
  'a-login-by-approle': one('approle', 'db'),
  'a-login-by-userpass': one('userpass', 'db'),
  'a-login-by-ldap': one('ldap', 'db'),
  'a-login-by-jwt': one('jwt', 'db'),
  'a-login-by-cert': one('cert', 'db'),
  'a-login-in-the-url': one('login', 'db'),
  'a-ca-that-is-none': one('ca', 'db'),
  'a-server-that-is-down': one('down', 'db'),
  'aws-no-key': one('aws', 'nothing'),
  'aws-no-json': one('aws', 'text', 'password'),
  'aws-extract-no-json': { secretStoreRef: { name: 'aws' }, dataFrom: [{ extract: { key: 'text' } }] },
  'aws-going': one('aws', 'going'),
  ...Object.fromEntries(
    ['AccessDeniedException', 'DecryptionFailure', 'ThrottlingException', 'InternalServiceError', 'Strange'].map(
      (name) => [`aws-${name.toLowerCase()}`, one('aws', name)],
    ),
  ),
  merge: { dataFrom: [{ extract: { key: 'db' }, rewrite: [{ merge: {} }] }] },
  'merge-json': { dataFrom: [{ extract: { key: 'db' }, rewrite: [{ merge: { strategy: 'JSON', into: 'all' } }] }] },
  'an-item-name': {
    dataFrom: [
      { extract: { key: 'db', property: 'nested' }, rewrite: [{ transform: { template: '{{ .value }}/ü' } }] },
    ],
  },
  ...Object.fromEntries(
    [
      '{{ fail .password }}',
      '{{ .password | atoi | add 1 }}{{ fromJson .text }}',
      '{{ fromYaml .text }}',
      '{{ fromJson .json | toYaml }}{{ (fromJson .json).broken | fromJson }}',
      '{{ b64dec .text }}',
      '{{ index .password 400 }}',
      '{{ .password.deeper }}',
      '{{ regexFind .text .password }}',
      '{{ pkcs12key .password }}',
      '{{ pkcs12keyPass .password .key }}',
      '{{ fullPemToPkcs12Pass .password .key .password }}',
      '{{ jwkPrivateKeyPem .password }}',
      '{{ filterPEM .password .text }}',
      '{{ filterCertChain .password .key }}',
      '{{ decryptAES .password .text }}',
      '{{ toDate .password .text }}{{ mustToDate .password .text }}',
      '{{ semverCompare .password .text }}',
      '{{ urlParse .text }}',
      '{{ template .password }}',
      '{{ printf .text }}{{ .missing }}',
      '{{ ternary .password }}',
      '{{ until (len .password) | first .password }}',
      '{{ dict .password }}{{ get (dict) .password 1 }}',
      '{{ required .password }}',
    ].map((text, index) => [`template-${index}`, rendering(text)]),
  ),
  'from-literal': template({ templateFrom: [{ literal: '{{ .text }}' }] }),
  'from-config-map': template({
    templateFrom: [{ configMap: { name: 'texts', items: [{ key: 'bad', templateAs: 'KeysAndValues' }] } }],
  }),
  'a-label': template({ metadata: { labels: { shown: '{{ .text }}' } } }),
  'a-label-name': template({ templateFrom: [{ literal: '"{{ .password }}/a/b": "x"', target: 'Labels' }] }),
  'an-annotation-name': template({ templateFrom: [{ literal: '"{{ .password }} /a/b": "x"', target: 'Annotations' }] }),
  'an-entry-without-a-store': { secretStoreRef: {}, dataFrom: [{ extract: { key: 'db' } }] },
  'an-item-with-a-slash': template({ templateFrom: [{ literal: '"{{ .password }}/a": "x"' }] }),
  'an-item-from-a-literal': template({ templateFrom: [{ literal: '"{{ .password }} a": "x"' }] }),
  'a-docker-login': template({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': '{{ .text }}' } }),
  'a-tls-pair': template({ type: 'kubernetes.io/tls', data: { 'tls.crt': '{{ .password }}' } }),
  generated: {
    dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: 'impossible' } } }],
  },
};

describe('nothing secret is shown', () => {
  it('when ExternalSecrets succeed, fail, and fail after a success', async () => {
    await words.create(resources.configMap, 'texts', { data: { bad: '{{ .text }}' } });
    await words.create(resources.passwordGenerator, 'impossible', { spec: { length: 40, digits: 30 } });
    await words.credentials('theirs', { mine: markers.mine });
    for (const [name, spec] of Object.entries({ ...successes, ...failing, theirs: one('vault', 'db') })) {
      await words.external(name, { ...spec, refreshInterval: '1s' });
    }
    for (const name of Object.keys(successes)) await words.untilReady(name, 'True', 'SecretSynced');
    const reasons = new Map<string, string>();
    for (const name of [...Object.keys(failing), 'theirs']) {
      const object = await words.until(
        () => words.getExternal(name),
        (now) => readyOf(now) !== undefined,
        `a look at ${name}`,
      );
      if (readyOf(object)?.status !== 'True') reasons.set(name, object?.status?.conditions?.at(-1)?.reason ?? '');
    }
    // Each class is among them: the search is worth what it searches.
    expect([...new Set(reasons.values())].toSorted()).toEqual(
      [
        'Deleted',
        'Denied',
        'Invalid',
        'InvalidSpec',
        'NotFound',
        'NotOwned',
        'PropertyMissing',
        'Rejected',
        'TemplateError',
        'Throttled',
        'TooLarge',
        'Unavailable',
      ].toSorted(),
    );
    vault.values.set('db', { other: markers.second });
    await words.until(
      () => words.condition('Stale', 'plain'),
      (stale) => stale?.reason === 'PropertyMissing',
      'Stale',
    );
    vault.trouble = { status: 500, complaint: value };
    await words.until(
      () => words.condition('Stale', 'plain'),
      (stale) => stale?.reason === 'Unavailable',
      'Stale',
    );
    const shown = await shownBy(house, controller);
    expect(shown.length).toBeGreaterThan(100);
    expect(leaksIn(shown, [...Object.values(markers), pemLine])).toEqual([]);
  });

  it('when a password is made', async () => {
    vault.trouble = undefined;
    await words.create(resources.passwordGenerator, 'simple', { spec: { length: 20, symbols: 0, allowRepeat: true } });
    await words.external('drawn', {
      secretStoreRef: {},
      dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: 'simple' } } }],
    });
    await words.untilReady('drawn', 'True', 'SecretSynced');
    const { password = '' } = (await words.values('drawn')) ?? {};
    expect(password).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(leaksIn(await shownBy(house, controller), [password])).toEqual([]);
  });
});
