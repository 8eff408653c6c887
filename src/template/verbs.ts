// One value under one verb of Go's fmt, its complaints about verbs that do not fit included.

import { isPrintRune, runesOf, type Text, textFromRune } from './bytes.ts';
import { FunctionFailure } from './errors.ts';
import { formatFloat } from './float.ts';
import { canBackquote, quoteRune, quoteText } from './quote.ts';
import { GoMap, GoNumber, GoStruct, isList, typeName, type Value } from './values.ts';

/** What stands between `%` and the verb. */
export interface Flags {
  plus: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

/** No flags: how `%v` alone prints. */
export const plain: Flags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
};

/** Whether Go sees a nil interface. */
export function isNil(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

/** One value under one verb. */
export function formatOne(value: Value, verb: Text, flags: Flags): Text {
  if (isNil(value)) return verb === 'v' || verb === 'T' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  if (verb === 'T') return pad(typeName(value), flags);
  return formatted(value, verb, flags) ?? `%!${verb}(${typeName(value)}=${formatted(value, ownVerb, flags)})`;
}

/** How Go shows a value under a verb that does not fit it: as `%v`, but with flags meaning what they mean elsewhere. */
const ownVerb = 'own';
const ownVerbs: Record<string, Text> = { string: 's', bigint: 'd', number: 'g', boolean: 't' };

/** `undefined` where the verb does not fit the type. */
function formatted(value: Value, anyVerb: Text, flags: Flags): Text | undefined {
  if (isList(value) || value instanceof GoMap) {
    // `%w` is for errors alone, so it fits no element either.
    return anyVerb === 'w' ? undefined : formatComposite(value, anyVerb, flags);
  }
  if (value instanceof GoStruct || value instanceof GoNumber)
    return formatText(value.text, anyVerb === ownVerb ? 's' : anyVerb, flags);
  const verb = anyVerb === ownVerb ? (ownVerbs[typeof value] ?? 'v') : anyVerb;
  switch (typeof value) {
    case 'string':
      return formatText(value, verb, flags);
    case 'bigint':
      return formatInteger(value, verb, flags);
    case 'number':
      return formatNumber(value, verb, flags);
    default:
      return verb === 't' || verb === 'v' ? pad(String(value), flags) : undefined;
  }
}

function formatComposite(value: readonly Value[] | GoMap, verb: Text, flags: Flags): Text {
  const isSyntax = verb === 'v' && flags.sharp;
  const one = (element: Value) =>
    isNil(element) ? (isSyntax ? 'interface {}(nil)' : '<nil>') : formatOne(element, verb, flags);
  const pieces =
    value instanceof GoMap
      ? value.sortedKeys().map((key) => `${formatOne(key, verb, flags)}:${one(value.entries.get(key))}`)
      : value.map(one);
  if (isSyntax) return `${typeName(value)}{${pieces.join(', ')}}`;
  return value instanceof GoMap ? `map[${pieces.join(' ')}]` : `[${pieces.join(' ')}]`;
}

function formatText(value: Text, verb: Text, flags: Flags): Text | undefined {
  switch (verb) {
    case 'v':
      return flags.sharp ? pad(quoteText(value), flags) : pad(cut(value, flags.precision), flags);
    case 's':
      return pad(cut(value, flags.precision), flags);
    case 'q': {
      const short = cut(value, flags.precision);
      return pad(
        flags.sharp && canBackquote(short) ? `\`${short}\`` : quoteText(short, { asciiOnly: flags.plus }),
        flags,
      );
    }
    case 'x':
    case 'X':
      return hexOf(value, verb === 'X', flags);
    default:
      return undefined;
  }
}

/** The first runes of a text. */
function cut(value: Text, runes: number | undefined): Text {
  if (runes === undefined || runes >= value.length) return value;
  let count = 0;
  for (const { at } of runesOf(value)) {
    if (count === runes) return value.slice(0, at);
    count += 1;
  }
  return value;
}

function hexOf(value: Text, isUpper: boolean, flags: Flags): Text {
  const prefix = flags.sharp ? '0x' : '';
  const bytes = [...value.slice(0, flags.precision ?? value.length)].map((byte) =>
    byte.charCodeAt(0).toString(16).padStart(2, '0'),
  );
  const joined = bytes.length === 0 ? '' : prefix + bytes.join(flags.space ? ` ${prefix}` : '');
  return pad(isUpper ? joined.toUpperCase() : joined, flags);
}

const bases: Record<string, number> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatInteger(value: bigint, verb: Text, flags: Flags): Text | undefined {
  const rune = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  if (verb === 'c') return pad(textFromRune(rune), flags);
  if (verb === 'q') return pad(quoteRune(rune, { asciiOnly: flags.plus }), flags);
  if (verb === 'U') {
    const shown = `U+${BigInt.asUintN(64, value)
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(4, flags.precision ?? 0), '0')}`;
    return pad(flags.sharp && value <= 0x10ffffn && isPrintRune(rune) ? `${shown} '${textFromRune(rune)}'` : shown, {
      ...flags,
      zero: false,
    });
  }
  const base = bases[verb];
  if (base === undefined) return undefined;
  const sign = value < 0n ? '-' : flags.plus && verb !== 'v' ? '+' : flags.space ? ' ' : '';
  if (flags.precision === 0 && value === 0n) return pad('', { ...flags, zero: false });
  const isZeroPadded = flags.precision === undefined && flags.zero && !flags.minus && flags.width !== undefined;
  const least = isZeroPadded ? (flags.width ?? 0) - sign.length : (flags.precision ?? 0);
  const digits = (value < 0n ? -value : value).toString(base).padStart(least, '0');
  const body = prefixOf(verb, digits, flags) + digits;
  return pad(sign + (verb === 'X' ? body.toUpperCase() : body), { ...flags, zero: false });
}

function prefixOf(verb: Text, digits: string, flags: Flags): string {
  const isSharp = flags.sharp && verb !== 'v';
  if (verb === 'O') return isSharp && !digits.startsWith('0') ? '0o0' : '0o';
  if (!isSharp) return '';
  if (verb === 'o') return digits.startsWith('0') ? '' : '0';
  return { b: '0b', x: '0x', X: '0x' }[verb] ?? '';
}

const floatVerbs: Record<string, ['e' | 'f' | 'g', number]> = {
  v: ['g', -1],
  g: ['g', -1],
  G: ['g', -1],
  e: ['e', 6],
  E: ['e', 6],
  f: ['f', 6],
  F: ['f', 6],
};

function formatNumber(value: number, verb: Text, flags: Flags): Text | undefined {
  // Go writes these as mantissa and binary exponent; better no Secret than another text in it.
  if (/^[bxX]$/.test(verb)) throw new FunctionFailure(`%${verb} of a float is not available`);
  const [style, precision] = floatVerbs[verb] ?? [];
  if (style === undefined || precision === undefined) return undefined;
  const exact = formatFloat(value, style, flags.precision ?? precision);
  const number = flags.sharp && verb !== 'v' ? withPoint(exact, style === 'g' ? (flags.precision ?? 6) : 0) : exact;
  const isSpecial = !Number.isFinite(value);
  const unsigned = number.replace(/^[-+]/, '');
  const wantsSign = (flags.plus && verb !== 'v') || (isSpecial && number.startsWith('+') && !flags.space);
  const sign = number.startsWith('-') ? '-' : wantsSign && !Number.isNaN(value) ? '+' : flags.space ? ' ' : '';
  const body = /^[A-Z]$/.test(verb) ? unsigned.toUpperCase() : unsigned;
  const shown = isSpecial ? unsigned : body;
  if (flags.zero && !flags.minus && !isSpecial) return sign + shown.padStart((flags.width ?? 0) - sign.length, '0');
  return pad(sign + shown, { ...flags, zero: false });
}

/** `%#g` and its like: always a decimal point, and so many significant digits (fmt/format.go, fmtFloat). */
function withPoint(number: string, digits: number): string {
  const [, sign = '', body = '', exponent = ''] = /^([-+]?)([\d.]+)(e.*)?$/.exec(number) ?? [];
  if (body === '') return number;
  const significant = body.replace('.', '').replace(/^0+/, '').length;
  // A lone zero counts as one digit.
  const missing = Math.max(0, digits - (body === '0' ? 1 : significant));
  return sign + body + (body.includes('.') ? '' : '.') + '0'.repeat(missing) + exponent;
}

/** Padding counts runes, not bytes. */
function pad(text: Text, { width, minus, zero }: Flags): Text {
  if (width === undefined) return text;
  let runes = 0;
  for (const _ of runesOf(text)) runes += 1;
  const fill = Math.max(0, width - runes);
  return minus ? text + ' '.repeat(fill) : (zero ? '0' : ' ').repeat(fill) + text;
}
