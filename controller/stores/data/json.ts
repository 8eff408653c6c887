// JSON read without losing how it was written: every part keeps its very text, so that numbers and raw values stay exact.

import { type Text, textFromRune } from '../../../src/template/bytes.ts';

/** One value of a document. `raw` is its text, without the white space around it. */
export type JsonNode =
  | { kind: 'string'; raw: Text; text: Text }
  | { kind: 'number' | 'boolean' | 'null'; raw: Text }
  | { kind: 'array'; raw: Text; items: JsonNode[] }
  /** In the order of the document; a key may stand there twice. */
  | { kind: 'object'; raw: Text; members: [key: Text, value: JsonNode][] };

/** Levels of arrays and objects inside each other. More is refused, so that nothing downstream runs out of stack. */
export const deepestJson = 500;

/** Reads one JSON value (RFC 8259). Throws `SyntaxError` without a word of the text, which may be secret. */
export function readJson(text: Text): JsonNode {
  return new Reader(text).document();
}

// Sticky, so that each is one look at the place where the reader stands.
const space = /[ \t\r\n]*/y;
const plain = /[ !#-[\]-\xff]*/y;
const numeral = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const word = /true|false|null/y;
const hex4 = /[0-9a-fA-F]{4}/y;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  readonly #text: Text;
  #at = 0;
  #depth = 0;

  constructor(text: Text) {
    this.#text = text;
  }

  document(): JsonNode {
    this.#take(space);
    const node = this.#value();
    this.#take(space);
    if (this.#at !== this.#text.length) throw notJson();
    return node;
  }

  #value(): JsonNode {
    const start = this.#at;
    const first = this.#text[start];
    if (first === '{') return { kind: 'object', members: this.#members(), raw: this.#since(start) };
    if (first === '[') return { kind: 'array', items: this.#items(), raw: this.#since(start) };
    if (first === '"') return { kind: 'string', text: this.#string(), raw: this.#since(start) };
    const literal = this.#take(word);
    if (literal !== '') return { kind: literal === 'null' ? 'null' : 'boolean', raw: literal };
    const raw = this.#take(numeral);
    if (raw === '') throw notJson();
    return { kind: 'number', raw };
  }

  #members(): [Text, JsonNode][] {
    return this.#list('{', '}', () => {
      if (this.#text[this.#at] !== '"') throw notJson();
      const key = this.#string();
      this.#take(space);
      this.#expect(':');
      this.#take(space);
      return [key, this.#value()];
    });
  }

  #items(): JsonNode[] {
    return this.#list('[', ']', () => this.#value());
  }

  #list<T>(open: string, close: string, one: () => T): T[] {
    this.#expect(open);
    this.#depth += 1;
    if (this.#depth > deepestJson) throw notJson();
    this.#take(space);
    const all: T[] = [];
    while (this.#text[this.#at] !== close) {
      if (all.length > 0) {
        this.#expect(',');
        this.#take(space);
      }
      all.push(one());
      this.#take(space);
    }
    this.#at += 1;
    this.#depth -= 1;
    return all;
  }

  #string(): Text {
    this.#at += 1;
    let text = this.#take(plain);
    while (this.#text[this.#at] === '\\') text += this.#escape() + this.#take(plain);
    this.#expect('"');
    return text;
  }

  #escape(): Text {
    const letter = this.#text[this.#at + 1] ?? '';
    this.#at += 2;
    if (letter !== 'u') {
      const meant = escapes[letter];
      if (meant === undefined) throw notJson();
      return meant;
    }
    return textFromRune(this.#pairWith(this.#unit()));
  }

  #unit(): number {
    const digits = this.#take(hex4);
    if (digits === '') throw notJson();
    return Number.parseInt(digits, 16);
  }

  // Half a pair becomes U+FFFD, as Go's decoder has it: textFromRune sees to that.
  #pairWith(high: number): number {
    const start = this.#at;
    if (high < 0xd800 || high > 0xdbff || !this.#text.startsWith('\\u', start)) return high;
    this.#at += 2;
    const low = this.#unit();
    if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00);
    this.#at = start;
    return high;
  }

  #take(pattern: RegExp): Text {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw notJson();
    this.#at += 1;
  }

  #since(start: number): Text {
    return this.#text.slice(start, this.#at);
  }
}

const notJson = () => new SyntaxError('not JSON');
