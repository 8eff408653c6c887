// What a SealedSecret says before anything is opened.

import { describe, expect, test } from 'vitest';
import { recordAnnotation } from '../../../src/seal/record.ts';
import { checkSealedSecret, recordOf, sealedForOf } from '../../../src/seal/sealed-secret.ts';

const object = (over: object = {}) => ({
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  metadata: { name: 'db', namespace: 'shop' },
  spec: { encryptedData: { a: 'AgA=' } },
  ...over,
});

describe('a SealedSecret', () => {
  test('may have null for what is optional', () => {
    const spec = { encryptedData: null, data: null, template: null };
    expect(checkSealedSecret(object({ spec })).spec).toBe(spec);
  });

  test.each([
    ['both forms at once', object({ spec: { data: 'AgA=', encryptedData: { a: 'AgA=' } } }), 'INVALID_MANIFEST'],
    ['no spec', object({ spec: undefined }), 'INVALID_MANIFEST'],
    ['no name', object({ metadata: {} }), 'INVALID_MANIFEST'],
    ['another group', object({ apiVersion: 'v1' }), 'NOT_A_SEALED_SECRET'],
    ['a list', [], 'NOT_A_SEALED_SECRET'],
  ])('is refused with %s', (_, given, code) => {
    expect(() => checkSealedSecret(given)).toThrow(expect.objectContaining({ name: 'FormatError', code }));
  });

  test.each(['abc', { a: 1 }, [1], [null]])(
    'is refused with ownerReferences in its template that are none: %j',
    (ownerReferences) => {
      const spec = { encryptedData: {}, template: { metadata: { ownerReferences } } };
      expect(() => checkSealedSecret(object({ spec }))).toThrow(expect.objectContaining({ code: 'INVALID_MANIFEST' }));
    },
  );

  test('has the scope of its own annotations, never of its template’s', () => {
    const wide = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
    const template = { metadata: { annotations: wide } };
    expect(sealedForOf(object({ spec: { encryptedData: {}, template } }) as never).scope).toBe('strict');
    expect(sealedForOf({ metadata: { name: 'db', annotations: wide } }).scope).toBe('cluster-wide');
  });

  test('without a record has an empty one', () => {
    expect(recordOf(object() as never).size).toBe(0);
    const line = `a ${'0'.repeat(32)} shop/db 2026-11-21`;
    const metadata = { name: 'db', annotations: { [recordAnnotation]: `junk\n${line}\n` } };
    expect([...recordOf(object({ metadata }) as never).keys()]).toEqual(['a']);
  });
});
