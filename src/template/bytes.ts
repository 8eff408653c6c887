// Go strings are bytes. Here they are JavaScript strings whose every character is one byte (0–255), called Text.

/** A string of bytes, one character each. */
export type Text = string;

/** Code point that Go shows where bytes are not UTF-8. */
export const runeError = 0xfffd;

const chunk = 8192;

/** Bytes as Text. */
export function textFromBytes(bytes: Uint8Array): Text {
  let text = '';
  for (let at = 0; at < bytes.length; at += chunk) text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return text;
}

/** Text as bytes. */
export function bytesFromText(text: Text): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const encoder = new TextEncoder();

/** A JavaScript string, as UTF-8 Text. */
export function textFromString(value: string): Text {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the ASCII range
  return /^[\x00-\x7f]*$/.test(value) ? value : textFromBytes(encoder.encode(value));
}

/** Text as a JavaScript string, each byte that is not UTF-8 shown as U+FFFD, as Go converts. */
export function stringFromText(text: Text): string {
  let value = '';
  for (const { rune } of runesOf(text)) value += String.fromCodePoint(rune);
  return value;
}

/** One rune of a Text: its code point, where it starts, and how many bytes it takes. */
export interface Rune {
  rune: number;
  at: number;
  size: number;
}

/** The runes of a Text as Go's `range` sees them: a byte that starts no valid sequence is U+FFFD of size 1. */
export function* runesOf(text: Text): Generator<Rune> {
  for (let at = 0; at < text.length; ) {
    const { rune, size } = decodeRune(text, at);
    yield { rune, at, size };
    at += size;
  }
}

/** How many continuation bytes follow, the bits of the lead byte, and the smallest code point that may be so long. */
function leadOf(byte: number): { more: number; bits: number; least: number } | undefined {
  if (byte >= 0xc2 && byte <= 0xdf) return { more: 1, bits: byte & 0x1f, least: 0x80 };
  if (byte >= 0xe0 && byte <= 0xef) return { more: 2, bits: byte & 0x0f, least: 0x800 };
  if (byte >= 0xf0 && byte <= 0xf4) return { more: 3, bits: byte & 0x07, least: 0x10000 };
  return undefined;
}

/** The rune at a byte offset, by the rules of Go's unicode/utf8.DecodeRune. */
export function decodeRune(text: Text, at: number): { rune: number; size: number } {
  const first = text.charCodeAt(at);
  if (first < 0x80) return { rune: first, size: 1 };
  const invalid = { rune: runeError, size: 1 };
  const lead = leadOf(first);
  if (lead === undefined) return invalid;
  let rune = lead.bits;
  for (let offset = 1; offset <= lead.more; offset += 1) {
    const byte = text.charCodeAt(at + offset);
    if ((byte & 0xc0) !== 0x80 || Number.isNaN(byte)) return invalid;
    rune = (rune << 6) | (byte & 0x3f);
  }
  const isSurrogate = rune >= 0xd800 && rune <= 0xdfff;
  return rune < lead.least || rune > 0x10ffff || isSurrogate ? invalid : { rune, size: lead.more + 1 };
}

/** One code point as UTF-8 Text; what is no code point becomes U+FFFD, as Go's utf8.EncodeRune. */
export function textFromRune(rune: number): Text {
  const isCodePoint = rune >= 0 && rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff);
  return textFromString(String.fromCodePoint(isCodePoint ? rune : runeError));
}

/** Applies a function to each rune, as Go's strings.Map: bytes that are not UTF-8 become U+FFFD. */
export function mapRunes(text: Text, change: (rune: number) => number): Text {
  let result = '';
  for (const { rune } of runesOf(text)) result += textFromRune(change(rune));
  return result;
}

/** Upper case of one rune by Unicode's simple mapping: what would become several stays. */
export function upperRune(rune: number): number {
  return iotaUpper(rune) ?? simple(rune, String.fromCodePoint(rune).toUpperCase());
}

/** Greek letters with an iota below: two letters in full upper case, one in the simple mapping. */
function iotaUpper(rune: number): number | undefined {
  if (rune < 0x1f80 || rune > 0x1ff3) return undefined;
  if (rune === 0x1fb3 || rune === 0x1fc3 || rune === 0x1ff3) return rune + 9;
  return [0x1f80, 0x1f90, 0x1fa0].includes(rune & ~7) ? rune + 8 : undefined;
}

/** Lower case of one rune by Unicode's simple mapping. */
export function lowerRune(rune: number): number {
  // U+0130 is the one rune whose full lower case is longer than its simple one.
  return rune === 0x130 ? 0x69 : simple(rune, String.fromCodePoint(rune).toLowerCase());
}

/** Title case of one rune: upper case but for the four digraphs that have a form of their own, and for Georgian. */
export function titleRune(rune: number): number {
  if ((rune >= 0x1c4 && rune <= 0x1cc) || (rune >= 0x1f1 && rune <= 0x1f3)) {
    return rune >= 0x1f1 ? 0x1f2 : rune + 1 - ((rune - 0x1c4) % 3);
  }
  return rune >= 0x10d0 && rune <= 0x10ff ? rune : upperRune(rune);
}

function simple(rune: number, changed: string): number {
  const mapped = changed.codePointAt(0) ?? rune;
  return String.fromCodePoint(mapped).length === changed.length ? mapped : rune;
}

/** Go's unicode.IsSpace. */
export function isSpaceRune(rune: number): boolean {
  return (
    (rune >= 9 && rune <= 13) ||
    rune === 0x20 ||
    rune === 0x85 ||
    rune === 0xa0 ||
    rune === 0x1680 ||
    (rune >= 0x2000 && rune <= 0x200a) ||
    rune === 0x2028 ||
    rune === 0x2029 ||
    rune === 0x202f ||
    rune === 0x205f ||
    rune === 0x3000
  );
}

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and the ASCII space. */
export function isPrintRune(rune: number): boolean {
  return rune === 0x20 || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(String.fromCodePoint(rune));
}
