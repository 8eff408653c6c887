// How much work a text is to read.

import { describe, expect, it } from 'vitest';
import { weightOf } from '../../../src/manifest/weight.ts';

const most = 1_000;

describe('the weight of a text', () => {
  it.each([
    ['a long value', `a: ${'x'.repeat(100_000)}\n`],
    ['a long quoted value', `{"a": "${'x, {[: '.repeat(10_000)}"}`],
    ['a text of many marks in a block', `a: |\n  ${'{{ [x] }}: *y '.repeat(10_000)}\n`],
    ['a comment', `# ${'{[,]}'.repeat(10_000)}\n`],
  ])('is little for %s', (_, text) => {
    expect(weightOf(text, most)).toBeLessThan(20);
  });

  it.each([
    ['many lines', 'a: 1\n'.repeat(1000)],
    ['many brackets', '[]'.repeat(1000)],
    ['many closing brackets', ']'.repeat(2000)],
    ['many values on one line', `{${'"a":1,'.repeat(1000)}}`],
    ['many dashes', '- '.repeat(2000)],
    ['many keys in each other', '? '.repeat(2000)],
    ['many tags', '!x '.repeat(2000)],
    ['many documents', '---\n'.repeat(2000)],
    ['many lines of a block', `a: >\n${' x\n'.repeat(5000)}`],
    ['many lines of a quoted value', `a: "${'x\n'.repeat(5000)}"`],
    ['a few aliases in a text of some size', `a: &a [${'1,'.repeat(100)}1]\nb: [${'*a,'.repeat(20)}*a]\n`],
  ])('is too much for %s', (_, text) => {
    expect(weightOf(text, most)).toBeGreaterThan(most);
  });

  it('counts no further than to what is too much', () => {
    expect(weightOf('a: 1\n'.repeat(100_000), most)).toBeLessThan(most + 20);
  });
});
