// Splices: what an edit does not name, it cannot touch.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySplices, type Splice } from '../../../src/manifest/splice.ts';
import { runs } from '../../support/property.ts';

/** A text and ranges in it that do not overlap, each with something to put there. */
const edits = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(fc.tuple(fc.nat(200), fc.string()), { maxLength: 12 }))
  .map(([source, cuts]) => {
    const offsets = cuts.map(([at]) => Math.min(at, source.length)).sort((a, b) => a - b);
    const splices: Splice[] = [];
    for (let i = 0; i + 1 < offsets.length; i += 2) {
      splices.push({ from: offsets[i] ?? 0, to: offsets[i + 1] ?? 0, text: cuts[i]?.[1] ?? '' });
    }
    return { source, splices };
  });

describe('applying splices', () => {
  it('leaves every character outside the edits where it was, in order', () => {
    fc.assert(
      fc.property(edits, fc.infiniteStream(fc.nat()), ({ source, splices }, random) => {
        const shuffled = [...splices].sort(() => ((random.next().value ?? 0) % 2 === 0 ? 1 : -1));
        const sorted = [...shuffled].sort((a, b) => a.from - b.from || a.to - b.to);
        const result = applySplices(source, shuffled);
        let at = 0;
        let old = 0;
        for (const { from, to, text } of sorted) {
          expect(result.slice(at, at + from - old)).toBe(source.slice(old, from));
          expect(result.slice(at + from - old, at + from - old + text.length)).toBe(text);
          at += from - old + text.length;
          old = to;
        }
        expect(result.slice(at)).toBe(source.slice(old));
      }),
      { numRuns: runs(100) },
    );
  });

  it('gives the text back when there is nothing to do', () => {
    expect(applySplices('a\r\n', [])).toBe('a\r\n');
  });

  it('keeps the order of insertions at one place', () => {
    const at = { from: 1, to: 1 };
    expect(
      applySplices('ab', [
        { ...at, text: '1' },
        { ...at, text: '2' },
      ]),
    ).toBe('a12b');
  });

  it('puts an insertion before a replacement that starts at the same place', () => {
    expect(
      applySplices('abc', [
        { from: 1, to: 2, text: 'X' },
        { from: 1, to: 1, text: '1' },
      ]),
    ).toBe('a1Xc');
  });

  it.each([
    [
      'overlap',
      [
        { from: 0, to: 2, text: '' },
        { from: 1, to: 3, text: '' },
      ],
    ],
    [
      'the same range twice',
      [
        { from: 0, to: 2, text: '' },
        { from: 0, to: 2, text: '' },
      ],
    ],
    [
      'an insertion inside a replacement',
      [
        { from: 0, to: 3, text: '' },
        { from: 1, to: 1, text: 'x' },
      ],
    ],
    ['a range behind the end', [{ from: 2, to: 9, text: '' }]],
    ['a range that ends before it starts', [{ from: 2, to: 1, text: '' }]],
    ['a range before the start', [{ from: -1, to: 1, text: '' }]],
  ])('refuses %s', (_, splices) => {
    expect(() => applySplices('abcd', splices)).toThrow(TypeError);
  });
});
