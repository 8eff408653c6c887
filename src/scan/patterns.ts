// The rules over text applied to one text.

import { lineCounter } from './lines.ts';
import { isMadeUp } from './made-up.ts';
import type { Leak, RuleTexts, TextRule } from './rule.ts';
import { assignedRule, countsIn, mayAssign } from './rules/assigned.ts';

/** What the rules find, in their order. */
export function patternLeaks(file: string, text: string, rules: readonly TextRule[]): Leak[] {
  const lineOf = lineCounter(text);
  return rules
    .filter((rule) => appliesTo(rule, file) && rule.words.some((word) => text.includes(word)))
    .flatMap((rule) =>
      realMatches(rule, text)
        .filter((match) => rule !== assignedRule || countsIn(file, match))
        .map((match) => leakOf(rule, lineOf(match.index))),
    );
}

function appliesTo(rule: TextRule, file: string): boolean {
  if (rule === assignedRule) return mayAssign(file);
  return rule.files?.test(file) ?? true;
}

/** The places where a rule's shape stands and is real. */
export function realMatches({ pattern, isReal = (secret) => !isMadeUp(secret) }: TextRule, text: string) {
  return [...text.matchAll(pattern)].filter((match) => isReal(match.groups?.secret ?? match[0], match));
}

/** What is said of a rule's finding. */
export function leakOf({ code, title, says = `${title} in plain text`, revoke }: RuleTexts, line: number): Leak {
  return { code, line, message: says, hint: hintOf(revoke) };
}

// As every hint: a phrase, without Markdown.
function hintOf(sentence: string): string {
  const plain = sentence.replace(/[`*]/g, '').replace(/\.$/, '');
  return /^[A-Z][a-z ]/.test(plain) ? plain.charAt(0).toLowerCase() + plain.slice(1) : plain;
}
