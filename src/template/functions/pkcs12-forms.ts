// Names and key derivation of PKCS#12 (RFC 7292) and PBES2 (RFC 8018), as its writer and its reader share them.

import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import { concat } from '../../encoding/bytes.ts';
import { derEncode, tags } from '../../encoding/der.ts';

/** Object identifiers, dotted. */
export const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  localKeyId: '1.2.840.113549.1.9.21',
  friendlyName: '1.2.840.113549.1.9.20',
  javaTrust: '2.16.840.1.113894.746875.1.1',
  anyUsage: '2.5.29.37.0',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

/** Digests of the MAC, by OID. */
export const digests: Readonly<Record<string, CHash>> = {
  '1.3.14.3.2.26': sha1,
  [oids.sha256]: sha256,
  '2.16.840.1.101.3.4.2.2': sha384,
  '2.16.840.1.101.3.4.2.3': sha512,
};

/** PBKDF2's functions, by OID. */
export const prfs: Readonly<Record<string, CHash>> = {
  '1.2.840.113549.2.7': sha1,
  [oids.hmacSha256]: sha256,
  '1.2.840.113549.2.10': sha384,
  '1.2.840.113549.2.11': sha512,
};

/** Bytes of the key, by OID of AES in CBC mode. */
export const aesKeys: Readonly<Record<string, number>> = {
  '2.16.840.1.101.3.4.1.2': 16,
  '2.16.840.1.101.3.4.1.22': 24,
  [oids.aes256Cbc]: 32,
};

/** An OBJECT IDENTIFIER, DER. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [40 * first + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(128 + (left % 128));
    return groups;
  });
  return derEncode(tags.objectIdentifier, Uint8Array.from(bytes));
}

/** Zero-terminated UTF-16, as passwords are in the MAC's key derivation. */
export function bmpPassword(password: string): Uint8Array {
  const units = [...Array(password.length).keys()].map((at) => password.charCodeAt(at));
  return Uint8Array.from([...units, 0].flatMap((unit) => [unit >> 8, unit & 255]));
}

/** What a key is derived from. */
export interface Derivation {
  hash: CHash;
  /** As `bmpPassword` gives it. */
  password: Uint8Array;
  salt: Uint8Array;
  iterations: number;
}

/** What the bytes are for: a key, an initial vector, the key of the MAC. */
export type Purpose = 1 | 2 | 3;

/** RFC 7292, appendix B.2: `length` bytes for a purpose. */
export function derived(
  { hash, password, salt, iterations }: Derivation,
  purpose: Purpose,
  length: number,
): Uint8Array {
  const block = hash.blockLen;
  const input = concat(filled(salt, block), filled(password, block));
  const result = new Uint8Array(length);
  for (let at = 0; at < length; at += hash.outputLen) {
    let key: Uint8Array = hash(concat(new Uint8Array(block).fill(purpose), input));
    for (let round = 1; round < iterations; round += 1) key = hash(key);
    result.set(key.subarray(0, length - at), at);
    for (let from = 0; from < input.byteLength; from += block) addOne(input.subarray(from, from + block), key);
  }
  return result;
}

/** The key of the MAC: one block of output. */
export const macKey = (derivation: Derivation) => derived(derivation, 3, derivation.hash.outputLen);

function filled(bytes: Uint8Array, block: number): Uint8Array {
  const length = block * Math.ceil(bytes.byteLength / block);
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.byteLength] ?? 0);
}

/** Adds the number that `key` repeats, and one, to the number that the block is, in place. */
function addOne(block: Uint8Array, key: Uint8Array): void {
  let carry = 1;
  for (let at = block.byteLength - 1; at >= 0; at -= 1) {
    carry += (block[at] ?? 0) + (key[at % key.byteLength] ?? 0);
    block[at] = carry & 255;
    carry >>= 8;
  }
}
