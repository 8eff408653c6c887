// AES-GCM as Node does it at once: WebCrypto sends it through the thread pool, where it waits behind every RSA operation.

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concat } from '../src/encoding/bytes.ts';
import { tagLength } from '../src/seal/envelope.ts';
import { nonce, type OpenAesGcm, type SealingCipher } from '../src/seal/hybrid.ts';

/** Encrypts as `src/seal/hybrid.ts` does; a value of 1 MiB takes a millisecond. */
export const sealAesGcm: SealingCipher['sealAesGcm'] = (sessionKey, plaintext) => {
  const cipher = createCipheriv(algorithmFor(sessionKey), sessionKey, nonce, { authTagLength: tagLength });
  const ciphertext = cipher.update(plaintext);
  // GCM is a stream: the end makes the tag and no more ciphertext.
  cipher.final();
  return concat(ciphertext, cipher.getAuthTag());
};

/** Opens what `src/seal/hybrid.ts` encrypted; a value of 1 MiB takes a millisecond. Throws when anything is wrong. */
export const openAesGcm: OpenAesGcm = (sessionKey, ciphertext) => {
  const end = ciphertext.byteLength - tagLength;
  if (end < 0) throw new RangeError('the ciphertext is shorter than its tag');
  const cipher = createDecipheriv(algorithmFor(sessionKey), sessionKey, nonce, { authTagLength: tagLength });
  cipher.setAuthTag(ciphertext.subarray(end));
  const plaintext = cipher.update(ciphertext.subarray(0, end));
  // GCM is a stream: nothing is left for the end but to compare the tags, and that throws.
  cipher.final();
  return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
};

const algorithms = { 16: 'aes-128-gcm', 24: 'aes-192-gcm', 32: 'aes-256-gcm' } as const;

function algorithmFor({ byteLength }: Uint8Array) {
  if (byteLength === 16 || byteLength === 24 || byteLength === 32) return algorithms[byteLength];
  throw new RangeError('no session key of AES is that long');
}
