// Parses a template into nodes; the grammar of Go 1.26's text/template/parse, problems found at the same places.

import { decodeRune, textFromString } from './bytes.ts';
import { TemplateError } from './errors.ts';
import { type Token, tokenize } from './lexer.ts';
import { parseNumber, unescapeText } from './literals.ts';
import type { Definition, Node, Operand, Pipe, Templates } from './nodes.ts';

/** Variables in scope at one place: each use of one looks through them, here and when it is rendered. */
const maxVariables = 1000;

/** How deep parentheses and blocks may nest while parsing; Go's own limit is larger, our templates are small. */
const maxNesting = 200;

/**
 * Parses `source`; `hasFunction` tells which names may be called.
 * Throws `TemplateError` (`TEMPLATE_PARSE`) naming the template and the line.
 */
export function parseTemplate(name: string, source: string, hasFunction: (name: string) => boolean): Templates {
  return new Parser(name, source, hasFunction).templates();
}

type Stop = 'end' | 'else' | 'eof';

class Parser {
  readonly #name: string;
  readonly #tokens: Token[];
  readonly #hasFunction: (name: string) => boolean;
  readonly #defined = new Map<string, Definition>();
  #at = 0;
  #variables = ['$'];
  #rangeDepth = 0;
  #nesting = 0;

  constructor(name: string, source: string, hasFunction: (name: string) => boolean) {
    this.#name = name;
    this.#hasFunction = hasFunction;
    this.#tokens = tokenize(name, source);
  }

  templates(): Templates {
    const { nodes, stop } = this.#list(true);
    if (stop !== 'eof') this.#fail(`unexpected {{${stop}}}`);
    return { name: this.#name, root: nodes, defined: this.#defined };
  }

  #fail(message: string, line = this.#token().line): never {
    throw new TemplateError('PARSE', { template: this.#name, line }, message);
  }

  #token(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] ?? { type: 'end', value: '', line: 0 };
  }

  #next(): Token {
    const token = this.#token();
    this.#at += 1;
    return token;
  }

  #skipSpace(): Token {
    while (this.#token().type === 'space') this.#at += 1;
    return this.#token();
  }

  #expect(type: Token['type'], context: string): Token {
    this.#skipSpace();
    const token = this.#next();
    if (token.type !== type) this.#fail(`unexpected ${shown(token)} in ${context}`, token.line);
    return token;
  }

  #nested<T>(body: () => T): T {
    this.#nesting += 1;
    if (this.#nesting > maxNesting) this.#fail('nested too deeply');
    const result = body();
    this.#nesting -= 1;
    return result;
  }

  /** Nodes up to `{{end}}`, `{{else`, or the end of the text. */
  #list(isTop = false): { nodes: Node[]; stop: Stop } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#next();
      if (token.type === 'end') {
        if (!isTop) this.#fail('unexpected end of template: {{end}} is missing', token.line);
        return { nodes, stop: 'eof' };
      }
      if (token.type === 'text') {
        nodes.push({ type: 'text', text: textFromString(token.value) });
        continue;
      }
      const word = this.#skipSpace();
      if (word.type === 'word' && (word.value === 'end' || word.value === 'else')) {
        this.#at += 1;
        if (word.value === 'end') this.#expect('close', '{{end}}');
        return { nodes, stop: word.value };
      }
      if (isTop && word.type === 'word' && word.value === 'define') this.#define();
      else nodes.push(this.#action());
    }
  }

  #action(): Node {
    const { type, value, line } = this.#token();
    if (type === 'word') {
      switch (value) {
        case 'if':
        case 'with':
        case 'range':
          this.#at += 1;
          return this.#nested(() => this.#branch(value, line));
        case 'template':
          this.#at += 1;
          return this.#template(line);
        case 'block':
          this.#at += 1;
          return this.#nested(() => this.#block(line));
        case 'break':
        case 'continue':
          this.#at += 1;
          if (this.#rangeDepth === 0) this.#fail(`{{${value}}} outside {{range}}`, line);
          this.#expect('close', `{{${value}}}`);
          return { type: value, line };
        case 'define':
          this.#fail('unexpected {{define}}', line);
      }
    }
    return { type: 'action', pipe: this.#pipe('command', 'close'), line };
  }

  #branch(type: 'if' | 'with' | 'range', line: number): Node {
    const outer = this.#variables.length;
    const pipe = this.#pipe(type, 'close');
    if (type === 'range') this.#rangeDepth += 1;
    const { nodes: body, stop } = this.#list();
    if (type === 'range') this.#rangeDepth -= 1;
    const otherwise = stop === 'else' ? this.#otherwise(type) : [];
    this.#variables.length = outer;
    return { type, pipe, body, otherwise, line };
  }

  /** What follows `{{else`: a list, or for `if` and `with` another of the same kind that shares the `{{end}}`. */
  #otherwise(type: 'if' | 'with' | 'range'): Node[] {
    const word = this.#skipSpace();
    if (type !== 'range' && word.type === 'word' && word.value === type) {
      this.#at += 1;
      return [this.#nested(() => this.#branch(type, word.line))];
    }
    this.#expect('close', '{{else}}');
    const { nodes, stop } = this.#list();
    if (stop !== 'end') this.#fail('expected {{end}}; found {{else}}');
    return nodes;
  }

  #template(line: number): Node {
    const name = this.#templateName('{{template}}');
    this.#skipSpace();
    const pipe = this.#token().type === 'close' ? undefined : this.#pipe('template', 'close');
    if (pipe === undefined) this.#at += 1;
    return { type: 'template', name, pipe, line };
  }

  #block(line: number): Node {
    const name = this.#templateName('{{block}}');
    const pipe = this.#pipe('block', 'close');
    this.#addDefinition(name, '{{block}}', line);
    return { type: 'template', name, pipe, line };
  }

  #define(): void {
    const { line } = this.#next();
    const name = this.#templateName('{{define}}');
    this.#expect('close', '{{define}}');
    this.#addDefinition(name, '{{define}}', line);
  }

  /** Of two templates with one name an empty one gives way; two that say something are an error. */
  #addDefinition(name: string, context: string, line: number): void {
    const nodes = this.#definition(context);
    const before = this.#defined.get(name)?.nodes ?? [];
    if (!isBlank(before) && !isBlank(nodes)) this.#fail('a template is defined twice', line);
    if (isBlank(before)) this.#defined.set(name, { from: this.#name, nodes });
  }

  #definition(context: string): Node[] {
    const { rangeDepth, variables } = { rangeDepth: this.#rangeDepth, variables: this.#variables };
    this.#rangeDepth = 0;
    this.#variables = ['$'];
    const { nodes, stop } = this.#list();
    if (stop !== 'end') this.#fail(`unexpected {{else}} in ${context}`);
    this.#rangeDepth = rangeDepth;
    this.#variables = variables;
    return nodes;
  }

  #templateName(context: string): string {
    this.#skipSpace();
    const token = this.#next();
    if (token.type !== 'string' && token.type !== 'rawString') this.#fail(`unexpected ${shown(token)} in ${context}`);
    return this.#text(token);
  }

  #pipe(context: string, end: 'close' | 'right'): Pipe {
    const { line } = this.#skipSpace();
    const { declares, isAssign } = this.#declarations(context);
    const commands: Operand[][] = [];
    for (;;) {
      const token = this.#skipSpace();
      if (token.type === end) break;
      if (/^(close|right|pipe|declare|assign|comma|end)$/.test(token.type)) {
        this.#fail(`unexpected ${shown(token)} in ${context}`, token.line);
      }
      commands.push(this.#command());
    }
    this.#at += 1;
    if (commands.length === 0) this.#fail(`missing value for ${context}`, line);
    const stage = commands.findIndex(([first], index) => index > 0 && (first === undefined || !isExecutable(first)));
    if (stage > 0) this.#fail(`non executable command in pipeline stage ${stage + 1}`, line);
    if (!isAssign) this.#variables.push(...declares);
    if (this.#variables.length > maxVariables) this.#fail(`more than ${maxVariables} variables`, line);
    return { declares, isAssign, commands, line };
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`; nothing consumed when there is none. */
  #declarations(context: string): { declares: string[]; isAssign: boolean } {
    const start = this.#at;
    const declares: string[] = [];
    while (this.#skipSpace().type === 'variable') {
      declares.push(this.#next().value);
      const { type } = this.#skipSpace();
      if (type === 'declare' || type === 'assign') {
        this.#at += 1;
        if (type === 'assign') for (const name of declares) this.#checkVariable(name);
        return { declares, isAssign: type === 'assign' };
      }
      if (type !== 'comma') break;
      if (context !== 'range' || declares.length > 1) this.#fail(`too many declarations in ${context}`);
      this.#at += 1;
    }
    if (declares.length > 1) this.#fail('range can only initialize variables');
    this.#at = start;
    return { declares: [], isAssign: false };
  }

  /** Words up to the pipe symbol, which is passed, or the end of the pipeline, which is not. */
  #command(): Operand[] {
    const words: Operand[] = [];
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) words.push(operand);
      const token = this.#token();
      if (token.type === 'space') continue;
      if (token.type === 'pipe') {
        // Go lets a pipeline end in `|`.
        this.#at += 1;
      } else if (token.type !== 'close' && token.type !== 'right') {
        this.#fail(`unexpected ${shown(token)} in operand`, token.line);
      }
      if (words.length === 0) this.#fail('empty command', token.line);
      return words;
    }
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#token().type !== 'field') return term;
    const fields: string[] = [];
    while (this.#token().type === 'field') fields.push(this.#next().value.slice(1));
    switch (term.type) {
      case 'field':
      case 'variable':
        return { ...term, fields: [...term.fields, ...fields] };
      case 'literal':
      case 'nil':
      case 'dot':
        return this.#fail('unexpected . after a literal', term.line);
      default:
        return { type: 'chain', of: term, fields, line: term.line };
    }
  }

  #term(): Operand | undefined {
    const token = this.#token();
    const { type, value, line } = token;
    switch (type) {
      case 'word':
        this.#at += 1;
        return this.#word(value, line);
      case 'dot':
        this.#at += 1;
        return { type: 'dot', line };
      case 'field':
        this.#at += 1;
        return { type: 'field', fields: [value.slice(1)], line };
      case 'variable':
        this.#at += 1;
        this.#checkVariable(value);
        return { type: 'variable', name: value, fields: [], line };
      case 'left':
        this.#at += 1;
        return { type: 'pipe', pipe: this.#nested(() => this.#pipe('parenthesized pipeline', 'right')), line };
      case 'string':
      case 'rawString':
        this.#at += 1;
        return { type: 'literal', value: this.#text(token), line };
      case 'char':
      case 'number':
        this.#at += 1;
        return { type: 'literal', value: this.#number(token), line };
      default:
        return undefined;
    }
  }

  #word(value: string, line: number): Operand {
    if (value === 'nil') return { type: 'nil', line };
    if (value === 'true' || value === 'false') return { type: 'literal', value: value === 'true', line };
    if (!this.#hasFunction(value)) this.#fail(`function "${value}" not defined`, line);
    return { type: 'function', name: value, line };
  }

  #checkVariable(name: string): void {
    if (!this.#variables.includes(name)) this.#fail(`undefined variable "${name}"`);
  }

  #text({ type, value, line }: Token): string {
    const body = value.slice(1, -1);
    if (type === 'rawString') return textFromString(body.replaceAll('\r', ''));
    return unescapeText(body, '"') ?? this.#fail('invalid escape in quoted string', line);
  }

  #number({ type, value, line }: Token): bigint | number {
    if (type === 'number') return parseNumber(value) ?? this.#fail('bad number syntax', line);
    const text = unescapeText(value.slice(1, -1), "'");
    if (text === undefined || text === '') return this.#fail('malformed character constant', line);
    // One byte stands for itself ('\xff' is 255), several must be one rune.
    if (text.length === 1) return BigInt(text.charCodeAt(0));
    const { rune, size } = decodeRune(text, 0);
    return size === text.length ? BigInt(rune) : this.#fail('malformed character constant', line);
  }
}

function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.type === 'text' && /^[\t\n\v\f\r ]*$/.test(node.text));
}

function isExecutable(operand: Operand): boolean {
  return !/^(literal|dot|nil)$/.test(operand.type);
}

/** How a token is named in a message: by its kind. Template text is public, but no message needs it. */
function shown({ type, value }: Token): string {
  const names: Partial<Record<Token['type'], string>> = {
    close: '"}}"',
    end: 'end of template',
    left: '"("',
    right: '")"',
  };
  return names[type] ?? (type === 'word' ? `"${value}"` : type);
}
