// PKCS#12 in templates: what it writes opens elsewhere, and what others wrote opens here.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { isSealError } from '../../../../src/errors.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { render } from '../../../../src/template/render.ts';
// Written by OpenSSL 3.0 (`legacy` and those named after ciphers with -legacy) and Java 17's keytool (`java-old` with
// -J-Dkeystore.pkcs12.legacy) from the key and certificates of the vectors; password "pa55", of Java's "pa55x6".
import files from '../../../vectors/templates/pkcs12.json' with { type: 'json' };
import vectors from '../../../vectors/templates/sprig.json' with { type: 'json' };

const values = {
  ...Object.fromEntries(
    ['chain', 'cert', 'key'].map((name) => [name, Buffer.from(Reflect.get(vectors.data, name), 'base64')]),
  ),
  ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, Buffer.from(file, 'base64')])),
};

function text(template: string, more: Record<string, Uint8Array> = {}): string {
  const data = new Map(Object.entries({ ...values, ...more }).map(([key, value]) => [key, new SecretBytes(value)]));
  return Buffer.from(render(template, { name: 'case', data, missingKey: 'error' }).reveal()).toString();
}

function failure(template: string, more: Record<string, Uint8Array> = {}) {
  try {
    text(template, more);
  } catch (error) {
    if (isSealError(error)) return `${error.message} ${error.hints.join(' ')}`;
    throw error;
  }
  throw new Error('the template rendered');
}

const modern = Buffer.from(files.modern, 'base64');
const key = text('{{ .key }}');
const leaf = text('{{ .cert }}');

describe('a file made of PEM', () => {
  test.each(['', 'pa55', 'pässwörd'])('opens elsewhere with its password "%s", and with no other', (password) => {
    const pfx = Buffer.from(text(`{{ fullPemToPkcs12Pass .cert .key "${password}" }}`), 'base64');
    expect(() => createSecureContext({ pfx, passphrase: password })).not.toThrow();
    expect(() => createSecureContext({ pfx, passphrase: `${password}x` })).toThrow();
  });

  test('is the same every time, and another for another password', () => {
    expect(text('{{ pemToPkcs12 .cert .key }}')).toBe(text('{{ pemToPkcs12Pass .cert .key "" }}'));
    expect(text('{{ pemToPkcs12Pass .cert .key "a" }}')).not.toBe(text('{{ pemToPkcs12Pass .cert .key "b" }}'));
  });

  test('gives back key and certificates', () => {
    expect(text('{{ pemToPkcs12 .cert .key | b64dec | pkcs12key }}')).toBe(key);
    expect(text('{{ pemToPkcs12 .cert .key | b64dec | pkcs12cert }}')).toBe(leaf);
    expect(
      text(
        '{{ fullPemToPkcs12Pass (print .cert (filterCertChain "root" .chain)) .key "p" | b64dec | pkcs12certPass "p" | filterCertChain "root" }}',
      ),
    ).toBe(text('{{ filterCertChain "root" .chain }}'));
  });

  test.each(['pkcs1', 'sec1', 'pkcs8'] as const)('takes a key in %s', (type) => {
    const pair =
      type === 'sec1'
        ? generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'pem', type })
        : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type });
    const result = text('{{ pemToPkcs12 .cert .own | b64dec | pkcs12key }}', { own: Buffer.from(pair) });
    expect(result).toBe(createPrivateKey(pair).export({ format: 'pem', type: 'pkcs8' }));
  });

  test('a trust store holds certificates alone', () => {
    const pfx = Buffer.from(text('{{ pemTruststoreToPKCS12Pass .chain "p" }}'), 'base64');
    expect(() => createSecureContext({ pfx, passphrase: 'p' })).toThrow(/private key/);
    expect(failure('{{ pemTruststoreToPKCS12 .chain | b64dec | pkcs12key }}')).toContain('no private key');
  });
});

describe('a file that another tool made', () => {
  test.each([
    ['legacy', 'pa55'],
    ['rc2-40', 'pa55'],
    ['rc2-128', 'pa55'],
    ['3des', 'pa55'],
    ['java', 'pa55x6'],
    ['java-old', 'pa55x6'],
  ])('%s: gives the key and the certificates that went into it', (name, password) => {
    expect(text(`{{ index . "${name}" | pkcs12keyPass "${password}" }}`)).toBe(key);
    const root = text('{{ filterCertChain "root" .chain }}');
    expect(text(`{{ index . "${name}" | pkcs12certPass "${password}" }}`)).toBe(leaf + root);
    expect(failure(`{{ index . "${name}" | pkcs12keyPass "pass" }}`)).toContain('does not open with this password');
  });

  test('gives its key, and its certificates from the leaf on', () => {
    expect(text('{{ pkcs12keyPass "pa55" .modern }}')).toBe(key);
    expect(text('{{ pkcs12certPass "pa55" .modern }}')).toBe(leaf + text('{{ filterCertChain "root" .chain }}'));
  });

  test('fails by name with another password, an old algorithm, damage', () => {
    expect(failure('{{ pkcs12keyPass "pass" .modern }}')).toContain('does not open with this password');
    expect(failure('{{ pkcs12keyPass "pa55" .rc4 }}')).toContain('openssl pkcs12');
    for (const at of [0, 3, 40, 300, modern.byteLength - 1]) {
      const damaged = Uint8Array.from(modern, (byte, index) => (index === at ? byte ^ 0xff : byte));
      expect(failure('{{ pkcs12keyPass "pa55" .damaged }}', { damaged })).toMatch(/PKCS#12|steps/);
    }
    expect(failure('{{ pkcs12key .cert }}')).toContain('no PKCS#12 file');
  });
});
