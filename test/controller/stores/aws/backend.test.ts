// The AWS backends against a small AWS on loopback: refusals, batches, credentials, time limits and what is never told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awsIdentity } from '../../../../controller/stores/aws/identity.ts';
import { createFetcher } from '../../../../controller/stores/fetch/fetcher.ts';
import type { StoreError } from '../../../../controller/stores/store.ts';
import type { AwsProvider } from '../../../../src/kube/external-secrets.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { FakeClock } from '../../../support/clock.ts';
import { type AwsStageOptions, awsStage } from '../support/aws.ts';
import { type FakeAws, fakeAws, type Refusal } from '../support/fake-aws.ts';
import { failureOf, heldReferences, refusalOf, textOf } from '../support/vault.ts';

const { signal } = new AbortController();
const secretRef = {
  accessKeyIDSecretRef: { name: 'aws', key: 'id' },
  secretAccessKeySecretRef: { name: 'aws', key: 'secret' },
};
const keys = { 'aws/id': 'AKIASTATIC', 'aws/secret': 'static-secret-key' };

let aws: FakeAws;
let stage = awsStage();
const open = (provider: Partial<AwsProvider> = {}, options: AwsStageOptions = {}) => {
  stage = awsStage({ endpoint: aws.url, ...options });
  return stage.open(provider);
};
const operations = () => aws.calls.map(({ operation }) => operation);

beforeEach(async () => {
  aws = await fakeAws();
  aws.secrets.set('db', { text: 'hunter2' }).set('cache', { text: '{"a":1.10}' });
  aws.secrets.set('binary', { binary: new Uint8Array([0, 255]) }).set('going', { text: 'x', deleted: true });
  aws.parameters.set('/a', 'one').set('/b', 'two');
});
afterEach(async () => {
  await stage.close();
  await aws.close();
});

describe('what AWS refuses', () => {
  const table: [Refusal, Partial<StoreError>][] = [
    [{ name: 'ResourceNotFoundException' }, { class: 'NotFound', message: 'there is no such key or version' }],
    [{ name: 'InvalidRequestException' }, { class: 'Deleted', message: 'it is marked for deletion' }],
    [
      { name: 'InvalidParameterException', message: 'the secret was marked for deletion' },
      { class: 'Deleted', message: 'it is marked for deletion' },
    ],
    [
      { name: 'InvalidParameterException' },
      { class: 'Invalid', message: 'AWS refused it (InvalidParameterException)' },
    ],
    [{ name: 'ValidationException' }, { class: 'Invalid', message: 'AWS refused it (ValidationException)' }],
    [{ name: 'Strange <b>name</b>' }, { class: 'Invalid', message: 'AWS refused it (for a reason we do not know)' }],
    [{ name: 'AccessDeniedException' }, { class: 'Denied', message: 'access denied' }],
    [{ name: 'DecryptionFailure' }, { class: 'Denied', message: 'its KMS key cannot be used' }],
    [{ name: 'UnrecognizedClientException' }, { class: 'Denied', message: 'AWS does not accept the credentials' }],
    [{ name: 'InvalidSignatureException' }, { class: 'Denied', message: 'AWS does not accept the credentials' }],
    [{ name: 'ExpiredTokenException' }, { class: 'Denied', message: 'AWS does not accept the credentials' }],
    [
      { name: 'SomethingElse', status: 403 },
      { class: 'Denied', message: 'access denied' },
    ],
    [{ name: 'ThrottlingException' }, { class: 'Throttled', message: 'AWS asks for fewer requests' }],
    [
      { name: 'TooManyRequestsException', status: 429, headers: { 'retry-after': '7' } },
      { class: 'Throttled', message: 'AWS asks for fewer requests', retryAfterMs: 7000 },
    ],
    [
      { name: 'InternalServiceError', status: 500 },
      { class: 'Unavailable', message: 'AWS answered with status 500' },
    ],
    [
      { name: 'ServiceUnavailable', status: 503 },
      { class: 'Unavailable', message: 'AWS answered with status 503' },
    ],
  ];

  it.each(table)('$name is told as it is', async (refusal, { message, ...facts }) => {
    aws.refusals.set('GetSecretValue', refusal);
    const error = await refusalOf(await open({}, { maxAttempts: 1 }), 'db');
    expect(error).toMatchObject({ ...facts, key: 'db', message: `AWS Secrets Manager: reading 'db': ${message}` });
  });

  it('is told of single keys of a batch with the same words', async () => {
    aws.secrets.set('locked', {
      text: 'x',
      refusal: { name: 'AccessDeniedException', message: 'User arn:x is not authorized' },
    });
    aws.secrets.set('broken', { text: 'x', refusal: { name: 'InternalServiceError' } });
    const backend = await open();
    const requests = ['db', 'locked', 'going', 'broken', 'nothing'].map((key) => ({ key }));
    expect(await backend.read(requests, signal)).toMatchObject([
      { rules: 'aws' },
      { class: 'Denied', key: 'locked', message: "AWS Secrets Manager: reading 'locked': access denied" },
      { class: 'Deleted', key: 'going' },
      { class: 'Unavailable', key: 'broken' },
      { class: 'NotFound', key: 'nothing' },
    ]);
  });

  it('never shows a value, an answer, a token or a signature, however the error is looked at', async () => {
    const marker = 'SUPER-SECRET-MARKER';
    aws.refusals.set('GetSecretValue', {
      name: 'ValidationException',
      message: `${marker} in the answer`,
      headers: { 'x-amzn-requestid': marker },
    });
    const error = await refusalOf(
      await open({ auth: { secretRef } }, { secrets: { ...keys, 'aws/secret': marker } }),
      'db',
    );
    const shown = [
      inspect(error, { depth: 20, showHidden: true }),
      String(error),
      JSON.stringify(error),
      error.stack,
    ].join();
    expect(shown).not.toContain(marker);
    expect(shown).not.toContain('Signature');
  });

  it('is the same text at every retry', async () => {
    let count = 0;
    aws.refusals.set('GetSecretValue', () => ({ name: 'AccessDeniedException', message: `request ${++count}` }));
    const backend = await open();
    const texts = new Set([(await refusalOf(backend, 'db')).message, (await refusalOf(backend, 'db')).message]);
    expect(texts.size).toBe(1);
  });
});

describe('attempts and time', () => {
  it('tries twice by itself, and leaves longer patience to others', async () => {
    aws.refusals.set('GetSecretValue', { name: 'InternalServiceError', status: 500 });
    expect(await refusalOf(await open(), 'db')).toMatchObject({ class: 'Unavailable' });
    expect(operations()).toEqual(['GetSecretValue', 'GetSecretValue']);
  });

  it('does not try again what was refused for good', async () => {
    expect(await refusalOf(await open(), 'nothing')).toMatchObject({ class: 'NotFound' });
    expect(operations()).toEqual(['GetSecretValue']);
  });

  it('gives up an answer that does not come', async () => {
    aws.silent.add('GetSecretValue');
    const backend = await open({}, { timeouts: { answerMs: 50 }, maxAttempts: 1 });
    expect(await refusalOf(backend, 'db')).toMatchObject({
      class: 'Unavailable',
      message: "AWS Secrets Manager: reading 'db': AWS did not answer in time",
    });
    expect(stage.calls).toMatchObject([{ provider: 'aws-secrets-manager', call: 'GetSecretValue', code: 'timeout' }]);
  });

  it('says that nobody listens', async () => {
    const backend = await open({}, { endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    expect(await refusalOf(backend, 'db')).toMatchObject({
      class: 'Unavailable',
      message: "AWS Secrets Manager: reading 'db': AWS was not reached (ECONNREFUSED)",
    });
    expect(stage.calls).toMatchObject([{ code: 'refused' }]);
  });

  it('ends with the signal of the caller, and with its reason', async () => {
    aws.silent.add('GetSecretValue');
    const backend = await open();
    const leaving = new AbortController();
    const asked = backend.read([{ key: 'db' }], leaving.signal);
    while (aws.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort(new Error('shutting down'));
    await expect(asked).rejects.toThrow('shutting down');
  });

  it('keeps its connections for the next calls', async () => {
    const backend = await open();
    for (let count = 0; count < 10; count++) await textOf(backend, 'db');
    expect(aws.connections).toBeLessThanOrEqual(2);
  });

  it('tells metrics of every attempt', async () => {
    let count = 0;
    aws.refusals.set('GetSecretValue', () =>
      count++ === 0 ? { name: 'InternalServiceError', status: 500 } : undefined,
    );
    await textOf(await open({ role: 'arn:aws:iam::123456789012:role/reader' }), 'db');
    expect(stage.calls.map(({ call, code }) => `${call} ${code}`)).toEqual([
      'AssumeRole 200',
      'GetSecretValue 500',
      'GetSecretValue 200',
    ]);
    expect(stage.calls.every(({ seconds }) => seconds >= 0)).toBe(true);
  });

  it('asks through the proxy of the environment, and never for longer than it may', async () => {
    const asked: string[] = [];
    const sockets: Duplex[] = [];
    const proxy = createServer().on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    try {
      const environment = { HTTP_PROXY: `http://127.0.0.1:${port}` };
      const timeouts = { connectMs: 50, answerMs: 50 };
      const backend = await open({}, { endpoint: 'http://aws.test:9', environment, timeouts, maxAttempts: 1 });
      expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Unavailable' });
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    }
    expect(asked).toEqual(['aws.test:9']);
  });
});

describe('batches', () => {
  const read = (
    names: string[],
    backend: Awaited<ReturnType<typeof open>>,
    fetcher = createFetcher({ clock: systemClock, random: () => 0 }),
  ) =>
    Promise.all(
      names.map((key) =>
        fetcher.read(backend, { key }, { signal }).then(
          () => key,
          (error) => error.class,
        ),
      ),
    );

  it('match answers that come in another order, by name and by partial ARN', async () => {
    const backend = await open();
    const partial = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:cache';
    const outcomes = await backend.read([{ key: 'db' }, { key: partial }, { key: 'binary' }], signal);
    const texts = outcomes.map((outcome) =>
      'bytes' in outcome ? Buffer.from(outcome.bytes.reveal()).toString('hex') : outcome,
    );
    expect(texts).toEqual([Buffer.from('hunter2').toString('hex'), Buffer.from('{"a":1.10}').toString('hex'), '00ff']);
    expect(operations()).toEqual(['BatchGetSecretValue']);
  });

  it('ask for a secret once although two keys mean it', async () => {
    const backend = await open({ prefix: 'd' });
    await backend.read([{ key: 'b' }, { key: 'db', found: true }], signal);
    expect(aws.calls[0]?.input).toEqual({ SecretIdList: ['db'] });
  });

  it('are not tried again for a quarter of an hour after they were denied, by any consumer of the identity', async () => {
    aws.refusals.set('BatchGetSecretValue', { name: 'AccessDeniedException' });
    const clock = new FakeClock();
    const backend = await open({}, { clock });
    expect(backend.batchSize({ key: 'db' })).toBe(20);
    expect(await read(['db', 'cache'], backend)).toEqual(['db', 'cache']);
    expect(operations()).toEqual(['BatchGetSecretValue', 'GetSecretValue', 'GetSecretValue']);
    expect(backend.batchSize({ key: 'db' })).toBe(1);
    await clock.advance(15 * 60_000);
    expect(backend.batchSize({ key: 'db' })).toBe(20);
  });

  it('go on after one whose request was wrong', async () => {
    aws.refusals.set('BatchGetSecretValue', { name: 'ValidationException' });
    const backend = await open();
    expect(await read(['db', 'cache'], backend)).toEqual(['db', 'cache']);
    expect(backend.batchSize({ key: 'db' })).toBe(20);
  });

  it('are given up where the server does not know them', async () => {
    aws.refusals.set('BatchGetSecretValue', { name: 'UnknownOperationException' });
    const backend = await open();
    expect(await read(['db', 'cache'], backend)).toEqual(['db', 'cache']);
    expect(backend.batchSize({ key: 'db' })).toBe(1);
  });

  it('never carry versions or metadata', async () => {
    for (const service of ['SecretsManager', 'ParameterStore'] as const) {
      const backend = await open({ service });
      expect(backend.batchSize({ key: 'a', version: '1' })).toBe(1);
      expect(backend.batchSize({ key: 'a', metadata: true })).toBe(1);
      await stage.close();
    }
  });

  it('of parameters leave a denied name alone, so that it does not spoil the others', async () => {
    const backend = await open({ service: 'ParameterStore' });
    const fetcher = createFetcher({ clock: systemClock, random: () => 0 });
    const deny = () =>
      JSON.stringify(aws.calls.at(-1)?.input).includes('/b') ? { name: 'AccessDeniedException' } : undefined;
    aws.refusals.set('GetParameters', deny).set('GetParameter', deny);
    expect(await read(['/a', '/b'], backend, fetcher)).toEqual(['/a', 'Denied']);
    expect(backend.batchSize({ key: '/b' })).toBe(1);
    expect(backend.batchSize({ key: '/a' })).toBe(10);
  });

  it('of parameters are given up after three refusals in a row', async () => {
    const backend = await open({ service: 'ParameterStore' });
    aws.refusals.set('GetParameters', { name: 'AccessDeniedException' });
    for (let round = 0; round < 4; round++) expect(await read(['/a', '/b'], backend)).toEqual(['/a', '/b']);
    expect(operations().filter((operation) => operation === 'GetParameters')).toHaveLength(3);
  });
});

describe('credentials', () => {
  const role = 'arn:aws:iam::123456789012:role/reader';

  it('of a Secret sign the request, without the line ends that editors add', async () => {
    await textOf(
      await open({ auth: { secretRef } }, { secrets: { 'aws/id': ' AKIASTATIC\n', 'aws/secret': 'x\n' } }),
      'db',
    );
    expect(aws.calls).toMatchObject([{ operation: 'GetSecretValue', accessKeyId: 'AKIASTATIC' }]);
  });

  it('of roles are taken one after another, external id and tags with the last alone', async () => {
    const backend = await open(
      {
        auth: { secretRef },
        role,
        additionalRoles: ['arn:aws:iam::123456789012:role/first', 'arn:aws:iam::123456789012:role/second'],
        externalID: 'tenant',
        sessionTags: [{ key: 'team', value: 'red' }],
        transitiveTagKeys: ['team'],
        sessionTagsPolicy: 'Custom',
        customSessionTags: { stage: 'prod' },
      },
      { secrets: keys, namespace: 'shop' },
    );
    await textOf(backend, 'db');
    const signers = aws.calls.map(({ operation, accessKeyId }) => `${operation} ${accessKeyId.replace(/\d+\./, '')}`);
    expect(signers).toEqual([
      'AssumeRole AKIASTATIC',
      'AssumeRole ASIAfirst',
      'AssumeRole ASIAsecond',
      'GetSecretValue ASIAreader',
    ]);
    expect(aws.calls[0]?.input).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::123456789012:role/first',
      RoleSessionName: 'sealwright',
    });
    expect(aws.calls[2]?.input).toMatchObject({
      RoleArn: role,
      ExternalId: 'tenant',
      'TransitiveTagKeys.member.1': 'team',
    });
    const tags = Object.entries(aws.calls[2]?.input ?? {}).filter(([name]) => name.startsWith('Tags.'));
    const pairs = tags
      .filter(([name]) => name.endsWith('Key'))
      .map(([name, key]) => [key, aws.calls[2]?.input[name.replace(/Key$/, 'Value')]]);
    expect(Object.fromEntries(pairs)).toEqual({
      team: 'red',
      stage: 'prod',
      esoNamespace: 'shop',
      esoStoreName: 'aws',
      esoStoreKind: 'SecretStore',
    });
  });

  it("cannot pass for another namespace's by a store's own tags", async () => {
    const customSessionTags = { esoNamespace: 'payments' };
    const backend = await open({ role, sessionTagsPolicy: 'Custom', customSessionTags }, { namespace: 'shop' });
    await textOf(backend, 'db');
    expect(Object.values(aws.calls[0]?.input ?? {})).toContain('shop');
    expect(Object.values(aws.calls[0]?.input ?? {})).not.toContain('payments');
  });

  it('of a service account come unsigned, by its token, for its audience', async () => {
    const annotations = { 'eks.amazonaws.com/role-arn': role, 'eks.amazonaws.com/audience': 'mine' };
    const backend = await open(
      { auth: { jwt: { serviceAccountRef: { name: 'app', audiences: ['more'] } } } },
      { annotations, tokens: { app: 'the.web.token' } },
    );
    await textOf(backend, 'db');
    expect(aws.calls[0]).toMatchObject({
      operation: 'AssumeRoleWithWebIdentity',
      accessKeyId: '',
      input: { RoleArn: role, RoleSessionName: 'external-secrets-provider-aws', WebIdentityToken: 'the.web.token' },
    });
    expect(stage.asked).toEqual([{ kind: 'token', name: 'app', options: { audiences: ['mine', 'more'] } }]);
  });

  it('of a service account without a role are an error with a remedy', async () => {
    const error = await failureOf(open({ auth: { jwt: { serviceAccountRef: { name: 'app' } } } }));
    expect(error).toMatchObject({
      class: 'Invalid',
      message: "AWS Secrets Manager: service account 'default/app' names no role",
    });
    expect(error.hints).toEqual(['annotate it with eks.amazonaws.com/role-arn']);
  });

  it('are fetched once for a crowd', async () => {
    const backend = await open({ role });
    await Promise.all(Array.from({ length: 50 }, () => textOf(backend, 'db')));
    expect(operations().filter((operation) => operation === 'AssumeRole')).toHaveLength(1);
  });

  it('are renewed before they end, without a failed read', async () => {
    const clock = new FakeClock(new Date());
    const backend = await open({ role }, { clock });
    await textOf(backend, 'db');
    await clock.advance(2_500_000);
    await textOf(backend, 'db');
    while (stage.counts().AssumeRole !== 2) await new Promise((resolve) => setImmediate(resolve));
    await textOf(backend, 'db');
    expect(aws.calls.at(-1)?.accessKeyId).not.toBe(aws.calls[1]?.accessKeyId);
  });

  it('that AWS no longer takes are replaced once, and the read goes on', async () => {
    const backend = await open({ role });
    await textOf(backend, 'db');
    let count = 0;
    aws.refusals.set('GetSecretValue', () => (count++ === 0 ? { name: 'ExpiredTokenException' } : undefined));
    expect(await textOf(backend, 'db')).toBe('hunter2');
    expect(operations()).toEqual(['AssumeRole', 'GetSecretValue', 'GetSecretValue', 'AssumeRole', 'GetSecretValue']);
  });

  it('that cannot be replaced are refused without trying the same again', async () => {
    aws.refusals.set('GetSecretValue', { name: 'UnrecognizedClientException' });
    const backend = await open({ auth: { secretRef } }, { secrets: keys });
    expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Denied' });
    expect(operations()).toEqual(['GetSecretValue']);
  });

  it('that the controller does not have are said to be missing, with the ways to give some', async () => {
    const defaultKeys = () =>
      Promise.reject(Object.assign(new Error('no providers'), { name: 'CredentialsProviderError' }));
    const error = await failureOf((await open({}, { defaultKeys })).validate(signal));
    expect(error).toMatchObject({
      class: 'Denied',
      message:
        "AWS Secrets Manager: looking for the controller's own credentials: the controller has no AWS credentials of its own",
    });
    expect(error.hints[0]).toContain('auth.jwt');
  });

  it.each<[string, Refusal, string]>([
    ['a role that may not be assumed', { name: 'AccessDenied', status: 403 }, 'Denied'],
    ['STS being busy', { name: 'Throttling' }, 'Throttled'],
    ['STS being down', { name: 'ServiceUnavailable', status: 503 }, 'Unavailable'],
  ])('say %s for what it is', async (_, refusal, errorClass) => {
    aws.refusals.set('AssumeRole', refusal);
    const error = await refusalOf(await open({ role }, { maxAttempts: 1 }), 'db');
    expect(error.class).toBe(errorClass);
    expect(error.message).toContain(`assuming the role '${role}'`);
  });

  it('of whoever uses the store leave its validation open, and read nothing for nobody', async () => {
    const backend = await open({ auth: { secretRef } }, { referent: true });
    expect(await backend.validate(signal)).toBe('unknown');
    expect(await failureOf(backend.read([{ key: 'db' }], signal))).toMatchObject({ class: 'Invalid' });
    expect(aws.calls).toEqual([]);
  });

  it('are not asked for anew by each request where our clock is an hour ahead', async () => {
    const clock = new FakeClock(new Date(Date.now() + 3_600_000));
    const backend = await open({ role }, { clock });
    for (let count = 0; count < 5; count++) await textOf(backend, 'db');
    expect(stage.counts().AssumeRole).toBe(1);
  });

  it('serve the login of Vault by iam, from the same sources and roles', async () => {
    await open({}, { secrets: keys });
    const identify = awsIdentity(stage.connections);
    const references = heldReferences({ secrets: keys });
    const iam = { vaultRole: 'app', secretRef, role, externalID: 'tenant' };
    const { identity, secrets, credentials } = await identify(iam, references, signal);
    expect(await credentials()).toMatchObject({ secretAccessKey: 'role-secret', sessionToken: expect.any(String) });
    expect(aws.calls).toMatchObject([
      { operation: 'AssumeRole', accessKeyId: 'AKIASTATIC', input: { ExternalId: 'tenant' } },
    ]);
    expect(JSON.stringify([identity, secrets])).not.toMatch(/AKIA|static-secret/);
    expect(secrets).toHaveLength(1);
  });

  it('stay in use while any store shares them', async () => {
    const one = await open({ role });
    const other = await stage.open({ role });
    await textOf(one, 'db');
    await one.close();
    await one.close();
    expect(await textOf(other, 'db')).toBe('hunter2');
    await other.close();
    await expect(other.validate(signal)).rejects.toThrow();
  });
});

describe('settings', () => {
  it.each<[Partial<AwsProvider>, string]>([
    [
      { service: 'CertificateManager' },
      "AWS: service 'CertificateManager' is not supported: SecretsManager and ParameterStore are",
    ],
    [{ region: '' }, "AWS: '' is no region"],
    [{ region: 'evil.example/' }, "AWS: 'evil.example/' is no region"],
    [
      { auth: { secretRef: {} } },
      'AWS Secrets Manager: auth.secretRef needs accessKeyIDSecretRef and secretAccessKeySecretRef',
    ],
    [{ auth: { jwt: {} } }, 'AWS Secrets Manager: auth.jwt needs serviceAccountRef'],
  ])('%j are refused', async (provider, message) => {
    expect(await failureOf(open(provider))).toMatchObject({ class: 'Invalid', message });
  });

  it('tell identities apart by everything that may change an answer, and show nothing secret', async () => {
    const secrets = { ...keys, 'other/id': 'AKIASTATIC', 'other/secret': 'other-secret-key' };
    const other = {
      accessKeyIDSecretRef: { name: 'other', key: 'id' },
      secretAccessKeySecretRef: { name: 'other', key: 'secret' },
    };
    const variants: Partial<AwsProvider>[] = [
      {},
      { region: 'eu-west-2' },
      { service: 'ParameterStore' },
      { prefix: 'a' },
      { role: 'arn:aws:iam::123456789012:role/a' },
      { role: 'arn:aws:iam::123456789012:role/a', externalID: 'b' },
      { role: 'arn:aws:iam::123456789012:role/a', sessionTags: [{ key: 'a', value: 'b' }] },
      { additionalRoles: ['arn:aws:iam::123456789012:role/b'] },
      { auth: { secretRef } },
      { auth: { secretRef: other } },
    ];
    await open({}, { secrets });
    const identities = await Promise.all(variants.map(async (variant) => (await stage.open(variant)).identity));
    expect(new Set(identities).size).toBe(variants.length);
    expect(identities.join()).not.toMatch(/secret-key|AKIA/);
    expect((await stage.open({ auth: { secretRef } })).identity).toBe(identities[8]);
  });

  it('give the Parameter Store a pace below the quota of an account', async () => {
    expect((await open({ service: 'ParameterStore' })).limits).toEqual({ concurrency: 8, perSecond: 40 });
  });
});
