// `seal:allow REASON` in a comment: what people have looked at and let be.

import { leakOf } from './patterns.ts';
import type { Leak } from './rule.ts';
import { structures } from './structures.ts';

/** A comment of most languages, on a line of its own or behind something. */
const directive = /^([\s\S]*?)(?:#|\/\/|--|\/\*|<!--|;|%|\brem\b)[ \t]{0,8}seal:allow(?![\w:-])([\s\S]*)$/i;
const blockHeader = /[|>][-+\d]{0,2}[ \t]{0,8}$/;

/** What is allowed in a text. */
export interface Allowances {
  /** 1-based lines on which findings are let be. */
  lines: ReadonlySet<number>;
  /** Allowances without a reason. */
  leaks: readonly Leak[];
}

const none: Allowances = { lines: new Set(), leaks: [] };

/** Reads the allowances of a text: for the line that they stand on, and alone on a line for the next one. */
export function allowancesIn(text: string): Allowances {
  if (!text.includes('seal:allow')) return none;
  const lines = new Set<number>();
  const leaks: Leak[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [, before, reason] = (line.includes('seal:allow') && directive.exec(line)) || [];
    if (before === undefined || reason === undefined) continue;
    if (!/\w{2}/.test(reason)) {
      leaks.push(leakOf(structures.allowWithoutReason, index + 1));
      continue;
    }
    lines.add(index + 1);
    // A block scalar starts on the next line, and a comment there would be part of it.
    if (before.trim() === '' || blockHeader.test(before)) lines.add(index + 2);
  }
  return { lines, leaks };
}
