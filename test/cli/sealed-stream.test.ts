// Sealed manifests as one stream, to readers that are quick, slow, or gone.

import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { joined, writeStream } from '../../cli/sealed-stream.ts';
import type { SealedPiece } from '../../cli/sealing-plan.ts';
import type { Output } from '../../cli/streams.ts';

async function* piecesOf(...texts: string[]): AsyncGenerator<SealedPiece> {
  for (const text of texts) yield { text, sealed: 1, warnings: [] };
}

async function textOf(pieces: AsyncIterable<SealedPiece>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece.text;
  return text;
}

const yaml = (...texts: string[]) => ({ format: 'yaml' as const, pieces: piecesOf(...texts) });
const json = (...texts: string[]) => ({ format: 'json' as const, pieces: piecesOf(...texts) });

describe('several manifests as one stream', () => {
  test('YAML gets a separator, but for what begins with one or with a directive', async () => {
    const manifests = [
      yaml('a: 1\n', '---\nb: 2\n'),
      yaml('c: 3\n'),
      yaml('---\nd: 4\n'),
      yaml('%YAML 1.2\n---\ne: 5\n'),
    ];
    const stream = await textOf(joined(manifests));
    expect(stream).toBe('a: 1\n---\nb: 2\n---\nc: 3\n---\nd: 4\n...\n%YAML 1.2\n---\ne: 5\n');
    const values = parseAllDocuments(stream).map((document) => document.toJS());
    expect(values).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }, { d: 4 }, { e: 5 }]);
  });

  test('so does JSON beside YAML, and JSON beside JSON needs none', async () => {
    const stream = await textOf(joined([json('{"a": 1}\n'), json('{"b": 2}\n'), yaml('c: 3\n'), json('{"d": 4}\n')]));
    expect(stream).toBe('{"a": 1}\n{"b": 2}\n---\nc: 3\n---\n{"d": 4}\n');
  });

  test('a missing line end is made up for', async () => {
    expect(await textOf(joined([yaml('a: 1', ''), yaml('b: 2', '')]))).toBe('a: 1\n---\nb: 2');
    expect(await textOf(joined([json('{}', ''), json('{}\n')]))).toBe('{}\n{}\n');
  });

  test('nothing stands before the first that is not empty', async () => {
    expect(await textOf(joined([yaml(''), yaml('a: 1\n')]))).toBe('a: 1\n');
    expect(await textOf(joined([]))).toBe('');
  });
});

/** An output that keeps what it is given, and takes a chunk only when it is told to. */
class SlowReader implements Output {
  readonly isTTY = false;
  readonly chunks: string[] = [];
  take: () => void = () => undefined;

  write(chunk: string | Uint8Array): void {
    this.chunks.push(Buffer.from(chunk).toString());
  }

  send(chunk: string | Uint8Array): Promise<void> {
    this.write(chunk);
    return new Promise((resolve) => {
      this.take = resolve;
    });
  }

  get text(): string {
    return this.chunks.join('');
  }
}

function writing(pieces: AsyncIterable<SealedPiece>, out: SlowReader) {
  const input = { isTTY: false, read: async () => new Uint8Array() };
  return writeStream(pieces, { streams: { in: input, out, err: out }, signal: new AbortController().signal });
}

/** Long enough for everything that waits for nobody. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) await Promise.resolve();
}

describe('a stream that is written', () => {
  test('to a reader that takes nothing: one chunk is given and little more is made', async () => {
    let made = 0;
    const piece = 'x'.repeat(1000);
    async function* endless(): AsyncGenerator<SealedPiece> {
      for (; made < 1000; made++) yield { text: piece, sealed: 1, warnings: [] };
    }
    const out = new SlowReader();
    const work = writing(endless(), out);
    await settled();
    expect(out.chunks.map(({ length }) => length)).toEqual([65_536]);
    expect(made).toBe(65);
    out.take();
    await settled();
    expect([out.chunks.length, made]).toEqual([2, 131]);
    for (let chunk = 2; chunk < 16; chunk++) {
      out.take();
      await settled();
    }
    await work;
    expect(out.text).toBe(piece.repeat(1000));
  });

  test('in chunks of one size, however long the pieces and however wide their letters are', async () => {
    const out = new SlowReader();
    const texts = ['ä'.repeat(50_000), '😀'.repeat(50_000), 'a', 'é😀'.repeat(20_000)];
    const work = writing(piecesOf(...texts), out);
    for (let chunk = 0; chunk < 8; chunk++) {
      await settled();
      out.take();
    }
    await work;
    expect(out.text).toBe(texts.join(''));
    for (const chunk of out.chunks) expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(65_536);
  });

  test('ends where the reader does', async () => {
    const out = new SlowReader();
    out.send = () => Promise.reject(new Error('nobody reads the output'));
    await expect(writing(piecesOf('x'.repeat(200_000)), out)).rejects.toThrow('nobody reads');
  });

  test('gives back all warnings, in order', async () => {
    async function* pieces(): AsyncGenerator<SealedPiece> {
      for (const warnings of [['a', 'b'], [], ['c']]) yield { text: '', sealed: 1, warnings };
    }
    expect(await writing(pieces(), new SlowReader())).toEqual(['a', 'b', 'c']);
  });
});
