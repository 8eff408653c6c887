// The three encodings of RSA keys that we meet, and the way between them: PKCS#1, PKCS#8 and SubjectPublicKeyInfo.

import { FormatError } from '../errors.ts';
import { derChildren, derContent, derEncode, integerBits, objectIdentifierText, tags } from './der.ts';

/** rsaEncryption of RFC 8017 (A.1). */
const rsaEncryption = '1.2.840.113549.1.1.1';

const rsaAlgorithm = derEncode(
  tags.sequence,
  Uint8Array.from([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]),
  Uint8Array.from([tags.null, 0]),
);
const zero = Uint8Array.from([tags.integer, 1, 0]);

/** PKCS#8 (RFC 5208) around a PKCS#1 RSAPrivateKey. */
export function pkcs8FromPkcs1(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  return derEncode(tags.sequence, zero, rsaAlgorithm, derEncode(tags.octetString, pkcs1));
}

/** The PKCS#1 RSAPrivateKey inside PKCS#8. Throws `FormatError` (`NOT_RSA`) for another algorithm. */
export function pkcs1FromPkcs8(pkcs8: Uint8Array): Uint8Array {
  const [version, algorithm, key] = derChildren(pkcs8);
  if (version?.tag !== tags.integer || algorithm === undefined || key?.tag !== tags.octetString) throw damaged();
  checkRsa(algorithm.bytes);
  return key.content;
}

/** The SubjectPublicKeyInfo (RFC 5280) that belongs to a PKCS#1 RSAPrivateKey. */
export function spkiFromPkcs1(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  const [, modulus, exponent] = derChildren(pkcs1);
  if (modulus?.tag !== tags.integer || exponent?.tag !== tags.integer) throw damaged();
  const publicKey = derEncode(tags.sequence, modulus.bytes, exponent.bytes);
  return derEncode(tags.sequence, rsaAlgorithm, derEncode(tags.bitString, Uint8Array.of(0), publicKey));
}

/** Bits of the modulus in a SubjectPublicKeyInfo. Throws `FormatError` (`NOT_RSA`) for another algorithm. */
export function rsaBits(spki: Uint8Array): number {
  const [algorithm, key] = derChildren(spki);
  if (algorithm === undefined || key?.tag !== tags.bitString) throw damaged();
  checkRsa(algorithm.bytes);
  const [modulus] = derChildren(key.content.subarray(1));
  if (modulus?.tag !== tags.integer) throw damaged();
  return integerBits(modulus.content);
}

function checkRsa(algorithm: Uint8Array): void {
  const [identifier] = derChildren(algorithm);
  if (identifier === undefined) throw damaged();
  const name = objectIdentifierText(derContent(identifier.bytes, tags.objectIdentifier));
  if (name !== rsaEncryption) throw new FormatError('NOT_RSA', 'the key is not an RSA key');
}

function damaged(): FormatError {
  return new FormatError('DER_DAMAGED', 'the key is damaged');
}
