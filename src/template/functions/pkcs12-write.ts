// Writing PKCS#12 as go-pkcs12's Modern does: AES-256, PBKDF2 and HMAC with SHA-256, 2048 rounds each; salts come from the content.

import { cbc } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8Bytes } from '../../encoding/bytes.ts';
import { derEncode, tags } from '../../encoding/der.ts';
import { bmpPassword, macKey, oid, oids } from './pkcs12-forms.ts';

const iterations = 2048;
const { sequence, set, integer, octetString } = tags;
const nothing = Uint8Array.of(tags.null, 0);
const rounds = derEncode(integer, Uint8Array.of(iterations >> 8, iterations & 255));

export interface Pkcs12 {
  /** PKCS#8, DER; none in a trust store. */
  key?: Uint8Array;
  /** DER; the key's own first. */
  certificates: readonly Uint8Array[];
  password: string;
  /** Salt for a purpose, so many bytes. */
  salt(purpose: string, length: number): Uint8Array;
}

/** The file, DER. */
export function writePkcs12({ key, certificates, password, salt }: Pkcs12): Uint8Array {
  const encrypt = (purpose: string, content: Uint8Array) =>
    encrypted(content, password, salt(`${purpose} salt`, 16), salt(`${purpose} iv`, 16));
  const bags = certificates.map((one, at) =>
    certificateBag(one, key === undefined ? trusted(at) : owned(at === 0, one)),
  );
  const sealed = encrypt('certificates', derEncode(sequence, ...bags));
  const contents = [
    contentInfo(
      oids.encryptedData,
      derEncode(
        sequence,
        version(0),
        derEncode(sequence, oid(oids.data), sealed.algorithm, derEncode(0x80, sealed.bytes)),
      ),
    ),
  ];
  if (key !== undefined) {
    const shrouded = encrypt('key', key);
    const value = derEncode(sequence, shrouded.algorithm, derEncode(octetString, shrouded.bytes));
    const bag = derEncode(sequence, oid(oids.shroudedKeyBag), derEncode(0xa0, value), owned(true, certificates[0]));
    contents.push(dataInfo(derEncode(sequence, bag)));
  }
  const safe = derEncode(sequence, ...contents);
  return derEncode(sequence, version(3), dataInfo(safe), macOf(safe, password, salt('mac', 16)));
}

const version = (number: number) => Uint8Array.of(integer, 1, number);
const contentInfo = (type: string, content: Uint8Array) => derEncode(sequence, oid(type), derEncode(0xa0, content));
const dataInfo = (content: Uint8Array) => contentInfo(oids.data, derEncode(octetString, content));

function certificateBag(certificate: Uint8Array, attributes: Uint8Array): Uint8Array {
  const value = derEncode(sequence, oid(oids.x509Certificate), derEncode(0xa0, derEncode(octetString, certificate)));
  return derEncode(sequence, oid(oids.certBag), derEncode(0xa0, value), attributes);
}

const attribute = (type: string, value: Uint8Array) => derEncode(sequence, oid(type), derEncode(set, value));

/** What ties the key to its certificate. */
function owned(isOwn: boolean, certificate: Uint8Array | undefined): Uint8Array {
  if (!isOwn || certificate === undefined) return new Uint8Array();
  return derEncode(set, attribute(oids.localKeyId, derEncode(octetString, sha1(certificate))));
}

/** What Java needs to trust a certificate, and an alias, without which it takes only one. */
function trusted(at: number): Uint8Array {
  const name = Uint8Array.from([...`certificate ${at + 1}`].flatMap((one) => [0, one.charCodeAt(0)]));
  const alias = attribute(oids.friendlyName, derEncode(0x1e, name));
  return derEncode(set, alias, attribute(oids.javaTrust, oid(oids.anyUsage)));
}

function encrypted(content: Uint8Array, password: string, salt: Uint8Array, vector: Uint8Array) {
  const key = pbkdf2(sha256, utf8Bytes(password), salt, { c: iterations, dkLen: 32 });
  const prf = derEncode(sequence, oid(oids.hmacSha256), nothing);
  const derivation = derEncode(
    sequence,
    oid(oids.pbkdf2),
    derEncode(sequence, derEncode(octetString, salt), rounds, prf),
  );
  const cipher = derEncode(sequence, oid(oids.aes256Cbc), derEncode(octetString, vector));
  return {
    algorithm: derEncode(sequence, oid(oids.pbes2), derEncode(sequence, derivation, cipher)),
    bytes: cbc(key, vector).encrypt(content),
  };
}

function macOf(safe: Uint8Array, password: string, salt: Uint8Array): Uint8Array {
  const key = macKey({ hash: sha256, password: bmpPassword(password), salt, iterations });
  const digest = derEncode(
    sequence,
    derEncode(sequence, oid(oids.sha256), nothing),
    derEncode(octetString, hmac(sha256, key, safe)),
  );
  return derEncode(sequence, concat(digest, derEncode(octetString, salt), rounds));
}
