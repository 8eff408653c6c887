// Decoding manifests and finding lines in them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeManifest,
  lineBreakIn,
  lineEnd,
  lineStart,
  maxManifestBytes,
  positionOf,
} from '../../../src/manifest/text.ts';
import { runs } from '../../support/property.ts';

const utf8 = new TextEncoder();

describe('decoding', () => {
  it('gives back the same bytes when encoded again, byte order mark included', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        fc.boolean(),
        (text, hasMark) => {
          const bytes = utf8.encode((hasMark ? '\ufeff' : '') + text);
          expect(utf8.encode(decodeManifest(bytes, 'f'))).toEqual(bytes);
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it.each([
    ['a NUL byte', Uint8Array.of(0x61, 0, 0x62), 'NOT_TEXT'],
    ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xd8, 0xff), 'NOT_TEXT'],
    ['a cut-off character', Uint8Array.of(0x61, 0xc3), 'NOT_TEXT'],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0x00), 'NOT_TEXT'],
    ['a huge file', new Uint8Array(maxManifestBytes + 1), 'TOO_LARGE'],
  ])('refuses %s, naming the file', (_, bytes, code) => {
    expect(() => decodeManifest(bytes, 'a/b.yaml')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('a/b.yaml') }),
    );
  });
});

describe('positions', () => {
  it.each([
    ['', 0, 1, 1],
    ['abc', 2, 1, 3],
    ['a\nb', 2, 2, 1],
    ['a\r\nbc', 4, 2, 2],
    ['\n\n\n', 3, 4, 1],
    ['a\nb', 1, 1, 2],
    ['\ufeffab', 2, 1, 2],
  ])('in %j offset %i is line %i, column %i', (text, offset, line, column) => {
    expect(positionOf(text, offset)).toEqual({ line, column });
  });

  it('finds the start and the end of a line, before its CR LF', () => {
    const text = 'ab\r\ncd\nef';
    expect([0, 1, 4, 5, 8].map((at) => [lineStart(text, at), lineEnd(text, at)])).toEqual([
      [0, 2],
      [0, 2],
      [4, 6],
      [4, 6],
      [7, 9],
    ]);
    expect([lineStart('\nx', 0), lineEnd('\nx', 0), lineStart('\nx', 1)]).toEqual([0, 0, 1]);
  });

  it('takes the line end that is in use at the place', () => {
    const text = 'a\r\nb\nc';
    expect([0, 3, 5].map((from) => lineBreakIn(text, { from, to: from }))).toEqual(['\r\n', '\n', '\r\n']);
    expect(lineBreakIn('abc', { from: 0, to: 3 })).toBe('\n');
  });
});
