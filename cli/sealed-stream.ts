// Sealed manifests as one stream, and how it goes to standard output: in chunks, no faster than its reader takes them.

import type { ManifestFormat } from '../src/manifest/documents.ts';
import type { Context } from './context.ts';
import { withText } from './sealing.ts';
import type { SealedPiece } from './sealing-plan.ts';

/** One manifest of the stream. */
export interface StreamedManifest {
  format: ManifestFormat;
  pieces: AsyncIterable<SealedPiece>;
}

/** Several manifests as one stream: what separates two documents is put where one manifest ends and the next begins. */
export async function* joined(manifests: Iterable<StreamedManifest>): AsyncGenerator<SealedPiece> {
  let before: Written = { text: '', format: 'json' };
  for (const { format, pieces } of manifests) {
    let isFirst = true;
    for await (const piece of pieces) {
      const next = isFirst ? withText(piece, separator(before, { text: piece.text, format }) + piece.text) : piece;
      yield next;
      isFirst = false;
      if (next.text !== '') before = { text: next.text, format };
    }
  }
}

interface Written {
  text: string;
  format: ManifestFormat;
}

// JSON values may stand behind each other; behind YAML, one would be a part of it.
function separator(before: Written, after: Written): string {
  if (before.text === '') return '';
  const lineEnd = before.text.endsWith('\n') ? '' : '\n';
  if (before.format === 'json' && after.format === 'json') return lineEnd;
  // A directive is one only where the document before it has ended.
  if (after.text.startsWith('%')) return `${lineEnd}...\n`;
  return after.text.startsWith('---') ? lineEnd : `${lineEnd}---\n`;
}

// Few calls of the system for many documents, and what a pipe takes at once.
const chunkLength = 64 * 1024;

/** Writes pieces to standard output as they come. Resolves with their warnings. Throws as `Output.send`, and once the call is interrupted. */
export async function writeStream(
  pieces: AsyncIterable<SealedPiece>,
  { streams: { out }, signal }: Pick<Context, 'streams' | 'signal'>,
): Promise<string[]> {
  const said: string[] = [];
  const chunk = new Chunk();
  for await (const { text, warnings } of pieces) {
    said.push(...warnings);
    for (let rest = chunk.add(text); rest !== ''; rest = chunk.add(rest)) {
      await out.send(chunk.take());
      signal.throwIfAborted();
    }
  }
  out.write(chunk.take());
  return said;
}

/** Text gathered as bytes, always in the same ones: strings put together would live long enough to look worth keeping. */
class Chunk {
  readonly #encoder = new TextEncoder();
  readonly #bytes = new Uint8Array(chunkLength);
  #length = 0;

  /** Takes what there is room for; returns the rest. */
  add(text: string): string {
    const { read, written } = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#length));
    this.#length += written;
    return text.slice(read);
  }

  /** Everything so far, good until the next `add`. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }
}
