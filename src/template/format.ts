// Go's fmt for template values: Sprint, Sprintln and Sprintf, its mistakes in the output included.

import { decodeRune, type Text, textFromRune } from './bytes.ts';
import { byKind, typeName, type Value } from './values.ts';
import { type Flags, formatOne, isNil, plain } from './verbs.ts';

/** The value as `{{ }}` writes it. */
export function printed(value: Value): Text {
  return value === undefined || value === null ? '<no value>' : formatOne(value, 'v', plain);
}

/** fmt.Sprint: a space between operands when neither is a string. */
export function sprint(values: readonly Value[]): Text {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const apart = index > 0 && typeof byKind(value) !== 'string' && typeof byKind(before) !== 'string';
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
        text += '%!(BADPREC)';
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
