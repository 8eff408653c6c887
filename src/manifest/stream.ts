// Where one document of a stream ends and the next begins, told without parsing any.

import type { TextRange } from './text.ts';

/** A document's place in the stream. */
export interface StreamPart extends TextRange {
  format: 'yaml' | 'json';
}

// In YAML a marker at the start of a line ends the document even inside a block scalar or a quoted string
// (YAML 1.2.2 §9.1.2, c-forbidden), so looking at line starts is exact.
const marker = /(?:^\ufeff?|\n)(---|\.\.\.)(?=[ \t\r\n]|$)/g;

/** Splits a stream into its documents. Comments, directives and blank lines before `---` belong to the document after it. */
export function splitStream(text: string): StreamPart[] {
  const parts: StreamPart[] = [];
  let from = 0;
  let open = false;
  // `end` is where content ends, `next` where the next document may begin.
  const close = (end: number, next = end) => {
    if (open || !isPrefix(text, from, end)) parts.push(...asParts(text, from, next));
    from = next;
    open = false;
  };
  for (const match of text.matchAll(marker)) {
    const at = match.index + match[0].length - 3;
    if (match[1] === '...') {
      close(at, afterLine(text, at));
    } else {
      if (open || !isPrefix(text, from, at)) close(at);
      open = true;
    }
  }
  close(text.length);
  return parts;
}

// Whether there are only blank lines, comments and directives. No regular expression: one over megabytes of lines ends the stack.
function isPrefix(text: string, from: number, to: number): boolean {
  for (let at = text[from] === '\ufeff' ? from + 1 : from; at < to; at = afterLine(text, at)) {
    const first = skipBlanks(text, at);
    const isDirective = first === at && text[at] === '%';
    if (first < to && text[first] !== '#' && text[first] !== '\n' && !isDirective) return false;
  }
  return true;
}

function skipBlanks(text: string, from: number, blanks = ' \t\r'): number {
  let at = from;
  while (at < text.length && blanks.includes(text.charAt(at))) at += 1;
  return at;
}

function afterLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed === -1 ? text.length : feed + 1;
}

function asParts(text: string, from: number, to: number): StreamPart[] {
  return jsonValues(text, from, to) ?? [{ from, to, format: 'yaml' }];
}

// JSON values one after another, as `kubectl get -o json` and jq print them; undefined when that is not what it is.
function jsonValues(text: string, from: number, to: number): StreamPart[] | undefined {
  const parts: StreamPart[] = [];
  const first = /^\ufeff?(?:---)?[ \t\r\n]*/.exec(text.slice(from, Math.min(to, from + 1024)))?.[0].length ?? 0;
  let at = from + first;
  if (text[at] === '{' && text[at + 1] === '{') return undefined;
  while (at < to) {
    const end = jsonValueEnd(text, at, to);
    if (end === undefined || !isJson(text.slice(at, end))) return undefined;
    parts.push({ from: at, to: end, format: 'json' });
    at = skipBlanks(text, end, ' \t\r\n');
  }
  return parts.length === 0 ? undefined : parts;
}

// The end of the object or array that starts at `from`, by counting brackets outside of strings.
function jsonValueEnd(text: string, from: number, to: number): number | undefined {
  if (text[from] !== '{' && text[from] !== '[') return undefined;
  const next = /[{}[\]"]/g;
  let depth = 0;
  for (let at = from; at < to; ) {
    next.lastIndex = at;
    const found = next.exec(text);
    if (!found || found.index >= to) return undefined;
    at = found[0] === '"' ? stringEnd(text, found.index, to) : found.index + 1;
    if (found[0] === '{' || found[0] === '[') depth += 1;
    if (found[0] === '}' || found[0] === ']') depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

// After the quote that closes the string which opens at `from`: the next one behind an even number of backslashes.
function stringEnd(text: string, from: number, to: number): number {
  for (let quote = text.indexOf('"', from + 1); quote !== -1 && quote < to; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
