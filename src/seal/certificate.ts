// What a sealer needs to know of certificates: reading them from PEM, their facts, and which of several seals.

import { sha256 } from '../encoding/digest.ts';
import { hexEncode } from '../encoding/hex.ts';
import { type PemBlock, parsePem, serializePem } from '../encoding/pem.ts';
import { rsaBits } from '../encoding/rsa-key.ts';
import { parseX509, type X509Facts } from '../encoding/x509.ts';
import { CertificateError, isSealError } from '../errors.ts';

/** An RSA certificate that can seal. Its signature is not checked: trust comes from where it was taken. */
export interface Certificate {
  /** One block, as we write it. */
  pem: string;
  der: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  /** First 16 bytes, hex, of SHA-256 over `spki`. */
  keyId: string;
  /** SHA-256 over `der`, hex. */
  fingerprint: string;
  /** As `CN=…, O=…`; empty for the reference controller's own certificates. */
  subject: string;
  notBefore: Date;
  notAfter: Date;
  /** Bits of the RSA modulus. */
  bits: number;
}

/** Which certificate seals, and when. */
export interface ChooseOptions {
  now: Date;
  /** Seal with an expired certificate when there is no other. Default: false. */
  allowExpired?: boolean | undefined;
}

const smallestKeyBits = 2048;

/**
 * The certificates of a PEM file, in its order. Of a chain those without an RSA key are left out, such as an authority's.
 * Throws `CertificateError` with a hint for anything that cannot seal: nothing, a private key, a bare public key, a damaged
 * block, no RSA key at all, or one shorter than 2048 bits.
 */
export async function parseCertificates(text: string): Promise<Certificate[]> {
  const blocks = pemBlocks(text);
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE');
  if (certificates.length === 0) throw noCertificate(text, blocks);
  const read = certificates.map(({ bytes: der }) => ({ der, facts: readFacts(der) }));
  if (read.every(({ facts }) => facts === undefined)) throw noRsaKey();
  return Promise.all(read.flatMap(({ der, facts }) => (facts === undefined ? [] : [certificateOf(der, facts)])));
}

/** The day on which it expires, in UTC: `2026-11-21`. */
export const lastDay = ({ notAfter }: Pick<Certificate, 'notAfter'>) => notAfter.toISOString().slice(0, 10);

/**
 * Of several certificates the one with the latest notBefore that has not expired, at a tie the first. A notBefore in the
 * future is fine, as in Sealed Secrets 0.36. Throws `CertificateError` (`CERTIFICATE_EXPIRED`) when all have expired.
 */
export function chooseCertificate(certificates: readonly Certificate[], options: ChooseOptions): Certificate {
  const current = newest(certificates.filter((certificate) => !isExpired(certificate, options.now)));
  if (current !== undefined) return current;
  const expired = newest(certificates);
  if (expired === undefined) throw new TypeError('no certificates to choose from');
  if (options.allowExpired) return expired;
  throw new CertificateError('CERTIFICATE_EXPIRED', `the certificate expired on ${lastDay(expired)}`, {
    hint: ['fetch the current one with `seal cert`', 'or seal with it all the same: --allow-expired'],
  });
}

/** `parseCertificates`, then `chooseCertificate`. */
export async function sealingCertificate(text: string, options: ChooseOptions): Promise<Certificate> {
  return chooseCertificate(await parseCertificates(text), options);
}

/** Whether `certificate` is past its notAfter at `now`. */
export function isExpired({ notAfter }: Certificate, now: Date): boolean {
  return now.getTime() > notAfter.getTime();
}

/** The id by which records and registries name a key: first 16 bytes, hex, of SHA-256 over its SubjectPublicKeyInfo. */
export async function keyIdOf(spki: Uint8Array): Promise<string> {
  return hexEncode((await sha256(spki)).subarray(0, 16));
}

type Facts = X509Facts & { bits: number };

async function certificateOf(der: Uint8Array, { spki, bits, ...facts }: Facts): Promise<Certificate> {
  if (bits < smallestKeyBits) {
    throw new CertificateError('KEY_TOO_SMALL', `the certificate's RSA key has only ${bits} bits`, {
      hint: `use a key of at least ${smallestKeyBits} bits`,
    });
  }
  const [keyId, digest] = await Promise.all([keyIdOf(spki), sha256(der)]);
  const fingerprint = hexEncode(digest);
  return { pem: serializePem('CERTIFICATE', der), der, spki, keyId, fingerprint, ...facts, bits };
}

/** Undefined for a sound certificate of another kind of key. */
function readFacts(der: Uint8Array): Facts | undefined {
  try {
    const facts = parseX509(der);
    return { ...facts, bits: rsaBits(facts.spki) };
  } catch (cause) {
    if (isSealError(cause) && cause.code === 'NOT_RSA') return undefined;
    throw new CertificateError('CERTIFICATE_DAMAGED', 'the certificate is damaged', {
      hint: 'copy it again, or fetch it with `seal cert`',
      cause,
    });
  }
}

function noRsaKey(): CertificateError {
  return new CertificateError('NOT_RSA', 'the certificate holds no RSA key', {
    hint: 'sealing needs the RSA certificate of the sealing controller; fetch it with `seal cert`',
  });
}

function pemBlocks(text: string): PemBlock[] {
  try {
    return parsePem(text);
  } catch (cause) {
    throw new CertificateError('CERTIFICATE_DAMAGED', 'the certificate is cut off or damaged', {
      hint: 'copy it again, or fetch it with `seal cert`',
      cause,
    });
  }
}

function noCertificate(text: string, blocks: readonly PemBlock[]): CertificateError {
  const labels = blocks.map(({ label }) => label);
  if (labels.some((label) => label.endsWith('PRIVATE KEY'))) {
    return new CertificateError('PRIVATE_KEY_GIVEN', 'this is a private key, not a certificate', {
      hint: 'seal with the certificate (tls.crt); the private key belongs in no repository and on no command line',
    });
  }
  if (labels.some((label) => label.endsWith('PUBLIC KEY'))) {
    return new CertificateError('PUBLIC_KEY_GIVEN', 'this is a bare public key, not a certificate', {
      hint: 'fetch the certificate with `seal cert`',
    });
  }
  const empty = text.trim() === '';
  return new CertificateError('NO_CERTIFICATE', empty ? 'the certificate is empty' : 'this holds no PEM certificate', {
    hint: 'a certificate starts with -----BEGIN CERTIFICATE-----; fetch it with `seal cert`',
  });
}

function newest(certificates: readonly Certificate[]): Certificate | undefined {
  return certificates.reduce<Certificate | undefined>(
    (best, next) => (best === undefined || next.notBefore > best.notBefore ? next : best),
    undefined,
  );
}
