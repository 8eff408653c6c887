// What is told of a certificate: its facts as text and as JSON, and whether it is the one that was expected.

import { counted } from '../src/counted.ts';
import { CertificateError } from '../src/errors.ts';
import { type Certificate, isExpired } from '../src/seal/certificate.ts';

const dayMs = 86_400_000;

/** What `seal cert --info --json` prints. Times are RFC 3339. */
export interface CertificateFacts {
  source: string;
  subject: string;
  notBefore: string;
  notAfter: string;
  expired: boolean;
  /** Whole days since notBefore; negative before it. */
  ageDays: number;
  /** SHA-256 over the certificate, hex. */
  fingerprint: string;
  /** The id that seal records carry. */
  keyId: string;
  bits: number;
}

/** `source` is what to call the place it was found at. */
export function factsOf(certificate: Certificate, source: string, now: Date): CertificateFacts {
  const { subject, notBefore, notAfter, fingerprint, keyId, bits } = certificate;
  return {
    source,
    subject,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    expired: isExpired(certificate, now),
    ageDays: Math.floor((now.getTime() - notBefore.getTime()) / dayMs),
    fingerprint,
    keyId,
    bits,
  };
}

/** One fact a line. */
export function factsText(facts: CertificateFacts): string {
  const rows = [
    ['source', facts.source],
    ['subject', facts.subject || '(none)'],
    ['valid from', facts.notBefore],
    ['valid until', `${facts.notAfter}${facts.expired ? ' (expired)' : ''}`],
    ['age', ageText(facts)],
    ['fingerprint', `sha256 ${facts.fingerprint}`],
    ['key id', facts.keyId],
    ['key', `RSA, ${facts.bits} bits`],
  ];
  return rows.map(([name = '', value]) => `${`${name}:`.padEnd(13)} ${value}\n`).join('');
}

function ageText({ ageDays }: CertificateFacts): string {
  return ageDays < 0 ? 'not valid yet' : counted(ageDays, 'day');
}

/** `key 9f2c66d0, 12 days old`. */
export function factsPhrase(facts: CertificateFacts): string {
  const state = facts.expired ? 'expired' : facts.ageDays < 0 ? ageText(facts) : `${ageText(facts)} old`;
  return `key ${facts.keyId.slice(0, 8)}, ${state}`;
}

/** Takes hex with or without colons, and a leading `sha256:`. Throws `CertificateError` (`FINGERPRINT_MISMATCH`) that names `source`. */
export function checkFingerprint({ fingerprint }: Certificate, expected: string, source: string): void {
  const wanted = expected
    .trim()
    .toLowerCase()
    .replace(/^sha-?256[:\s]\s*/, '')
    .replace(/[:\s]/g, '');
  if (wanted === fingerprint) return;
  throw new CertificateError(
    'FINGERPRINT_MISMATCH',
    `${source}: the certificate's fingerprint is ${fingerprint}, not the one expected`,
    { hint: 'do not seal with it before you know why it changed' },
  );
}
