// Bytes and text: joining, comparing, and UTF-8 that refuses what it cannot represent.

import { FormatError } from '../errors.ts';

const encoder = new TextEncoder();
const lenientDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The parts one after another, in a new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}

/** Whether both hold the same bytes, in a time that depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  let difference = 0;
  for (let i = 0; i < a.byteLength; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** UTF-8 bytes of `text`. Throws `FormatError` (`NOT_UNICODE`) on a lone surrogate, which has no encoding. */
export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  if (!text.isWellFormed()) throw new FormatError('NOT_UNICODE', 'the text holds half a character');
  return encoder.encode(text);
}

/** The text of UTF-8 bytes, a BOM kept. Throws `FormatError` (`NOT_UTF8`) on any invalid sequence. */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch (cause) {
    throw new FormatError('NOT_UTF8', 'the bytes are not UTF-8 text', { cause });
  }
}

/** The text of bytes that are known to be ASCII, without a check. */
export function asciiText(bytes: Uint8Array): string {
  return lenientDecoder.decode(bytes);
}

/** The same bytes with the buffer type that the web platform's typings ask for. Copies only out of shared memory. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
