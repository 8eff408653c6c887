// Telling what somebody made up for an example, or left open, from what a machine issued.

import { isPlaceholder } from './placeholder.ts';

/** Whether a text is no real secret: a placeholder, a reference to a variable, an example, or hardly any different characters. */
export function isMadeUp(text: string): boolean {
  const bare = text.trim().replace(/^(["'])(.*)\1$/s, '$2');
  return (
    isPlaceholder(bare) || isReference(bare) || saysExample(bare) || new Set(bare).size < 5 || /(.)\1{6}/s.test(bare)
  );
}

const references: readonly RegExp[] = [
  /^\$[A-Za-z_]\w{0,99}$/,
  /^%[A-Za-z_]\w{0,99}%$/,
  /^@[A-Za-z_]\w{0,99}@$/,
  /\$\{|\$\(|\{\{|<%|<[A-Za-z][\w -]{0,60}>/,
  // Vault agent, vals, SOPS, external references.
  /^(?:vault:|ref\+\w{1,30}|ENC\[|op:\/\/|secretKeyRef)/,
];

/** Whether it names where the value comes from instead of being it. */
export function isReference(text: string): boolean {
  return references.some((reference) => reference.test(text));
}

function saysExample(text: string): boolean {
  return /example|sample|dummy|redacted|placeholder|changeme|xxxxx|\*{4}|\.{4}|0{8}|abcdefghijklmnop/i.test(text);
}

/** Shannon's entropy in bits for each character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
