// Names in other cases, as xstrings 1.5.0 makes them for sprig: camelcase (which is Pascal's), snakecase, kebabcase.

import type { Budget } from '../budget.ts';
import { isSpaceRune, lowerRune, runeError, runesOf, type Text, textFromRune, upperRune } from '../bytes.ts';
import { type FunctionTable, fn } from '../functions.ts';

export const caseFunctions: FunctionTable = {
  camelcase: fn(['string'], ([text], budget) => {
    budget.spend(text.length);
    return pascal(text);
  }),
  snakecase: fn(['string'], ([text], budget) => new Words(text, '_', budget).joined()),
  kebabcase: fn(['string'], ([text], budget) => new Words(text, '-', budget).joined()),
};

const is = (pattern: RegExp) => (rune: number) => pattern.test(String.fromCodePoint(rune));
const isUpper = is(/\p{Lu}/u);
const isLetter = is(/\p{L}/u);
const isNumber = is(/\p{N}/u);
const isPunctuation = is(/\p{P}/u);
const isConnector = (rune: number) => rune === 0x2d || rune === 0x5f || isSpaceRune(rune);

function pascal(text: Text): Text {
  const runes = [...runesOf(text)].map(({ rune }) => rune);
  const start = runes.findIndex((rune) => !isConnector(rune));
  if (start === -1) return written(runes.length === 0 ? [] : [...runes, runes.at(-1) ?? 0]);
  const result = runes.slice(0, start);
  let isUpperWord = isUpper(runes[start] ?? 0);
  let held = upperRune(runes[start] ?? 0);
  // A lone last rune is written twice when connectors lead up to it: the reference does.
  for (const next of runes.slice(start + 1)) {
    const before = held;
    held = next;
    if (isConnector(next) && isConnector(before)) {
      result.push(before);
    } else if (isConnector(before)) {
      isUpperWord = isUpper(next);
      held = upperRune(next);
    } else {
      if (isUpperWord && isUpper(next)) held = lowerRune(next);
      else isUpperWord = false;
      result.push(before);
    }
  }
  return written([...result, held]);
}

const written = (runes: readonly number[]) => runes.map(textFromRune).join('');

type Kind = 'none' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other';
interface Word {
  kind: Kind;
  runes: readonly number[];
}

/** Which words are put apart from the one before them. */
const isApart = ({ kind }: Word) => kind !== 'connector' && kind !== 'punctuation';

/** camelCaseToLowerCase of xstrings: a text taken apart into words, and joined in lower case. */
class Words {
  readonly #runes: readonly number[];
  readonly #connector: Text;
  readonly #budget: Budget;
  #at = 0;
  #result = '';

  constructor(text: Text, connector: Text, budget: Budget) {
    this.#runes = [...runesOf(text)].map(({ rune }) => rune);
    this.#connector = connector;
    this.#budget = budget;
    budget.spend(text.length);
  }

  joined(): Text {
    let word = this.#next();
    while (this.#at < this.#runes.length) {
      if (word.kind !== 'connector') this.#write(word);
      const previous = word;
      word = this.#next();
      if (previous.kind === 'number') word = this.#attached(word);
      else if (previous.kind === 'connector') this.#write(previous);
      else if (previous.kind !== 'punctuation') word = this.#behind(word);
    }
    this.#write(word);
    return this.#result;
  }

  /** Small letters and digits stay with the number before them. */
  #attached(first: Word): Word {
    let word = first;
    while (word.kind === 'letters' || word.kind === 'number') {
      this.#write(word);
      word = this.#next();
    }
    if (word.kind !== 'none' && isApart(word)) this.#result += this.#connector;
    return word;
  }

  /** A number stays with the word before it, unless small letters follow. */
  #behind(word: Word): Word {
    if (word.kind !== 'number') {
      if (isApart(word)) this.#result += this.#connector;
      return word;
    }
    if (this.#at >= this.#runes.length) return word;
    const next = this.#next();
    if (next.kind === 'letters') {
      this.#result += this.#connector;
      this.#write(word);
      return this.#attached(next);
    }
    this.#write(word);
    if (isApart(next)) this.#result += this.#connector;
    return next;
  }

  #write({ kind, runes }: Word): void {
    const isChanged = kind === 'upper' || kind === 'connector';
    for (const rune of runes) {
      if (!isChanged) this.#result += textFromRune(rune);
      else this.#result += isConnector(rune) ? this.#connector : textFromRune(isUpper(rune) ? lowerRune(rune) : rune);
    }
  }

  #next(): Word {
    const start = this.#at;
    const rune = this.#runes[start];
    if (rune === undefined) return { kind: 'none', runes: [] };
    this.#at += 1;
    const kind = rune === runeError ? 'none' : kindOf(rune);
    if (kind === 'upper') this.#capitals();
    else if (kind !== 'none') this.#while((one) => belongs(kind, one));
    this.#budget.spend((this.#at - start) >> 3);
    return { kind, runes: this.#runes.slice(start, this.#at) };
  }

  #while(isPart: (rune: number) => boolean): void {
    while (this.#at < this.#runes.length && isPart(this.#runes[this.#at] ?? 0)) this.#at += 1;
  }

  /** "HTTPStatus" is "HTTP" and "Status"; "Status" alone is one word. */
  #capitals(): void {
    const start = this.#at;
    this.#while(isUpper);
    const following = this.#runes[this.#at];
    const isFollowed = following !== undefined && isLetter(following);
    if (this.#at === start) this.#while((rune) => isLetter(rune) && !isUpper(rune));
    else if (isFollowed) this.#at -= 1;
  }
}

function kindOf(rune: number): Kind {
  if (isConnector(rune)) return 'connector';
  if (isPunctuation(rune)) return 'punctuation';
  if (isUpper(rune)) return 'upper';
  if (isLetter(rune)) return 'letters';
  return isNumber(rune) ? 'number' : 'other';
}

function belongs(kind: Kind, rune: number): boolean {
  return kindOf(rune) === kind;
}
