// Values that commands take from Vault, OpenBao and AWS: which item gets what, as whom, what each refusal says, and that nothing leaks.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/kube/system-clock.ts';
import { type FakeAws, fakeAws } from '../controller/stores/support/fake-aws.ts';
import { testAuthority } from '../support/tls.ts';
import { type CallOptions, Folder } from './harness.ts';
import { type SmallVault, smallVault, vaultToken } from './small-vault.ts';

const sealed = (items: string) => `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec:
  encryptedData: ${items}
`;
const value = `hunter2 \u0000ü<&>\u2028 `;
const staging = 'environments/staging/db.yaml';
const production = 'environments/production/db.yaml';

let folder: Folder;
let vault: SmallVault;
let env: Record<string, string>;
beforeEach(async () => {
  folder = new Folder();
  vault = await smallVault();
  vault.secrets.set('kv/shop/db', {
    password: value,
    port: 5432,
    'tls.crt': 'PEM',
    nested: { a: 'deep' },
    'ca.crt': '',
  });
  env = { VAULT_ADDR: vault.url, VAULT_TOKEN: vaultToken };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  folder.remove();
  await vault.close();
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder.path, name)), { recursive: true });
  writeFileSync(join(folder.path, name), text);
}

async function opened(name: string): Promise<Record<string, string>> {
  const { stdout, stderr } = await folder.seal([
    'unseal',
    name,
    '--private-key',
    'keys/rsa2048-pkcs8.key',
    '-o',
    'json',
  ]);
  expect(stderr).toBe('');
  const { data } = JSON.parse(stdout) as { data: Record<string, string> };
  return Object.fromEntries(Object.entries(data).map(([item, text]) => [item, Buffer.from(text, 'base64').toString()]));
}

/** `seal create`, opened again. */
async function created(argv: readonly string[], options: CallOptions = {}): Promise<Record<string, string>> {
  const { code, stderr } = await create([...argv, '-w', 'made.yaml', '--force'], options);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^made.yaml: sealed db under key \w+\n$/)]);
  return opened('made.yaml');
}

const create = (argv: readonly string[], options: CallOptions = {}) =>
  folder.seal(['create', 'db', '-n', 'shop', '--cert', 'certs/rsa2048.crt', ...argv], { env, ...options });

/** What a call that fails says, of which nothing may be secret. */
async function refusal(argv: readonly string[], options: CallOptions = {}): Promise<[number, string]> {
  const { code, stdout, stderr } = await create(argv, options);
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/hunter2|test-token|SECRETKEY/);
  return [code, stderr];
}

describe('which item gets what', () => {
  test('KEY and FIELD are each the other by default, and every byte of the value is kept', async () => {
    const argv = ['--from-vault', 'kv/shop/db#password', '--from-vault', 'tls.crt=kv/shop/db'];
    expect(await created([...argv, '--from-vault', 'number=/kv/shop/db/#port'])).toEqual({
      password: value,
      'tls.crt': 'PEM',
      number: '5432',
    });
  });

  test('PATH alone has all that would be asked for, and is read once', async () => {
    const made = await created(['--from-vault', 'kv/shop/db', '--prompt', 'password', '--prompt', 'port']);
    expect(made).toEqual({ password: value, port: '5432' });
    expect(vault.requests.filter(({ path }) => path === '/v1/kv/data/shop/db')).toHaveLength(1);
  });

  test('a path into a field, and a field that is empty, are what Vault has', async () => {
    const argv = ['--from-vault', 'a=kv/shop/db#nested.a', '--from-vault', 'b=kv/shop/db#nested'];
    expect(await created(argv)).toEqual({ a: 'deep', b: '{"a":"deep"}' });
    expect((await create(['--from-vault', 'ca.crt=kv/shop/db'])).code).toBe(0);
  });

  test.each([
    [['--from-vault', ''], '--from-vault is [KEY=]PATH[#FIELD]'],
    [['--from-vault', '#a'], '--from-vault is [KEY=]PATH[#FIELD]'],
    [['--from-vault', 'a='], '--from-vault is [KEY=]PATH[#FIELD]'],
    [['--from-vault', 'kv/a#'], '--from-vault is [KEY=]PATH[#FIELD]'],
    [['--from-aws', 'a='], '--from-aws is [KEY=]NAME[#PROPERTY]'],
    [['--from-vault', 'kv/a', '--from-aws', 'b'], 'are given twice without naming an item'],
    [['--from-vault', 'kv/a'], 'no item is named for what the store has'],
    [['--from-vault', 'a=kv/a', '--prompt', 'a'], 'a is given twice'],
    [['--from-vault', 'a=kv/a', '--from-literal', 'a=hunter2'], 'a is given twice'],
  ])('%j is refused before anything is sent', async (argv, says) => {
    expect(await refusal(argv)).toEqual([2, expect.stringContaining(says)]);
    expect(vault.requests).toEqual([]);
  });

  test('a field that cannot be the name of an item needs KEY', async () => {
    const [code, stderr] = await refusal(['--from-vault', 'kv/a#b c']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('"b c" cannot be the name of an item')]);
  });
});

describe('promoting', () => {
  beforeEach(() => {
    const rule = (name: string) => `  - {path: environments/${name}/**, cluster: ${name}, namespace: shop}\n`;
    const clusters =
      'clusters: {production: {certificates: [certs/rsa2048.crt]}, staging: {certificates: [certs/second2048.crt]}}';
    write('.sealwright.yaml', `version: 1\n${clusters}\nrules:\n${rule('production')}${rule('staging')}`);
    write(staging, sealed('{password: AgBold, port: AgBold, kept: AgBold}'));
    write(production, sealed('{kept: AgBkept}'));
  });
  const promote = (...argv: string[]) =>
    folder.seal(['promote', 'db', '--from', 'staging', '--to', 'production', ...argv], { env });

  test('takes what is missing from one path, and leaves what is there', async () => {
    const { code, stderr } = await promote('--from-vault', 'kv/shop/db');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/password +✓ +✗ missing, given\n.*sealed password, port for/s),
    ]);
    expect(readFileSync(join(folder.path, production), 'utf8')).toContain('kept: AgBkept');
    expect(stderr).not.toContain('hunter2');
  });

  test('mixes references with values, and reads nothing with --check', async () => {
    const argv = ['--from-vault', 'kv/shop/db#password', 'port=1'];
    const checked = await promote(...argv, '--check');
    expect([checked.code, checked.stdout]).toEqual([3, expect.stringMatching(/missing, given.*missing, given/s)]);
    expect(vault.requests).toEqual([]);
    expect((await promote(...argv)).code).toBe(0);
    expect((await promote('--from-vault', 'kv/shop/db')).stderr).toContain('production lacks nothing');
  });

  test('writes nothing where one of the values cannot be had, or is not of the Secret', async () => {
    const before = readFileSync(join(folder.path, production), 'utf8');
    vault.secrets.set('kv/shop/db', { password: value });
    const { code, stderr } = await promote('--from-vault', 'kv/shop/db');
    expect([code, stderr]).toEqual([1, expect.stringContaining("--from-vault: 'kv/shop/db' has no property 'port'")]);
    expect((await promote('--from-vault', 'kv/shop/db#other')).stderr).toContain('of staging has no item other');
    expect(readFileSync(join(folder.path, production), 'utf8')).toBe(before);
  });
});

test('seal set seals what is referred to, and names items for a path alone', async () => {
  write('db.yaml', sealed('{a: AgBold}'));
  const set = (...argv: string[]) => folder.seal(['set', 'db.yaml', '--cert', 'certs/rsa2048.crt', ...argv], { env });
  expect((await set('--from-vault', 'a=kv/shop/db#password')).code).toBe(0);
  expect((await set('port', '--from-vault', 'kv/shop/db')).code).toBe(0);
  expect(await opened('db.yaml')).toEqual({ a: value, port: '5432' });
  const { code, stderr } = await set('--from-vault', 'kv/shop/db');
  expect([code, stderr]).toEqual([2, expect.stringContaining('no item is named')]);
});

describe('which Vault, and as whom', () => {
  const argv = ['--from-vault', 'kv/shop/db#port'];

  test.each([
    [
      'the variables of bao go before those of vault',
      { BAO_ADDR: 'ADDR', BAO_TOKEN: vaultToken, VAULT_TOKEN: 'other' },
    ],
    ['those of vault do for both', { VAULT_ADDR: 'ADDR', VAULT_TOKEN: ` ${vaultToken}\n` }],
  ])('%s', async (_, given: Record<string, string>) => {
    env = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text === 'ADDR' ? vault.url : text]));
    expect(await created(argv, { env: { ...env, VAULT_NAMESPACE: 'team/a' } })).toEqual({ port: '5432' });
    expect(vault.requests.map(({ headers }) => headers['x-vault-namespace'])).toEqual(['team/a', 'team/a']);
  });

  test('the token file of their own logins is read', async () => {
    write('.vault-token', `${vaultToken}\n`);
    expect(await created(argv, { env: { VAULT_ADDR: vault.url } })).toEqual({ port: '5432' });
  });

  test('without a token nothing is sent', async () => {
    expect(await refusal(argv, { env: { VAULT_ADDR: vault.url } })).toEqual([
      4,
      'seal: there is no token for Vault\nhint: log in with vault login or bao login, or set VAULT_TOKEN\n',
    ]);
    expect(vault.requests).toEqual([]);
  });

  test.each([
    [{ VAULT_ADDR: 'user:hunter2@vault' }, 'VAULT_ADDR is no http or https address'],
    [{ HTTPS_PROXY: 'ftp://user:hunter2@proxy' }, 'HTTPS_PROXY is not the address of a proxy'],
    [{ VAULT_TOKEN: 'hunter2\nX: y' }, 'the token for Vault has characters that no token has'],
    [{ VAULT_SKIP_VERIFY: 'perhaps' }, 'VAULT_SKIP_VERIFY is neither true nor false'],
    [{ VAULT_CACERT: '.vault-token' }, 'no certificates in PEM'],
    [{ VAULT_CLIENT_CERT: 'certs/rsa2048.crt', VAULT_CLIENT_KEY: '.vault-token' }, 'no certificates in PEM'],
  ])('%j is a mistake that is named without its text', async (more, says) => {
    write('.vault-token', 'hunter2');
    expect(await refusal(argv, { env: { ...env, ...more } })).toEqual([2, expect.stringContaining(says)]);
  });

  test('a server is trusted by VAULT_CACERT, or told to be trusted by nobody', async () => {
    const authority = testAuthority();
    const { cert, key } = authority.server();
    const secure = await smallVault({ cert, key });
    secure.secrets.set('kv/shop/db', { port: 5432 });
    write('ca.pem', authority.cert);
    env = { ...env, VAULT_ADDR: secure.url };
    try {
      const [code, stderr] = await refusal(argv);
      expect([code, stderr]).toEqual([
        4,
        expect.stringMatching(/failed the TLS handshake.*\nhint: .* VAULT_CACERT names\n$/),
      ]);
      expect(await created(argv, { env: { ...env, VAULT_CACERT: 'ca.pem' } })).toEqual({ port: '5432' });
      const { stderr: warned } = await create(argv, { env: { ...env, VAULT_SKIP_VERIFY: '1' } });
      expect(warned).toContain('warning: VAULT_SKIP_VERIFY is set');
    } finally {
      await secure.close();
    }
  });
});

describe('which engine', () => {
  beforeEach(() => {
    vault.secrets.set('old/db', { a: 'v1' }).set('team/kv/db', { a: 'team' }).set('kv/data/x', { a: 'in data' });
  });

  test.each([
    ['old/db', 'v1'],
    ['team/kv/db', 'team'],
    ['team/kv/data/db', 'team'],
    ['kv/data/data/x', 'in data'],
  ])('%s is read as its mount says', async (path, a) => {
    expect(await created(['--from-vault', `${path}#a`])).toEqual({ a });
  });

  test.each([
    ['old/db', 'v1'],
    ['team/kv/data/db', 'team'],
  ])('%s is found where the server tells no mounts', async (path, a) => {
    vault.tellsMounts = false;
    expect(await created(['--from-vault', `${path}#a`])).toEqual({ a });
  });
});

describe('what is not there, or not to be had', () => {
  test.each([
    ['kv/none', 1, /there is nothing at kv\/data\/none\n$/],
    ['kv/gone', 1, /version 2 is deleted\nhint: undelete it, or write a new one\n$/],
    [
      'kv/denied',
      4,
      /permission denied on kv\/data\/denied\nhint: a policy of its token has to allow 'read' on kv\/data\/denied\n$/,
    ],
    ['kv/shop/db', 1, /'kv\/shop\/db' has no property 'a'\n$/],
    ['nowhere/db', 1, /no engine at nowhere\/data\/db.*\nhint: the path begins with its mount, .* VAULT_ADDR names/],
    ['pki/db', 1, /'pki' is an engine of type pki, not kv\nhint: the path begins with its mount/],
    ['kv/../sys', 1, /has a segment '\.' or '\.\.'/],
  ])('%s', async (path, code, says) => {
    vault.secrets.set('kv/gone', undefined).set('kv/denied', 'denied');
    expect(await refusal(['--from-vault', `a=${path}`])).toEqual([code, expect.stringMatching(says)]);
  });

  test('a token that the server does not know is told from a path that it may not read', async () => {
    const [code, stderr] = await refusal(['--from-vault', 'a=kv/b'], {
      env: { ...env, VAULT_TOKEN: 'old-test-token' },
    });
    expect([code, stderr]).toEqual([
      4,
      expect.stringMatching(/the token is not, or no longer, known to .*\nhint: log in again, or set VAULT_TOKEN\n$/),
    ]);
  });

  test('a server that is sealed, or away', async () => {
    vault.down = 501;
    const away = ['--from-vault', 'a=kv/b'];
    const hint = `hint: VAULT_ADDR names the server; it is ${vault.url}\n`;
    expect(await refusal(away)).toEqual([4, expect.stringContaining(`is not initialised\n${hint}`)]);
    vault.down = 503;
    expect(await refusal(away, { clock: systemClock })).toEqual([4, expect.stringContaining(hint)]);
    await vault.close();
    expect(await refusal(away)).toEqual([4, expect.stringContaining(`refuses connections\n${hint}`)]);
  });
});

describe('AWS Secrets Manager', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await fakeAws();
    aws.secrets.set('shop/db', { text: '{ "password": "hunter2", "port": 1.10 }' }).set('plain', { text: value });
    aws.secrets.set('binary', { binary: new Uint8Array([0, 104]) }).set('going', { text: 'x', deleted: true });
    env = { AWS_SECRETSMANAGER_ENDPOINT: aws.url, AWS_REGION: 'eu-west-1' };
    // The SDK's chain looks at the process itself, where the machine may have settings of its own.
    for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'SECRETKEY');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, join(folder.path, 'none'));
  });
  afterEach(() => aws.close());

  test('gives properties, whole texts and bytes of the current version', async () => {
    const argv = ['--from-aws', 'shop/db#password', '--from-aws', 'p=shop/db#port', '--from-aws', 'all=plain'];
    const made = await created([...argv, '--from-aws', 'bin=binary']);
    expect(made).toEqual({ password: 'hunter2', p: '1.10', all: value, bin: '\0h' });
    expect(aws.calls.map(({ input }) => [input.SecretId, input.VersionStage])).toEqual([
      ['shop/db', 'AWSCURRENT'],
      ['plain', 'AWSCURRENT'],
      ['binary', 'AWSCURRENT'],
    ]);
    expect(aws.calls[0]?.accessKeyId).toBe('AKIATEST');
  });

  test('takes the region of an ARN, and NAME alone for all that would be asked for', async () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf';
    const { AWS_REGION: _, ...without } = env;
    expect(await created(['--from-aws', arn, '--prompt', 'password'], { env: without })).toEqual({
      password: 'hunter2',
    });
    expect(aws.requests[0]?.headers.authorization).toContain('/eu-west-1/secretsmanager/');
    expect(await refusal(['--from-aws', 'a=plain'], { env: without })).toEqual([
      2,
      expect.stringContaining('set AWS_REGION'),
    ]);
    const [code, stderr] = await refusal(['--from-aws', 'a=arn:aws:ssm:eu-west-1:1:parameter/x']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('this ARN is of another service')]);
    const odd = await refusal(['--from-aws', 'a=plain'], { env: { ...env, AWS_REGION: 'evil.example/' } });
    expect(odd).toEqual([2, expect.stringContaining('"evil.example/" is no region of AWS')]);
  });

  test.each([
    [
      'none',
      1,
      /there is no such key or version\nhint: it was looked for in eu-west-1; AWS_REGION names another region\n$/,
    ],
    ['going', 1, /it is marked for deletion\nhint: /],
    ['denied', 4, /access denied\nhint: its identity has to be allowed secretsmanager:GetSecretValue\n$/],
    ['unknown', 4, /AWS does not accept the credentials\nhint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID/],
    ['plain#a', 1, /'plain' is not JSON, so it has no property 'a'\n$/],
  ])('%s', async (name, code, says) => {
    aws.secrets.set('denied', { refusal: { name: 'AccessDeniedException' } });
    aws.secrets.set('unknown', { refusal: { name: 'UnrecognizedClientException' } });
    expect(await refusal(['--from-aws', `a=${name}`])).toEqual([code, expect.stringMatching(says)]);
  });

  test('without credentials, and without an answer', async () => {
    await aws.close();
    const [code, stderr] = await refusal(['--from-aws', 'a=plain']);
    expect([code, stderr]).toEqual([4, expect.stringMatching(/AWS was not reached \(ECONNREFUSED\)\nhint: /)]);
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    expect(await refusal(['--from-aws', 'a=plain'])).toEqual([
      4,
      expect.stringMatching(/^seal: AWS: there are no credentials that can be used\nhint: set AWS_PROFILE/),
    ]);
  });
});
