// What Node's ciphers seal, the web's open.

import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sealingCipher } from '../../keys/sealing-cipher.ts';
import { utf8Bytes } from '../../src/encoding/bytes.ts';
import { decrypt, encryptWith, importPrivateKey } from '../../src/seal/hybrid.ts';
import { runs } from '../support/property.ts';

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
});
const spki = new Uint8Array(pair.publicKey);
const privateKey = await importPrivateKey(pair.privateKey);

describe("Node's ciphers for sealing", () => {
  test('what they seal the web platform opens, under every label', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'grapheme' }), async (plaintext, text) => {
        const label = utf8Bytes(text);
        const envelope = encryptWith(sealingCipher, spki, plaintext, label);
        expect(await decrypt(privateKey, envelope, label)).toEqual(plaintext);
      }),
      { numRuns: runs(50) },
    );
  });

  test('another label does not open it', async () => {
    const envelope = encryptWith(sealingCipher, spki, utf8Bytes('secret'), utf8Bytes('shop/db'));
    await expect(decrypt(privateKey, envelope, utf8Bytes('shop/db2'))).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
  });

  test('a damaged public key is refused', async () => {
    const damaged = () => encryptWith(sealingCipher, spki.subarray(0, 40), utf8Bytes('secret'), utf8Bytes(''));
    expect(damaged).toThrow();
  });
});
