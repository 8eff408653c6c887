// Standard base64 exactly as Go's StdEncoding reads and writes it, which is what Kubernetes and Sealed Secrets speak.

import { FormatError } from '../errors.ts';
import { asciiText } from './bytes.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digits = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
const invalid = 255;
const values = new Uint8Array(256).fill(invalid);
for (const [value, code] of digits.entries()) values[code] = value;

const lineFeed = 10;
const carriageReturn = 13;
const padding = 61;

// Two digits at a time, as the machine lays them out in memory: twice as fast as one by one. Made when first needed.
let pairsOfDigits: Uint16Array | undefined;

function makePairs(): Uint16Array {
  const bytes = new Uint8Array(4096 * 2);
  let at = 0;
  for (const first of digits) {
    for (const second of digits) {
      bytes[at++] = first;
      bytes[at++] = second;
    }
  }
  return new Uint16Array(bytes.buffer);
}

/** Padded base64 of `bytes`, on one line. */
export function base64Encode(bytes: Uint8Array): string {
  pairsOfDigits ??= makePairs();
  const pairs = pairsOfDigits;
  const out = new Uint16Array(Math.ceil(bytes.byteLength / 3) * 2);
  let o = 0;
  for (let i = 0; i < bytes.byteLength; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[o++] = pairs[group >> 12] ?? 0;
    out[o++] = pairs[group & 4095] ?? 0;
  }
  const text = new Uint8Array(out.buffer);
  const missing = (3 - (bytes.byteLength % 3)) % 3;
  return asciiText(text.fill(padding, text.byteLength - missing));
}

/**
 * The bytes of standard, padded base64. As Go's `base64.StdEncoding`: CR and LF are skipped wherever they stand, unused
 * bits of the last digit may be anything, and every other deviation throws `FormatError` (`NOT_BASE64`).
 */
export function base64Decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decode(text);
  if (typeof bytes !== 'string') return bytes;
  throw new FormatError('NOT_BASE64', `the text ${bytes}, so it is not standard base64`);
}

/** Whether `base64Decode` would succeed. */
export function isBase64(text: string): boolean {
  return typeof decode(text) !== 'string';
}

// The bytes, or why there are none: asking is common, and an error for each text that is none would be slow.
function decode(text: string): Uint8Array<ArrayBuffer> | string {
  const out = new Uint8Array(Math.ceil(text.length / 4) * 3);
  let length = 0;
  let group = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 256 ? (values[code] ?? invalid) : invalid;
    if (value !== invalid) {
      group = (group << 6) | value;
      if (++count < 4) continue;
      out[length++] = group >> 16;
      out[length++] = group >> 8;
      out[length++] = group;
      group = 0;
      count = 0;
    } else if (code === padding) {
      const problem = paddingProblem(text, i, count);
      if (problem) return problem;
      if (count === 3) group >>= 2;
      else group >>= 4;
      if (count === 3) out[length++] = group >> 8;
      out[length++] = group;
      count = 0;
      break;
    } else if (code !== lineFeed && code !== carriageReturn) {
      return 'holds a character that is not of the standard alphabet';
    }
  }
  return count === 0 ? out.subarray(0, length) : 'is cut off or lacks its padding';
}

// From the first `=` on there may be only the padding that the digits before it ask for, and line ends.
function paddingProblem(text: string, from: number, count: number): string | undefined {
  let seen = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === padding) seen++;
    else if (code !== lineFeed && code !== carriageReturn) return 'goes on after its padding';
  }
  return count < 2 || seen !== 4 - count ? 'is padded wrongly' : undefined;
}
