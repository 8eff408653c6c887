// The hybrid cipher of sealed values: RSA-OAEP-SHA256 around a session key of one use, AES-GCM around the value.

import { unshared } from '../encoding/bytes.ts';
import { OpenError } from '../errors.ts';
import type { Envelope } from './envelope.ts';

/** A CryptoKey, named without the DOM's or Node's typings, since this file compiles under either. */
export type CipherKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;
const sessionKeyLength = 32;
/** A nonce of zeros. It is safe only because no session key ever encrypts twice. */
export const nonce = new Uint8Array(12);

/** An RSA private key for `decrypt`, from PKCS#8 DER. It cannot be exported again. */
export function importPrivateKey(pkcs8: Uint8Array): Promise<CipherKey> {
  return crypto.subtle.importKey('pkcs8', unshared(pkcs8), algorithm, false, ['decrypt']);
}

/** A key that encrypts one value and no other, and its form that only a private key opens. */
export interface SessionKey {
  /** For whoever encrypts with it to wipe. */
  key: Uint8Array;
  wrapped: Uint8Array;
}

/** What seals a value, where a platform has it at once; the web's ciphers are waited for, value by value. */
export interface SealingCipher {
  /**
   * A session key that nobody has had, wrapped by RSA-OAEP-SHA256 under an RSA public key (SubjectPublicKeyInfo DER) and
   * bound to `label`. Throws where the public key is damaged.
   */
  sessionKey(spki: Uint8Array, label: Uint8Array): SessionKey;
  /** AES-256-GCM under a nonce of zeros; the tag is at the end of what comes out. */
  sealAesGcm(sessionKey: Uint8Array, plaintext: Uint8Array): Uint8Array;
}

/** Encrypts `plaintext` under a fresh session key, and that to the public key `spki`, bound to `label`. */
export async function encrypt(spki: Uint8Array, plaintext: Uint8Array, label: Uint8Array): Promise<Envelope> {
  const sessionKey = freshSessionKey();
  try {
    const [wrappedKey, ciphertext] = await Promise.all([
      wrapOnTheWeb(spki, sessionKey, label),
      sealAesGcmOnTheWeb(sessionKey, plaintext),
    ]);
    return { wrappedKey, ciphertext };
  } finally {
    sessionKey.fill(0);
  }
}

/** The same with other ciphers. */
export function encryptWith(
  cipher: SealingCipher,
  spki: Uint8Array,
  plaintext: Uint8Array,
  label: Uint8Array,
): Envelope {
  const { key, wrapped } = cipher.sessionKey(spki, label);
  try {
    return { wrappedKey: wrapped, ciphertext: cipher.sealAesGcm(key, plaintext) };
  } finally {
    key.fill(0);
  }
}

// Many at a time: asking the platform for one takes as long as encrypting a value with it.
const unused = new Uint8Array(64 * sessionKeyLength);
let unusedLength = 0;

/** 32 random bytes that nobody has had, and that nobody else will get. */
export function freshSessionKey(): Uint8Array<ArrayBuffer> {
  if (unusedLength === 0) {
    crypto.getRandomValues(unused);
    unusedLength = unused.byteLength;
  }
  const from = unusedLength - sessionKeyLength;
  const sessionKey = unused.slice(from, unusedLength);
  unused.fill(0, from);
  unusedLength = from;
  return sessionKey;
}

/** Opens AES-GCM under a nonce of zeros, the tag at the end of `ciphertext`. Throws when anything is wrong. */
export type OpenAesGcm = (
  sessionKey: Uint8Array<ArrayBuffer>,
  ciphertext: Uint8Array,
) => Promise<Uint8Array> | Uint8Array;

/**
 * Decrypts `envelope` with `privateKey`, and what that gives with `openAesGcm` (default: the web platform's). Session keys
 * of 16 and 24 bytes open too, as in Sealed Secrets 0.36, which hands them to AES as they are. Throws one `OpenError`
 * (`NO_KEY_OPENS`) whichever check failed, so that nothing is an oracle.
 */
export async function decrypt(
  privateKey: CipherKey,
  envelope: Envelope,
  label: Uint8Array,
  openAesGcm: OpenAesGcm = openAesGcmOnTheWeb,
): Promise<Uint8Array> {
  try {
    const unwrapped = await crypto.subtle.decrypt(oaep(label), privateKey, unshared(envelope.wrappedKey));
    const sessionKey = new Uint8Array(unwrapped);
    try {
      return await openAesGcm(sessionKey, envelope.ciphertext);
    } finally {
      sessionKey.fill(0);
    }
  } catch {
    // No cause: even the platform's words must not tell RSA from AES.
    throw noKeyOpens();
  }
}

/** What every failure to open looks like. */
export function noKeyOpens(): OpenError {
  return new OpenError('NO_KEY_OPENS', 'no key could decrypt the sealed value');
}

const gcm = { name: 'AES-GCM', iv: nonce, tagLength: 128 } as const;

async function wrapOnTheWeb(
  spki: Uint8Array,
  sessionKey: Uint8Array<ArrayBuffer>,
  label: Uint8Array,
): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.encrypt(oaep(label), await publicKeyOf(spki), sessionKey));
}

async function sealAesGcmOnTheWeb(sessionKey: Uint8Array<ArrayBuffer>, plaintext: Uint8Array): Promise<Uint8Array> {
  const key = await importSessionKey(sessionKey, 'encrypt');
  return new Uint8Array(await crypto.subtle.encrypt(gcm, key, unshared(plaintext)));
}

const publicKeys = new WeakMap<Uint8Array, Promise<CipherKey>>();

/** Imported once for each array. */
function publicKeyOf(spki: Uint8Array): Promise<CipherKey> {
  const key = publicKeys.get(spki) ?? crypto.subtle.importKey('spki', unshared(spki), algorithm, false, ['encrypt']);
  publicKeys.set(spki, key);
  return key;
}

async function openAesGcmOnTheWeb(sessionKey: Uint8Array<ArrayBuffer>, ciphertext: Uint8Array): Promise<Uint8Array> {
  const key = await importSessionKey(sessionKey, 'decrypt');
  return new Uint8Array(await crypto.subtle.decrypt(gcm, key, unshared(ciphertext)));
}

function oaep(label: Uint8Array) {
  return { name: 'RSA-OAEP', label: unshared(label) };
}

function importSessionKey(bytes: Uint8Array<ArrayBuffer>, use: 'encrypt' | 'decrypt'): Promise<CipherKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [use]);
}
