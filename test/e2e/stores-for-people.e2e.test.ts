// Values that commands take from a real OpenBao and a real moto, as the person who calls: opened again, byte for byte.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Folder } from '../cli/harness.ts';
import { describeOnMoto } from './support/moto.ts';
import { describeOnOpenBao } from './support/openbao.ts';

const odd = '<&> "é\\ud83d\\ude00"\u2028\n\t12345678901234567890 ';
let folder: Folder;
beforeAll(() => {
  folder = new Folder();
});
afterAll(() => folder.remove());

async function opened(name: string): Promise<Record<string, string>> {
  const { stdout } = await folder.seal(['unseal', name, '--private-key', 'keys/rsa2048-pkcs8.key', '-o', 'json']);
  const { data } = JSON.parse(stdout) as { data: Record<string, string> };
  return Object.fromEntries(Object.entries(data).map(([item, text]) => [item, Buffer.from(text, 'base64').toString()]));
}

describeOnOpenBao('values of a real OpenBao', (bao) => {
  let env: Record<string, string>;
  beforeAll(async () => {
    await bao().mountKv('kv', 2);
    await bao().mountKv('old', 1);
    await bao().mountKv('team/kv', 2);
    await bao().ok('POST', 'kv/data/production/shop', { data: { password: odd, port: 5432, gone: 'x' } });
    await bao().ok('POST', 'old/shop', { password: 'of version 1' });
    await bao().ok('POST', 'team/kv/data/shop', { data: { password: 'of a team' } });
    await bao().ok('POST', 'kv/data/gone', { data: { a: 'b' } });
    await bao().ok('DELETE', 'kv/data/gone');
    await bao().policy('shop', 'path "kv/data/production/*" { capabilities = ["read"] }');
    const token = await bao().token({ policies: ['shop'] });
    writeFileSync(join(folder.path, 'ca.pem'), bao().authority);
    env = { BAO_ADDR: bao().url, BAO_TOKEN: token, BAO_CACERT: 'ca.pem' };
  });

  const create = (argv: readonly string[], more: Record<string, string> = {}) => {
    const whole = [
      'create',
      'shop',
      '-n',
      'shop',
      '--cert',
      'certs/rsa2048.crt',
      '-w',
      'made.yaml',
      '--force',
      ...argv,
    ];
    return folder.seal(whole, { env: { ...env, ...more } });
  };

  it('promotes what an environment lacks, with a token that may read no more than that', async () => {
    const write = (name: string, text: string) => {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true });
      writeFileSync(join(folder.path, name), text);
    };
    const rule = (name: string) => `  - {path: environments/${name}/**, cluster: ${name}, namespace: shop}\n`;
    const clusters = `  production: {certificates: [certs/rsa2048.crt]}\n  staging: {certificates: [certs/second2048.crt]}\n`;
    write('.sealwright.yaml', `version: 1\nclusters:\n${clusters}rules:\n${rule('production')}${rule('staging')}`);
    const items = 'encryptedData: {password: AgBold, port: AgBold}';
    write(
      'environments/staging/shop.yaml',
      `# ours\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: shop, namespace: shop}\nspec: {${items}}\n`,
    );
    const argv = ['promote', 'shop', '--from', 'staging', '--to', 'production', '--from-vault', 'kv/production/shop'];
    const { code, stderr } = await folder.seal(argv, { env });
    expect([code, stderr]).toEqual([0, expect.stringContaining('sealed password, port for shop/shop')]);
    const made = 'environments/production/shop.yaml';
    expect(await opened(made)).toEqual({ password: odd, port: '5432' });
    expect(readFileSync(join(folder.path, made), 'utf8')).toMatch(/^# ours\n/);
  });

  it.each([
    ['kv/production/shop', odd],
    ['old/shop', 'of version 1'],
    ['team/kv/shop', 'of a team'],
  ])('reads %s as the mount says', async (path, password) => {
    expect((await create(['--from-vault', `${path}#password`], { BAO_TOKEN: bao().rootToken })).code).toBe(0);
    expect(await opened('made.yaml')).toEqual({ password });
  });

  it.each([
    ['kv/production/none', 1, 'there is nothing at kv/data/production/none'],
    ['kv/other', 4, "a policy of its token has to allow 'read' on kv/data/other"],
    ['old/shop', 4, "a policy of its token has to allow 'read' on old/"],
  ])('says of %s why it cannot be had', async (path, code, says) => {
    const outcome = await create(['--from-vault', `a=${path}`]);
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(says)]);
  });

  it('tells what is deleted, a mount that is not there, and a token that is not known', async () => {
    const root = { BAO_TOKEN: bao().rootToken };
    expect((await create(['--from-vault', 'a=kv/gone'], root)).stderr).toContain('version 1 is deleted');
    expect((await create(['--from-vault', 'a=nowhere/a'], root)).stderr).toContain('there is no engine at nowhere/');
    const { code, stderr } = await create(['--from-vault', 'a=kv/a'], { BAO_TOKEN: 's.unknown' });
    expect([code, stderr]).toEqual([4, expect.stringContaining('hint: log in again, or set BAO_TOKEN')]);
  });
});

describeOnMoto('values of a real AWS server', (aws) => {
  beforeEach(() => {
    for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('are properties, texts and bytes of the current version', async () => {
    const create = (Name: string, more: object) => aws().secrets('CreateSecret', { Name, ...more });
    const { ARN } = await create('shop/db', { SecretString: JSON.stringify({ password: odd, port: 5432 }) });
    await create('plain', { SecretString: 'before' });
    await aws().secrets('PutSecretValue', { SecretId: 'plain', SecretString: odd });
    await create('binary', { SecretBinary: Buffer.from('\0bytes').toString('base64') });
    const argv = ['--from-aws', `${ARN}#password`, '--from-aws', 'p=shop/db#port', '--from-aws', 'all=plain'];
    const env = { AWS_SECRETSMANAGER_ENDPOINT: aws().url, AWS_REGION: 'eu-west-1' };
    const whole = ['create', 'db', '-n', 'shop', '--cert', 'certs/rsa2048.crt', '-w', 'made.yaml', '--force', ...argv];
    const { code, stderr } = await folder.seal([...whole, '--from-aws', 'bin=binary'], { env });
    expect([code, stderr]).toEqual([0, expect.stringContaining('made.yaml: sealed db')]);
    expect(await opened('made.yaml')).toEqual({ password: odd, p: '5432', all: odd, bin: '\0bytes' });
    const absent = await folder.seal([...whole, '--from-aws', 'x=none'], { env });
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('there is no such key or version')]);
  });
});
