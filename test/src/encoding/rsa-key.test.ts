// The encodings of one RSA key, each made of the others as OpenSSL has them.

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { pkcs1FromPkcs8, pkcs8FromPkcs1, rsaBits, spkiFromPkcs1 } from '../../../src/encoding/rsa-key.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pkcs1 = new Uint8Array(privateKey.export({ type: 'pkcs1', format: 'der' }));
const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }));
const spki = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));

describe('encodings of one RSA key', () => {
  test('PKCS#1 and PKCS#8 lead to each other, as OpenSSL has them', () => {
    expect(pkcs8FromPkcs1(pkcs1)).toEqual(pkcs8);
    expect(pkcs1FromPkcs8(pkcs8)).toEqual(pkcs1);
    expect(
      createPrivateKey({ key: Buffer.from(pkcs8FromPkcs1(pkcs1)), type: 'pkcs8', format: 'der' }).equals(privateKey),
    ).toBe(true);
  });

  test('the public half is found in the private key', () => {
    expect(spkiFromPkcs1(pkcs1)).toEqual(spki);
    expect(rsaBits(spki)).toBe(2048);
  });

  test('a key of another algorithm is refused by name', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const code = expect.objectContaining({ code: 'NOT_RSA' });
    expect(() => pkcs1FromPkcs8(new Uint8Array(other.privateKey.export({ type: 'pkcs8', format: 'der' })))).toThrow(
      code,
    );
    expect(() => rsaBits(new Uint8Array(other.publicKey.export({ type: 'spki', format: 'der' })))).toThrow(code);
  });

  test('a key cut anywhere is refused', () => {
    for (const length of [0, 1, 4, 30, pkcs8.byteLength - 1]) {
      expect(() => pkcs1FromPkcs8(pkcs8.subarray(0, length))).toThrow(expect.objectContaining({ code: 'DER_DAMAGED' }));
    }
  });
});
