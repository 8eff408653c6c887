// sprig 3.3.0's checksums: hexadecimal, but Adler-32 in decimal.

import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { hexEncode } from '../../encoding/hex.ts';
import { bytesFromText, type Text } from '../bytes.ts';
import { type FunctionTable, fn, type TemplateFunction } from '../functions.ts';

export const hashFunctions: FunctionTable = {
  sha1sum: sum(sha1),
  sha256sum: sum(sha256),
  sha512sum: sum(sha512),
  adler32sum: fn(['string'], ([text]) => String(adler32(text))),
};

function sum(hash: (bytes: Uint8Array) => Uint8Array): TemplateFunction {
  return fn(['string'], ([text], budget) => {
    // Hashing takes some ten times as long as reading.
    budget.spend(text.length);
    return hexEncode(hash(bytesFromText(text)));
  });
}

function adler32(text: Text): number {
  let [low, high] = [1, 0];
  for (let at = 0; at < text.length; at += 1) {
    low = (low + text.charCodeAt(at)) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
}
