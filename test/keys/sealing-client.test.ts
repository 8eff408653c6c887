// What a client believes of a controller: ours, one that takes no batches, and one that lies.

import { beforeAll, describe, expect, test } from 'vitest';
import { type SealedValues, SealingClient } from '../../keys/sealing-client.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { sealValue } from '../../src/seal/value.ts';
import { testKey } from '../controller/support/house.ts';

type Key = Awaited<ReturnType<typeof testKey>>;

let old: Key;
let newest: Key;
let sealed: string;
let fresh: string;
const sealedFor = { scope: 'strict', namespace: 'shop', name: 'db' } as const;
beforeAll(async () => {
  old = await testKey('rsa2048');
  newest = await testKey('other2048');
  sealed = await sealValue(Buffer.from('s3cret'), { certificate: old.certificate, sealedFor });
  fresh = await sealValue(Buffer.from('s3cret'), { certificate: newest.certificate, sealedFor });
});

interface Sent {
  kind?: string;
  spec?: { encryptedData: object };
  items?: { spec: { encryptedData: object } }[];
}

/** A client of a controller that answers so. A number is a status without a body. */
function client(answer: (path: string, body: Sent) => unknown) {
  const asked: { path: string; body: Sent }[] = [];
  const api = {
    async request(proxied: string, { body = '{}' }: { body?: string } = {}) {
      const path = proxied.slice(proxied.indexOf('/v1/', 5));
      const sent = JSON.parse(body);
      asked.push({ path, body: sent });
      const given = path === '/v1/cert.pem' ? newest.certificate.pem : answer(path, sent);
      if (typeof given === 'number') throw new ApiError('KUBE_X', 'refused', { status: given, reason: 'X' });
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      return { status: 200, headers: {}, body: new TextEncoder().encode(text) };
    },
  } as unknown as KubeApi;
  const at = { namespace: 'kube-system', name: 'sealer', port: 'http' };
  return { client: new SealingClient(api, at), asked };
}

const values = (items: Record<string, string>): SealedValues => ({ sealedFor, values: new Map(Object.entries(items)) });

describe('verify', () => {
  test('asks in requests of 64 values, and puts the answers together', async () => {
    const { client: one, asked } = client((_, { items }) => ({
      results: items?.map(({ spec }) => ({
        items: Object.fromEntries(Object.keys(spec.encryptedData).map((item) => [item, item !== 'k70'])),
      })),
    }));
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, 'AgA=']));
    const [first, second] = await one.verify([values(many), values({ a: 'AgA=' })]);
    expect(asked.map(({ body }) => body.items?.length)).toEqual([1, 2]);
    expect([...(first ?? [])].filter(([, opens]) => !opens)).toEqual([['k70', false]]);
    expect([first?.size, second?.get('a')]).toEqual([100, true]);
  });

  test('of one that takes no List asks for each, and for each value of what does not open', async () => {
    const bad = 'b';
    const { client: one, asked } = client((_, body) => {
      if (body.kind === 'List') return 500;
      return Object.keys(body.spec?.encryptedData ?? {}).includes(bad) ? 409 : '';
    });
    const answers = await one.verify([values({ a: sealed, b: sealed }), values({ c: sealed })]);
    expect(answers.map((answer) => Object.fromEntries(answer))).toEqual([{ a: true, b: false }, { c: true }]);
    expect(asked).toHaveLength(5);
    expect(one.isAskedOneByOne).toBe(true);
  });

  test.each([
    ['a page of something else', '<html>'],
    ['nothing', ''],
    ['other SealedSecrets', { results: [] }],
    ['nothing about an item', { results: [{ items: {} }] }],
    ['words for yes', { results: [{ items: { a: 'yes' } }] }],
    ['what objects have anyway', { results: [{ items: [] }] }],
  ])('believes no answer with %s', async (_, answer) => {
    const { client: one } = client(() => answer);
    await expect(one.verify([values({ a: sealed })])).rejects.toMatchObject({ code: 'CONTROLLER_ANSWER' });
  });

  test('says where the endpoint is not there, and lets missing rights through', async () => {
    await expect(client(() => 404).client.verify([values({ a: sealed })])).rejects.toMatchObject({
      code: 'NO_ENDPOINT',
    });
    await expect(client(() => 403).client.verify([values({ a: sealed })])).rejects.toMatchObject({ status: 403 });
    await expect(client(() => 503).client.verify([values({ a: sealed })])).rejects.toMatchObject({
      code: 'CONTROLLER_DOWN',
      outcome: 'unreachable',
    });
  });
});

describe('rotate', () => {
  const batch = (items: unknown, failed: unknown = [], keyId = newest.id) => ({ keyId, results: [{ items, failed }] });
  const rotate = (answer: unknown) => client(() => answer).client.rotate([values({ a: sealed })], newest.certificate);

  test('takes a value of the right length under the right key', async () => {
    expect(await rotate(batch({ a: fresh }))).toEqual([{ values: new Map([['a', fresh]]), failed: [] }]);
    expect(await rotate(batch({}, ['a']))).toEqual([{ values: new Map(), failed: ['a'] }]);
  });

  test('does not take what was sealed for a key that came in between', async () => {
    await expect(rotate(batch({ a: fresh }, [], old.id))).rejects.toMatchObject({ code: 'KEY_CHANGED' });
  });

  test.each<[string, () => Promise<unknown> | unknown]>([
    ['an item that was not asked about', () => batch({ b: fresh })],
    ['a failure that was not asked about', () => batch({}, ['b'])],
    ['the old value as the new one', () => batch({ a: sealed })],
    ['a plain value', () => batch({ a: 's3cret' })],
    ['no text', () => batch({ a: 7 })],
    ['YAML in a value', () => batch({ a: `${fresh}\n    evil: x` })],
    ['a cut value', () => batch({ a: fresh.slice(0, 40) })],
    [
      'a value of another length',
      async () =>
        batch({ a: await sealValue(Buffer.from('longer than that'), { certificate: newest.certificate, sealedFor }) }),
    ],
    [
      'a value under a key of another size',
      async () => {
        const bytes = Buffer.from(fresh, 'base64');
        return batch({
          a: Buffer.concat([Buffer.from([1, 128]), Buffer.alloc(128), bytes.subarray(2)]).toString('base64'),
        });
      },
    ],
    ['no items', () => batch(undefined)],
    ['no failures', () => batch({}, undefined)],
  ])('takes nothing of an answer with %s', async (_, answer) => {
    const given = (await answer()) as { results: { failed?: unknown }[] };
    if (_ === 'no failures') for (const result of given.results) delete result.failed;
    await expect(rotate(given)).rejects.toMatchObject({ code: 'CONTROLLER_ANSWER' });
  });

  test('takes no value for two items, and none of another item, of another Secret neither', async () => {
    const another = await sealValue(Buffer.from('123456'), { certificate: old.certificate, sealedFor });
    const asked = [values({ a: sealed, b: another }), values({ c: another })];
    const results = (...all: object[]) => ({ keyId: newest.id, results: all.map((items) => ({ items, failed: [] })) });
    for (const answer of [
      results({ a: another, b: sealed }, {}),
      results({ a: fresh, b: fresh }, {}),
      results({ a: fresh }, { c: fresh }),
      results({}, { c: sealed }),
    ]) {
      const rotated = client(() => answer).client.rotate(asked, newest.certificate);
      await expect(rotated).rejects.toMatchObject({ code: 'CONTROLLER_ANSWER' });
    }
  });

  describe('by one that takes one at a time', () => {
    const answered = (object: object | number) =>
      client((_, { kind }) => (kind === 'List' ? 500 : object)).client.rotate(
        [values({ a: sealed })],
        newest.certificate,
      );
    const object = (change: { metadata?: object; items?: Record<string, string> } = {}) => ({
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'db', namespace: 'shop', ...change.metadata },
      spec: { encryptedData: change.items ?? { a: fresh }, template: { data: null } },
    });

    test('only the values are taken', async () => {
      expect(await answered(object())).toEqual([{ values: new Map([['a', fresh]]), failed: [] }]);
      expect(await answered(500)).toEqual([{ values: new Map(), failed: ['a'] }]);
    });

    test.each([
      ['another name', { metadata: { name: 'other' } }],
      ['another namespace', { metadata: { namespace: 'other' } }],
      ['a wider scope', { metadata: { annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' } } }],
      ['more items', { items: { a: 'x', b: 'y' } }],
      ['fewer items', { items: {} }],
    ])('nothing with %s is', async (_, change) => {
      await expect(answered(object(change))).rejects.toMatchObject({ code: 'CONTROLLER_ANSWER' });
    });
  });
});
