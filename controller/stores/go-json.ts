// JSON read with its numbers as they were written, and written again as Go's encoding/json writes it.

import { isLosslessNumber, parse } from 'lossless-json';

/** A JSON document whose numbers are `LosslessNumber`: `value` is their text. */
export type ExactJson = unknown;

/**
 * Parses JSON and keeps the text of every number. Of a repeated key the last one counts, as in Go.
 * Throws `SyntaxError` without a word of the text, which may be secret.
 */
export function parseExactJson(text: string): ExactJson {
  try {
    return parse(text, null, { onDuplicateKey: ({ newValue }) => newValue });
  } catch {
    // Too deep for the stack is as unreadable as wrong syntax; both messages would quote what was read.
    throw new SyntaxError('not JSON');
  }
}

export interface GoJsonOptions {
  /** `<`, `>` and `&` as escapes, as `json.Marshal` writes them; false is an encoder's `SetEscapeHTML(false)`. Default: true. */
  escapeHtml?: boolean;
}

/**
 * The bytes that Go's `json.Marshal` makes of the same document (encoding/json of Go 1.22 and later): no spaces, keys of
 * objects in the order of their UTF-8 bytes, `<`, `>`, `&`, U+2028 and U+2029 escaped, numbers as they were read.
 */
export function goJson(value: ExactJson, options: GoJsonOptions = {}): string {
  if (isLosslessNumber(value)) return value.value;
  if (typeof value === 'string') return goString(value, options);
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item, options)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  // Two keys may be one to Go, and then the later counts.
  const byKey = new Map(Object.entries(value).map(([key, member]) => [wellFormed(key), member]));
  const members = [...byKey].sort(([left], [right]) => compareCodePoints(left, right));
  return `{${members.map(([key, member]) => `${goString(key, options)}:${goJson(member, options)}`).join(',')}}`;
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

function goString(text: string, { escapeHtml = true }: GoJsonOptions): string {
  return JSON.stringify(wellFormed(text)).replace(
    escapeHtml ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g,
    (character) => escapes[character] ?? '',
  );
}

// Go strings hold no lone surrogates: its decoder has put U+FFFD in their place.
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');

/** The order of the UTF-8 bytes. UTF-16, which `<` compares, puts characters beyond U+FFFF before those from U+E000 on. */
export function compareCodePoints(left: string, right: string): number {
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
