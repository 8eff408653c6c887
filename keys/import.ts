// Private keys from the files that people have: PEM in PKCS#1 or PKCS#8, and key Secrets, alone, in Lists, in many documents.

import { base64Decode } from '../src/encoding/base64.ts';
import { utf8Text } from '../src/encoding/bytes.ts';
import { isRecord } from '../src/encoding/json.ts';
import { type PemBlock, parsePem } from '../src/encoding/pem.ts';
import { pkcs8FromPkcs1 } from '../src/encoding/rsa-key.ts';
import { FormatError, isSealError } from '../src/errors.ts';
import type { Secret } from '../src/kube/objects.ts';
import { parseManifest } from '../src/manifest/documents.ts';
import { parseCertificates } from '../src/seal/certificate.ts';
import { type KeyPair, keyPairOf } from './key-pair.ts';

/**
 * Every key pair in the text of a file, without duplicates, in its order. Throws `FormatError` with a hint when there is
 * none, or when one of them is damaged, encrypted or not RSA. Messages never quote the file.
 */
export async function importKeyPairs(text: string): Promise<KeyPair[]> {
  if (text.trim() === '') throw unusable('KEY_MISSING', 'the key file is empty');
  const pairs = looksLikeManifest(text) ? await fromManifests(text) : await fromPem(text);
  if (pairs.length === 0) {
    throw unusable('KEY_MISSING', 'the file holds no private key', 'give a PEM file, or a Secret with tls.key');
  }
  return [...new Map(pairs.map((pair) => [pair.id, pair])).values()];
}

/**
 * The key pair in a `kubernetes.io/tls` Secret: `tls.key`, and the first certificate of `tls.crt` where there is one, as Sealed
 * Secrets 0.36 reads it. Throws as `importKeyPairs`, and `CertificateError` for a certificate that cannot seal.
 */
export async function keyPairFromSecret(secret: Secret): Promise<KeyPair> {
  const key = await keyInSecret(secret);
  const chain = textOf(secret, 'tls.crt');
  const certificate = chain?.trim() ? (await parseCertificates(chain))[0] : undefined;
  return keyPairOf(key, { certificate, ...originOf(secret) });
}

async function keyInSecret(secret: Secret): Promise<Uint8Array> {
  const [first, ...others] = await privateKeys(textOf(secret, 'tls.key') ?? '');
  if (first === undefined) throw unusable('KEY_MISSING', 'the Secret holds no private key in tls.key');
  if (others.length > 0) throw unusable('KEY_AMBIGUOUS', 'tls.key holds several private keys');
  return first;
}

function originOf({ metadata }: Secret): Pick<KeyPair, 'createdAt' | 'secretName'> {
  const created = new Date(metadata?.creationTimestamp ?? Number.NaN);
  return { createdAt: Number.isNaN(created.getTime()) ? undefined : created, secretName: metadata?.name };
}

async function fromPem(text: string): Promise<KeyPair[]> {
  return Promise.all((await privateKeys(text)).map((key) => recoveredPair(key, text)));
}

// A private key opens without its certificate, so in recovery a damaged or foreign one beside it is passed over.
async function recoveredPair(key: Uint8Array, chain: string, origin = {}): Promise<KeyPair> {
  const pair = await keyPairOf(key, origin);
  const certificates = await parseCertificates(chain).catch(() => []);
  return { ...pair, certificate: certificates.find(({ keyId }) => keyId === pair.id) };
}

async function fromManifests(text: string): Promise<KeyPair[]> {
  const secrets = parseManifests(text).flatMap(secretsIn);
  const pairs: KeyPair[] = [];
  for (const secret of secrets) pairs.push(await named(secret));
  return pairs;
}

async function named(secret: Secret): Promise<KeyPair> {
  try {
    return await recoveredPair(await keyInSecret(secret), textOf(secret, 'tls.crt') ?? '', originOf(secret));
  } catch (cause) {
    if (!isSealError(cause)) throw cause;
    const name = typeof secret.metadata?.name === 'string' ? secret.metadata.name : 'without a name';
    throw new FormatError(cause.code, `Secret ${name}: ${cause.message}`, { hint: cause.hints, cause });
  }
}

function secretsIn(object: unknown): Secret[] {
  if (!isRecord(object)) return [];
  if (object.kind === 'List' || object.kind === 'SecretList') {
    const items = Array.isArray(object.items) ? object.items : [];
    // Items of a SecretList carry no kind of their own.
    return items.flatMap((item) => secretsIn(isRecord(item) ? { kind: 'Secret', ...item } : item));
  }
  if (object.kind !== 'Secret') return [];
  for (const field of ['metadata', 'data', 'stringData']) {
    if (!isRecord(object[field] ?? {}))
      throw unusable('KEY_DAMAGED', `a Secret in the key file has a ${field} that is no map`);
  }
  return [object as unknown as Secret];
}

function parseManifests(text: string): unknown[] {
  try {
    return parseManifest(text, { file: 'the key file' }).documents.map((document) => document.read().value);
  } catch (cause) {
    if (!isSealError(cause)) throw cause;
    // Its message names the place and never quotes the file.
    throw unusable('KEY_DAMAGED', 'the key file is neither PEM nor valid YAML or JSON', cause.message, cause);
  }
}

async function privateKeys(text: string): Promise<Uint8Array[]> {
  const blocks = parseBlocks(text);
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (keys.length > 0) return keys.map(pkcs8Of);
  if (blocks.some(({ label }) => label === 'CERTIFICATE')) {
    throw unusable(
      'CERTIFICATE_GIVEN',
      'this is a certificate, not a private key',
      'opening needs the private key (tls.key)',
    );
  }
  if (blocks.some(({ label }) => label.endsWith('PUBLIC KEY'))) {
    throw unusable(
      'PUBLIC_KEY_GIVEN',
      'this is a public key, not a private key',
      'opening needs the private key (tls.key)',
    );
  }
  return [];
}

function pkcs8Of({ label, bytes, headers }: PemBlock): Uint8Array {
  if (label === 'ENCRYPTED PRIVATE KEY' || headers.some((line) => line.includes('ENCRYPTED'))) {
    throw unusable(
      'KEY_ENCRYPTED',
      'the private key is encrypted',
      'decrypt it first, for example with `openssl pkey`',
    );
  }
  if (label === 'PRIVATE KEY') return bytes;
  if (label === 'RSA PRIVATE KEY') return pkcs8FromPkcs1(bytes);
  const kind = label.replace(/ ?PRIVATE KEY$/, '');
  if (kind === 'OPENSSH') {
    const hint = 'write it as PEM first: `ssh-keygen -p -m PEM`';
    throw unusable('KEY_FORMAT', 'the private key is in the format of OpenSSH', hint);
  }
  throw unusable('NOT_RSA', `the private key is not an RSA key but ${kind}`, 'sealing controllers use RSA keys only');
}

function parseBlocks(text: string): PemBlock[] {
  try {
    return parsePem(text);
  } catch (cause) {
    throw unusable('KEY_DAMAGED', 'the private key is cut off or damaged', 'copy the file again', cause);
  }
}

function textOf(secret: Secret, item: string): string | undefined {
  const plain = secret.stringData?.[item];
  if (typeof plain === 'string') return plain;
  const encoded = secret.data?.[item];
  if (typeof encoded !== 'string') return undefined;
  try {
    return utf8Text(base64Decode(encoded));
  } catch (cause) {
    throw unusable('KEY_DAMAGED', `${item} is not base64 of text`, [], cause);
  }
}

function looksLikeManifest(text: string): boolean {
  return text.trimStart().startsWith('{') || /^[ \t-]*["']?(?:kind|apiVersion)["']?[ \t]*:/m.test(text);
}

function unusable(code: string, message: string, hint: string | readonly string[] = [], cause?: unknown): FormatError {
  return new FormatError(code, message, { hint, cause });
}
