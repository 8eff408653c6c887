// Where one document of a stream ends and the next begins, told without parsing any.

import type { TextRange } from './text.ts';

/** A document's place in the stream. */
export interface StreamPart extends TextRange {
  format: 'yaml' | 'json';
}

// In YAML a marker at the start of a line ends the document even inside a block scalar or a quoted string
// (YAML 1.2.2 §9.1.2, c-forbidden), so looking at line starts is exact.
const marker = /(?:^\ufeff?|\n)(---|\.\.\.)(?=[ \t\r\n]|$)/g;
const prefix = /^\ufeff?(?:[ \t\r]*(?:[#%][^\n]*)?\n)*[ \t\r]*(?:[#%][^\n]*)?$/;

/** Splits a stream into its documents. Comments, directives and blank lines before `---` belong to the document after it. */
export function splitStream(text: string): StreamPart[] {
  const parts: StreamPart[] = [];
  let from = 0;
  let open = false;
  const close = (to: number) => {
    if (open || !prefix.test(text.slice(from, to))) parts.push(...asParts(text, from, to));
    from = to;
    open = false;
  };
  for (const match of text.matchAll(marker)) {
    const at = match.index + match[0].length - 3;
    if (match[1] === '...') {
      close(afterLine(text, at));
    } else {
      if (open || !prefix.test(text.slice(from, at))) close(at);
      open = true;
    }
  }
  close(text.length);
  return parts;
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
    at = skipBlanks(text, end);
  }
  return parts.length === 0 ? undefined : parts;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

// The end of the object or array that starts at `from`, by counting brackets outside of strings.
function jsonValueEnd(text: string, from: number, to: number): number | undefined {
  if (text[from] !== '{' && text[from] !== '[') return undefined;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/gy;
  const next = /[{}[\]"]/g;
  let depth = 0;
  for (let at = from; at < to; ) {
    next.lastIndex = at;
    const found = next.exec(text);
    if (!found || found.index >= to) return undefined;
    token.lastIndex = found.index;
    const [word] = token.exec(text) ?? [];
    if (word === undefined) return undefined;
    if (word === '{' || word === '[') depth += 1;
    if (word === '}' || word === ']') depth -= 1;
    at = found.index + word.length;
    if (depth === 0) return at;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
