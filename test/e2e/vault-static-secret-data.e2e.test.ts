// The items of VaultStaticSecrets from a real OpenBao, held against what Go makes of the very answers that the server gave.

import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type JsonNode, readJson } from '../../controller/stores/data/json.ts';
import { assembleStatic } from '../../controller/stores/data/static/assemble.ts';
import { secretMac } from '../../controller/stores/data/static/mac.ts';
import { staticPlan } from '../../controller/stores/data/static/transformation.ts';
import type { ReadRequest } from '../../controller/stores/store.ts';
import type { SecretTransformationSpec, VaultTransformation } from '../../src/kube/vault-secrets.ts';
import { stringFromText, textFromString } from '../../src/template/bytes.ts';
import { readOne, refusalOf, vaultStage } from '../controller/stores/support/vault.ts';
import recorded from '../vectors/staticdata/cases.json' with { type: 'json' };
import { describeOnOpenBao } from './support/openbao.ts';
import { run } from './support/real.ts';
import { part } from './tools/build.mjs';

const key = Buffer.from(recorded.key, 'base64');

describeOnOpenBao('the items of a VaultStaticSecret', (bao) => {
  let stage = vaultStage();
  let agent: Agent;
  let answersOfGo: string;
  beforeAll(async () => {
    agent = new Agent({ connect: { ca: bao().authority } });
    answersOfGo = await part('staticdata');
    await bao().mountKv('kv', 2);
    await bao().mountKv('old', 1);
  });
  afterEach(() => stage.close());
  afterAll(() => agent.close());

  /** The answer, as the server wrote it; `body` as it stands, which JSON.stringify would round. */
  async function exchange(method: 'GET' | 'POST', path: string, body?: string): Promise<string> {
    const headers = { 'x-vault-token': bao().rootToken, 'content-type': 'application/json' };
    const response = await agent.request({
      origin: bao().url,
      path: `/v1/${path}`,
      method,
      headers,
      ...(body && { body }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return text;
  }

  const put = (path: string, document: string) => exchange('POST', `kv/data/${path}`, `{"data":${document}}`);

  const store = (type: 'kv-v1' | 'kv-v2') => {
    stage = vaultStage({ secrets: { 'vault/token': bao().rootToken } });
    return stage.open({
      server: bao().url,
      caBundle: Buffer.from(bao().authority).toString('base64'),
      path: type === 'kv-v2' ? 'kv' : 'old',
      version: type === 'kv-v2' ? 'v2' : 'v1',
      auth: { tokenSecretRef: { name: 'vault', key: 'token' } },
    });
  };

  interface Asked {
    type?: 'kv-v1' | 'kv-v2';
    transformation?: VaultTransformation;
    shared?: SecretTransformationSpec;
  }

  /** Item → text, read through our backend. */
  async function items(request: ReadRequest | string, asked: Asked = {}) {
    const { type = 'kv-v2', transformation, shared } = asked;
    const value = await readOne(await store(type), request);
    const plan = await staticPlan(transformation, { namespace: 'app', find: () => shared });
    const made = assembleStatic(value, plan, { type, key: 'kv/x', labels: { app: 'db' }, annotations: { note: 'n' } });
    const shown = (values: typeof made.items) =>
      Object.fromEntries(Array.from(values, ([item, one]) => [item, Buffer.from(one.reveal()).toString()]));
    return { items: shown(made.items), meaning: shown(made.meaning), mac: secretMac(key, made.items) };
  }

  /** What Go makes of an answer's `data`. */
  async function byGo(answer: string, type: 'kv-v1' | 'kv-v2') {
    const data = member(readJson(textFromString(answer)), 'data');
    const [document, metadata] =
      type === 'kv-v2' ? [member(data, 'data'), member(data, 'metadata')] : [data, undefined];
    const input = JSON.stringify({
      key: recorded.key,
      metadata: metadata ? stringFromText(metadata.raw) : '{}',
      documents: { it: stringFromText(document.raw) },
      cases: [{ about: '', document: 'it', type, out: {} }],
    });
    const { stdout, code } = await run(answersOfGo, [], { input });
    expect(code).toBe(0);
    const { items: encoded = {}, mac } = JSON.parse(stdout).cases[0].out as {
      items?: Record<string, string>;
      mac: string;
    };
    const decoded = Object.entries(encoded).map(([item, value]) => [item, Buffer.from(value, 'base64').toString()]);
    return { items: Object.fromEntries(decoded), mac };
  }

  // A server takes no number that is beyond a float64.
  const documents = Object.entries(recorded.documents)
    .filter(([name]) => !['rawKey', 'unicodeKeys'].includes(name))
    .map(([name, document]) => [name, document.replace('"over":1e400,', '')] as const);

  describe('_raw and every item are what Go makes of the answer, byte for byte', () => {
    it.each(documents)('%s, KV v2', async (name, document) => {
      await put(name, document);
      const { meaning: _, ...ours } = await items(name);
      expect(ours).toEqual(await byGo(await exchange('GET', `kv/data/${name}`), 'kv-v2'));
    });

    // An empty secret is none in KV v1.
    it.each(documents.filter(([name]) => name !== 'empty'))('%s, KV v1', async (name, document) => {
      await exchange('POST', `old/${name}`, document);
      const { meaning: _, ...ours } = await items(name, { type: 'kv-v1' });
      expect(ours).toEqual(await byGo(await exchange('GET', `old/${name}`), 'kv-v1'));
    });

    it('with metadata of the secret', async () => {
      await put('described', '{"a":"1"}');
      await bao().ok('POST', 'kv/metadata/described', { custom_metadata: { owner: '<team> & ü', zone: 'b' } });
      const { meaning: _, ...ours } = await items('described');
      expect(ours.items._raw).toContain('"custom_metadata":{"owner":"\\u003cteam\\u003e \\u0026 ü","zone":"b"}');
      expect(ours).toEqual(await byGo(await exchange('GET', 'kv/data/described'), 'kv-v2'));
    });
  });

  describe('versions', () => {
    it('an older one is read as it was, the newest when none is asked for', async () => {
      await put('versions', '{"n":"one"}');
      await put('versions', '{"n":"two"}');
      const old = await items({ key: 'versions', version: '1' });
      expect(old.items).toMatchObject({
        n: 'one',
        _raw: expect.stringMatching(/^\{"data":\{"n":"one"\},.*"version":1\}\}$/),
      });
      expect((await items('versions')).items.n).toBe('two');
    });

    it('with equal values differ in _raw, and mean the same to a workload', async () => {
      await put('again', '{"n":"same"}');
      const before = await items('again');
      await put('again', '{"n":"same"}');
      const after = await items('again');
      expect(after.items._raw).not.toBe(before.items._raw);
      expect(after.mac).not.toBe(before.mac);
      expect(after.meaning).toEqual(before.meaning);
      const plain = { transformation: { excludeRaw: true } };
      expect((await items({ key: 'again', version: '1' }, plain)).mac).toBe((await items('again', plain)).mac);
    });

    it('that are deleted, destroyed or undeleted are told apart, and give nothing or the same as before', async () => {
      await put('life', '{"n":"1"}');
      const alive = await items('life');
      await bao().ok('DELETE', 'kv/data/life');
      expect(await refusalOf(await store('kv-v2'), 'life')).toMatchObject({
        class: 'Deleted',
        message: "vault: reading 'life': version 1 is deleted",
        hints: ['undelete it, or write a new one'],
      });
      await bao().ok('POST', 'kv/undelete/life', { versions: [1] });
      expect(await items('life')).toEqual(alive);
      await bao().ok('PUT', 'kv/destroy/life', { versions: [1] });
      expect(await refusalOf(await store('kv-v2'), 'life')).toMatchObject({
        class: 'Deleted',
        message: "vault: reading 'life': version 1 was destroyed",
      });
      await put('life', '{"n":"2"}');
      expect((await items('life')).items.n).toBe('2');
      expect((await refusalOf(await store('kv-v2'), { key: 'life', version: '1' })).class).toBe('Deleted');
      await bao().ok('DELETE', 'kv/metadata/life');
      expect((await refusalOf(await store('kv-v2'), 'life')).class).toBe('NotFound');
    });
  });

  describe('transformations', () => {
    const db = '{"user":"app","password":"p<&>w","port":5432,"replicas":[{"host":"a"},{"host":"b"}],"my key":"k"}';

    it('build what applications read from fields, metadata, labels and annotations', async () => {
      await put('db', db);
      const transformation: VaultTransformation = {
        excludeRaw: true,
        excludes: ['.*'],
        templates: {
          dsn: {
            text: 'postgres://{{ .Secrets.user }}:{{ .Secrets.password | urlquery }}@{{ (first .Secrets.replicas).host }}:{{ .Secrets.port }}',
          },
          'all.json': { text: '{{ .Secrets | toRawJson }}' },
          about: {
            text: 'v{{ .Metadata.version }} {{ .Labels.app }} {{ .Annotations.note }} {{ get .Secrets "my key" }}',
          },
        },
      };
      expect((await items('db', { transformation })).items).toEqual({
        about: 'v1 db n k',
        'all.json': '{"my key":"k","password":"p<&>w","port":5432,"replicas":[{"host":"a"},{"host":"b"}],"user":"app"}',
        dsn: 'postgres://app:p%3C%26%3Ew@a:5432',
      });
    });

    it('share templates, pieces and filters through a SecretTransformation', async () => {
      await put('db', db);
      const shared: SecretTransformationSpec = {
        excludes: [' '],
        includes: ['^user$', '^port$'],
        sourceTemplates: [
          { name: 'hosts', text: '{{ range $i, $r := . }}{{ if $i }},{{ end }}{{ $r.host }}{{ end }}' },
        ],
        templates: {
          hosts: { text: '{{ template "hosts" .Secrets.replicas }}' },
          unused: { text: '{{ .Secrets.typo }}' },
        },
      };
      const transformation: VaultTransformation = {
        excludeRaw: true,
        transformationRefs: [{ name: 'shared', templateRefs: [{ name: 'hosts', keyOverride: 'HOSTS' }] }],
      };
      expect((await items('db', { transformation, shared })).items).toEqual({
        HOSTS: 'a,b',
        port: '5432',
        user: 'app',
      });
    });

    it('that cannot be carried out say why, and nothing of the values', async () => {
      await put('db', db);
      await expect(items('db')).rejects.toThrow("spec.path: 'my key' cannot be the name of an item in a Secret");
      const templates = { dsn: { text: '{{ .Secrets.passwrod }}' } };
      await expect(items('db', { transformation: { excludes: [' '], templates } })).rejects.toThrow(
        'template \'dsn\' of spec.destination.transformation, line 1: map has no entry for key "passwrod"',
      );
    });
  });
});

function member(node: JsonNode | undefined, name: string): JsonNode {
  const found = node?.kind === 'object' ? node.members.find(([one]) => one === name)?.[1] : undefined;
  if (!found) throw new Error(`the answer has no ${name}`);
  return found;
}
