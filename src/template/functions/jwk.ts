// External Secrets' functions on JSON Web Keys (RFC 7517, 7518, 8037): RSA, EC and Ed25519 keys as PEM, in Go's forms.

import { base64Decode } from '../../encoding/base64.ts';
import { concat } from '../../encoding/bytes.ts';
import { derEncode, tags } from '../../encoding/der.ts';
import { hexEncode } from '../../encoding/hex.ts';
import { pkcs8FromPkcs1, spkiFromPkcs1 } from '../../encoding/rsa-key.ts';
import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { GoMap } from '../values.ts';
import { readJson } from './json.ts';
import { pemOf } from './pem-blocks.ts';

export const jwkFunctions: FunctionTable = {
  jwkPublicKeyPem: fn(['string'], ([text]) => {
    const jwk = keyOf(text);
    // As in the reference: a private key is not taken for its public half.
    if (jwk.entries.has('d')) throw new FunctionFailure('the JSON Web Key is a private one');
    return pemOf('PUBLIC KEY', publicKey(jwk));
  }),
  jwkPrivateKeyPem: fn(['string'], ([text]) => pemOf('PRIVATE KEY', privateKey(keyOf(text)))),
};

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const version = (number: number) => Uint8Array.of(tags.integer, 1, number);

interface Curve {
  /** AlgorithmIdentifier, DER. */
  algorithm: Uint8Array;
  size: number;
}

function curve(oid: string, size: number): Curve {
  return { size, algorithm: derEncode(tags.sequence, bytes('06072a8648ce3d0201'), bytes(oid)) };
}

/** RFC 5480, section 2.1.1.1. */
const curves: Readonly<Record<string, Curve>> = Object.assign(Object.create(null), {
  'P-256': curve('06082a8648ce3d030107', 32),
  'P-384': curve('06052b81040022', 48),
  'P-521': curve('06052b81040023', 66),
});

/** RFC 8410. */
const ed25519 = derEncode(tags.sequence, bytes('06032b6570'));

function keyOf(text: Text): GoMap {
  const jwk = readJson(text);
  if (!(jwk instanceof GoMap)) throw new FunctionFailure('the JSON Web Key is no JSON object');
  return jwk;
}

function publicKey(jwk: GoMap): Uint8Array {
  const kind = jwk.entries.get('kty');
  if (kind === 'RSA') return spkiFromPkcs1(derEncode(tags.sequence, version(0), integer(jwk, 'n'), integer(jwk, 'e')));
  if (kind === 'EC') return subjectKey(curveOf(jwk).algorithm, point(jwk));
  if (isEd25519(jwk)) return subjectKey(ed25519, sized(jwk, 'x', 32));
  throw unsupported();
}

function subjectKey(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  return derEncode(tags.sequence, algorithm, derEncode(tags.bitString, Uint8Array.of(0), key));
}

function privateKey(jwk: GoMap): Uint8Array {
  const kind = jwk.entries.get('kty');
  if (kind === 'RSA') {
    const numbers = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => integer(jwk, name));
    return pkcs8FromPkcs1(derEncode(tags.sequence, version(0), ...numbers));
  }
  if (kind === 'EC') {
    const { algorithm, size } = curveOf(jwk);
    const publicPart = derEncode(0xa1, derEncode(tags.bitString, Uint8Array.of(0), point(jwk)));
    const key = derEncode(tags.sequence, version(1), derEncode(tags.octetString, sized(jwk, 'd', size)), publicPart);
    return derEncode(tags.sequence, version(0), algorithm, derEncode(tags.octetString, key));
  }
  if (!isEd25519(jwk)) throw unsupported();
  const seed = derEncode(tags.octetString, sized(jwk, 'd', 32));
  return derEncode(tags.sequence, version(0), ed25519, derEncode(tags.octetString, seed));
}

const isEd25519 = (jwk: GoMap) => jwk.entries.get('kty') === 'OKP' && jwk.entries.get('crv') === 'Ed25519';

function unsupported(): FunctionFailure {
  return new FunctionFailure('the JSON Web Key is of a kind that has no PEM form here');
}

function curveOf(jwk: GoMap): Curve {
  const found = curves[String(jwk.entries.get('crv'))];
  if (found === undefined) throw unsupported();
  return found;
}

function point(jwk: GoMap): Uint8Array {
  const { size } = curveOf(jwk);
  return concat(Uint8Array.of(4), sized(jwk, 'x', size), sized(jwk, 'y', size));
}

/** A member, without leading zeros. */
function member(jwk: GoMap, name: string): Uint8Array {
  const text = jwk.entries.get(name);
  if (typeof text !== 'string') throw new FunctionFailure(`the JSON Web Key has no "${name}"`);
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  try {
    const value = base64Decode(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
    return value.subarray(
      Math.max(
        0,
        value.findIndex((byte) => byte !== 0),
      ),
    );
  } catch {
    throw new FunctionFailure(`the JSON Web Key's "${name}" is not base64url`);
  }
}

function sized(jwk: GoMap, name: string, size: number): Uint8Array {
  const value = member(jwk, name);
  if (value.byteLength > size) throw new FunctionFailure(`the JSON Web Key's "${name}" is too long`);
  return bytes(hexEncode(value).padStart(2 * size, '0'));
}

function integer(jwk: GoMap, name: string): Uint8Array {
  const value = member(jwk, name);
  // A leading bit that is set would make it negative.
  return (value[0] ?? 0) > 127 ? derEncode(tags.integer, Uint8Array.of(0), value) : derEncode(tags.integer, value);
}
