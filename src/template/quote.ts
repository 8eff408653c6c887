// Go's quoting of strings and runes: strconv.Quote, QuoteToASCII, QuoteRune, CanBackquote.

import { decodeRune, isPrintRune, runeError, type Text, textFromRune } from './bytes.ts';

const named: Record<number, string> = { 7: '\\a', 8: '\\b', 12: '\\f', 10: '\\n', 13: '\\r', 9: '\\t', 11: '\\v' };

/** `"…"` with Go's escapes. With `asciiOnly` every other rune is escaped too (`%+q`). */
export function quoteText(text: Text, { asciiOnly = false } = {}): Text {
  let quoted = '"';
  for (let at = 0; at < text.length; ) {
    const { rune, size } = decodeRune(text, at);
    quoted += rune === runeError && size === 1 ? `\\x${hex(text.charCodeAt(at), 2)}` : escapeRune(rune, '"', asciiOnly);
    at += size;
  }
  return `${quoted}"`;
}

/** `'…'` with Go's escapes (`%q` of an integer). */
export function quoteRune(rune: number, { asciiOnly = false } = {}): Text {
  const valid = rune >= 0 && rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff);
  return `'${escapeRune(valid ? rune : runeError, "'", asciiOnly)}'`;
}

/** Whether the text can stand between backquotes (`%#q`). */
export function canBackquote(text: Text): boolean {
  for (let at = 0; at < text.length; ) {
    const { rune, size } = decodeRune(text, at);
    const isBad =
      size > 1 ? rune === 0xfeff : rune === runeError || (rune < 0x20 && rune !== 9) || rune === 0x60 || rune === 0x7f;
    if (isBad) return false;
    at += size;
  }
  return true;
}

function escapeRune(rune: number, quote: string, asciiOnly: boolean): Text {
  if (rune === quote.charCodeAt(0) || rune === 0x5c) return `\\${String.fromCharCode(rune)}`;
  if (rune < 0x80 ? rune >= 0x20 && rune < 0x7f : !asciiOnly && isPrintRune(rune)) return textFromRune(rune);
  const short = named[rune];
  if (short !== undefined) return short;
  if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`;
  return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`;
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
