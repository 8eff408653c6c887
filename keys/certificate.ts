// The self-signed certificate of a sealing key, in the reference controller's form. The one file that loads node-forge.

import { unshared } from '../src/encoding/bytes.ts';
import { derEncode, tags } from '../src/encoding/der.ts';
import { hexEncode } from '../src/encoding/hex.ts';
import { serializePem } from '../src/encoding/pem.ts';
import { pkcs1FromPkcs8, spkiFromPkcs1 } from '../src/encoding/rsa-key.ts';
import { type Certificate, parseCertificates } from '../src/seal/certificate.ts';

const sha256WithRsaOid = '1.2.840.113549.1.1.11';
const sha256WithRsa = Uint8Array.from([
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
]);

/** What the certificate shall say. */
export interface CertificateOptions {
  /** The private key that signs, PKCS#8 DER. */
  pkcs8: Uint8Array;
  /** Empty gives an empty name. */
  commonName: string;
  notBefore: Date;
  notAfter: Date;
}

/**
 * A certificate as Sealed Secrets 0.36 makes it (pkg/crypto/keys.go): self-signed, 128-bit random serial, CA, key usage
 * encipherOnly. The platform signs it, since node-forge takes 50 times as long and blocks.
 */
export async function selfSignedCertificate(options: CertificateOptions): Promise<Certificate> {
  const tbs = await unsigned(options);
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('pkcs8', unshared(options.pkcs8), algorithm, false, ['sign']);
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm.name, key, tbs));
  const bits = derEncode(tags.bitString, Uint8Array.of(0), signature);
  const der = derEncode(tags.sequence, tbs, sha256WithRsa, bits);
  const [certificate] = await parseCertificates(serializePem('CERTIFICATE', der));
  if (certificate === undefined) throw new TypeError('the certificate just made cannot be read');
  return certificate;
}

// The TBSCertificate of RFC 5280, DER.
async function unsigned(options: CertificateOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { asn1, pki } = await loadForge();
  const certificate = pki.createCertificate();
  const spki = spkiFromPkcs1(pkcs1FromPkcs8(options.pkcs8));
  certificate.publicKey = pki.publicKeyFromPem(serializePem('PUBLIC KEY', spki));
  certificate.serialNumber = randomSerial();
  certificate.validity.notBefore = options.notBefore;
  certificate.validity.notAfter = options.notAfter;
  const name = options.commonName === '' ? [] : [{ name: 'commonName', value: options.commonName }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'keyUsage', critical: true, encipherOnly: true },
    { name: 'basicConstraints', critical: true, cA: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.signatureOid = certificate.siginfo.algorithmOid = sha256WithRsaOid;
  certificate.signature = '';
  const [tbs] = pki.certificateToAsn1(certificate).value;
  if (typeof tbs !== 'object') throw new TypeError('node-forge made no certificate');
  return Uint8Array.from(asn1.toDer(tbs).getBytes(), (character) => character.charCodeAt(0));
}

// Bundlers and Node disagree on whether a CommonJS module has a default export.
async function loadForge() {
  const forge = await import('node-forge');
  return forge.default ?? forge;
}

// 128 random bits as the reference; the zero byte in front keeps the number positive.
function randomSerial(): string {
  return `00${hexEncode(crypto.getRandomValues(new Uint8Array(16)))}`;
}
