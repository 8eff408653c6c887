// External Secrets' `rsaDecrypt`: RSA-OAEP (RFC 8017) with a private key in PEM.

import jsbn from 'node-forge/lib/jsbn.js';
import digests from 'node-forge/lib/md.all.js';
import rsa from 'node-forge/lib/rsa.js';
import { derChildren, tags } from '../../encoding/der.ts';
import { hexEncode } from '../../encoding/hex.ts';
import { pkcs1FromPkcs8 } from '../../encoding/rsa-key.ts';
import { isSealError } from '../../errors.ts';
import type { Budget } from '../budget.ts';
import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { firstBlock } from './pem-blocks.ts';

export const rsaFunctions: FunctionTable = {
  rsaDecrypt: fn(['string', 'string', 'string', 'string'], ([scheme, hash, encrypted, key], budget) => {
    if (scheme === 'None') return encrypted;
    if (scheme !== 'RSA-OAEP') throw new FunctionFailure('the scheme is neither RSA-OAEP nor None');
    return decrypted(encrypted, key, digestOf(hash), budget);
  }),
};

// As the reference: what is no name of a digest means SHA-256.
const digestOf = (hash: Text) => (hash === 'SHA1' ? 'sha1' : hash === 'SHA512' ? 'sha512' : 'sha256');

// Four of them, of 4096 bits, take as long as a rendering may; time grows with the cube of that.
const cost = 250_000;
const longestKey = 4096;

function decrypted(encrypted: Text, keyPem: Text, digest: 'sha1' | 'sha256' | 'sha512', budget: Budget): Text {
  budget.spend(cost);
  const key = privateKey(firstBlock(keyPem, 'private key').bytes);
  try {
    const create = () => digests[digest].create();
    return key.decrypt(encrypted, 'RSA-OAEP', { md: create(), mgf1: { md: create() } });
  } catch {
    // One message for whatever was wrong: which it was would help to guess.
    throw new FunctionFailure('what is given was not encrypted for this key by RSA-OAEP and this digest');
  }
}

function privateKey(bytes: Uint8Array) {
  const numbers = numbersOf(bytes).map((number) => new jsbn.BigInteger(hexEncode(number), 16));
  const [modulus, , , p, q] = numbers;
  if (numbers.length !== 8 || !modulus || !p || !q) throw notRsa();
  const bits = modulus.bitLength();
  if (bits > longestKey) throw new FunctionFailure(`the private key has more than ${longestKey} bits`);
  // With other numbers than these the library would calculate for hours.
  const areTwins = Math.abs(p.bitLength() - q.bitLength()) <= 1 && p.multiply(q).equals(modulus);
  if (bits < 512 || !areTwins || numbers.some((number) => number.bitLength() > bits)) throw notRsa();
  return rsa.setPrivateKey(...numbers);
}

const notRsa = () => new FunctionFailure('the private key is not one of RSA');

/** The numbers of a key in PKCS#1 or PKCS#8, without the version before them. */
function numbersOf(bytes: Uint8Array): Uint8Array[] {
  try {
    const isPkcs8 = derChildren(bytes)[1]?.tag === tags.sequence;
    const [, ...numbers] = derChildren(isPkcs8 ? pkcs1FromPkcs8(bytes) : bytes);
    return numbers.filter(({ tag }) => tag === tags.integer).map(({ content }) => content);
  } catch (error) {
    if (!isSealError(error)) throw error;
    throw notRsa();
  }
}
