// Cryptography in templates: what is salted comes out the same every time, and opens with what it was made from.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { compareSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { isSealError } from '../../../../src/errors.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { render } from '../../../../src/template/render.ts';
import vectors from '../../../vectors/templates/sprig.json' with { type: 'json' };

function text(template: string, values: Record<string, string> = {}): string {
  const data = new Map(Object.entries(values).map(([key, value]) => [key, new SecretBytes(Buffer.from(value))]));
  return Buffer.from(render(template, { name: 'case', data, missingKey: 'error' }).reveal()).toString();
}

function message(template: string, values: Record<string, string> = {}): string {
  try {
    text(template, values);
  } catch (error) {
    if (isSealError(error)) return error.message;
    throw error;
  }
  throw new Error('the template rendered');
}

describe('htpasswd and bcrypt', () => {
  test('give the same line every time, which the password opens', () => {
    const line = text('{{ htpasswd .user .password }}', { user: 'admin', password: 'pässword' });
    expect(line).toMatch(/^admin:\$2a\$10\$[./A-Za-z0-9]{53}$/);
    expect(compareSync('pässword', line.slice('admin:'.length))).toBe(true);
    expect(compareSync('password', line.slice('admin:'.length))).toBe(false);
    expect(text('{{ htpasswd "admin" "pässword" }}')).toBe(line);
  });

  test('take the algorithm as External Secrets does', () => {
    expect(text('{{ htpasswd "u" "p" "bcrypt" }}')).toBe(text('{{ htpasswd "u" "p" }}'));
    // openssl dgst -sha1 -binary | base64
    expect(text('{{ htpasswd "admin" "password" "sha" }}')).toBe('admin:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=');
    expect(message('{{ htpasswd "u" "p" "sha" "more" }}')).toContain('wrong number of args');
  });

  test('salt differently for another user and another password', () => {
    const salts = [
      '{{ htpasswd "a" "x" }}',
      '{{ htpasswd "b" "x" }}',
      '{{ htpasswd "a" "y" }}',
      '{{ bcrypt "x" }}',
    ].map((template) => text(template).replace(/^.:/, '').slice(7, 29));
    expect(new Set(salts).size).toBe(4);
  });

  test('refuse what bcrypt cannot hold, and show nothing of it', () => {
    expect(message('{{ bcrypt .long }}', { long: 'marker'.repeat(13) })).not.toContain('marker');
    expect(message('{{ htpasswd .user "x" }}', { user: 'mar:ker' })).not.toContain('mar:ker');
  });

  test('are bounded', () => {
    expect(message('{{ range 100 }}{{ bcrypt "x" }}{{ end }}')).toContain('steps');
    expect(message('{{ range 100 }}{{ derivePassword 1 "pin" "a" "b" "c" }}{{ end }}')).toContain('steps');
  });
});

test('hexdec gives the bytes, and fails on what is none', () => {
  expect(text('{{ hexdec "48c3A9" }}')).toBe('H\u00e9');
  expect(text('{{ hexdec "" }}')).toBe('');
  for (const wrong of ['4', 'zz', ' 48']) expect(message(`{{ hexdec "${wrong}" }}`)).toContain('not hexadecimal');
});

test('encryptAES gives the same text every time, and another for another input', () => {
  expect(text('{{ encryptAES "k" "text" }}')).toBe(text('{{ encryptAES "k" "text" }}'));
  expect(text('{{ encryptAES "k" "text" }}').slice(0, 20)).not.toBe(text('{{ encryptAES "k" "texts" }}').slice(0, 20));
});

describe('a JSON Web Key becomes the PEM that other tools read', () => {
  const pairs: [string, { publicKey: KeyObject; privateKey: KeyObject }][] = [
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ];
  test.each(pairs)('%s', (_, { publicKey, privateKey }) => {
    const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
    const publicJwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
    const pem = text('{{ jwkPrivateKeyPem .jwk }}', { jwk });
    expect(createPrivateKey(pem).export({ format: 'jwk' })).toEqual(JSON.parse(jwk));
    expect(pem).toBe(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const publicPem = text('{{ jwkPublicKeyPem .jwk }}', { jwk: publicJwk });
    expect(createPublicKey(publicPem).equals(publicKey)).toBe(true);
    expect(publicPem).toBe(publicKey.export({ format: 'pem', type: 'spki' }));
    expect(message('{{ jwkPublicKeyPem .jwk }}', { jwk })).toContain('private');
    expect(message('{{ jwkPrivateKeyPem .jwk }}', { jwk: publicJwk })).toContain('has no "d"');
  });

  test('what is no such key fails without showing it', () => {
    for (const jwk of [
      'marker',
      '"marker"',
      '{"kty":"marker"}',
      '{"kty":"oct","k":"marker"}',
      '{"kty":"RSA","n":"mar ker"}',
    ]) {
      expect(message('{{ jwkPrivateKeyPem .jwk }}', { jwk })).not.toMatch(/mar ?ker/);
    }
  });
});

describe('filterCertChain', () => {
  const chain = Buffer.from(vectors.data.chain, 'base64').toString();
  const leaf = Buffer.from(vectors.data.cert, 'base64').toString();

  test('finds leaf and root whatever their order', () => {
    expect(text('{{ filterCertChain "leaf" .chain }}', { chain })).toBe(leaf);
    expect(text('{{ filterCertChain "root" .chain }}{{ filterCertChain "leaf" .chain }}', { chain })).toBe(chain);
    expect(text('{{ filterCertChain "intermediate" .chain }}', { chain })).toBe('');
    expect(text('{{ filterCertChain "intermediate" .chain }}', { chain: leaf })).toBe('');
  });

  test('refuses what is no chain', () => {
    expect(message('{{ filterCertChain "leaf" .chain }}', { chain: leaf + leaf })).toContain('multiple leaf');
    expect(message('{{ filterCertChain "leaf" "x" }}')).toContain('no leaf');
    expect(
      message('{{ filterCertChain "leaf" .chain }}', { chain: '-----BEGIN X-----\nZm9v\n-----END X-----\n' }),
    ).toContain('no certificate');
  });
});
