// Reading PKCS#12 (RFC 7292): encrypted with AES as today, with triple DES or RC2 as of old, or not at all.

import { cbc } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { equalBytes, utf8Bytes } from '../../encoding/bytes.ts';
import { type DerElement, derChildren, derContent, objectIdentifierText, tags } from '../../encoding/der.ts';
import { isSealError } from '../../errors.ts';
import type { Budget } from '../budget.ts';
import { FunctionFailure } from '../errors.ts';
import { type OldCipher, oldCiphers } from './old-ciphers.ts';
import { aesKeys, bmpPassword, derived, digests, macKey, oids, prfs } from './pkcs12-forms.ts';

export interface Pkcs12Content {
  /** PKCS#8, DER. */
  key: Uint8Array;
  /** DER, in the file's order. */
  certificates: Uint8Array[];
}

/** Opens the file. Throws `FunctionFailure`: damaged, another password, an old algorithm, no key or certificate. */
export function readPkcs12(bytes: Uint8Array, password: string, budget: Budget): Pkcs12Content {
  try {
    return new Reader(password, budget).read(bytes);
  } catch (error) {
    if (!isSealError(error)) throw error;
    throw new FunctionFailure('what is given is no PKCS#12 file');
  }
}

function damaged(): FunctionFailure {
  return new FunctionFailure('what is given is no PKCS#12 file');
}

function old(): FunctionFailure {
  return new FunctionFailure(
    'the PKCS#12 file is encrypted with an algorithm that is not available',
    'write it again with AES-256: openssl pkcs12 -export -certpbe AES-256-CBC -keypbe AES-256-CBC -macalg sha256',
  );
}

function wrongPassword(): FunctionFailure {
  return new FunctionFailure('the PKCS#12 file does not open with this password');
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw damaged();
  return value;
}

const parts = (element: DerElement | undefined) => derChildren(must(element).bytes);
const nameOf = (element: DerElement | undefined) => objectIdentifierText(must(element).content);
const numberOf = (element: DerElement | undefined) => must(element).content.reduce((sum, byte) => sum * 256 + byte, 0);

// Steps of the budget. Java counts its rounds by the hundred thousand, and has to be read.
const hashRound = 2;
const hmacRound = 20;

class Reader {
  readonly #password: string;
  readonly #budget: Budget;
  #key: Uint8Array | undefined;
  readonly #certificates: Uint8Array[] = [];

  constructor(password: string, budget: Budget) {
    this.#password = password;
    this.#budget = budget;
  }

  read(bytes: Uint8Array): Pkcs12Content {
    const [, content, mac] = derChildren(bytes);
    const safe = this.#data(must(content));
    if (mac !== undefined) this.#checkMac(mac, safe);
    for (const one of derChildren(safe)) this.#bags(one);
    if (this.#key === undefined) throw new FunctionFailure('the PKCS#12 file holds no private key');
    if (this.#certificates.length === 0) throw new FunctionFailure('the PKCS#12 file holds no certificate');
    return { key: this.#key, certificates: this.#certificates };
  }

  #data(info: DerElement): Uint8Array {
    const [type, holder] = parts(info);
    if (nameOf(type) !== oids.data) throw damaged();
    return derContent(must(holder).content, tags.octetString);
  }

  #checkMac(mac: DerElement, safe: Uint8Array): void {
    const [digestInfo, salt, count] = parts(mac);
    const [algorithm, digest] = parts(digestInfo);
    const hash = digests[nameOf(parts(algorithm)[0])];
    if (hash === undefined) throw old();
    const iterations = this.#rounds(count === undefined ? 1 : numberOf(count), hashRound);
    const key = macKey({ hash, password: bmpPassword(this.#password), salt: must(salt).content, iterations });
    if (!equalBytes(hmac(hash, key, safe), must(digest).content)) throw wrongPassword();
  }

  /** Pays for the rounds of a key derivation. */
  #rounds(count: number, steps: number): number {
    this.#budget.spend(steps * count);
    return count;
  }

  #bags(info: DerElement): void {
    const [type, holder] = parts(info);
    let content: Uint8Array;
    if (nameOf(type) === oids.encryptedData) {
      const [, sealed] = derChildren(must(holder).content);
      const [, algorithm, bytes] = parts(sealed);
      content = this.#decrypted(must(algorithm), must(bytes).content);
    } else {
      content = this.#data(info);
    }
    for (const bag of derChildren(content)) this.#bag(bag);
  }

  #bag(bag: DerElement): void {
    const [type, holder] = parts(bag);
    const value = must(holder).content;
    const name = nameOf(type);
    if (name === oids.keyBag) this.#addKey(value);
    else if (name === oids.shroudedKeyBag) {
      const [algorithm, bytes] = derChildren(value);
      this.#addKey(this.#decrypted(must(algorithm), must(bytes).content));
    } else if (name === oids.certBag) {
      const [, certificate] = derChildren(value);
      this.#certificates.push(derContent(must(certificate).content, tags.octetString));
    }
  }

  #addKey(key: Uint8Array): void {
    if (this.#key !== undefined) throw new FunctionFailure('the PKCS#12 file holds more than one private key');
    this.#key = key;
  }

  #decrypted(algorithm: DerElement, bytes: Uint8Array): Uint8Array {
    const [type, parameters] = parts(algorithm);
    const cipher = oldCiphers[nameOf(type)];
    return cipher ? this.#decryptedOld(cipher, parameters, bytes) : this.#decryptedNew(type, parameters, bytes);
  }

  /** The scheme of RFC 7292 itself: key and vector come from the password, by SHA-1. */
  #decryptedOld(cipher: OldCipher, parameters: DerElement | undefined, bytes: Uint8Array): Uint8Array {
    const [salt, count] = parts(parameters);
    const iterations = this.#rounds(numberOf(count), 2 * hashRound);
    // These ciphers are slow.
    this.#budget.spend(bytes.byteLength);
    const password = bmpPassword(this.#password);
    const derivation = { hash: sha1, password, salt: must(salt).content, iterations };
    const vector = derived(derivation, 2, 8);
    const plain = cipher.decrypt(derived(derivation, 1, cipher.keyBytes), vector, bytes);
    if (plain === undefined) throw wrongPassword();
    return plain;
  }

  /** PBES2 with PBKDF2 and AES. */
  #decryptedNew(type: DerElement | undefined, parameters: DerElement | undefined, bytes: Uint8Array): Uint8Array {
    if (nameOf(type) !== oids.pbes2) throw old();
    const [derivation, cipher] = parts(parameters);
    const [kind, settings] = parts(derivation);
    const [mode, vector] = parts(cipher);
    const length = aesKeys[nameOf(mode)];
    if (nameOf(kind) !== oids.pbkdf2 || length === undefined) throw old();
    const [salt, count, ...rest] = parts(settings);
    const prf = rest.find(({ tag }) => tag === tags.sequence);
    const hash = prfs[prf === undefined ? '1.2.840.113549.2.7' : nameOf(parts(prf)[0])];
    if (hash === undefined) throw old();
    const c = this.#rounds(numberOf(count), hmacRound);
    const key = pbkdf2(hash, utf8Bytes(this.#password), must(salt).content, { c, dkLen: length });
    try {
      return cbc(key, must(vector).content).decrypt(bytes);
    } catch {
      throw wrongPassword();
    }
  }
}
