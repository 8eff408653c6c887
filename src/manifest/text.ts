// The text of a manifest: bytes decoded without loss, offsets turned into lines and columns.

import { FormatError } from '../errors.ts';

/** A half-open range `[from, to)` of UTF-16 offsets in a manifest's text. */
export interface TextRange {
  from: number;
  to: number;
}

/** The largest manifest that is read: 64 MiB, room for some thousand Secrets and still a moment's work. */
export const maxManifestBytes = 64 * 1024 * 1024;

/**
 * Decodes a manifest. A byte order mark stays in the text, so that encoding the text again gives exactly these bytes.
 * Throws `FormatError`: `TOO_LARGE` over `maxManifestBytes`, `NOT_TEXT` for anything but UTF-8 without NUL bytes.
 */
export function decodeManifest(bytes: Uint8Array, file: string): string {
  if (bytes.byteLength > maxManifestBytes) throw tooLarge(file);
  if (bytes.includes(0)) throw notText(file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw notText(file, cause);
  }
}

/**
 * The text with a line feed in the place of every carriage return that stands alone: that ends a line for YAML (1.2.2 §5.4), for
 * kubectl, and in editors that show the number of a line. Offsets stay what they are.
 */
export function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replace(/\r(?!\n)/g, '\n') : text;
}

function tooLarge(file: string): FormatError {
  return new FormatError(
    'TOO_LARGE',
    `${file} is larger than ${maxManifestBytes / 1024 / 1024} MiB, too large for a manifest`,
    {
      hint: 'split it into several files',
    },
  );
}

function notText(file: string, cause?: unknown): FormatError {
  return new FormatError('NOT_TEXT', `${file} is not a text file in UTF-8`, {
    hint: 'manifests are YAML or JSON; to seal the bytes of a file as one value, use --raw --from-file',
    cause,
  });
}

/**
 * The 1-based line and column (in UTF-16 units) of an offset. CR LF counts as one line end, a byte order mark as nothing.
 * Lines are counted from `known`, an earlier offset and its line. Default: the start.
 */
export function positionOf(
  text: string,
  offset: number,
  known: { offset: number; line: number } = { offset: 0, line: 1 },
): { line: number; column: number } {
  let { line } = known;
  for (let next = text.indexOf('\n', known.offset); next !== -1 && next < offset; next = text.indexOf('\n', next + 1))
    line += 1;
  return { line, column: offset - lineStart(text, offset) + 1 };
}

/** The offset at which the line of `offset` starts, after a byte order mark. */
export function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && offset > 0 && text.startsWith('\ufeff') ? 1 : start;
}

/** The offset at which the line of `offset` ends, before its CR LF or LF. */
export function lineEnd(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  if (feed === -1) return text.length;
  return feed > offset && text[feed - 1] === '\r' ? feed - 1 : feed;
}

/** The line end in use at `range`: that of the first line that ends in or after it, else of the text, else LF. */
export function lineBreakIn(text: string, { from }: TextRange): '\n' | '\r\n' {
  const after = text.indexOf('\n', from);
  const feed = after === -1 ? text.indexOf('\n') : after;
  return feed > 0 && text[feed - 1] === '\r' ? '\r\n' : '\n';
}

/** Where the blanks begin that end at `at`. */
export function blanksBefore(source: string, at: number): number {
  let from = at;
  while (' \t'.includes(source[from - 1] ?? 'x')) from -= 1;
  return from;
}
