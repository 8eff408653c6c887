// AES-GCM as Node does it at once: the very bytes of the web platform's, and every tampering noticed.

import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openAesGcm, sealAesGcm } from '../../keys/aes-gcm.ts';
import { runs } from '../support/property.ts';

function encrypted(key: Uint8Array, plaintext: Uint8Array) {
  const name = `aes-${key.byteLength * 8}-gcm` as 'aes-256-gcm';
  const cipher = createCipheriv(name, key, new Uint8Array(12));
  return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
}

const keyBytes = (length: number) => new Uint8Array(length).map((_, index) => index * 7);

describe("Node's AES-GCM", () => {
  test('opens what was encrypted, with keys of every length that AES has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.constantFrom(16, 24, 32), (plaintext, length) => {
        expect(openAesGcm(keyBytes(length), encrypted(keyBytes(length), plaintext))).toEqual(plaintext);
      }),
      { numRuns: runs(100) },
    );
  });

  test('seals what the web platform opens, and byte for byte what it would have sealed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (plaintext) => {
        const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) };
        const key = await crypto.subtle.importKey('raw', keyBytes(32), algorithm, false, ['encrypt']);
        const sealed = await sealAesGcm(keyBytes(32), plaintext);
        expect(sealed).toEqual(new Uint8Array(await crypto.subtle.encrypt(algorithm, key, new Uint8Array(plaintext))));
      }),
      { numRuns: runs(100) },
    );
  });

  test('refuses every flipped bit, every shorter text and every other key', () => {
    const sealed = encrypted(keyBytes(32), new Uint8Array([1, 2, 3]));
    for (let bit = 0; bit < sealed.byteLength * 8; bit++) {
      const flipped = sealed.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(() => openAesGcm(keyBytes(32), flipped)).toThrow();
    }
    for (let end = 0; end < sealed.byteLength; end++) {
      expect(() => openAesGcm(keyBytes(32), sealed.subarray(0, end))).toThrow();
    }
    for (const length of [0, 15, 16, 31, 33]) expect(() => openAesGcm(keyBytes(length), sealed)).toThrow();
  });
});
