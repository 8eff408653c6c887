// PEM (RFC 7468): every block of a text that may hold other lines around them.

import { FormatError } from '../errors.ts';
import { base64Decode, base64Encode } from './base64.ts';

/** One `-----BEGIN label-----` block. */
export interface PemBlock {
  label: string;
  bytes: Uint8Array;
  /** RFC 1421 header lines as written by old tools, such as `Proc-Type: 4,ENCRYPTED`. Usually empty. */
  headers: readonly string[];
}

const begin = /^[ \t]*-----BEGIN ([^\r\n-]+(?:-[^\r\n-]+)*)-----[ \t]*$/;
const end = /^[ \t]*-----END ([^\r\n]+?)-----[ \t]*$/;

/**
 * The blocks of `text` in their order; text between them is skipped, any line end is read. No block gives an empty list.
 * Throws `FormatError` (`PEM_DAMAGED`) for a block without its end or with a body that is not base64.
 */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { label: string; lines: string[] } | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const started = begin.exec(line)?.[1];
    if (open === undefined) {
      if (started !== undefined) open = { label: started, lines: [] };
      continue;
    }
    if (started !== undefined) throw damaged(open.label, 'has no end');
    const ended = end.exec(line)?.[1];
    if (ended === undefined) {
      open.lines.push(line.trim());
      continue;
    }
    if (ended !== open.label) throw damaged(open.label, 'has no end');
    blocks.push(parseBlock(open.label, open.lines));
    open = undefined;
  }
  if (open !== undefined) throw damaged(open.label, 'has no end');
  return blocks;
}

/** One block: 64 digits a line, line feeds, a line feed at the end. */
export function serializePem(label: string, bytes: Uint8Array): string {
  const lines = base64Encode(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function parseBlock(label: string, lines: readonly string[]): PemBlock {
  const headers = lines.filter((line) => line.includes(':'));
  const body = lines.filter((line) => !line.includes(':')).join('');
  try {
    return { label, headers, bytes: base64Decode(body) };
  } catch (cause) {
    throw damaged(label, 'is not base64', cause);
  }
}

function damaged(label: string, why: string, cause?: unknown): FormatError {
  return new FormatError('PEM_DAMAGED', `the PEM block "${label}" ${why}`, {
    hint: 'the file seems to be cut off or edited; copy it again',
    cause,
  });
}
