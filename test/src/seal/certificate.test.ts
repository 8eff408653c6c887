// Certificates read from PEM, and the one that is chosen to seal.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chooseCertificate, isExpired, parseCertificates, sealingCertificate } from '../../../src/seal/certificate.ts';

const root = new URL('../../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const now = new Date('2026-11-22T00:00:00Z');

describe('reading certificates', () => {
  test('the facts are those of the certificate', async () => {
    const [certificate] = await parseCertificates(read('certs/rsa3072.crt'));
    expect(certificate).toMatchObject({
      subject: 'CN=sealed-secret/public',
      bits: 3072,
      keyId: '38a7091820b37f7747239c28d4f965e8',
      notBefore: new Date('2026-11-21T07:09:46Z'),
      notAfter: new Date('2046-11-21T07:09:46Z'),
    });
    expect(certificate?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(certificate?.pem.trim()).toBe(read('certs/rsa3072.crt').trim());
  });

  test.each([
    ['certs/empty.crt', 'NO_CERTIFICATE'],
    ['README.md', 'NO_CERTIFICATE'],
    ['keys/rsa2048-pkcs1.key', 'PRIVATE_KEY_GIVEN'],
    ['keys/rsa2048-pkcs8.key', 'PRIVATE_KEY_GIVEN'],
    ['keys/ec.key', 'PRIVATE_KEY_GIVEN'],
    ['certs/public-key.pem', 'PUBLIC_KEY_GIVEN'],
    ['certs/ec.crt', 'NOT_RSA'],
    ['certs/damaged.crt', 'CERTIFICATE_DAMAGED'],
  ])('%s is refused as %s, with a hint', async (file, code) => {
    const error = await parseCertificates(read(file)).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'CertificateError', code });
    expect(error.hints.length).toBeGreaterThan(0);
  });

  test('an authority with another kind of key beside it is passed over', async () => {
    for (const files of [
      ['certs/rsa2048.crt', 'certs/ec.crt'],
      ['certs/ec.crt', 'certs/rsa2048.crt'],
    ]) {
      expect((await parseCertificates(files.map(read).join(''))).map(({ bits }) => bits)).toEqual([2048]);
    }
  });

  test('a certificate whose bytes are damaged is refused', async () => {
    const text = read('certs/rsa2048.crt').replace(/\nMII[^\n]{8}/, '\nMIIAAAAAAAA');
    await expect(parseCertificates(text)).rejects.toMatchObject({ code: 'CERTIFICATE_DAMAGED' });
  });
});

describe('choosing the certificate that seals', () => {
  test('the latest notBefore wins, wherever it stands', async () => {
    const files = ['certs/rsa2048.crt', 'certs/not-yet-valid.crt', 'certs/rsa3072.crt'];
    const certificates = await parseCertificates(files.map(read).join('\n'));
    expect(chooseCertificate(certificates, { now })).toBe(certificates[1]);
  });

  test('at a tie the first of the file wins', async () => {
    for (const files of [
      ['certs/rsa4096.crt', 'certs/second2048.crt'],
      ['certs/second2048.crt', 'certs/rsa4096.crt'],
    ]) {
      const certificates = await parseCertificates(files.map(read).join(''));
      expect(certificates[0]?.notBefore).toEqual(certificates[1]?.notBefore);
      expect(chooseCertificate(certificates, { now })).toBe(certificates[0]);
    }
  });

  test('an expired certificate is passed over for one that is not', async () => {
    const certificates = await parseCertificates(read('certs/expired.crt') + read('certs/rsa3072.crt'));
    expect(chooseCertificate(certificates, { now }).bits).toBe(3072);
    expect(chooseCertificate(certificates, { now, allowExpired: true }).bits).toBe(3072);
  });

  test('an expired certificate seals only when allowed', async () => {
    const text = read('certs/expired.crt');
    await expect(sealingCertificate(text, { now })).rejects.toMatchObject({
      code: 'CERTIFICATE_EXPIRED',
      message: 'the certificate expired on 2025-11-21',
    });
    const allowed = await sealingCertificate(text, { now, allowExpired: true });
    expect(isExpired(allowed, now)).toBe(true);
  });
});
