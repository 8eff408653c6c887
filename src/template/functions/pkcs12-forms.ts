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

export interface MacKey {
  hash: CHash;
  password: Uint8Array;
  salt: Uint8Array;
  iterations: number;
}

/** The key of the MAC: RFC 7292, appendix B.2, with ID 3 and one block of output. */
export function macKey({ hash, password, salt, iterations }: MacKey): Uint8Array {
  const block = hash.blockLen;
  const filled = (bytes: Uint8Array) => {
    const length = block * Math.ceil(bytes.byteLength / block);
    return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.byteLength] ?? 0);
  };
  let key: Uint8Array = hash(concat(new Uint8Array(block).fill(3), filled(salt), filled(password)));
  for (let round = 1; round < iterations; round += 1) key = hash(key);
  return key;
}
