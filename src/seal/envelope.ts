// The bytes of one sealed value, apart from any key: be16(len(R)) || R || C.

import { concat } from '../encoding/bytes.ts';
import { FormatError } from '../errors.ts';

/** A parsed sealed value: RSA-wrapped session key, and AES-256-GCM ciphertext with its 16-byte tag at the end. */
export interface Envelope {
  wrappedKey: Uint8Array;
  ciphertext: Uint8Array;
}

/** Bytes of the GCM tag at the end of every ciphertext. */
export const tagLength = 16;

// RSA-512, far below anything usable; a shorter wrapped key can only be damage.
const shortestWrappedKey = 64;
const longestWrappedKey = 0xffff;

/**
 * Takes a sealed value apart, without copying. Throws `FormatError` (`ENVELOPE_DAMAGED`) when the length prefix does not
 * fit what follows, or when there is no room for the tag. Bytes too many cannot be told from ciphertext here: the tag does.
 */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const [high, low] = bytes;
  if (high === undefined || low === undefined) throw damaged();
  const end = 2 + high * 256 + low;
  if (end < 2 + shortestWrappedKey || bytes.byteLength < end + tagLength) throw damaged();
  return { wrappedKey: bytes.subarray(2, end), ciphertext: bytes.subarray(end) };
}

/** The bytes of a sealed value. Throws `TypeError` for parts that no cipher of ours makes. */
export function serializeEnvelope({ wrappedKey, ciphertext }: Envelope): Uint8Array<ArrayBuffer> {
  const length = wrappedKey.byteLength;
  if (length < shortestWrappedKey || length > longestWrappedKey)
    throw new TypeError('wrapped key of impossible length');
  if (ciphertext.byteLength < tagLength) throw new TypeError('ciphertext without a tag');
  return concat(Uint8Array.of(length >> 8, length & 255), wrappedKey, ciphertext);
}

function damaged(): FormatError {
  return new FormatError('ENVELOPE_DAMAGED', 'the sealed value is cut off or damaged');
}
