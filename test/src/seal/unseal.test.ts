// Opening a SealedSecret, also those of the reference, and the Secret that comes of it.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importKeyPairs } from '../../../keys/import.ts';
import { KeyRegistry } from '../../../keys/registry.ts';
import { utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import type { SealedSecret } from '../../../src/kube/objects.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { parseCertificates } from '../../../src/seal/certificate.ts';
import type { Opener, OpenRequest } from '../../../src/seal/opener.ts';
import { sealSecret } from '../../../src/seal/seal.ts';
import { openItems, secretFrom } from '../../../src/seal/unseal.ts';
import { sealValue } from '../../../src/seal/value.ts';

const root = new URL('../../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const certificate = (await parseCertificates(read('certs/rsa2048.crt')))[0]!;
const registry = new KeyRegistry(await importKeyPairs(read('keys/rsa2048-pkcs8.key')));
const now = new Date('2026-11-21T12:00:00Z');

class CountingOpener implements Opener {
  readonly requests: OpenRequest[] = [];
  open(request: OpenRequest) {
    this.requests.push(request);
    return registry.open(request);
  }
}

async function sealed(stringData: Record<string, string>): Promise<SealedSecret> {
  const metadata = { name: 'db', namespace: 'shop', labels: { app: 'shop' } };
  return sealSecret({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }, { certificate, now });
}

describe('opening a SealedSecret', () => {
  test('every item comes out, and cannot be printed by accident', async () => {
    const { values } = await openItems(await sealed({ a: 'hunter2', b: '' }), { opener: registry });
    expect([...values].map(([item, value]) => [item, utf8Text(value.reveal())])).toEqual([
      ['a', 'hunter2'],
      ['b', ''],
    ]);
    expect(JSON.stringify([...values])).not.toContain('hunter2');
    expect(`${values.get('a')}`).toBe('[redacted]');
  });

  test('all items that fail are named in one error, and nothing comes out', async () => {
    const object = await sealed({ a: '1', b: '2', c: '3', d: '4' });
    const damaged = {
      ...object.spec.encryptedData,
      b: 'no base64!',
      c: object.spec.encryptedData!.c!.replace(/.(?=...$)/, (digit) => (digit === 'A' ? 'B' : 'A')),
    };
    const other = await sealValue(utf8Bytes('x'), {
      certificate,
      sealedFor: { scope: 'strict', namespace: 'shop', name: 'x' },
    });
    const spec = { ...object.spec, encryptedData: { ...damaged, d: other } };
    await expect(openItems({ ...object, spec }, { opener: registry })).rejects.toMatchObject({
      name: 'OpenError',
      code: 'NO_KEY_OPENS',
      message: 'shop/db: no key could decrypt c, d; b cannot be opened: the sealed value is not standard base64',
    });
  });

  test('a renamed SealedSecret is told from its record where it belongs', async () => {
    const object = await sealed({ a: '1' });
    const renamed = { ...object, metadata: { ...object.metadata, name: 'cache' } };
    const error = await openItems(renamed, { opener: registry }).catch((thrown) => thrown);
    expect(error.hints).toEqual(['a was sealed for shop/db, and this is shop/cache: seal it again for this place']);
  });

  test('a SealedSecret that lost its namespace is told so', async () => {
    const object = await sealed({ a: '1' });
    const error = await openItems({ ...object, metadata: { name: 'db' } }, { opener: registry }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'NO_KEY_OPENS', message: 'db: no key could decrypt a' });
    expect(error.hints.join()).toContain('no metadata.namespace');
  });

  test('the record names the key to try first, and a false record does no harm', async () => {
    const opener = new CountingOpener();
    const object = await sealed({ a: '1' });
    await openItems(object, { opener });
    expect(opener.requests[0]?.keyIdHint).toBe(certificate.keyId);
    const annotations = { 'sealwright.dev/sealed': `a ${'0'.repeat(32)} other/place 2020-01-01\n` };
    const { values } = await openItems({ ...object, metadata: { ...object.metadata, annotations } }, { opener });
    expect(values.size).toBe(1);
  });

  test('it is told which key opened which item', async () => {
    const under: [string, string][] = [];
    const onOpened = (...seen: [string, string]) => under.push(seen);
    await openItems(await sealed({ a: '1', b: '2' }), { opener: registry, onOpened });
    expect(under.sort()).toEqual([
      ['a', certificate.keyId],
      ['b', certificate.keyId],
    ]);
  });

  test('an opener that breaks is no damaged value', async () => {
    const opener = { open: () => Promise.reject(new TypeError('broken')) };
    await expect(openItems(await sealed({ a: '1' }), { opener })).rejects.toThrow(TypeError);
  });

  test.each<[string, unknown, string]>([
    ['a plain Secret', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } }, 'NOT_A_SEALED_SECRET'],
    [
      'another group',
      { apiVersion: 'example.org/v1', kind: 'SealedSecret', metadata: { name: 'db' } },
      'NOT_A_SEALED_SECRET',
    ],
    ['no spec', { metadata: { name: 'db' } }, 'INVALID_MANIFEST'],
    ['no name', { metadata: {}, spec: {} }, 'INVALID_MANIFEST'],
    ['a list of items', { metadata: { name: 'db' }, spec: { encryptedData: [] } }, 'INVALID_MANIFEST'],
    ['both forms', { metadata: { name: 'db' }, spec: { data: '', encryptedData: { a: '' } } }, 'INVALID_MANIFEST'],
    [
      'a number as label',
      { metadata: { name: 'db' }, spec: { template: { metadata: { labels: { a: 1 } } } } },
      'INVALID_MANIFEST',
    ],
    ['a number as template', { metadata: { name: 'db' }, spec: { template: { data: { a: 1 } } } }, 'INVALID_MANIFEST'],
  ])('%s is refused', async (_, object, code) => {
    const whole = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', ...(object as object) };
    await expect(openItems(whole as SealedSecret, { opener: registry })).rejects.toMatchObject({
      name: 'FormatError',
      code,
    });
  });

  test.each([
    '{"hunter2',
    '{"kind":"hunter2"}',
    '{"data":{"hunter2":5}}',
    '{"data":{"a b hunter2":""}}',
    '{"metadata":{"labels":{"hunter2":{}}}}',
  ])('a legacy value that holds no Secret says nothing of what it holds: %s', async (text) => {
    const place = { scope: 'strict', namespace: 'shop', name: 'db' } as const;
    const data = await sealValue(utf8Bytes(text), { certificate, sealedFor: place });
    const object = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata: place, spec: { data } };
    const error = await openItems(object, { opener: registry }).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'OpenError', code: 'VALUE_DAMAGED' });
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toContain('hunter2');
  });
});

describe('the Secret of an opened SealedSecret', () => {
  test('an encrypted item wins over a rendered template of its name', async () => {
    const object = await sealed({ a: 'sealed' });
    const rendered = new Map(
      [
        ['a', 'template'],
        ['z', 'only'],
      ].map(([k, v]) => [k!, new SecretBytes(utf8Bytes(v!))]),
    );
    const secret = secretFrom(object, await openItems(object, { opener: registry }), rendered);
    expect(secret.data).toEqual({ a: 'c2VhbGVk', z: 'b25seQ==' });
  });

  test('it has the SealedSecret’s name and namespace and the template’s labels', async () => {
    const object = await sealed({ a: '1' });
    object.spec.template!.metadata = { name: 'other', namespace: 'elsewhere', labels: { l: '1' } };
    const secret = secretFrom(object, await openItems(object, { opener: registry }));
    expect(secret).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'shop', labels: { l: '1' } },
      data: { a: 'MQ==' },
    });
  });
});
