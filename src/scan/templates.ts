// Secrets in what cannot be parsed, above all Helm templates: literal values below `data` and `stringData`, told by indentation.

import { isReference } from './made-up.ts';
import { leakOf } from './patterns.ts';
import { isPlaceholder } from './placeholder.ts';
import type { Leak } from './rule.ts';
import { structures } from './structures.ts';

const kind = /^[ \t-]{0,40}["']?kind["']?[ \t]{0,4}:[ \t]{0,4}["']?(\w{1,80})["']?[ \t]{0,8}(?:#[\s\S]*)?$/;
const section = /^([ \t-]{0,40})["']?(?:data|stringData)["']?[ \t]{0,4}:[ \t]{0,8}(?:#[\s\S]*)?$/;
const flow =
  /^[ \t-]{0,40}["']?(?:data|stringData)["']?[ \t]{0,4}:[ \t]{0,8}\{([^{}]{0,4000})\}[ \t]{0,8}(?:#[\s\S]*)?$/;
const entry = /^([ \t]{0,60})["']?[\w.-]{1,253}["']?[ \t]{0,4}:[ \t]{0,8}([\s\S]*)$/;

/** One finding for each Secret with a literal value, on the line of the first. */
export function templateLeaks(text: string): Leak[] {
  const found: Leak[] = [];
  let state = start;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '');
    const before = state;
    state = next(state, line, index + 1);
    if (state.at !== undefined && state.isSecret && !(before.at === state.at && before.isSecret)) {
      found.push(leakOf(structures.nestedSecret, state.at));
    }
  }
  return found;
}

interface State {
  isSecret: boolean;
  /** Indentation of the section that the line is in. */
  section?: number | undefined;
  /** A block scalar has begun, and its lines are deeper than this. */
  block?: number | undefined;
  /** Line of the first literal value. */
  at?: number | undefined;
}

const start: State = { isSecret: false };

// The order of `kind` and `data` is free, so both are remembered until the document ends.
function next(state: State, line: string, number: number): State {
  if (/^---(?:\s|$)/.test(line)) return start;
  const [, said] = kind.exec(line) ?? [];
  if (said !== undefined) return { ...state, isSecret: said === 'Secret', section: undefined };
  const [, opened] = section.exec(line) ?? [];
  if (state.at === undefined && !isInside(state, line) && holdsLiteral(line)) return { ...state, at: number };
  if (opened !== undefined && !isInside(state, line)) return { ...state, section: opened.length, block: undefined };
  if (!isInside(state, line)) return isBlank(line) ? state : { ...state, section: undefined, block: undefined };
  if (state.at !== undefined) return state;
  if (state.block !== undefined && indentOf(line) > state.block)
    return isLiteral(line) ? { ...state, at: number } : state;
  const [, indent = '', value] = entry.exec(line) ?? [];
  if (value === undefined) return state;
  if (/^[|>][-+\d]{0,2}[ \t]{0,8}(?:#[\s\S]*)?$/.test(value)) return { ...state, block: indent.length };
  return isLiteral(value) ? { ...state, at: number, block: undefined } : { ...state, block: undefined };
}

/** Whether a line is the whole of `data` or `stringData` in flow style, with a literal value. */
function holdsLiteral(line: string): boolean {
  const [, items = ''] = flow.exec(line) ?? [];
  return items.split(',').some((item) => isLiteral(entry.exec(item)?.[2] ?? ''));
}

function isInside({ section }: State, line: string): boolean {
  return section !== undefined && (isBlank(line) || indentOf(line) > section);
}

// Lines of a template alone say nothing about where values stand.
const isBlank = (line: string) => /^(?:$|#|\{\{[^{}]{0,400}\}\}$)/.test(line.trim());
const indentOf = (line: string) => line.length - line.trimStart().length;

function isLiteral(value: string): boolean {
  const bare = value
    .replace(/(?:^|[ \t])#[\s\S]*$/, '')
    .trim()
    .replace(/^(["'])([\s\S]*)\1$/, '$2');
  return bare !== '' && !/\{\{|\}\}/.test(bare) && !/^[&*!]/.test(bare) && !isPlaceholder(bare) && !isReference(bare);
}
