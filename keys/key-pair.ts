// One key pair as we guard it: the private key wrapped against printing, the certificate where there is one.

import { equalBytes } from '../src/encoding/bytes.ts';
import { pkcs1FromPkcs8, rsaBits, spkiFromPkcs1 } from '../src/encoding/rsa-key.ts';
import { FormatError, isSealError } from '../src/errors.ts';
import { SecretBytes } from '../src/redact.ts';
import { type Certificate, keyIdOf } from '../src/seal/certificate.ts';
import { importPrivateKey } from '../src/seal/hybrid.ts';

/** An RSA key pair. */
export interface KeyPair {
  /** First 16 bytes, hex, of SHA-256 over the public key's SubjectPublicKeyInfo. */
  id: string;
  /** Bits of the modulus. */
  bits: number;
  /** The private key, PKCS#8 DER. */
  pkcs8: SecretBytes;
  /** What seals for this key. Left out for a bare private key, which can only open. */
  certificate?: Certificate | undefined;
  /** When the cluster stored it. Default: unknown. */
  createdAt?: Date | undefined;
  /** The Secret that holds it, in the controller's namespace. Default: none. */
  secretName?: string | undefined;
}

/** Puts a key pair together. Throws `FormatError` for a key that is not RSA or does not belong to the certificate. */
export async function keyPairOf(
  pkcs8: Uint8Array,
  about: Pick<KeyPair, 'certificate' | 'createdAt' | 'secretName'> = {},
): Promise<KeyPair> {
  const { spki, bits } = publicHalf(pkcs8);
  if (about.certificate !== undefined && !equalBytes(spki, about.certificate.spki)) {
    throw new FormatError('KEY_MISMATCH', 'the private key and the certificate do not belong together', {
      hint: 'give the certificate that was made for this key',
    });
  }
  // A key that the platform cannot load would fail at every value; better to hear of it once, here.
  await importPrivateKey(pkcs8).catch((cause) => {
    throw damaged(cause);
  });
  return { id: await keyIdOf(spki), bits, pkcs8: new SecretBytes(pkcs8), ...about };
}

function publicHalf(pkcs8: Uint8Array): { spki: Uint8Array; bits: number } {
  try {
    const spki = spkiFromPkcs1(pkcs1FromPkcs8(pkcs8));
    return { spki, bits: rsaBits(spki) };
  } catch (cause) {
    if (isSealError(cause) && cause.code === 'NOT_RSA') throw cause;
    throw damaged(cause);
  }
}

function damaged(cause: unknown): FormatError {
  return new FormatError('KEY_DAMAGED', 'the private key is damaged', { hint: 'copy it again', cause });
}
