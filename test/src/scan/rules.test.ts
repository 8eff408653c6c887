// Every rule over text: what it must find, what it must let pass, and that it takes linear time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realMatches } from '../../../src/scan/patterns.ts';
import type { TextRule } from '../../../src/scan/rule.ts';
import { textRules } from '../../../src/scan/rules.ts';
import { structures } from '../../../src/scan/structures.ts';
import { runs } from '../../support/property.ts';
import { searchCounting } from '../../support/regex-steps.ts';

const named = textRules.map((rule, index) => [`${rule.code} ${rule.title} (${index})`, rule] as const);

describe.each(named)('%s', (_, rule) => {
  it('finds each of its examples once, by one of its words', () => {
    for (const text of rule.matches()) {
      expect(realMatches(rule, text), text).toHaveLength(1);
      expect(
        rule.words.some((word) => text.includes(word)),
        text,
      ).toBe(true);
      // In the middle of other text, and after a line of its own.
      expect(realMatches(rule, `# a comment\nvalue: ${text}\n`), text).toHaveLength(1);
    }
    expect(rule.matches().length).toBeGreaterThan(0);
  });

  it('lets pass what only looks like it', () => {
    for (const text of rule.passes()) expect(realMatches(rule, text), text).toEqual([]);
    expect(rule.passes().length).toBeGreaterThan(0);
  });

  it('says what it is about', () => {
    expect(rule.code).toMatch(/^SW3\d\d$/);
    expect(rule.title).toMatch(/^an? [A-Za-z0-9]/);
    expect(rule.opens).toMatch(/^[a-z].*[^.]$/);
    expect(rule.revoke).toMatch(/[.]$/);
    expect(rule.pattern.flags).toContain('g');
  });

  it('takes steps in proportion to the text, whatever the text is', () => {
    for (const text of [...hostileTexts(rule)]) checkWork(rule, text);
    const pieces = fc.constantFrom(...piecesOf(rule));
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 20, maxLength: 120 }), (parts) => checkWork(rule, parts.join(''))),
      { numRuns: runs(4) },
    );
  });
});

/** The worst are about 120: the random value, which may be long and must end well, behind a name that may be long. */
const mostStepsPerCharacter = 200;

function checkWork({ pattern }: TextRule, text: string): void {
  const { steps, matches } = searchCounting(pattern, text);
  expect(steps / (text.length + 1)).toBeLessThan(mostStepsPerCharacter);
  // Otherwise the steps would be those of another pattern.
  expect(matches).toEqual([...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length]));
}

/** Pieces of the rule's own examples: what gets furthest into its pattern. */
function piecesOf({ matches, words }: TextRule): string[] {
  const parts = matches().flatMap((text) => text.match(/[A-Za-z0-9+/]+|[^A-Za-z0-9+/]+/g) ?? []);
  return [...new Set([...words, ...parts, 'a', ' ', '-', '\n', '='])];
}

/** Each beginning of each example, many times; and one that is kept going with its last character. */
function* hostileTexts(rule: TextRule): Generator<string> {
  for (const text of [...rule.matches(), ...rule.words]) {
    for (let end = 1; end <= text.length; end += Math.ceil(text.length / 6)) {
      const start = text.slice(0, end);
      yield start.repeat(Math.ceil(1000 / start.length));
      yield start + start.slice(-1).repeat(1000);
      yield `${start.slice(-1).repeat(500)}${start}`;
    }
  }
}

it('every repetition in every pattern has an end', () => {
  for (const { pattern, code } of textRules) {
    const bare = pattern.source.replace(/\\./g, '').replace(/\[[^\]]*\]/g, 'x');
    expect(bare, code).not.toMatch(/[*+]|\{\d+,\}/);
  }
});

it('rules of one code say the same', () => {
  const texts = new Map<string, unknown>();
  for (const { code, severity, title, shape, opens, revoke } of [...textRules, ...Object.values(structures)]) {
    const said = { severity, title, shape, opens, revoke };
    expect(texts.get(code) ?? said).toEqual(said);
    texts.set(code, said);
  }
});
