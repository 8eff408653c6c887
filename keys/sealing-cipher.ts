// The ciphers that seal as Node runs them at once: handing an RSA encryption to the thread pool costs as much as it takes.

import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import { freshSessionKey, type SealingCipher } from '../src/seal/hybrid.ts';
import { sealAesGcm } from './aes-gcm.ts';

const publicKeys = new WeakMap<Uint8Array, KeyObject>();

/** RSA-OAEP-SHA256 for `publicEncrypt`. */
export const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;

/** Seals as `src/seal/hybrid.ts` does on the web; one value under RSA-4096 takes a fourteenth of a millisecond. */
export const sealingCipher: SealingCipher = {
  sessionKey(spki, label) {
    const key = freshSessionKey();
    // Field by field: what a spread leaves behind outlives every quick collection.
    const { padding, oaepHash } = oaep;
    const options = { key: publicKeyOf(spki), padding, oaepHash, oaepLabel: label };
    return { key, wrapped: publicEncrypt(options, key) };
  },
  sealAesGcm,
};

/** The public key in SubjectPublicKeyInfo DER, read once for each array. Throws where it is damaged. */
export function publicKeyOf(spki: Uint8Array): KeyObject {
  const known = publicKeys.get(spki);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.from(spki), type: 'spki', format: 'der' });
  publicKeys.set(spki, key);
  return key;
}
