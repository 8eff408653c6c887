// Cutting a stream into lines, whatever the chunks.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineTooLong, lines } from '../../../src/kube/lines.ts';
import { runs } from '../../support/property.ts';

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function cut(text: string, sizes: readonly number[], maxBytes = 1000): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines(inChunks(Buffer.from(text), sizes), maxBytes)) found.push(line);
  return found;
}

test('a character split between two chunks stays whole', async () => {
  expect(await cut('{"a":"ä€🔑"}\nnext\n', [1])).toEqual(['{"a":"ä€🔑"}', 'next']);
});

test('an unfinished last line is given, empty lines and carriage returns are not', async () => {
  expect(await cut('one\r\n\n\r\ntwo', [4])).toEqual(['one', 'two']);
});

test('any cut into chunks gives the same lines', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, ''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (texts, sizes) => {
        expect(await cut(texts.join('\n'), sizes)).toEqual(texts.filter((text) => text !== ''));
      },
    ),
    { numRuns: runs(100) },
  );
});

test('a line longer than the cap is refused before it is held whole', async () => {
  await expect(cut('x'.repeat(50), [10], 20)).rejects.toBeInstanceOf(LineTooLong);
  await expect(cut(`${'x'.repeat(50)}\n`, [100], 20)).rejects.toBeInstanceOf(LineTooLong);
  expect(await cut(`${'x'.repeat(20)}\n${'y'.repeat(20)}\n`, [7], 20)).toHaveLength(2);
});
