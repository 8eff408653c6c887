// Bytes as they arrive from a stream, cut into lines.

/** A line grew past the cap: what comes is not what we asked for. */
export class LineTooLong extends Error {
  readonly code = 'KUBE_LINE_TOO_LONG';
}

/**
 * Lines of UTF-8 text without their ends (LF or CRLF). Cutting is done on bytes, so a character split between two
 * chunks stays whole. A last line without an end is given too; empty lines are not. Throws `LineTooLong`.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<string> {
  let rest: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      rest.push(chunk.subarray(from, end));
      if (size + end - from > maxBytes) throw new LineTooLong(`a line of over ${maxBytes} bytes`);
      const line = decode(rest);
      if (line !== '') yield line;
      rest = [];
      size = 0;
      from = end + 1;
    }
    size += chunk.length - from;
    if (size > maxBytes) throw new LineTooLong(`a line of over ${maxBytes} bytes`);
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  const line = decode(rest);
  if (line !== '') yield line;
}

const newline = 0x0a;

function decode(pieces: readonly Uint8Array[]): string {
  const [only] = pieces;
  const bytes = pieces.length === 1 && only ? only : Buffer.concat(pieces);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
