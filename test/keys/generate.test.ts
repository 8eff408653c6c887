// New key pairs and their certificates, in the form of the reference.

import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { generateKeyPair } from '../../keys/generate.ts';
import { keyPairOf } from '../../keys/key-pair.ts';
import { KeyRegistry } from '../../keys/registry.ts';
import { utf8Bytes, utf8Text } from '../../src/encoding/bytes.ts';
import { openValue, sealValue } from '../../src/seal/value.ts';

const now = new Date('2026-11-21T12:00:00Z');
const pair = await generateKeyPair({
  now,
  bits: 2048,
  commonName: 'sealed-secret/shop',
  ttlMs: 40 * 365 * 24 * 3600 * 1000,
});
const theirs = new X509Certificate(pair.certificate.pem);

describe('a new key pair', () => {
  test('it seals and opens', async () => {
    const sealedFor = { scope: 'strict', namespace: 'shop', name: 'db' } as const;
    const sealed = await sealValue(utf8Bytes('pw'), { certificate: pair.certificate, sealedFor });
    const opened = await openValue(sealed, { opener: new KeyRegistry([pair]), sealedFor });
    expect(utf8Text(opened.plaintext)).toBe('pw');
    expect(opened.keyId).toBe(pair.id);
  });

  test('its certificate is self-signed, a CA, and valid from now for the time asked, beyond 2050 too', () => {
    expect(theirs.verify(theirs.publicKey)).toBe(true);
    expect(theirs.issuer).toBe(theirs.subject);
    // basicConstraints (2.5.29.19), critical, CA true. OpenSSL's own `ca` also wants keyCertSign, which the reference lacks.
    expect(theirs.raw.includes(Buffer.from('0603551d130101ff040530030101ff', 'hex'))).toBe(true);
    expect(pair.certificate).toMatchObject({
      subject: 'CN=sealed-secret/shop',
      notBefore: now,
      bits: 2048,
      keyId: pair.id,
    });
    expect(pair.certificate.notAfter).toEqual(new Date(now.getTime() + 40 * 365 * 24 * 3600 * 1000));
    expect(new Date(theirs.validTo)).toEqual(pair.certificate.notAfter);
  });

  test('its key usage is encipherOnly, as the reference has it', () => {
    // keyUsage (2.5.29.15), critical, BIT STRING of one byte 0x01 with no unused bits.
    const keyUsage = Buffer.from('0603551d0f0101ff0404' + '03020001', 'hex');
    expect(theirs.raw.includes(keyUsage)).toBe(true);
  });

  test('serial numbers are positive, 128 bits, and never the same', async () => {
    const again = await generateKeyPair({ now, bits: 2048 });
    const other = new X509Certificate(again.certificate.pem);
    expect(theirs.serialNumber).toMatch(/^[0-9A-F]{20,32}$/);
    expect(other.serialNumber).not.toBe(theirs.serialNumber);
    expect(other.subject ?? '').toBe('');
  });

  test.each([1024, 2047, 16_384, 0, Number.NaN])('%d bits are refused', async (bits) => {
    await expect(generateKeyPair({ now, bits })).rejects.toMatchObject({ code: 'KEY_SIZE' });
  });

  test('a private key and the certificate of another do not make a pair', async () => {
    const other = await generateKeyPair({ now, bits: 2048 });
    const mixed = keyPairOf(pair.pkcs8.reveal(), { certificate: other.certificate });
    await expect(mixed).rejects.toMatchObject({ code: 'KEY_MISMATCH' });
  });
});
