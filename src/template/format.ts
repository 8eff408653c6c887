// Go's fmt for template values: Sprint, Sprintln and Sprintf, its mistakes in the output included.

import { decodeRune, runesOf, type Text, textFromRune } from './bytes.ts';
import { formatFloat } from './float.ts';
import { canBackquote, quoteRune, quoteText } from './quote.ts';
import { GoMap, isList, typeName, type Value } from './values.ts';

interface Flags {
  plus: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

const plain: Flags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
};

/** The value as `{{ }}` writes it. */
export function printed(value: Value): Text {
  return value === undefined || value === null ? '<no value>' : formatOne(value, 'v', plain);
}

/** fmt.Sprint: a space between operands when neither is a string. */
export function sprint(values: readonly Value[]): Text {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const apart = index > 0 && typeof value !== 'string' && typeof before !== 'string';
      return (apart ? ' ' : '') + formatOne(value, 'v', plain);
    })
    .join('');
}

/** fmt.Sprintln. */
export function sprintln(values: readonly Value[]): Text {
  return `${values.map((value) => formatOne(value, 'v', plain)).join(' ')}\n`;
}

/** What a directive says, parsed: `%[2]*.[1]*d` and simpler. */
const directive = /%([-+# 0]*)(\[[^\]]*\])?(\*|\d+)?(?:(\.)(\[[^\]]*\])?(\*|\d+)?)?(\[[^\]]*\])?/y;

/** fmt.Sprintf. `checkWidth` sees each width and precision before anything is padded. */
export function sprintf(format: Text, args: readonly Value[], checkWidth: (width: number) => void = () => {}): Text {
  return new Printer(format, args, checkWidth).all();
}

class Printer {
  readonly #format: Text;
  readonly #args: readonly Value[];
  readonly #checkWidth: (width: number) => void;
  #next = 0;
  #isReordered = false;
  #isGood = true;

  constructor(format: Text, args: readonly Value[], checkWidth: (width: number) => void) {
    this.#format = format;
    this.#args = args;
    this.#checkWidth = checkWidth;
  }

  all(): Text {
    let result = '';
    for (let at = 0; at < this.#format.length; ) {
      const percent = this.#format.indexOf('%', at);
      const end = percent === -1 ? this.#format.length : percent;
      result += this.#format.slice(at, end);
      if (percent === -1) break;
      directive.lastIndex = percent;
      const match = directive.exec(this.#format);
      at = percent + (match?.[0].length ?? 1);
      const { text, flags } = this.#flags(match ?? []);
      if (at >= this.#format.length) return `${result + text}%!(NOVERB)${this.#extra()}`;
      const { rune, size } = decodeRune(this.#format, at);
      at += size;
      result += text + this.#verb(textFromRune(rune), flags);
    }
    return result + this.#extra();
  }

  #flags(match: readonly (string | undefined)[]): { text: Text; flags: Flags } {
    const [, marks = '', widthIndex, width, point, precisionIndex, precision, verbIndex] = match;
    this.#isGood = true;
    let text = '';
    const has = (mark: string) => marks.includes(mark);
    const flags: Flags = {
      ...plain,
      plus: has('+'),
      minus: has('-'),
      sharp: has('#'),
      space: has(' '),
      zero: has('0'),
    };
    this.#index(widthIndex);
    if (width === '*') {
      flags.width = this.#star();
      if (flags.width === undefined) text += '%!(BADWIDTH)';
      else if (flags.width < 0) Object.assign(flags, { width: -flags.width, minus: true, zero: false });
    } else if (width !== undefined) {
      flags.width = Number(width);
      if (widthIndex !== undefined) this.#isGood = false;
    }
    if (point !== undefined) {
      if (widthIndex !== undefined && width === undefined) this.#isGood = false;
      this.#index(precisionIndex);
      flags.precision = precision === '*' ? this.#star() : Number(precision ?? 0);
      if (precision === '*' && (flags.precision === undefined || flags.precision < 0)) {
        if (flags.precision === undefined) text += '%!(BADPREC)';
        flags.precision = undefined;
      }
    }
    this.#index(verbIndex);
    this.#checkWidth(Math.max(flags.width ?? 0, flags.precision ?? 0));
    return { text, flags };
  }

  /** `[n]`: the operand to take next. */
  #index(written: string | undefined): void {
    if (written === undefined) return;
    this.#isReordered = true;
    const index = /^\[\d+\]$/.test(written) ? Number(written.slice(1, -1)) - 1 : -1;
    if (index >= 0 && index < this.#args.length) this.#next = index;
    else this.#isGood = false;
  }

  #star(): number | undefined {
    const value = this.#args[this.#next];
    if (this.#next < this.#args.length) this.#next += 1;
    return typeof value === 'bigint' && value <= 1_000_000n && value >= -1_000_000n ? Number(value) : undefined;
  }

  #verb(verb: Text, flags: Flags): Text {
    if (verb === '%') return '%';
    if (!this.#isGood) return `%!${verb}(BADINDEX)`;
    if (this.#next >= this.#args.length) return `%!${verb}(MISSING)`;
    const value = this.#args[this.#next];
    this.#next += 1;
    return formatOne(value, verb, flags);
  }

  #extra(): Text {
    if (this.#isReordered || this.#next >= this.#args.length) return '';
    const rest = this.#args
      .slice(this.#next)
      .map((value) => (isNil(value) ? '<nil>' : `${typeName(value)}=${formatOne(value, 'v', plain)}`));
    return `%!(EXTRA ${rest.join(', ')})`;
  }
}

function isNil(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

/** One value under one verb. */
function formatOne(value: Value, verb: Text, flags: Flags): Text {
  if (isNil(value)) return verb === 'v' || verb === 'T' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  if (verb === 'T') return pad(typeName(value), flags);
  return formatted(value, verb, flags) ?? `%!${verb}(${typeName(value)}=${formatOne(value, 'v', flags)})`;
}

/** `undefined` where the verb does not fit the type. */
function formatted(value: Value, verb: Text, flags: Flags): Text | undefined {
  if (isList(value) || value instanceof GoMap) return formatComposite(value, verb, flags);
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
    const shown = `U+${value
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(4, flags.precision ?? 0), '0')}`;
    return pad(flags.sharp && value <= 0x10ffffn ? `${shown} '${textFromRune(rune)}'` : shown, {
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
  const [style, precision] = floatVerbs[verb] ?? [];
  if (style === undefined || precision === undefined) return undefined;
  const number = formatFloat(value, style, flags.precision ?? precision);
  const isSpecial = !Number.isFinite(value);
  const unsigned = number.replace(/^[-+]/, '');
  const wantsSign = (flags.plus && verb !== 'v') || (isSpecial && number.startsWith('+') && !flags.space);
  const sign = number.startsWith('-') ? '-' : wantsSign && !Number.isNaN(value) ? '+' : flags.space ? ' ' : '';
  const body = /^[A-Z]$/.test(verb) ? unsigned.toUpperCase() : unsigned;
  const shown = isSpecial ? unsigned : body;
  if (flags.zero && !flags.minus && !isSpecial) return sign + shown.padStart((flags.width ?? 0) - sign.length, '0');
  return pad(sign + shown, { ...flags, zero: false });
}

/** Padding counts runes, not bytes. */
function pad(text: Text, { width, minus, zero }: Flags): Text {
  if (width === undefined) return text;
  let runes = 0;
  for (const _ of runesOf(text)) runes += 1;
  const fill = Math.max(0, width - runes);
  return minus ? text + ' '.repeat(fill) : (zero ? '0' : ' ').repeat(fill) + text;
}
