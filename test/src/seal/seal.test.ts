// Sealing a Secret: what comes out, and what is refused.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importKeyPairs } from '../../../keys/import.ts';
import { KeyRegistry } from '../../../keys/registry.ts';
import { base64Encode } from '../../../src/encoding/base64.ts';
import { utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import type { Secret } from '../../../src/kube/objects.ts';
import { parseCertificates } from '../../../src/seal/certificate.ts';
import { scopeAnnotations } from '../../../src/seal/scope.ts';
import { type SealOptions, sealRaw, sealSecret } from '../../../src/seal/seal.ts';
import { openItems, secretFrom } from '../../../src/seal/unseal.ts';
import { openValue } from '../../../src/seal/value.ts';
import { runs } from '../../support/property.ts';

const root = new URL('../../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const certificate = (await parseCertificates(read('certs/rsa2048.crt')))[0]!;
const opener = new KeyRegistry(await importKeyPairs(read('keys/rsa2048-pkcs8.key')));
const now = new Date('2026-11-21T12:00:00Z');

const plain = (over: Partial<Secret> = {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'shop' },
  stringData: { password: 'hunter2' },
  ...over,
});
const seal = (secret: Secret, options: Partial<SealOptions> = {}) =>
  sealSecret(secret, { certificate, now, ...options });
const open = async (...of: Parameters<typeof seal>) => {
  const sealed = await seal(...of);
  return secretFrom(sealed, await openItems(sealed, { opener }));
};

describe('sealing a Secret', () => {
  test('the result has the keys and the order of the reference, and no status or creation time', async () => {
    const secret = plain({ type: 'example.org/x', immutable: true, stringData: { b: '2', a: '1' } });
    const sealed = await seal(secret, { templateData: { 'z.conf': '{{ .a }}' } });
    const value = expect.stringMatching(/^AQ[A-D][A-Za-z0-9+/]+=*$/);
    expect(sealed).toEqual({
      kind: 'SealedSecret',
      apiVersion: 'bitnami.com/v1alpha1',
      metadata: {
        name: 'db',
        namespace: 'shop',
        annotations: {
          'sealwright.dev/sealed': `a ${certificate.keyId} shop/db 2026-11-21\nb ${certificate.keyId} shop/db 2026-11-21\n`,
        },
      },
      spec: {
        template: {
          metadata: { name: 'db', namespace: 'shop' },
          type: 'example.org/x',
          immutable: true,
          data: { 'z.conf': '{{ .a }}' },
        },
        encryptedData: { a: value, b: value },
      },
    });
    expect(Object.keys(sealed)).toEqual(['kind', 'apiVersion', 'metadata', 'spec']);
    expect(Object.keys(sealed.spec)).toEqual(['template', 'encryptedData']);
    expect(Object.keys(sealed.spec.encryptedData ?? {})).toEqual(['a', 'b']);
  });

  test('names that JavaScript objects know otherwise are names like any other', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const map = Object.fromEntries(names.map((name) => [name, 'eA==']));
    const secret = plain({
      data: map,
      stringData: {},
      metadata: { name: 'db', namespace: 'shop', labels: map, annotations: map },
    });
    expect(Object.keys((await seal(secret)).spec.encryptedData ?? {})).toEqual([...names].sort());
    const opened = await open(secret);
    expect(opened.data).toEqual(map);
    expect(opened.metadata).toMatchObject({ labels: map, annotations: map });
  });

  test('any values come back exactly', async () => {
    const item = fc.stringMatching(/^[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,19}$/);
    const values = fc.dictionary(item, fc.uint8Array({ maxLength: 100 }), { minKeys: 1, maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        const data = Object.fromEntries(Object.entries(given).map(([key, bytes]) => [key, base64Encode(bytes)]));
        expect((await open(plain({ data, stringData: {} }))).data).toEqual(data);
      }),
      { numRuns: runs(25) },
    );
  });

  test('no plain value, in clear or in base64, is in the result', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 6, maxLength: 40 }), async (bytes) => {
        const value = `s3cr3t-${base64Encode(bytes)}`;
        const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': `{"stringData":{"p":"${value}"}}` };
        const secret = plain({
          stringData: { p: value },
          metadata: { name: 'db', namespace: 'shop', annotations: lastApplied },
        });
        const text = JSON.stringify(await seal(secret));
        expect(text).not.toContain(value);
        expect(text).not.toContain(base64Encode(utf8Bytes(value)).replace(/=+$/, '').slice(0, -1));
      }),
      { numRuns: runs(20) },
    );
  });

  test('stringData wins over data', async () => {
    const secret = await open(plain({ data: { password: 'b2xk', user: 'dQ==' }, stringData: { password: 'new' } }));
    expect(secret.data).toEqual({ password: 'bmV3', user: 'dQ==' });
  });

  test('what the API server or kubectl added is not copied, what people wrote is', async () => {
    const metadata = {
      name: 'db',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '7',
      generation: 2,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [{ manager: 'kubectl' }],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'x' }],
      labels: { tier: 'backend', app: 'shop' },
      annotations: {
        note: 'kept',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'kubecfg.ksonnet.io/last-applied-configuration': '{}',
        'sealwright.dev/sealed': 'not a Secret’s business',
      },
      finalizers: ['example.org/keep'],
    };
    expect((await seal(plain({ metadata }))).spec.template?.metadata).toEqual({
      name: 'db',
      namespace: 'shop',
      labels: { app: 'shop', tier: 'backend' },
      annotations: { note: 'kept' },
      finalizers: ['example.org/keep'],
    });
  });

  test('--name gives another name, and the value opens under it', async () => {
    const secret = await open(plain(), { name: 'after' });
    expect(secret.metadata.name).toBe('after');
    expect(secret.data).toEqual({ password: 'aHVudGVyMg==' });
  });

  test('without a record the SealedSecret has no annotation of ours', async () => {
    expect((await seal(plain(), { record: false })).metadata).toEqual({ name: 'db', namespace: 'shop' });
  });
});

describe('scope and namespace of what is sealed', () => {
  const wide = { [scopeAnnotations['cluster-wide']]: 'true', other: 'kept' };

  test('the annotations of the Secret decide when nothing else is said', async () => {
    const sealed = await seal(plain({ metadata: { name: 'db', namespace: 'shop', annotations: wide } }));
    expect(sealed.metadata.annotations).toMatchObject({ [scopeAnnotations['cluster-wide']]: 'true' });
    expect(sealed.metadata.annotations?.['sealwright.dev/sealed']).toContain(' * ');
  });

  test('an explicit strict scope removes wider annotations', async () => {
    const metadata = { name: 'db', namespace: 'shop', annotations: wide };
    const sealed = await seal(plain({ metadata }), { scope: 'strict', record: false });
    expect(sealed.metadata.annotations).toBeUndefined();
    expect(sealed.spec.template?.metadata?.annotations).toEqual({ other: 'kept' });
    const value = sealed.spec.encryptedData?.password;
    const place = { namespace: 'shop', name: 'db' };
    await expect(openValue(value, { opener, sealedFor: { scope: 'cluster-wide', ...place } })).rejects.toThrow();
    expect((await openValue(value, { opener, sealedFor: { scope: 'strict', ...place } })).keyId).toBe(
      certificate.keyId,
    );
  });

  test('an explicit wider scope replaces the annotations', async () => {
    const metadata = { name: 'db', namespace: 'shop', annotations: wide };
    const sealed = await seal(plain({ metadata }), { scope: 'namespace-wide', record: false });
    expect(sealed.metadata.annotations).toEqual({ [scopeAnnotations['namespace-wide']]: 'true' });
  });

  test('a missing namespace is taken from the call, then from the default', async () => {
    const nowhere = plain({ metadata: { name: 'db' } });
    const namespaceOf = async (options: Partial<SealOptions>) => (await seal(nowhere, options)).metadata.namespace;
    expect(await namespaceOf({ namespace: 'a', defaultNamespace: 'b' })).toBe('a');
    expect(await namespaceOf({ defaultNamespace: 'b' })).toBe('b');
    expect(await namespaceOf({ defaultNamespace: 'b', scope: 'cluster-wide' })).toBeUndefined();
  });

  test('the default namespace never replaces the Secret’s own', async () => {
    expect((await seal(plain(), { defaultNamespace: 'other' })).metadata.namespace).toBe('shop');
  });
});

describe('what cannot be sealed', () => {
  test.each<[string, unknown, Partial<SealOptions>, string]>([
    ['nothing', undefined, {}, 'NOT_A_SECRET'],
    ['text', 'hello', {}, 'NOT_A_SECRET'],
    ['a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }, {}, 'NOT_A_SECRET'],
    ['a Secret of another group', { ...plain(), apiVersion: 'example.org/v1' }, {}, 'NOT_A_SECRET'],
    ['a Secret without a name', plain({ metadata: { namespace: 'shop' } }), {}, 'NO_NAME'],
    ['a Secret without a namespace', plain({ metadata: { name: 'db' } }), {}, 'NO_NAMESPACE'],
    ['another namespace than asked for', plain(), { namespace: 'other' }, 'NAMESPACE_MISMATCH'],
    ['a name that no object can have', plain({ metadata: { name: 'My DB', namespace: 'shop' } }), {}, 'INVALID_NAME'],
    ['a namespace that cannot be', plain({ metadata: { name: 'db', namespace: 'a/b' } }), {}, 'INVALID_NAME'],
    ['no data', plain({ stringData: {} }), {}, 'NO_DATA'],
    ['text under data', plain({ data: { password: 'hunter2!' } }), {}, 'INVALID_MANIFEST'],
    ['a number as value', { ...plain(), stringData: { port: 5432 } }, {}, 'INVALID_MANIFEST'],
    ['a list of values', { ...plain(), data: [] }, {}, 'INVALID_MANIFEST'],
    [
      'a number as label',
      { ...plain(), metadata: { name: 'db', namespace: 'shop', labels: { a: 1 } } },
      {},
      'INVALID_MANIFEST',
    ],
    ['an item name with a space', plain({ stringData: { 'a b': 'x' } }), {}, 'INVALID_ITEM_NAME'],
    ['an item name that leads out of a folder', plain({ stringData: { '..': 'x' } }), {}, 'INVALID_ITEM_NAME'],
    ['an item name that is a folder', plain({ stringData: { '.': 'x' } }), {}, 'INVALID_ITEM_NAME'],
    ['an item name of 254 letters', plain({ stringData: { ['a'.repeat(254)]: 'x' } }), {}, 'INVALID_ITEM_NAME'],
    ['more than 1 MiB', plain({ stringData: { a: 'x'.repeat(1024 * 1024), b: 'y' } }), {}, 'SECRET_TOO_LARGE'],
    ['half a character', plain({ stringData: { a: '\uD800' } }), {}, 'NOT_UNICODE'],
  ])('%s is refused', async (_, secret, options, code) => {
    const error = await seal(secret as Secret, options).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'FormatError', code });
    expect(error.message + error.hints.join()).not.toMatch(/hunter2|5432/);
  });

  test('an empty Secret is sealed when that is asked for', async () => {
    expect((await seal(plain({ stringData: {} }), { allowEmptyData: true })).spec.encryptedData).toEqual({});
  });

  test('one MiB exactly is sealed', async () => {
    const secret = await open(plain({ stringData: { a: 'x'.repeat(1024 * 1024) } }));
    expect(secret.data?.a?.length).toBe(4 * Math.ceil((1024 * 1024) / 3));
  });
});

describe('one raw value', () => {
  test('it opens for the place it was sealed for', async () => {
    const sealedFor = { scope: 'strict', namespace: 'shop', name: 'db' } as const;
    const sealed = await sealRaw(utf8Bytes('pw'), { certificate, sealedFor });
    expect(utf8Text((await openValue(sealed, { opener, sealedFor })).plaintext)).toBe('pw');
  });

  test.each([
    [{ scope: 'strict', namespace: 'shop' }, 'NO_NAME'],
    [{ scope: 'strict', name: 'db' }, 'NO_NAMESPACE'],
    [{ scope: 'namespace-wide', name: 'db' }, 'NO_NAMESPACE'],
  ] as const)('%j lacks what the scope binds to', async (sealedFor, code) => {
    await expect(sealRaw(utf8Bytes('pw'), { certificate, sealedFor })).rejects.toMatchObject({ code });
  });
});
