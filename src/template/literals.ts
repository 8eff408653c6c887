// Go's literals: quoted strings, characters, numbers. Facts from Go's strconv.Unquote and text/template/parse newNumber.

import { type Text, textFromRune, textFromString } from './bytes.ts';

const letterEscapes: Record<string, number> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
};

const escapePattern = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"]))/y;

/** The Text that an interpreted string literal stands for, without its quotes; `undefined` when an escape is wrong. */
export function unescapeText(body: string, quote: '"' | "'"): Text | undefined {
  let text = '';
  for (let at = 0; at < body.length; ) {
    if (body[at] !== '\\') {
      const plain = /[^\\]+/y;
      plain.lastIndex = at;
      const piece = plain.exec(body)?.[0] ?? '';
      text += textFromString(piece);
      at += piece.length;
      continue;
    }
    escapePattern.lastIndex = at;
    const match = escapePattern.exec(body);
    if (match === null) return undefined;
    const [all, byte, short, long, octal, letter] = match;
    const isOtherQuote = letter !== undefined && /['"]/.test(letter) && letter !== quote;
    if (isOtherQuote) return undefined;
    const piece = escapedText({ byte, octal, rune: short ?? long, letter });
    if (piece === undefined) return undefined;
    text += piece;
    at += all.length;
  }
  return text;
}

/** `\x` and octal escapes are bytes, `\u` and `\U` runes. */
function escapedText(one: {
  byte: string | undefined;
  octal: string | undefined;
  rune: string | undefined;
  letter: string | undefined;
}): Text | undefined {
  if (one.letter !== undefined) return String.fromCharCode(letterEscapes[one.letter] ?? 0);
  if (one.rune !== undefined) {
    const rune = Number.parseInt(one.rune, 16);
    const isCodePoint = rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff);
    return isCodePoint ? textFromRune(rune) : undefined;
  }
  const byte = one.byte === undefined ? Number.parseInt(one.octal ?? '', 8) : Number.parseInt(one.byte, 16);
  return byte > 255 ? undefined : String.fromCharCode(byte);
}

/** A number literal: an integer where Go can read it as one without a point or exponent, else a float64. */
export function parseNumber(literal: string): bigint | number | undefined {
  const isNegative = literal.startsWith('-');
  const body = literal.replace(/^[+-]/, '');
  if (/__|_$|^_/.test(body)) return undefined;
  const digits = body.replaceAll('_', '');
  // A leading zero means octal to Go's ParseInt with base 0.
  const isOctal = /^0[0-7]+$/.test(digits);
  if (/^(0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|\d+)$/.test(digits) && (isOctal || !/^0\d/.test(digits))) {
    const magnitude = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
    const value = isNegative ? -magnitude : magnitude;
    return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
  }
  if (!/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits)) return undefined;
  const value = Number(isNegative ? `-${digits}` : digits);
  return Number.isFinite(value) && /[.eE]/.test(digits) ? value : undefined;
}
