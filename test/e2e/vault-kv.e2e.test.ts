// KV of a real OpenBao through our backend: values, versions, what is gone and in which way, metadata, finding.

import { afterEach, beforeAll, expect, it } from 'vitest';
import { utf8Text } from '../../src/encoding/bytes.ts';
import type { VaultProvider } from '../../src/kube/external-secrets.ts';
import { failureOf, readOne, refusalOf, textOf, vaultStage } from '../controller/stores/support/vault.ts';
import { describeOnOpenBao } from './support/openbao.ts';
import { eventually } from './support/wait.mjs';

const { signal } = new AbortController();

describeOnOpenBao('KV of a real OpenBao', (bao) => {
  let stage = vaultStage();
  afterEach(() => stage.close());

  const store = (settings: Partial<VaultProvider> = {}) => {
    stage = vaultStage({ secrets: { 'vault/token': bao().rootToken } });
    return stage.open({
      server: bao().url,
      caBundle: Buffer.from(bao().authority).toString('base64'),
      path: 'secret',
      auth: { tokenSecretRef: { name: 'vault', key: 'token' } },
      ...settings,
    });
  };
  const put = (path: string, data: unknown) => bao().ok('POST', `secret/data/${path}`, { data });

  beforeAll(async () => {
    await bao().mountKv('secret', 2);
    await bao().mountKv('old', 1);
    await bao().mountKv('team/kv', 2);
    await put('db', { password: 'hunter2', user: 'app' });
    await bao().ok('POST', 'old/db', { password: 'hunter1', user: 'app' });
    await bao().ok('POST', 'team/kv/data/db', { data: { password: 'hunter3' } });
  });

  it('is valid as a store with a good token', async () => {
    expect(await (await store()).validate(signal)).toBe('valid');
  });

  it('reads a v2 secret as JSON with sorted keys, and tells its version', async () => {
    const value = await readOne(await store(), 'db');
    expect(utf8Text(value.bytes.reveal())).toBe('{"password":"hunter2","user":"app"}');
    expect(value.version).toBe('1');
  });

  it('reads a v1 secret', async () => {
    const value = await readOne(await store({ path: 'old', version: 'v1' }), 'db');
    expect(utf8Text(value.bytes.reveal())).toBe('{"password":"hunter1","user":"app"}');
    expect(value.version).toBeUndefined();
  });

  it.each([
    ['secret', 'db', 'hunter2'],
    ['secret', 'secret/db', 'hunter2'],
    ['secret', 'secret/data/db', 'hunter2'],
    ['/secret/', '/db', 'hunter2'],
    ['team/kv', 'db', 'hunter3'],
    ['team/kv', 'team/kv/data/db', 'hunter3'],
    ['', 'secret/db', 'hunter2'],
    ['', 'secret/data/db', 'hunter2'],
    ['', 'team/kv/data/db', 'hunter3'],
  ])('mount %j, key %j: finds the secret', async (path, key, password) => {
    expect(await textOf(await store({ path }), key)).toContain(password);
  });

  it.each([
    ['old', 'db'],
    ['old', 'old/db'],
    ['', 'old/db'],
  ])('v1 mount %j, key %j: finds the secret', async (path, key) => {
    expect(await textOf(await store({ path, version: 'v1' }), key)).toContain('hunter1');
  });

  it('reads a secret whose path begins with the name of its mount, named in full', async () => {
    await put('secret/inner', { where: 'inside' });
    expect(await textOf(await store(), 'secret/data/secret/inner')).toBe('{"where":"inside"}');
  });

  it('keeps strange names as they are', async () => {
    for (const name of ['a b', 'ümlaut', 'per%20cent', 'quote"', 'plus+plus', 'semi;colon', 'at@x']) {
      await put(encodeURIComponent(name), { name });
      expect(JSON.parse(await textOf(await store(), name))).toEqual({ name });
    }
  });

  it('does not follow a key out of its mount', async () => {
    const error = await refusalOf(await store(), '../sys/seal-status');
    expect(error.class).toBe('Invalid');
    expect(stage.calls).toEqual([]);
  });

  it('escapes what Go escapes, and keeps nested values', async () => {
    await put('odd', { html: '<a>&</a>', nested: { z: [1, null, true], a: 'é' } });
    expect(await textOf(await store(), 'odd')).toBe(
      '{"html":"\\u003ca\\u003e\\u0026\\u003c/a\\u003e","nested":{"a":"é","z":[1,null,true]}}',
    );
  });

  it('keeps the very digits that v1 hands out', async () => {
    await rawPost('old/numbers', '{"big":12345678901234567890,"price":1.10}');
    expect(await textOf(await store({ path: 'old', version: 'v1' }), 'numbers')).toBe(
      '{"big":12345678901234567890,"price":1.10}',
    );
  });

  it('hands out the answer that _raw is made of', async () => {
    const { raw } = await readOne(await store(), 'db');
    const text = utf8Text(raw?.reveal() ?? new Uint8Array());
    expect(text).toMatch(/^\{"data":\{"password":"hunter2","user":"app"\},"metadata":\{"created_time":/);
    expect(JSON.parse(text).metadata).toMatchObject({ version: 1, destroyed: false });
  });

  it('reads an older version, and the current one when asked for none', async () => {
    await put('versions', { n: 'one' });
    await put('versions', { n: 'two' });
    const backend = await store();
    expect(await textOf(backend, { key: 'versions', version: '1' })).toBe('{"n":"one"}');
    expect(await textOf(backend, 'versions')).toBe('{"n":"two"}');
  });

  it('calls a version that never was not found', async () => {
    expect((await refusalOf(await store(), { key: 'db', version: '9' })).class).toBe('NotFound');
  });

  it('calls a version that is no number invalid', async () => {
    expect((await refusalOf(await store(), { key: 'db', version: 'latest' })).class).toBe('Invalid');
  });

  it('calls a secret that never was not found, in v2 and in v1', async () => {
    expect(await refusalOf(await store(), 'nothing')).toMatchObject({ class: 'NotFound', key: 'nothing' });
    expect((await refusalOf(await store({ path: 'old', version: 'v1' }), 'nothing')).class).toBe('NotFound');
  });

  it('tells deleted from destroyed, and reads again what was undeleted', async () => {
    const backend = await store();
    await put('life', { n: '1' });
    await bao().ok('DELETE', 'secret/data/life');
    const deleted = await refusalOf(backend, 'life');
    expect(deleted).toMatchObject({ class: 'Deleted', message: "vault: reading 'life': version 1 is deleted" });

    await bao().ok('POST', 'secret/undelete/life', { versions: [1] });
    expect(await textOf(backend, 'life')).toBe('{"n":"1"}');

    await bao().ok('PUT', 'secret/destroy/life', { versions: [1] });
    const destroyed = await refusalOf(backend, 'life');
    expect(destroyed).toMatchObject({ class: 'Deleted', message: "vault: reading 'life': version 1 was destroyed" });

    await bao().ok('DELETE', 'secret/metadata/life');
    expect((await refusalOf(backend, 'life')).class).toBe('NotFound');
  });

  it('reads the previous version of a deleted secret only when asked for it', async () => {
    await put('previous', { n: '1' });
    await put('previous', { n: '2' });
    await bao().ok('DELETE', 'secret/data/previous');
    const backend = await store();
    expect((await refusalOf(backend, 'previous')).class).toBe('Deleted');
    expect(await textOf(backend, { key: 'previous', version: '1' })).toBe('{"n":"1"}');
  });

  it('knows when a version will be deleted by itself', async () => {
    await bao().ok('POST', 'secret/metadata/fleeting', { delete_version_after: '1h' });
    await put('fleeting', { n: '1' });
    const { expires } = await readOne(await store(), 'fleeting');
    expect(expires?.getTime()).toBeGreaterThan(Date.now());
  });

  it('calls a version deleted once its time has come', async () => {
    await bao().ok('POST', 'secret/metadata/brief', { delete_version_after: '1s' });
    await put('brief', { n: '1' });
    const backend = await store();
    const error = await eventually(() => refusalOf(backend, 'brief'), { what: 'the end of the version' });
    expect(error.class).toBe('Deleted');
  });

  it('reads custom metadata merged with what the server says of the secret', async () => {
    await put('described', { n: '1' });
    await bao().ok('POST', 'secret/metadata/described', { custom_metadata: { owner: 'team-a' } });
    const metadata = JSON.parse(await textOf(await store(), { key: 'described', metadata: true }));
    expect(metadata).toMatchObject({ owner: 'team-a', current_version: '1', delete_version_after: '0s' });
    expect(metadata.created_time).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('reads the metadata of a key that names its mount', async () => {
    const metadata = await textOf(await store(), { key: 'secret/data/db', metadata: true });
    expect(JSON.parse(metadata).current_version).toBe('1');
  });

  it('has no metadata of KV v1', async () => {
    const backend = await store({ path: 'old', version: 'v1' });
    expect((await refusalOf(backend, { key: 'db', metadata: true })).class).toBe('Invalid');
  });

  it('says that the engine is v1 where the store says v2', async () => {
    const error = await refusalOf(await store({ path: 'old' }), 'db');
    expect(error).toMatchObject({ class: 'Invalid', message: "vault: 'old' is KV v1, and the store says v2" });
  });

  it('says that the engine is v2 where the store says v1', async () => {
    const error = await refusalOf(await store({ version: 'v1' }), 'db');
    expect(error.class).toBe('Invalid');
    expect(error.hints).toEqual(['set spec.provider.vault.version to v2']);
  });

  it('says that nothing is mounted, rather than that a secret is gone', async () => {
    expect((await refusalOf(await store({ path: 'nowhere' }), 'db')).class).toBe('Invalid');
  });

  it('tells an engine of another type', async () => {
    await bao().ok('POST', 'sys/mounts/transit', { type: 'transit' });
    const error = await refusalOf(await store({ path: 'transit', version: 'v1' }), 'keys-not-there');
    expect(error.class).toBe('Invalid');
  });

  it('finds every secret below a path, sorted, folders and all', async () => {
    for (const name of ['app/z', 'app/a', 'app/deep/er/x', 'app/a/below', 'other/a'])
      await put(`find/${name}`, { name });
    const found = await (await store()).list({ path: 'find/app' }, signal);
    expect(found.map(({ name }) => name)).toEqual([
      'find/app/a',
      'find/app/a/below',
      'find/app/deep/er/x',
      'find/app/z',
    ]);
  });

  it('reads what it found', async () => {
    const backend = await store();
    for (const { key, name } of await backend.list({ path: 'find/app' }, signal)) {
      expect(JSON.parse(await textOf(backend, { key, found: true })).name).toBe(name.replace('find/', ''));
    }
  });

  it('reads found secrets whose path begins with the name of the mount, or has a folder named data', async () => {
    await put('secret/twice', { n: 'twice' });
    await put('data/odd', { n: 'odd' });
    const backend = await store();
    const found = await backend.list({ regexp: '(twice|odd)$' }, signal);
    const texts = await Promise.all(found.map(({ key }) => textOf(backend, { key, found: true })));
    expect(found.map(({ name }) => name)).toEqual(['data/odd', 'odd', 'secret/twice']);
    expect(texts.map((text) => JSON.parse(text).n)).toEqual(['odd', undefined, 'twice']);
  });

  it('finds by a regular expression of RE2 on the name', async () => {
    const backend = await store();
    const found = await backend.list({ path: 'find', regexp: '^find/(?P<app>app)/[a-m]' }, signal);
    expect(found.map(({ name }) => name)).toEqual(['find/app/a', 'find/app/a/below', 'find/app/deep/er/x']);
    const error = await failureOf(backend.list({ regexp: '(?=look)' }, signal));
    expect(error.class).toBe('Invalid');
  });

  it('finds by custom metadata, all of which must match', async () => {
    await put('tagged/one', { n: '1' });
    await put('tagged/two', { n: '2' });
    await bao().ok('POST', 'secret/metadata/tagged/one', { custom_metadata: { env: 'prod', owner: 'a' } });
    await bao().ok('POST', 'secret/metadata/tagged/two', { custom_metadata: { env: 'prod', owner: 'b' } });
    const backend = await store();
    const names = async (tags: Record<string, string>) =>
      (await backend.list({ path: 'tagged', tags }, signal)).map(({ name }) => name);
    expect(await names({ env: 'prod' })).toEqual(['tagged/one', 'tagged/two']);
    expect(await names({ env: 'prod', owner: 'b' })).toEqual(['tagged/two']);
    expect(await names({ env: 'test' })).toEqual([]);
  });

  it('finds in KV v1 by name, and refuses tags there', async () => {
    const backend = await store({ path: 'old', version: 'v1' });
    expect((await backend.list({ regexp: '^db$' }, signal)).map(({ key }) => key)).toEqual(['db']);
    expect((await failureOf(backend.list({ tags: { a: 'b' } }, signal))).class).toBe('Invalid');
  });

  it('finds nothing in an empty folder, and complains of a mount that is none', async () => {
    expect(await (await store()).list({ path: 'no/such/folder' }, signal)).toEqual([]);
    expect((await failureOf((await store({ path: 'nowhere' })).list({}, signal))).class).toBe('Invalid');
  });

  it('finds without a mount in the store when the path begins with it', async () => {
    const backend = await store({ path: '' });
    const found = await backend.list({ path: 'secret/find/other' }, signal);
    expect(found.map(({ name }) => name)).toEqual(['secret/find/other/a']);
    expect(await textOf(backend, { key: found[0]?.key ?? '', found: true })).toBe('{"name":"other/a"}');
    expect((await failureOf(backend.list({}, signal))).class).toBe('Invalid');
  });

  it('reads a secret of the largest size that the server takes', async () => {
    const value = 'x'.repeat(1_000_000);
    await bao().ok('POST', 'old/large', { value });
    expect(JSON.parse(await textOf(await store({ path: 'old', version: 'v1' }), 'large')).value).toHaveLength(
      1_000_000,
    );
  });

  /** Numbers as they stand, which JSON.stringify would round. */
  async function rawPost(path: string, body: string): Promise<void> {
    const { Agent } = await import('undici');
    const dispatcher = new Agent({ connect: { ca: bao().authority } });
    const headers = { 'x-vault-token': bao().rootToken, 'content-type': 'application/json' };
    const { statusCode } = await dispatcher.request({
      origin: bao().url,
      path: `/v1/${path}`,
      method: 'POST',
      headers,
      body,
    });
    expect(statusCode).toBe(204);
    await dispatcher.close();
  }
});
