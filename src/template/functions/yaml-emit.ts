// libyaml's emitter as far as scalars and white space go (go-yaml 2.4's emitterc.go): lines are folded beyond column 80.

import { isBreak, isPrintable } from './yaml-style.ts';

const bestWidth = 80;

/** Writes scalars and indicators, and knows where in the line it is. */
export class ScalarWriter {
  #pieces: string[] = [];
  #column = 0;
  #isWhitespace = true;
  /** Whether nothing but indentation and indicators stands in the line. */
  isIndention = true;

  document(): string {
    const text = this.#pieces.join('');
    return text.endsWith('\n') ? text : `${text}\n`;
  }

  #put(character: string): void {
    this.#pieces.push(character);
    this.#column += 1;
  }

  #break(character = '\n'): void {
    this.#pieces.push(character);
    this.#column = 0;
  }

  /** Goes to the column, in a new line unless only white space stands before it. */
  writeIndent(indent: number): void {
    const target = Math.max(indent, 0);
    const isTaken = !this.isIndention || this.#column > target || (this.#column === target && !this.#isWhitespace);
    if (isTaken) this.#break();
    while (this.#column < target) this.#put(' ');
    this.#isWhitespace = true;
    this.isIndention = true;
  }

  indicator(mark: string, needsSpace: boolean, keepsIndention = false): void {
    if (needsSpace && !this.#isWhitespace) this.#put(' ');
    for (const character of mark) this.#put(character);
    this.#isWhitespace = false;
    this.isIndention = this.isIndention && keepsIndention;
  }

  plain(text: string, indent: number, isKey: boolean): void {
    if (!this.#isWhitespace) this.#put(' ');
    const characters = [...text];
    let isSpace = false;
    for (const [at, character] of characters.entries()) {
      const folds = character === ' ' && !isKey && !isSpace && this.#column > bestWidth && characters[at + 1] !== ' ';
      if (folds) this.writeIndent(indent);
      else this.#put(character);
      if (character !== ' ') this.isIndention = false;
      isSpace = character === ' ';
    }
    this.#isWhitespace = false;
    this.isIndention = false;
  }

  singleQuoted(characters: readonly string[], indent: number, isKey: boolean): void {
    this.indicator("'", true);
    let [isSpace, isBroken] = [false, false];
    for (const [at, character] of characters.entries()) {
      if (isBreak(character)) {
        this.#break(character);
        this.isIndention = true;
        isBroken = true;
        continue;
      }
      const isInside = at > 0 && at < characters.length - 1;
      const mayFold = !isKey && !isSpace && this.#column > bestWidth && isInside && characters[at + 1] !== ' ';
      if (character === ' ' && mayFold) {
        this.writeIndent(indent);
      } else {
        if (isBroken && character !== ' ') this.writeIndent(indent);
        if (character === "'") this.#put("'");
        this.#put(character);
      }
      isSpace = character === ' ';
      if (!isSpace) [this.isIndention, isBroken] = [false, false];
    }
    this.indicator("'", false);
  }

  doubleQuoted(characters: readonly string[], indent: number, isKey: boolean): void {
    this.indicator('"', true);
    let isSpace = false;
    for (const [at, character] of characters.entries()) {
      const mayFold = !isKey && !isSpace && this.#column > bestWidth && at > 0 && at < characters.length - 1;
      if (character === ' ' && mayFold) {
        this.writeIndent(indent);
        if (characters[at + 1] === ' ') this.#put('\\');
      } else {
        for (const one of escaped(character)) this.#put(one);
      }
      isSpace = character === ' ';
    }
    this.indicator('"', false);
  }

  literal(characters: readonly string[], indent: number): void {
    this.indicator('|', true);
    const [first = '', last, secondLast] = [characters[0], characters.at(-1), characters.at(-2)];
    if (first === ' ' || isBreak(first)) this.indicator('2', false);
    if (!isBreak(last)) this.indicator('-', false);
    else if (characters.length === 1 || isBreak(secondLast)) this.indicator('+', false);
    this.#break();
    this.isIndention = true;
    this.#isWhitespace = true;
    let isBroken = true;
    for (const character of characters) {
      if (isBreak(character)) {
        this.#break(character);
      } else {
        if (isBroken) this.writeIndent(indent);
        this.#put(character);
      }
      isBroken = isBreak(character);
      this.isIndention = isBroken;
    }
  }
}

const named: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escaped(character: string): string {
  if (isPrintable(character) && !isBreak(character) && character !== '"' && character !== '\\') return character;
  const short = named[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const [mark, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${mark}${code.toString(16).toUpperCase().padStart(Number(width), '0')}`;
}
