// AWS Secrets Manager and Parameter Store as a real server answers them: values, versions, batches, finds, roles, refusals.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFetcher } from '../../controller/stores/fetch/fetcher.ts';
import { kubeReferences } from '../../controller/stores/references.ts';
import type { Backend, Find, ReadRequest } from '../../controller/stores/store.ts';
import { createClient } from '../../src/kube/client.ts';
import { fixedConfig } from '../../src/kube/cluster-config.ts';
import type { AwsProvider } from '../../src/kube/external-secrets.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { type AwsStageOptions, awsStage } from '../controller/stores/support/aws.ts';
import { failureOf, readOne, refusalOf, textOf } from '../controller/stores/support/vault.ts';
import { describeOnMoto, type Moto } from './support/moto.ts';
import { type Client, describeOnCluster, eventually } from './support/real.ts';

const { signal } = new AbortController();
const account = '123456789012';
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const staticAuth = {
  secretRef: {
    accessKeyIDSecretRef: { name: 'aws', key: 'id' },
    secretAccessKeySecretRef: { name: 'aws', key: 'secret' },
  },
};

/** What every suite here begins with: a stage that knows where moto is. */
function onMoto(aws: () => Moto) {
  let stage = awsStage();
  afterEach(() => stage.close());
  return {
    open: (provider: Partial<AwsProvider> = {}, options: AwsStageOptions = {}) => {
      stage = awsStage({ endpoint: aws().url, ...options });
      return stage.open(provider);
    },
    stage: () => stage,
    counts: () => stage.counts(),
  };
}

const found = async (backend: Backend, find: Find) => (await backend.list(find, signal)).map(({ name }) => name);
const fetcherOf = () => createFetcher({ clock: systemClock, random: Math.random });

describeOnMoto('Secrets Manager', (aws) => {
  const { open, counts } = onMoto(aws);
  let versions: Record<string, string> = {};

  beforeAll(async () => {
    const create = (Name: string, more: object) => aws().secrets('CreateSecret', { Name, ...more });
    await create('plain', { SecretString: 'hunter2' });
    await create('app/db', { SecretString: '{"user":"app","port":5432,"big":12345678901234567890,"ratio":1.10}' });
    await create('app/cache', { SecretString: '{ "url" : "redis://<a>&b" }', Tags: [{ Key: 'team', Value: 'red' }] });
    await create('app/queue', {
      SecretString: 'amqp',
      Tags: [
        { Key: 'team', Value: 'red' },
        { Key: 'env', Value: 'prod' },
      ],
    });
    await create('other/queue', { SecretString: 'x', Tags: [{ Key: 'team', Value: 'redder' }] });
    await create('swapped', { SecretString: 'x', Tags: [{ Key: 'red', Value: 'team' }] });
    await create('binary', { SecretBinary: Buffer.from([0, 255, 128, 10, 0]).toString('base64') });
    await create('unicode', { SecretString: 'grüße 🔑\r\n' });
    await create('empty-object', { SecretString: '{}' });
    await create('prod/db', { SecretString: 'prefixed' });
    const first = await create('rotated', { SecretString: 'first' });
    const second = await aws().secrets('PutSecretValue', { SecretId: 'rotated', SecretString: 'second' });
    const pending = await aws().secrets('PutSecretValue', {
      SecretId: 'rotated',
      SecretString: 'third',
      VersionStages: ['AWSPENDING'],
    });
    versions = { first: first.VersionId, second: second.VersionId, pending: pending.VersionId };
    await create('going', { SecretString: 'still here', Tags: [{ Key: 'team', Value: 'blue' }] });
    await aws().secrets('DeleteSecret', { SecretId: 'going', RecoveryWindowInDays: 7 });
    for (let index = 0; index < 45; index++) await create(`many/${index}`, { SecretString: `value ${index}` });
  });

  describe('values', () => {
    it.each([
      ['plain', 'hunter2'],
      ['app/db', '{"user":"app","port":5432,"big":12345678901234567890,"ratio":1.10}'],
      ['app/cache', '{ "url" : "redis://<a>&b" }'],
      ['unicode', 'grüße 🔑\r\n'],
      ['empty-object', '{}'],
    ])('gives the text of %s to the byte', async (key, text) => {
      expect(await textOf(await open(), key)).toBe(text);
    });

    it('gives bytes that are no text', async () => {
      const value = await readOne(await open(), 'binary');
      expect([...value.bytes.reveal()]).toEqual([0, 255, 128, 10, 0]);
      expect(value.rules).toBe('aws');
    });

    it('says which version it read', async () => {
      expect((await readOne(await open(), 'rotated')).version).toBe(versions.second);
    });

    it('reads by ARN', async () => {
      const { ARN } = await aws().secrets('DescribeSecret', { SecretId: 'plain' });
      expect(await textOf(await open(), ARN)).toBe('hunter2');
    });

    it('puts the prefix before a key, not before an ARN, and not before what a find came upon', async () => {
      const backend = await open({ prefix: 'prod/' });
      const { ARN } = await aws().secrets('DescribeSecret', { SecretId: 'plain' });
      expect(await textOf(backend, 'db')).toBe('prefixed');
      expect(await textOf(backend, ARN)).toBe('hunter2');
      expect(await textOf(backend, { key: 'plain', found: true })).toBe('hunter2');
    });

    it('names a key in the words of the object, without the prefix', async () => {
      expect(await refusalOf(await open({ prefix: 'prod/' }), 'nothing')).toMatchObject({
        class: 'NotFound',
        key: 'nothing',
      });
    });

    it('looks in the region of the store alone', async () => {
      expect(await refusalOf(await open({ region: 'us-east-2' }), 'plain')).toMatchObject({ class: 'NotFound' });
    });
  });

  describe('versions', () => {
    it.each([
      ['AWSCURRENT', 'second'],
      ['AWSPREVIOUS', 'first'],
      ['AWSPENDING', 'third'],
    ])('reads the stage %s', async (version, text) => {
      expect(await textOf(await open(), { key: 'rotated', version })).toBe(text);
    });

    it('never gives what is pending without being asked', async () => {
      expect(await textOf(await open(), 'rotated')).toBe('second');
    });

    it('reads a version by its id, also one without a stage', async () => {
      const backend = await open();
      expect(await textOf(backend, { key: 'rotated', version: `uuid/${versions.first}` })).toBe('first');
      expect(await textOf(backend, { key: 'rotated', version: `uuid/${versions.pending}` })).toBe('third');
    });

    it.each([['NOSUCHSTAGE'], ['uuid/00000000-0000-0000-0000-00000000dead']])(
      'says that version %s is not there',
      async (version) => {
        expect(await refusalOf(await open(), { key: 'rotated', version })).toMatchObject({
          class: 'NotFound',
          message: "AWS Secrets Manager: reading 'rotated': there is no such key or version",
        });
      },
    );
  });

  describe('what is gone', () => {
    it('tells a secret that is not there from one marked for deletion', async () => {
      const backend = await open();
      expect(await refusalOf(backend, 'nothing')).toMatchObject({ class: 'NotFound', key: 'nothing' });
      expect(await refusalOf(backend, 'going')).toMatchObject({
        class: 'Deleted',
        message: "AWS Secrets Manager: reading 'going': it is marked for deletion",
      });
    });

    it('tells the same in a batch', async () => {
      const outcomes = await (await open()).read(
        ['nothing', 'plain', 'going'].map((key) => ({ key })),
        signal,
      );
      expect(outcomes).toMatchObject([
        { class: 'NotFound', key: 'nothing' },
        { rules: 'aws' },
        { class: 'Deleted', key: 'going' },
      ]);
    });

    it('gives no tags of a secret marked for deletion', async () => {
      expect(await refusalOf(await open(), { key: 'going', metadata: true })).toMatchObject({ class: 'Deleted' });
    });

    it('reads it again once it is restored', async () => {
      await aws().secrets('CreateSecret', { Name: 'restored', SecretString: 'back' });
      await aws().secrets('DeleteSecret', { SecretId: 'restored' });
      const backend = await open();
      expect(await refusalOf(backend, 'restored')).toMatchObject({ class: 'Deleted' });
      await aws().secrets('RestoreSecret', { SecretId: 'restored' });
      expect(await textOf(backend, 'restored')).toBe('back');
    });
  });

  describe('metadata', () => {
    it('is the tags as a JSON object, sorted', async () => {
      expect(await textOf(await open(), { key: 'app/queue', metadata: true })).toBe('{"env":"prod","team":"red"}');
    });

    it('is an empty object without tags', async () => {
      expect(await textOf(await open(), { key: 'plain', metadata: true })).toBe('{}');
    });

    it('of nothing is NotFound', async () => {
      expect(await refusalOf(await open(), { key: 'nothing', metadata: true })).toMatchObject({ class: 'NotFound' });
    });
  });

  describe('batches', () => {
    const many = Array.from({ length: 45 }, (_, index) => `many/${index}`);

    it('reads forty-five keys for ninety consumers in three calls', async () => {
      const backend = await open();
      const fetcher = fetcherOf();
      const values = await Promise.all(
        [...many, ...many].map((key) => fetcher.read(backend, { key }, { signal, maxAgeMs: 1000 })),
      );
      expect(values.map(({ bytes }) => Buffer.from(bytes.reveal()).toString())).toEqual(
        [...many, ...many].map((key) => key.replace('many/', 'value ')),
      );
      expect(counts()).toEqual({ BatchGetSecretValue: 3 });
    });

    it('gives binary values, versions and ARNs in a batch as singly', async () => {
      const backend = await open();
      const { ARN } = await aws().secrets('DescribeSecret', { SecretId: 'rotated' });
      const outcomes = await backend.read([{ key: 'binary' }, { key: ARN }, { key: 'plain' }], signal);
      expect(outcomes).toMatchObject([{ rules: 'aws' }, { version: versions.second }, { rules: 'aws' }]);
      expect([...(await readOne(backend, 'binary')).bytes.reveal()]).toEqual([0, 255, 128, 10, 0]);
    });

    it('keeps one bad key from spoiling nineteen good ones', async () => {
      const backend = await open();
      const fetcher = fetcherOf();
      const keys = [...many.slice(0, 19), 'nothing'];
      const outcomes = await Promise.all(
        keys.map((key) =>
          fetcher.read(backend, { key }, { signal }).then(
            () => 'value',
            (error) => error.class,
          ),
        ),
      );
      expect(outcomes).toEqual([...Array(19).fill('value'), 'NotFound']);
      expect(counts()).toEqual({ BatchGetSecretValue: 1 });
    });

    it('reads versions and metadata beside a batch, never in it', async () => {
      const backend = await open();
      const fetcher = fetcherOf();
      const requests: ReadRequest[] = [
        { key: 'plain' },
        { key: 'rotated' },
        { key: 'rotated', version: 'AWSPREVIOUS' },
        { key: 'rotated', metadata: true },
      ];
      await Promise.all(requests.map((request) => fetcher.read(backend, request, { signal })));
      expect(counts()).toEqual({ BatchGetSecretValue: 1, GetSecretValue: 1, DescribeSecret: 1 });
    });

    it('asks for one key by GetSecretValue, which needs no other permission', async () => {
      const backend = await open();
      await fetcherOf().read(backend, { key: 'plain' }, { signal });
      expect(counts()).toEqual({ GetSecretValue: 1 });
    });
  });

  describe('finds', () => {
    it.each<[string, Find, string[]]>([
      ['by name, unanchored', { regexp: 'queue' }, ['app/queue', 'other/queue']],
      ['by an anchored name', { regexp: '^app/[a-z]+$' }, ['app/cache', 'app/db', 'app/queue']],
      ['by name below a path', { path: 'app/', regexp: 'queue' }, ['app/queue']],
      ['by one tag', { tags: { team: 'red' } }, ['app/cache', 'app/queue']],
      ['by two tags', { tags: { team: 'red', env: 'prod' } }, ['app/queue']],
      ['by tag and name', { tags: { team: 'red' }, regexp: 'cache' }, ['app/cache']],
      ['by tag below a path', { tags: { team: 'redder' }, path: 'other/' }, ['other/queue']],
      ['nothing', { regexp: '^nothing$' }, []],
      ['nothing marked for deletion', { tags: { team: 'blue' } }, []],
    ])('%s', async (_, find, names) => {
      expect(await found(await open(), find)).toEqual(names);
    });

    it('turns the pages of a long list', async () => {
      expect(await found(await open(), { path: 'many/', regexp: '.' })).toHaveLength(45);
    });

    it('gives keys that read the secrets', async () => {
      const backend = await open({ prefix: 'prod/' });
      const list = await backend.list({ regexp: '^app/queue$' }, signal);
      expect(list).toEqual([{ name: 'app/queue', key: 'app/queue' }]);
      expect(await textOf(backend, { key: list[0]?.key ?? '', found: true })).toBe('amqp');
    });

    it.each<[Find, string]>([
      [{ path: 'app/' }, 'AWS Secrets Manager: listing secrets: find needs a name or tags'],
      [{ regexp: '(?=look)' }, 'AWS Secrets Manager: listing secrets: find.name.regexp is no RE2 expression'],
    ])('refuses %j', async (find, message) => {
      expect(await failureOf((await open()).list(find, signal))).toMatchObject({ class: 'Invalid', message });
    });
  });
});

describeOnMoto('Parameter Store', (aws) => {
  const { open: openStore, counts } = onMoto(aws);
  const open = (provider: Partial<AwsProvider> = {}) => openStore({ service: 'ParameterStore', ...provider });
  const many = Array.from({ length: 25 }, (_, index) => `/many/${index}`);

  beforeAll(async () => {
    const put = (Name: string, Value: string, more: object = {}) =>
      aws().parameters('PutParameter', { Name, Value, Type: 'SecureString', ...more });
    await put('/app/db', '{"password":"hunter2","big":12345678901234567890}');
    await put('/app/url', 'postgres://', { Type: 'String' });
    await put('/app/hosts', 'a,b,c', { Type: 'StringList' });
    await put('bare', 'without a slash', { Tags: [{ Key: 'team', Value: 'red' }] });
    await put('/app/deep/er', 'deep', { Tags: [{ Key: 'team', Value: 'red' }] });
    await put('/prod/db', 'prefixed');
    await put('/versioned', 'one');
    await put('/versioned', 'two', { Overwrite: true });
    await put('/versioned', 'three', { Overwrite: true });
    await aws().parameters('LabelParameterVersion', { Name: '/versioned', ParameterVersion: 2, Labels: ['stable'] });
    for (const [index, name] of many.entries()) await put(name, `value ${index}`);
  });

  it.each([
    ['/app/db', '{"password":"hunter2","big":12345678901234567890}'],
    ['/app/url', 'postgres://'],
    ['/app/hosts', 'a,b,c'],
    ['bare', 'without a slash'],
    ['/versioned', 'three'],
  ])('gives the decrypted text of %s', async (key, text) => {
    expect(await textOf(await open(), key)).toBe(text);
  });

  it('reads a version by number and by label', async () => {
    const backend = await open();
    expect(await textOf(backend, { key: '/versioned', version: '1' })).toBe('one');
    expect(await textOf(backend, { key: '/versioned', version: 'stable' })).toBe('two');
    expect((await readOne(backend, '/versioned')).version).toBe('3');
  });

  it('puts the prefix before a key', async () => {
    expect(await textOf(await open({ prefix: '/prod/' }), 'db')).toBe('prefixed');
  });

  it('says that a parameter or a version is not there', async () => {
    const backend = await open();
    const message = "AWS Parameter Store: reading '/nothing': there is no such key or version";
    expect(await refusalOf(backend, '/nothing')).toMatchObject({ class: 'NotFound', message });
    expect(await refusalOf(backend, { key: '/versioned', version: '9' })).toMatchObject({ class: 'NotFound' });
  });

  it('gives tags as metadata', async () => {
    expect(await textOf(await open(), { key: 'bare', metadata: true })).toBe('{"team":"red"}');
  });

  it('reads twenty-five parameters in three calls, the missing one told apart', async () => {
    const backend = await open();
    const fetcher = fetcherOf();
    const outcomes = await Promise.all(
      [...many, '/nothing'].map((key) =>
        fetcher.read(backend, { key }, { signal }).then(
          () => 'value',
          (error) => error.class,
        ),
      ),
    );
    expect(outcomes).toEqual([...Array(25).fill('value'), 'NotFound']);
    expect(counts()).toEqual({ GetParameters: 3 });
  });

  it.each<[string, Find, string[]]>([
    ['by name', { regexp: 'db$' }, ['/app/db', '/prod/db']],
    ['by name below a path', { path: '/app', regexp: '.' }, ['/app/db', '/app/deep/er', '/app/hosts', '/app/url']],
    ['by tag', { tags: { team: 'red' } }, ['/app/deep/er', 'bare']],
    ['by tag and name', { tags: { team: 'red' }, regexp: 'deep' }, ['/app/deep/er']],
    ['nothing', { regexp: '^nothing$' }, []],
  ])('finds %s', async (_, find, names) => {
    expect(await found(await open(), find)).toEqual(names);
  });

  it('turns the pages of a path, and brings the values along', async () => {
    const list = await (await open()).list({ path: '/many', regexp: '.' }, signal);
    expect(list).toHaveLength(25);
    expect(list.find(({ name }) => name === '/many/7')?.value).toMatchObject({ rules: 'aws', version: '1' });
    expect(counts()).toEqual({ GetParametersByPath: 3 });
  });
});

describeOnMoto('who asks', (aws) => {
  const { open, stage, counts } = onMoto(aws);

  beforeAll(async () => {
    await aws().secrets('CreateSecret', { Name: 'db', SecretString: 'hunter2' });
    await aws().secrets('CreateSecret', { Name: 'db2', SecretString: 'hunter3' });
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' }] };
    for (const RoleName of ['first', 'second', 'reader', 'web']) {
      await aws().iam('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
    }
  });

  it('asks with the keys of a Secret', async () => {
    const secrets = { 'aws/id': 'AKIASTATIC\n', 'aws/secret': 'static ' };
    expect(await textOf(await open({ auth: staticAuth }, { secrets }), 'db')).toBe('hunter2');
    expect(counts()).toEqual({ GetSecretValue: 1 });
  });

  it('assumes a role once for any number of reads', async () => {
    const backend = await open({ role: roleArn('reader'), externalID: 'tenant-1' });
    await Promise.all(['db', 'db2'].flatMap((key) => [textOf(backend, key), textOf(backend, key)]));
    expect(counts()).toEqual({ AssumeRole: 1, GetSecretValue: 4 });
  });

  it('assumes additional roles first, then the role with its tags', async () => {
    const backend = await open({
      role: roleArn('reader'),
      additionalRoles: [roleArn('first'), roleArn('second')],
      sessionTags: [{ key: 'team', value: 'red' }],
      transitiveTagKeys: ['team'],
      sessionTagsPolicy: 'Simple',
    });
    expect(await textOf(backend, 'db')).toBe('hunter2');
    expect(counts()).toEqual({ AssumeRole: 3, GetSecretValue: 1 });
  });

  it('assumes the role of a service account by its token, for the audience of its annotation', async () => {
    const annotations = { 'eks.amazonaws.com/role-arn': roleArn('web') };
    const backend = await open(
      { auth: { jwt: { serviceAccountRef: { name: 'app' } } } },
      { annotations, tokens: { app: 'header.payload.signature' } },
    );
    expect(await textOf(backend, 'db')).toBe('hunter2');
    expect(counts()).toEqual({ AssumeRoleWithWebIdentity: 1, GetSecretValue: 1 });
    expect(stage().asked).toEqual([{ kind: 'token', name: 'app', options: { audiences: ['sts.amazonaws.com'] } }]);
  });

  it('goes from the service account to a further role', async () => {
    const annotations = { 'eks.amazonaws.com/role-arn': roleArn('web') };
    const backend = await open(
      { auth: { jwt: { serviceAccountRef: { name: 'app' } } }, role: roleArn('reader') },
      { annotations, tokens: { app: 'header.payload.signature' } },
    );
    expect(await textOf(backend, 'db')).toBe('hunter2');
    expect(counts()).toEqual({ AssumeRoleWithWebIdentity: 1, AssumeRole: 1, GetSecretValue: 1 });
  });

  it('shares the session between stores of the same credentials, and not with others', async () => {
    const one = await open({ role: roleArn('reader') });
    const same = await stage().open({ role: roleArn('reader'), prefix: '' });
    const other = await stage().open({ role: roleArn('reader'), externalID: 'x' });
    for (const backend of [one, same, other]) await textOf(backend, 'db');
    expect(one.identity).toBe(same.identity);
    expect(other.identity).not.toBe(one.identity);
    expect(counts()).toEqual({ AssumeRole: 2, GetSecretValue: 3 });
  });

  it('is valid when credentials can be had', async () => {
    expect(await (await open({ role: roleArn('reader') })).validate(signal)).toBe('valid');
    expect(counts()).toEqual({ AssumeRole: 1 });
  });

  it("asks with the controller's own keys from the environment", async () => {
    const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = 'AKIAENVIRONMENT';
    try {
      expect(await textOf(await open({}, { defaultKeys: undefined }), 'db')).toBe('hunter2');
    } finally {
      for (const [index, name] of names.entries()) {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      }
    }
  });

  describe('under policies', () => {
    const user = async (name: string, actions: string[]) => {
      const statement = { Effect: 'Allow', Action: actions, Resource: '*' };
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      await aws().iam('CreateUser', { UserName: name });
      await aws().iam('PutUserPolicy', { UserName: name, PolicyName: 'own', PolicyDocument: policy });
      const xml = await aws().iam('CreateAccessKey', { UserName: name });
      const field = (tag: string) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(xml)?.[1] ?? '';
      return { 'aws/id': field('AccessKeyId'), 'aws/secret': field('SecretAccessKey') };
    };
    let single: Record<string, string> = {};
    let nobody: Record<string, string> = {};
    let parameter: Record<string, string> = {};

    beforeAll(async () => {
      single = await user('single', ['secretsmanager:GetSecretValue']);
      nobody = await user('nobody', ['s3:ListBuckets']);
      parameter = await user('parameter', ['ssm:GetParameter', 'ssm:DescribeParameters']);
      for (const key of ['/a', '/b']) await aws().parameters('PutParameter', { Name: key, Value: key, Type: 'String' });
      await aws().enforcePolicies(0);
    });

    it('says who may not read what, and which permission is missing', async () => {
      const error = await refusalOf(await open({ auth: staticAuth }, { secrets: nobody }), 'db');
      expect(error).toMatchObject({ class: 'Denied', message: "AWS Secrets Manager: reading 'db': access denied" });
      expect(error.hints).toEqual(['its identity has to be allowed secretsmanager:GetSecretValue']);
      expect(`${error.message}${error.hints}`).not.toContain(account);
    });

    it('reads one by one where batches are not allowed, and does not ask for a batch again', async () => {
      const backend = await open({ auth: staticAuth }, { secrets: single });
      const fetcher = fetcherOf();
      for (let round = 0; round < 3; round++) {
        await Promise.all(['db', 'db2'].map((key) => fetcher.read(backend, { key }, { signal })));
      }
      expect(counts()).toEqual({ BatchGetSecretValue: 1, GetSecretValue: 6 });
    });

    it('reads parameters one by one where only that is allowed', async () => {
      const backend = await open({ service: 'ParameterStore', auth: staticAuth }, { secrets: parameter });
      const fetcher = fetcherOf();
      await Promise.all(['/a', '/b'].map((key) => fetcher.read(backend, { key }, { signal })));
      expect(counts()).toEqual({ GetParameters: 1, GetParameter: 2 });
    });

    it('finds parameters by DescribeParameters where their path may not be listed', async () => {
      const backend = await open({ service: 'ParameterStore', auth: staticAuth }, { secrets: parameter });
      expect(await found(backend, { regexp: '^/[ab]$' })).toEqual(['/a', '/b']);
      expect(counts()).toEqual({ GetParametersByPath: 1, DescribeParameters: 1 });
    });

    // moto says so in XML, which only tells that it is a refusal; the words for AWS's own answers have unit tests.
    it.each<[string, () => Record<string, string>]>([
      ['nobody knows', () => ({ 'aws/id': 'AKIAIOSFODNN7UNKNOWN', 'aws/secret': 'x' })],
      ['have the wrong secret', () => ({ ...single, 'aws/secret': 'wrong' })],
    ])('refuses keys that %s', async (_, secrets) => {
      const backend = await open({ auth: staticAuth }, { secrets: secrets() });
      expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Denied', key: 'db' });
    });

    it('says which role may not be assumed', async () => {
      const backend = await open({ auth: staticAuth, role: roleArn('reader') }, { secrets: nobody });
      const message = `AWS Secrets Manager: assuming the role '${roleArn('reader')}': access denied`;
      expect(await failureOf(backend.validate(signal))).toMatchObject({ class: 'Denied', message });
    });
  });
});

describeOnMoto('an outage', (aws) => {
  const { open } = onMoto(aws);

  it('is told apart from refusals, and everyone is served soon after the return', async () => {
    const store = () => aws().secrets('CreateSecret', { Name: 'db', SecretString: 'hunter2' });
    await store();
    const backend = await open();
    const fetcher = fetcherOf();
    const recovered: string[] = [];
    fetcher.onRecovered((destination) => recovered.push(destination));
    const read = () => fetcher.read(backend, { key: 'db' }, { signal });
    await read();
    await aws().down();
    for (let count = 0; count < 6; count++) {
      expect(await failureOf(read())).toMatchObject({ class: 'Unavailable', key: 'db' });
    }
    expect((await failureOf(read())).message).toBe('"db" was not read: aws-secrets-manager does not answer');
    await aws().up();
    await eventually(() => recovered.length > 0, { what: 'the callback' });
    await store();
    expect((await read()).rules).toBe('aws');
    fetcher.close();
  });
});

describeOnMoto('a service account of a real cluster', (aws) => {
  describeOnCluster('with TokenRequest', (cluster: Client) => {
    const { open, counts } = onMoto(aws);

    it('brings its own identity to AWS', async () => {
      await aws().secrets('CreateSecret', { Name: 'db', SecretString: 'hunter2' });
      const namespace = await cluster.freshNamespace('aws');
      const annotations = { 'eks.amazonaws.com/role-arn': roleArn('web'), 'eks.amazonaws.com/audience': 'my-aws' };
      const body = { metadata: { name: 'app', annotations } };
      await cluster.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { body });
      const kube = createClient({
        config: fixedConfig({ server: cluster.url, tls: cluster.tls }),
        clock: systemClock,
        random: Math.random,
      });
      const seen: string[] = [];
      const plain = kubeReferences({ kube, provider: 'aws-secrets-manager', storeNamespace: namespace });
      const references = {
        ...plain,
        async serviceAccountToken(...args: Parameters<typeof plain.serviceAccountToken>) {
          const token = await plain.serviceAccountToken(...args);
          const [, claims = ''] = Buffer.from(token.reveal()).toString().split('.');
          seen.push(JSON.parse(Buffer.from(claims, 'base64url').toString()).aud);
          return token;
        },
      };
      try {
        const auth = { jwt: { serviceAccountRef: { name: 'app', audiences: ['more'] } } };
        expect(await textOf(await open({ auth }, { references }), 'db')).toBe('hunter2');
        expect(seen).toEqual([['my-aws', 'more']]);
        expect(counts()).toEqual({ AssumeRoleWithWebIdentity: 1, GetSecretValue: 1 });
        const stranger = { jwt: { serviceAccountRef: { name: 'stranger' } } };
        expect(await failureOf(open({ auth: stranger }, { references }))).toMatchObject({ class: 'Invalid' });
      } finally {
        await kube.close();
      }
    });
  });
});
