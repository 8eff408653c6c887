// rsaDecrypt: keys that are none, and keys that were made to keep the controller busy. What Go makes of good ones is in the vectors.

import { createPrivateKey, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { derEncode, tags } from '../../../../src/encoding/der.ts';
import { isSealError } from '../../../../src/errors.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { render } from '../../../../src/template/render.ts';

type Values = Record<string, string | Uint8Array>;

function rendered(template: string, values: Values): string {
  const data = new Map(Object.entries(values).map(([key, value]) => [key, new SecretBytes(Buffer.from(value))]));
  return Buffer.from(render(template, { name: 'case', data, missingKey: 'error' }).reveal()).toString();
}

function failure(template: string, values: Values): string {
  try {
    rendered(template, values);
  } catch (error) {
    if (isSealError(error)) return error.message;
    throw error;
  }
  throw new Error('the template rendered');
}

const template = '{{ rsaDecrypt "RSA-OAEP" "SHA256" .text .key }}';
const pem = (der: Uint8Array) =>
  `-----BEGIN RSA PRIVATE KEY-----\n${Buffer.from(der).toString('base64')}\n-----END RSA PRIVATE KEY-----\n`;

/** PKCS#1 of any numbers: n, e, d, p, q, dP, dQ, qInv. */
function keyOf(...numbers: bigint[]): string {
  const integers = [0n, ...numbers].map((number) => {
    const hex = number.toString(16);
    return derEncode(tags.integer, Buffer.from(`00${hex.length % 2 === 1 ? '0' : ''}${hex}`, 'hex'));
  });
  return pem(derEncode(tags.sequence, ...integers));
}

const text = new Uint8Array(256).fill(1);
const twoTo = (bits: number) => 1n << BigInt(bits);

describe('a private key of rsaDecrypt', () => {
  test.each<[string, string]>([
    ['whose primes are 1 and the modulus', keyOf(twoTo(2047), 3n, 5n, 1n, twoTo(2047), 1n, 1n, 1n)],
    ['whose primes are 3 and a huge number', keyOf(3n * twoTo(2045), 3n, 5n, 3n, twoTo(2045), 1n, 1n, 1n)],
    ['whose primes are 0', keyOf(twoTo(2047), 3n, 5n, 0n, 0n, 1n, 1n, 1n)],
    ['whose primes make another modulus', keyOf(twoTo(2047), 3n, 5n, twoTo(1023) + 1n, twoTo(1023), 1n, 1n, 1n)],
    [
      'whose exponent has a million bits',
      keyOf(twoTo(2046), 3n, 5n, twoTo(1023), twoTo(1023), twoTo(1_000_000), 1n, 1n),
    ],
    ['of a hundred bits', keyOf(twoTo(100), 3n, 5n, twoTo(50), twoTo(50), 1n, 1n, 1n)],
    ['of numbers too few', keyOf(twoTo(2047), 3n, 5n)],
    [
      'of a curve',
      String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' })),
    ],
  ])('%s is none', (_, key) => {
    expect(failure(template, { text, key })).toContain('the private key is not one of RSA');
  });

  test('of 16,384 bits is too long', () => {
    const key = keyOf(twoTo(16383), 3n, 5n, twoTo(8191), twoTo(8192), 1n, 1n, 1n);
    expect(failure(template, { text, key })).toContain('more than 4096 bits');
  });

  test('may be even, and then decrypts nothing', () => {
    const key = keyOf(twoTo(2046), 3n, 5n, twoTo(1023), twoTo(1023), 7n, 7n, 1n);
    expect(failure(template, { text, key })).toContain('not encrypted for this key');
  });

  test('is read from damaged PKCS#8 without a word of it', () => {
    const der = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'der' });
    expect(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).type).toBe('private');
    for (const at of [1, 5, 12, 30, 200]) {
      const damaged = Uint8Array.from(der, (byte, index) => (index === at ? byte ^ 0x55 : byte));
      expect(failure(template, { text: text.slice(0, 128), key: pem(damaged) })).toMatch(/RSA/);
    }
  });

  test('is used no more than a rendering may cost', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const encrypted = publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, Buffer.from('x'));
    const three = `{{ rsaDecrypt "RSA-OAEP" "SHA256" .text .key }}`.repeat(3);
    const more = three.repeat(2);
    expect(rendered(three, { text: encrypted, key })).toBe('xxx');
    expect(failure(more, { text: encrypted, key })).toContain('steps');
  });
});
