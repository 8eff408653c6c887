// POST /v1/rotate: only stale values change, they open as before, and no scope is widened.

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { KeyRegistry } from '../../../keys/registry.ts';
import type { SealedSecret } from '../../../src/kube/objects.ts';
import { recordAnnotation } from '../../../src/seal/record.ts';
import { scopes } from '../../../src/seal/scope.ts';
import { openItems } from '../../../src/seal/unseal.ts';
import { runs } from '../../support/property.ts';
import { endpoints, sealedSecret } from './requests.ts';

type Endpoints = Awaited<ReturnType<typeof endpoints>>;

let at: Endpoints;
beforeAll(async () => {
  at = await endpoints();
});

/** What an object opens to under the newest key alone. */
async function openedBy(object: SealedSecret, keys: KeyRegistry): Promise<Record<string, string>> {
  const { values } = await openItems(object, { opener: keys });
  return Object.fromEntries([...values].map(([item, value]) => [item, Buffer.from(value.reveal()).toString()]));
}

const newestAlone = () => new KeyRegistry([at.newest]);

describe('one SealedSecret', () => {
  it('comes back as it was, byte for byte, but for values under an older key', async () => {
    const object = await sealedSecret({
      user: { text: 'admin', under: at.newest },
      password: { text: 's3cret', under: at.old },
    });
    const sent = `# ours\n${stringify(object)}  # the end\n`;
    const answer = await at.rotate(sent);
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/yaml']);
    const fresh = /password: (\S+)/.exec(text)?.[1] ?? '';
    expect(fresh).not.toBe(object.spec.encryptedData.password);
    expect(text).toBe(sent.replace(object.spec.encryptedData.password ?? '', fresh));
  });

  it('is JSON where JSON was sent, compact or not', async () => {
    const object = await sealedSecret({ password: { text: 's3cret', under: at.old } });
    for (const sent of [JSON.stringify(object), `${JSON.stringify(object, null, 4)}\n`]) {
      const answer = await at.rotate(sent);
      const text = await answer.text();
      expect(answer.headers.get('content-type')).toBe('application/json');
      const fresh = JSON.parse(text).spec.encryptedData.password;
      expect(text).toBe(sent.replace(object.spec.encryptedData.password ?? '', fresh));
      expect(await openedBy(JSON.parse(text), newestAlone())).toEqual({ password: 's3cret' });
    }
  });

  it('that is under the newest key comes back unchanged', async () => {
    const sent = JSON.stringify(await sealedSecret({ password: { text: 's3cret', under: at.newest } }));
    expect(await (await at.rotate(sent)).text()).toBe(sent);
  });

  it('keeps template, labels and annotations, and renders nothing', async () => {
    const template = {
      metadata: { labels: { a: 'b' }, annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' } },
      data: { url: '{{ .password }}', broken: '{{ fail "x" }}' },
    };
    const object = await sealedSecret({ password: { text: 's3cret', under: at.old } }, { template });
    const rotated = JSON.parse(await (await at.rotate(JSON.stringify(object))).text());
    expect({ ...rotated, spec: { ...rotated.spec, encryptedData: null } }).toEqual({
      ...object,
      spec: { ...object.spec, encryptedData: null },
    });
    expect(JSON.stringify(rotated)).not.toContain('s3cret');
  });

  it('has its record lines brought up to date, of what was sealed again alone', async () => {
    const line = (item: string, keyId: string) => `${item} ${keyId} shop/db 2026-03-02\n`;
    const record = line('password', at.old.id) + line('user', at.newest.id);
    const object = await sealedSecret(
      {
        password: { text: 's3cret', under: at.old },
        user: { text: 'a', under: at.newest },
        new: { text: 'b', under: at.old },
      },
      { record },
    );
    const rotated = JSON.parse(await (await at.rotate(JSON.stringify(object))).text());
    expect(rotated.metadata.annotations[recordAnnotation]).toBe(
      `password ${at.newest.id} shop/db 2026-12-01\n${line('user', at.newest.id)}`,
    );
  });

  it('of the first form stays in that form', async () => {
    const { metadata, spec } = await sealedSecret({ whole: { text: '{"kind":"Secret"}', under: at.old } });
    const sent = `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: ${metadata.name}, namespace: ${metadata.namespace}}\nspec:\n  data: ${spec.encryptedData.whole} # old\n`;
    const text = await (await at.rotate(sent)).text();
    const fresh = /^ {2}data: (\S+)/m.exec(text)?.[1] ?? '';
    expect(text).toBe(sent.replace(spec.encryptedData.whole ?? '', fresh));
    const asItem = { ...(await sealedSecret({})), spec: { encryptedData: { whole: fresh } } };
    expect(await openedBy(asItem, newestAlone())).toEqual({ whole: '{"kind":"Secret"}' });
  });

  it('is refused as a whole where one value does not open, and where the template asks for a wider scope', async () => {
    const object = await sealedSecret({ a: { text: 'x', under: at.old }, b: { text: 'y', under: at.foreign } });
    const answer = await at.rotate(JSON.stringify(object));
    expect([answer.status, await answer.json()]).toEqual([
      409,
      { error: { code: 'NO_KEY_OPENS', message: expect.any(String) } },
    ]);
  });

  it('with an anchor that something else needs is refused, not changed beside it', async () => {
    const { spec } = await sealedSecret({ a: { text: 'x', under: at.old } });
    const sent = `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  encryptedData: {a: &v ${spec.encryptedData.a}}\n  template: {data: {b: *v}}\n`;
    const answer = await at.rotate(sent);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'CANNOT_EDIT' } }]);
  });
});

describe('the scope', () => {
  it('is that of the metadata: a strict value is never sealed for more, whatever the template says (CVE-2026-22728)', async () => {
    const wide = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
    const object = await sealedSecret(
      { password: { text: 's3cret', under: at.old } },
      { template: { metadata: { name: 'other', namespace: 'attacker', annotations: wide } } },
    );
    const rotated = JSON.parse(await (await at.rotate(JSON.stringify(object))).text());
    const moved = (metadata: object) => ({ ...rotated, metadata });
    await expect(
      openedBy(moved({ name: 'db', namespace: 'shop', annotations: wide }), newestAlone()),
    ).rejects.toThrow();
    await expect(openedBy(moved({ name: 'db', namespace: 'attacker' }), newestAlone())).rejects.toThrow();
    expect(await openedBy(rotated, newestAlone())).toEqual({ password: 's3cret' });
  });

  it('cannot be asked for: metadata that does not fit the value opens nothing', async () => {
    const object = await sealedSecret({ password: { text: 's3cret', under: at.old } });
    for (const scope of ['namespace-wide', 'cluster-wide']) {
      const annotations = { [`sealedsecrets.bitnami.com/${scope}`]: 'true' };
      const answer = await at.rotate(JSON.stringify({ ...object, metadata: { ...object.metadata, annotations } }));
      expect(answer.status).toBe(409);
    }
  });
});

describe('several SealedSecrets', () => {
  it('are answered with the values that changed, and with what does not open', async () => {
    const first = await sealedSecret({ a: { text: 'x', under: at.old }, b: { text: 'y', under: at.newest } });
    const second = await sealedSecret({ c: { text: 'z', under: at.foreign } }, { name: 'other' });
    const answer = await at.rotate(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [first, second] }));
    const { keyId, results } = (await answer.json()) as { keyId: string; results: { items: Record<string, string> }[] };
    expect(keyId).toBe(at.newest.id);
    expect(results).toEqual([
      { namespace: 'shop', name: 'db', items: { a: expect.any(String) }, failed: [] },
      { namespace: 'shop', name: 'other', items: {}, failed: ['c'] },
    ]);
    expect(await openedBy({ ...first, spec: { encryptedData: results[0]?.items ?? {} } }, newestAlone())).toEqual({
      a: 'x',
    });
  });
});

it('whatever is sent: it opens to the same values under the newest key, and nothing else has changed', async () => {
  const item = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,12}$/);
  const value = fc.record({ text: fc.string({ unit: 'binary', maxLength: 40 }), isOld: fc.boolean() });
  const cases = fc.record({
    values: fc.dictionary(item, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    scope: fc.constantFrom(...scopes),
    isJson: fc.boolean(),
    isWindows: fc.boolean(),
    comment: fc.stringMatching(/^[a-z ]{0,20}$/),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ values, scope, isJson, isWindows, comment }) => {
      const under = (isOld: boolean) => (isOld ? at.old : at.newest);
      const entries = Object.entries(values).map(
        ([name, { text, isOld }]) => [name, { text, under: under(isOld) }] as const,
      );
      const object = await sealedSecret(Object.fromEntries(entries), { scope });
      const yaml = `# ${comment}\n${stringify(object)}`;
      const sent = isJson ? JSON.stringify(object, null, 2) : isWindows ? yaml.replaceAll('\n', '\r\n') : yaml;
      const text = await (await at.rotate(sent)).text();
      const { spec } = JSON.parse(JSON.stringify(object));
      let expected = sent;
      for (const [name, { isOld }] of Object.entries(values)) {
        const old = spec.encryptedData[name];
        const from = expected.indexOf(old);
        const fresh = text.slice(from, from + old.length);
        expect(fresh === old).toBe(!isOld);
        expected = expected.replace(old, fresh);
        spec.encryptedData[name] = fresh;
      }
      expect(text).toBe(expected);
      expect(await openedBy({ ...object, spec }, newestAlone())).toEqual(
        Object.fromEntries(Object.entries(values).map(([name, each]) => [name, each.text])),
      );
    }),
    { numRuns: runs(60) },
  );
});
