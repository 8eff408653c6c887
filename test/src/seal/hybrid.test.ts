// The hybrid cipher: what opens, what does not, and that every failure looks the same.

import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import { parseEnvelope, serializeEnvelope } from '../../../src/seal/envelope.ts';
import {
  decrypt,
  encrypt,
  encryptWith,
  freshSessionKey,
  importPrivateKey,
  type SealingCipher,
} from '../../../src/seal/hybrid.ts';
import { runs } from '../../support/property.ts';

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
});
const publicKey = new Uint8Array(pair.publicKey);
const privateKey = await importPrivateKey(pair.privateKey);
const label = utf8Bytes('shop/db');

async function sealed(plaintext: Uint8Array) {
  return serializeEnvelope(await encrypt(publicKey, plaintext, label));
}

async function opens(bytes: Uint8Array): Promise<boolean> {
  try {
    await decrypt(privateKey, parseEnvelope(bytes), label);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(?:NO_KEY_OPENS|ENVELOPE_DAMAGED)$/) });
    return false;
  }
}

describe('the hybrid cipher', () => {
  test('what is encrypted for a label decrypts with the key and that label', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'grapheme' }), async (plaintext, text) => {
        const bound = utf8Bytes(text);
        expect(await decrypt(privateKey, await encrypt(publicKey, plaintext, bound), bound)).toEqual(plaintext);
      }),
      { numRuns: runs(50) },
    );
  });

  test('another label does not open it', async () => {
    const envelope = await encrypt(publicKey, utf8Bytes('secret'), label);
    for (const other of ['shop/db2', 'shop', 'Shop/db', '']) {
      await expect(decrypt(privateKey, envelope, utf8Bytes(other))).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
    }
  });

  test('no session key is used twice, none is empty, and each is wiped after its use', async () => {
    const given: Uint8Array[] = [];
    const seen: string[] = [];
    const cipher: SealingCipher = {
      sessionKey: () => {
        const key = freshSessionKey();
        given.push(key);
        return { key, wrapped: new Uint8Array(256) };
      },
      sealAesGcm: (sessionKey) => {
        seen.push(Buffer.from(sessionKey).toString('hex'));
        return new Uint8Array(16);
      },
    };
    for (let i = 0; i < 1000; i++) encryptWith(cipher, publicKey, new Uint8Array(1), label);
    expect(new Set(seen).size).toBe(1000);
    for (const key of seen) expect(key).toMatch(/^(?!0{64})[0-9a-f]{64}$/);
    expect(new Set(given.map(({ buffer }) => buffer)).size).toBe(1000);
    for (const key of given) expect(key).toEqual(new Uint8Array(32));
  });

  test('a sealed value is as long as the format says', async () => {
    for (const length of [0, 1, 1000])
      expect((await sealed(new Uint8Array(length))).byteLength).toBe(2 + 256 + length + 16);
  });

  test('the same value never looks the same twice', async () => {
    expect(await sealed(utf8Bytes('same'))).not.toEqual(await sealed(utf8Bytes('same')));
  });

  test('every single flipped bit is noticed', async () => {
    const bytes = await sealed(utf8Bytes('pw'));
    expect(await opens(bytes)).toBe(true);
    const flips = Array.from({ length: bytes.byteLength * 8 }, async (_, bit) => {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      return opens(changed);
    });
    expect((await Promise.all(flips)).filter(Boolean)).toEqual([]);
  });

  test('every cut and every added byte is noticed', async () => {
    const bytes = await sealed(utf8Bytes('pw'));
    const cuts = Array.from({ length: bytes.byteLength }, (_, length) => opens(bytes.subarray(0, length)));
    expect((await Promise.all(cuts)).filter(Boolean)).toEqual([]);
    for (const byte of [0, 255]) expect(await opens(Uint8Array.from([...bytes, byte]))).toBe(false);
  });

  test('every failure looks the same, and carries no cause', async () => {
    const bytes = await sealed(utf8Bytes('pw'));
    const failures = await Promise.all(
      [10, bytes.byteLength - 1].map((at) => {
        const changed = bytes.slice();
        changed[at]! ^= 1;
        return decrypt(privateKey, parseEnvelope(changed), label).catch((error) => error);
      }),
    );
    for (const { message, code, hints, cause } of failures) {
      expect({ message, code, hints, cause }).toEqual({
        message: 'no key could decrypt the sealed value',
        code: 'NO_KEY_OPENS',
        hints: [],
        cause: undefined,
      });
    }
  });
});
