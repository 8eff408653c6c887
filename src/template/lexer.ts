// Cuts a template into text and tokens, by the rules of Go's text/template/parse/lex.go.

import { TemplateError } from './errors.ts';

/** One piece of a template. */
export interface Token {
  type:
    | 'text'
    | 'open'
    | 'close'
    | 'space'
    | 'word'
    | 'field'
    | 'variable'
    | 'string'
    | 'rawString'
    | 'char'
    | 'number'
    | 'pipe'
    | 'declare'
    | 'assign'
    | 'comma'
    | 'left'
    | 'right'
    | 'dot'
    | 'end';
  value: string;
  line: number;
}

const trimmable = /[ \t\r\n]/;

/** What may stand inside `{{ }}`, tried in order at each place. */
const inside: readonly [Token['type'], RegExp][] = [
  ['space', /[ \t\r\n]+/y],
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['comma', /,/y],
  ['left', /\(/y],
  ['right', /\)/y],
  ['string', /"(?:[^"\\\n]|\\.)*"/y],
  ['rawString', /`[^`]*`/y],
  ['char', /'(?:[^'\\\n]|\\.)+'/y],
  ['number', /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d[\d_]*)?)/y],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['dot', /\./y],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
];

/** Tokens that may not stand directly after one another: `a"b"` is an error, `$x.y` and `(a).b` are chains. */
const needsSpaceBefore = new Set<Token['type']>(['number', 'word', 'variable', 'string', 'rawString', 'char']);
const needsSpaceAfter = new Set<Token['type']>([...needsSpaceBefore, 'field', 'dot', 'right']);

const unterminated: Record<string, string> = {
  '"': 'unterminated quoted string',
  '`': 'unterminated raw quoted string',
  "'": 'unterminated character constant',
};

/** All tokens of a template, with an `end` after the last. Throws `TemplateError` (`TEMPLATE_PARSE`). */
export function tokenize(template: string, source: string): Token[] {
  return new Lexer(template, source).all();
}

class Lexer {
  readonly #template: string;
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  // The next one, looked for once: a template may be one long line.
  #lineEnd: number;

  constructor(template: string, source: string) {
    this.#template = template;
    this.#source = source;
    this.#lineEnd = this.#lineEndFrom(0);
  }

  all(): Token[] {
    while (this.#at < this.#source.length) {
      if (this.#takeText() && !this.#takeComment()) this.#takeAction();
    }
    this.#push('end', '');
    return this.#tokens;
  }

  #fail(message: string): never {
    throw new TemplateError('PARSE', { template: this.#template, line: this.#line }, message);
  }

  #push(type: Token['type'], value: string): void {
    this.#tokens.push({ type, value, line: this.#line });
  }

  #advance(to: number): void {
    while (this.#lineEnd < to) {
      this.#line += 1;
      this.#lineEnd = this.#lineEndFrom(this.#lineEnd + 1);
    }
    this.#at = to;
  }

  #lineEndFrom(at: number): number {
    const end = this.#source.indexOf('\n', at);
    return end === -1 ? Number.POSITIVE_INFINITY : end;
  }

  /** Text up to the next `{{`, without the space that `{{- ` trims. Whether there is an action after it. */
  #takeText(): boolean {
    const open = this.#source.indexOf('{{', this.#at);
    const end = open === -1 ? this.#source.length : open;
    const trims = open !== -1 && this.#source[open + 2] === '-' && trimmable.test(this.#source[open + 3] ?? '');
    let stop = end;
    if (trims) while (stop > this.#at && trimmable.test(this.#source[stop - 1] ?? '')) stop -= 1;
    if (stop > this.#at) this.#push('text', this.#source.slice(this.#at, stop));
    this.#advance(open === -1 ? end : open + (trims ? 3 : 2));
    return open !== -1;
  }

  #takeComment(): boolean {
    const start = this.#source[this.#at - 1] === '-' ? /[ \t\r\n]\/\*/y : /\/\*/y;
    start.lastIndex = this.#at;
    if (!start.test(this.#source)) return false;
    const end = this.#source.indexOf('*/', start.lastIndex);
    if (end === -1) this.#fail('unclosed comment');
    this.#advance(end + 2);
    if (!this.#takeClose()) this.#fail('comment ends before closing delimiter');
    return true;
  }

  /** Passes `}}` or ` -}}` and the text that the latter trims. Whether it stood there. */
  #takeClose(): boolean {
    const trims = trimmable.test(this.#source[this.#at] ?? '') && this.#source.startsWith('-}}', this.#at + 1);
    if (!trims && !this.#source.startsWith('}}', this.#at)) return false;
    let to = this.#at + (trims ? 4 : 2);
    if (trims) while (to < this.#source.length && trimmable.test(this.#source[to] ?? '')) to += 1;
    this.#advance(to);
    return true;
  }

  #takeAction(): void {
    this.#push('open', '{{');
    let depth = 0;
    while (!this.#takeClose()) {
      const last = this.#tokens.at(-1)?.type ?? 'open';
      const { type } = this.#takeToken();
      if (needsSpaceBefore.has(type) && needsSpaceAfter.has(last)) this.#fail('words need a space between them');
      if (type === 'left') depth += 1;
      if (type === 'right') depth -= 1;
      if (depth < 0) this.#fail('unexpected right paren');
    }
    if (depth > 0) this.#fail('unclosed left paren');
    this.#push('close', '}}');
  }

  #takeToken(): Token {
    for (const [type, pattern] of inside) {
      pattern.lastIndex = this.#at;
      const value = pattern.exec(this.#source)?.[0];
      if (value === undefined || value === '') continue;
      const token = { type, value, line: this.#line };
      this.#tokens.push(token);
      this.#advance(this.#at + value.length);
      return token;
    }
    if (this.#at >= this.#source.length) this.#fail('unclosed action');
    return this.#fail(unterminated[this.#source[this.#at] ?? ''] ?? 'unrecognized character in action');
  }
}
