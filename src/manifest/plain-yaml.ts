// The plain style in which most manifests are written, read without building a tree: a tenth of the time, and the same value.
//
// Whatever is out of the ordinary (anchors, tags, flow collections over several lines, escapes, folded text, words that YAML gives a type, and every
// mistake) is left to the real parser: here it is only recognised as such.

/** What was read. */
export interface PlainDocument {
  value: unknown;
  /** The offset at which the value starts. */
  start: number;
}

/** The value of a document in plain style. `undefined`: it is not, and nothing is said about it. */
export function readPlain(text: string): PlainDocument | undefined {
  // Tabs, carriage returns, and letters of which some end lines.
  if (/[^\n\x20-\x7e]/.test(text)) return undefined;
  const reader = new Reader(text);
  try {
    return reader.document();
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

const notPlain = Symbol('not in plain style');

function leave(): never {
  throw notPlain;
}

const keyPattern = /([A-Za-z_][\w./-]*):(?= |\n|$)/y;
const typedWord = /^(?:null|true|false|y|n|yes|no|on|off)$/i;
const wholeNumber = /^(?:0|[1-9]\d{0,14})$/;
const perhapsNumber = /^[-+.]?\d[\da-fA-FxXoO_.eE+-]*$/;
const plainStart = /^[A-Za-z0-9_./$(]/;
const flowWord = /[A-Za-z0-9_./$(][^,[\]{}:#"'\n]*/y;
const deepest = 50;

/** What a word without quotes stands for. */
function resolved(word: string): unknown {
  if (!plainStart.test(word)) leave();
  if (wholeNumber.test(word)) return Number(word);
  if (word === 'true' || word === 'false') return word === 'true';
  if (typedWord.test(word) || perhapsNumber.test(word) || word.startsWith('.')) leave();
  return word;
}

class Reader {
  readonly #text: string;
  // The line that is looked at: its indentation, where its content starts and where it ends. After the last one `indent` is -1.
  #indent = -1;
  #start = 0;
  #end = 0;
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): PlainDocument {
    this.#advance();
    if (this.#isMarker()) this.#advance();
    if (this.#indent === -1) leave();
    const start = this.#start;
    const value = this.#node(this.#indent);
    return this.#indent === -1 ? { value, start } : leave();
  }

  #isMarker(): boolean {
    if (this.#indent !== 0 || !this.#text.startsWith('---', this.#start)) return false;
    return this.#end === this.#start + 3 ? true : leave();
  }

  /** To the next line that is neither blank nor a comment. */
  #advance(): void {
    const text = this.#text;
    while (this.#next < text.length) {
      const from = this.#next;
      const feed = text.indexOf('\n', from);
      this.#end = feed === -1 ? text.length : feed;
      this.#next = this.#end + 1;
      let at = from;
      while (at < this.#end && text.charCodeAt(at) === 0x20) at += 1;
      if (at === this.#end || text.charCodeAt(at) === 0x23) continue;
      this.#start = at;
      this.#indent = at - from;
      return;
    }
    this.#indent = -1;
    this.#start = text.length;
  }

  /** The mapping or sequence whose first line is the current one. */
  #node(indent: number): unknown {
    this.#enter();
    const value = this.#isEntry() ? this.#sequence(indent) : this.#mapping(indent);
    this.#depth -= 1;
    return value;
  }

  // The real parser says of what is nested too deeply that it is.
  #enter(): void {
    this.#depth += 1;
    if (this.#depth > deepest) leave();
  }

  #isEntry(): boolean {
    const { [this.#start]: first, [this.#start + 1]: second } = this.#text;
    return first === '-' && (second === ' ' || this.#start + 1 === this.#end);
  }

  #mapping(indent: number): Record<string, unknown> {
    const mapping: Record<string, unknown> = {};
    while (this.#indent === indent && !this.#isEntry()) {
      const key = this.#key();
      // Twice is a mistake, and this one would be no member.
      if (Object.hasOwn(mapping, key) || key === '__proto__') leave();
      mapping[key] = this.#value(indent, true);
    }
    return this.#indent > indent ? leave() : mapping;
  }

  #key(): string {
    keyPattern.lastIndex = this.#start;
    const key = keyPattern.exec(this.#text)?.[1];
    // YAML allows no longer ones on a line (§7.4.2).
    if (key === undefined || key.length > 1000 || typedWord.test(key)) leave();
    this.#start += key.length + 1;
    return key;
  }

  #sequence(indent: number): unknown[] {
    const items: unknown[] = [];
    while (this.#indent === indent && this.#isEntry()) {
      this.#start += 1;
      items.push(this.#item(indent));
    }
    return this.#indent > indent ? leave() : items;
  }

  #item(indent: number): unknown {
    const from = this.#start;
    this.#skipBlanks();
    keyPattern.lastIndex = this.#start;
    if (this.#isEntry()) leave();
    if (!keyPattern.test(this.#text)) return this.#value(indent, false);
    // A mapping that starts on the line of its dash is indented as far as its first key.
    this.#indent = indent + 1 + this.#start - from;
    return this.#node(this.#indent);
  }

  #skipBlanks(): void {
    while (this.#text.charCodeAt(this.#start) === 0x20) this.#start += 1;
  }

  /** What follows a key or a dash, on its line or below. */
  #value(indent: number, isMember: boolean): unknown {
    this.#skipBlanks();
    const first = this.#text[this.#start] ?? '\n';
    if (this.#start >= this.#end || first === '#') return this.#below(indent, isMember);
    if (first === '|') return this.#block(indent);
    const value = this.#scalar(first);
    this.#advance();
    // It goes on below, or is a mistake.
    return this.#indent > indent ? leave() : value;
  }

  #below(indent: number, isMember: boolean): unknown {
    this.#advance();
    if (this.#indent > indent) return this.#node(this.#indent);
    // A sequence may stand as far left as the key that it belongs to.
    return isMember && this.#indent === indent && this.#isEntry() ? this.#node(indent) : null;
  }

  #scalar(first: string): unknown {
    if (first === '{' || first === '[' || first === '"' || first === "'") {
      const value = this.#flow(first);
      // Nothing else may be on the line.
      return /^ *(?: #.*)?$/.test(this.#text.slice(this.#start, this.#end)) ? value : leave();
    }
    const rest = this.#text.slice(this.#start, this.#end);
    const comment = rest.indexOf(' #');
    const word = (comment === -1 ? rest : rest.slice(0, comment)).trimEnd();
    return word.includes(': ') || word.endsWith(':') ? leave() : resolved(word);
  }

  /** A collection on one line, or a scalar in it. `#start` is behind it afterwards. */
  #flow(first: string): unknown {
    if (first === '"' || first === "'") return this.#quoted(first);
    if (first === '{' || first === '[') {
      this.#enter();
      const collection = first === '{' ? this.#flowMapping() : this.#flowSequence();
      this.#depth -= 1;
      return collection;
    }
    flowWord.lastIndex = this.#start;
    const word = flowWord.exec(this.#text)?.[0] ?? leave();
    this.#start += word.length;
    return resolved(word.trimEnd());
  }

  #flowMapping(): Record<string, unknown> {
    const mapping: Record<string, unknown> = {};
    for (let isFirst = true; this.#flowEntry('}', isFirst); isFirst = false) {
      const key = this.#key();
      if (Object.hasOwn(mapping, key) || key === '__proto__') leave();
      if (this.#text[this.#start] !== ' ') leave();
      this.#skipBlanks();
      mapping[key] = this.#flow(this.#text[this.#start] ?? '');
    }
    return mapping;
  }

  #flowSequence(): unknown[] {
    const items: unknown[] = [];
    for (let isFirst = true; this.#flowEntry(']', isFirst); isFirst = false) {
      items.push(this.#flow(this.#text[this.#start] ?? ''));
    }
    return items;
  }

  /** Past the opening bracket, or past a comma, to the next entry; false past the closing bracket. */
  #flowEntry(close: '}' | ']', isFirst: boolean): boolean {
    if (!isFirst) this.#skipBlanks();
    const mark = this.#text[this.#start];
    this.#start += 1;
    if (!isFirst && mark === close) return false;
    if (!isFirst && mark !== ',') leave();
    this.#skipBlanks();
    if (this.#start >= this.#end) leave();
    if (this.#text[this.#start] !== close) return true;
    // A comma before the bracket is a case of its own.
    if (!isFirst) leave();
    this.#start += 1;
    return false;
  }

  #quoted(quote: string): string {
    const close = this.#text.indexOf(quote, this.#start + 1);
    if (close === -1 || close >= this.#end) leave();
    const value = this.#text.slice(this.#start + 1, close);
    this.#start = close + 1;
    // An escape, or two quotes for one.
    if ((quote === '"' && value.includes('\\')) || this.#text[this.#start] === quote) leave();
    return value;
  }

  /** Text after `|` or `|-`, as it stands. */
  #block(indent: number): string {
    const header = this.#text.slice(this.#start, this.#end);
    if (header !== '|' && header !== '|-') leave();
    const lines: string[] = [];
    let width = -1;
    let blank = 0;
    for (;;) {
      const from = this.#next;
      const feed = this.#text.indexOf('\n', from);
      let at = from;
      while (this.#text.charCodeAt(at) === 0x20) at += 1;
      if (at >= this.#text.length) {
        if (at > from || feed !== -1) leave();
        break;
      }
      // The last line of a document without an end is a case of its own.
      if (feed === -1) leave();
      if (at === feed) {
        if (at > from || width === -1) leave();
        blank += 1;
      } else {
        if (width === -1 && at - from > indent) width = at - from;
        if (at - from < width || width === -1) {
          if (at - from > indent) leave();
          break;
        }
        for (; blank > 0; blank -= 1) lines.push('');
        lines.push(this.#text.slice(from + width, feed));
      }
      this.#next = feed + 1;
    }
    this.#advance();
    if (width === -1) leave();
    return lines.join('\n') + (header === '|' ? '\n' : '');
  }
}
