// Texts that gitleaks takes for secrets, made of the shapes in its own rules.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';

const recorded = JSON.parse(readFileSync(new URL('../../vectors/scan/gitleaks.json', import.meta.url), 'utf8')) as {
  rules: Record<string, string>;
};

/** Rule of gitleaks → texts of its shape, the same in every run. */
export function planted(count: number): Map<string, string[]> {
  return new Map(
    Object.entries(recorded.rules).map(([id, source]) => [
      id,
      fc.sample(fc.noBias(textOf(source)), { numRuns: count, seed: 1 }),
    ]),
  );
}

// Go's expressions as JavaScript reads them, without what stands before and behind the secret.
function textOf(source: string): fc.Arbitrary<string> {
  const name = /^\(\?i\)\[\\w\.-\]\{0,50\}\?\(\?:(?<words>[\w.|]+)\).*?\{0,5\}(?<value>\(.*)$/.exec(source)?.groups;
  const bare = (name?.value ?? source)
    .replace(/\(\?:\[\\x60'"\\s;\]\|\\\\\[nr\]\|\$\)$/, '')
    .replace(/\(\?:\[\^\\w-\]\|\\z\)$/, '')
    // A point that is meant as one.
    .replace('xoxe.xox', 'xoxe\\.xox')
    .replaceAll('\\b', '')
    .replace(/\(\?i\)/g, '')
    .replace(/\(\?-?i:/g, '(?:');
  const text = fc
    .stringMatching(new RegExp(`^${bare}$`))
    .map(onOneLine)
    .map(withFewSigns);
  return name === undefined ? text : text.map((value) => `${name.words?.split('|').at(-1)}_key = "${value}"`);
}

// A carriage return alone ends a line here, as in YAML, and none there: the lines of what was found would not compare.
function onOneLine(text: string): string {
  return text.replaceAll('\r', ' ');
}

// Of a class such as [\w=.-] the generator takes each sign as often as all letters together; no issuer does.
function withFewSigns(text: string): string {
  const others = 'k7q2m9x4';
  return text.replace(/[-_=.+/~]{2,}/g, (signs) =>
    Array.from(signs, (sign, index) => (index === 0 ? sign : others.charAt(index % others.length))).join(''),
  );
}
