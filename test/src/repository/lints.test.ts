// The lints of sealing.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Secret } from '../../../src/kube/objects.ts';
import { largeCiphertextBytes, lintSealed, lintSecret } from '../../../src/repository/lints.ts';
import { runs } from '../../support/property.ts';

const secret = (stringData: Record<string, string>, type?: string): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'shop' },
  stringData,
  ...(type !== undefined && { type }),
});
const codes = (value: Secret, options = {}) =>
  lintSecret(value, { scope: 'strict', ...options }).map(({ code, item }) => (item ? `${code} ${item}` : code));

describe('a value', () => {
  it.each([
    ['hunter2\n', ['TRAILING_NEWLINE v']],
    ['hunter2\r\n', ['TRAILING_NEWLINE v']],
    ['a\nb\n', []],
    ['\n', []],
    ['', []],
    ['correct horse battery staple', []],
    ['aHVudGVyMi1zZWNyZXQ=', ['BASE64_TWICE v']],
    ['aHVudGVyMi1zZWNyZXQ=\n', ['TRAILING_NEWLINE v', 'BASE64_TWICE v']],
    ['Y2Fmw6kgY3LDqG1l', ['BASE64_TWICE v']],
    ['password', []],
    ['abcdefgh', []],
    ['d41d8cd98f00b204e9800998ecf8427e', []],
    ['AAECAwQFBgcICQoLDA0ODw==', []],
    ['changeme', ['PLACEHOLDER v']],
    ['Change-Me!', ['PLACEHOLDER v']],
    ['TODO', ['PLACEHOLDER v']],
    ['todo: ask Ann', ['PLACEHOLDER v']],
    ['xxx', ['PLACEHOLDER v']],
    ['********', ['PLACEHOLDER v']],
    ['<password>', ['PLACEHOLDER v']],
    [`$${'{DB_PASSWORD}'}`, ['PLACEHOLDER v']],
    ['{{ .Values.password }}', ['PLACEHOLDER v']],
    ['your-api-key', ['PLACEHOLDER v']],
    ['replace-me', ['PLACEHOLDER v']],
    ['todolist', []],
    ['yourself', []],
    ['xx', []],
  ])('%j: %j', (v, expected) => {
    expect(codes(secret({ v }))).toEqual(expected);
  });

  it('that is no text is left alone', () => {
    expect(codes({ ...secret({}), data: { v: '/9j/4AAKCg==' } })).toEqual([]);
  });

  it('of random bytes, in base64, is next to never called text', () => {
    const bytes = fc.uint8Array({ minLength: 18, maxLength: 64 });
    fc.assert(
      fc.property(bytes, (raw) => codes(secret({ v: btoa(String.fromCharCode(...raw, 0x80, 0x81)) })).length === 0),
      { numRuns: runs(100) },
    );
  });

  it('never shows in a message', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]{12,20}\n?$/),
        fc.constantFrom('Opaque', 'kubernetes.io/tls', 'kubernetes.io/dockerconfigjson'),
        (value, type) => {
          const text = JSON.stringify(
            lintSecret(
              secret({ 'tls.crt': value, '.dockerconfigjson': value, a: btoa(value), b: `<${value}>` }, type),
              { scope: 'strict' },
            ),
          );
          expect(text).not.toContain(value.trim());
          expect(text).not.toContain(btoa(value));
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe('a typed Secret', () => {
  it('is checked for what its type needs', () => {
    const made = { templateItems: ['.dockerconfigjson'] };
    expect(codes(secret({ user: 'ann' }, 'kubernetes.io/dockerconfigjson'))).toEqual(['WRONG_KEYS .dockerconfigjson']);
    expect(codes(secret({ user: 'ann' }, 'kubernetes.io/dockerconfigjson'), made)).toEqual([]);
  });
});

describe('a Secret without a namespace', () => {
  const lost: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } };
  it('is told so unless it is cluster-wide or the call names one', () => {
    expect(codes(lost)).toEqual(['NO_NAMESPACE']);
    expect(codes(lost, { scope: 'namespace-wide' })).toEqual(['NO_NAMESPACE']);
    expect(codes(lost, { scope: 'cluster-wide' })).toEqual([]);
    expect(codes(lost, { namespace: 'shop' })).toEqual([]);
  });
});

describe('what Kubernetes refuses', () => {
  it.each([
    ['an item name with a slash', { 'a/b': 'x' }, 'INVALID_ITEM_NAME'],
    ['an item name that is too long', { ['a'.repeat(254)]: 'x' }, 'INVALID_ITEM_NAME'],
    ['more than 1 MiB', { a: 'x'.repeat(1024 * 1024), b: 'x' }, 'SECRET_TOO_LARGE'],
  ])('is an error and no lint: %s', (_, items, code) => {
    expect(() => codes(secret(items as Record<string, string>))).toThrow(expect.objectContaining({ code }));
  });
});

describe('ciphertext', () => {
  it('over 200 kB is told of, up to it not', () => {
    const half = 'A'.repeat(largeCiphertextBytes / 2);
    expect(lintSealed({ spec: { encryptedData: { a: half, b: half } } })).toEqual([]);
    expect(lintSealed({ spec: { encryptedData: { a: half, b: `${half}AAAA` } } })).toMatchObject([{ code: 'LARGE' }]);
    expect(lintSealed({ spec: {} })).toEqual([]);
  });
});
