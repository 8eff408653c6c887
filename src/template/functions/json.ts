// JSON as Go's encoding/json reads and writes it into `any`.

import { runeError, runesOf, stringFromText, type Text, textFromRune, textFromString } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { GoMap, GoNumber, GoRecord, GoStruct, isList, nilList, type Value } from '../values.ts';

export interface JsonStyle {
  /** `<`, `>` and `&` as escapes, as json.Marshal does. */
  escapeHtml: boolean;
  /** Two-space indentation, as sprig's toPrettyJson. */
  indent?: boolean;
}

/** encoding/json.Marshal of a template value. Floats that JSON has no text for fail. */
export function writeJson(value: Value, style: JsonStyle, margin = ''): Text {
  if (value === undefined || value === null || value === nilList) return 'null';
  if (typeof value === 'string') return quoted(value, style.escapeHtml);
  if (typeof value === 'number') return writeFloat(value);
  if (value instanceof GoNumber) return value.text;
  if (value instanceof GoRecord) return writeJson(new GoMap(value.fields), style, margin);
  if (value instanceof GoStruct) return quoted(value.json, style.escapeHtml);
  if (isList(value)) {
    const inner = `${margin}  `;
    return surround(
      '[',
      value.map((one) => writeJson(one, style, inner)),
      ']',
      style,
      margin,
    );
  }
  if (value instanceof GoMap) {
    const inner = `${margin}  `;
    const colon = style.indent ? ': ' : ':';
    const members = value
      .sortedKeys()
      .map((key) => quoted(key, style.escapeHtml) + colon + writeJson(value.entries.get(key), style, inner));
    return surround('{', members, '}', style, margin);
  }
  return String(value);
}

function surround(open: string, parts: readonly Text[], close: string, { indent }: JsonStyle, margin: string): Text {
  if (!indent || parts.length === 0) return open + parts.join(',') + close;
  return `${open}\n${margin}  ${parts.join(`,\n${margin}  `)}\n${margin}${close}`;
}

/** encoding/json's floatEncoder: like ECMAScript, but two digits fewer in small exponents. */
function writeFloat(value: number): Text {
  if (!Number.isFinite(value)) throw new FunctionFailure('json: unsupported value');
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-6 || magnitude >= 1e21))
    return value.toExponential().replace(/e([+-])0*/, 'e$1');
  return Object.is(value, -0) ? '-0' : String(value);
}

const short: Record<number, string> = { 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' };

function quoted(text: Text, escapeHtml: boolean): Text {
  let result = '"';
  for (const { rune, size } of runesOf(text)) {
    const isHtml = escapeHtml && (rune === 0x3c || rune === 0x3e || rune === 0x26);
    const isBad = rune === runeError && size === 1;
    if (isBad) result += '\\ufffd';
    else if (isHtml || rune === 0x2028 || rune === 0x2029) result += escaped(rune);
    else result += short[rune] ?? (rune < 0x20 ? escaped(rune) : textFromRune(rune));
  }
  return `${result}"`;
}

function escaped(rune: number): Text {
  return `\\u${rune.toString(16).padStart(4, '0')}`;
}

/** encoding/json.Unmarshal into `any`: every number is a float64. */
export function readJson(text: Text): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stringFromText(text));
  } catch {
    throw new FunctionFailure('not JSON');
  }
  return fromParsed(parsed);
}

function fromParsed(value: unknown): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return textFromString(value);
  if (Array.isArray(value)) return value.map(fromParsed);
  return new GoMap(
    Object.entries(value as object).map(([key, one]) => [textFromString(key), fromParsed(one)] as const),
  );
}
