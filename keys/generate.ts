// New key pairs: RSA by the platform's own generator, and the self-signed certificate that goes with them.

import { FormatError } from '../src/errors.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { selfSignedCertificate } from './certificate.ts';
import { type KeyPair, keyPairOf } from './key-pair.ts';

/** What a new key pair shall be. */
export interface GenerateOptions {
  now: Date;
  /** Bits of the modulus, 2048 to 8192 and a multiple of 8. Default: 4096. */
  bits?: number | undefined;
  /** How long the certificate is valid. Default: ten years, as the reference controller's. */
  ttlMs?: number | undefined;
  /** Default: empty, as the reference controller's. */
  commonName?: string | undefined;
}

/** Ten years of 365 days, the reference controller's `--key-ttl`. */
export const defaultKeyTtlMs = 10 * 365 * 24 * 60 * 60 * 1000;

/** Makes an RSA key pair with a certificate valid from `now`. Takes a second or two for 4096 bits. */
export async function generateKeyPair(options: GenerateOptions): Promise<KeyPair & { certificate: Certificate }> {
  const { now, bits = 4096, ttlMs = defaultKeyTtlMs, commonName = '' } = options;
  const pkcs8 = await generateRsa(bits);
  const notAfter = new Date(now.getTime() + ttlMs);
  const certificate = await selfSignedCertificate({ pkcs8, commonName, notBefore: now, notAfter });
  return { ...(await keyPairOf(pkcs8, { createdAt: now })), certificate };
}

async function generateRsa(bits: number): Promise<Uint8Array> {
  if (!Number.isInteger(bits / 8) || bits < 2048 || bits > 8192) {
    throw new FormatError('KEY_SIZE', `an RSA key cannot have ${bits} bits here`, {
      hint: 'choose 2048 to 8192, a multiple of 8; 4096 is usual',
    });
  }
  const publicExponent = Uint8Array.of(1, 0, 1);
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: bits, publicExponent };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['encrypt', 'decrypt']);
  return new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey));
}
