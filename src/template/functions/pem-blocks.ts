// PEM in templates as Go's encoding/pem sees it: what is damaged is skipped, not refused.

import { base64Decode } from '../../encoding/base64.ts';
import { serializePem } from '../../encoding/pem.ts';
import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';

export interface Block {
  label: Text;
  bytes: Uint8Array;
  /** RFC 1421 headers by name. */
  headers: ReadonlyMap<Text, Text>;
}

const end = (label: Text) => `\n-----END ${label}-----`;

/** Every block that pem.Decode finds, one after another, and what is left behind the last. */
export function pemBlocks(text: Text): { blocks: Block[]; rest: Text } {
  const blocks: Block[] = [];
  const start = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n/g;
  let rest = text;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const [label = '', from] = [match[1], start.lastIndex];
    // A block without a body has its end right behind its start.
    const close = text.indexOf(end(label), from - 1);
    if (close === -1) continue;
    const closed = close + end(label).length;
    const line = text.indexOf('\n', closed);
    const isClean = /^[ \t\r]*$/.test(text.slice(closed, line === -1 ? text.length : line));
    const block = isClean ? parsed(label, text.slice(from, Math.max(from, close))) : undefined;
    if (block === undefined) continue;
    blocks.push(block);
    rest = line === -1 ? '' : text.slice(line + 1);
    start.lastIndex = line === -1 ? text.length : line;
  }
  return { blocks, rest };
}

function parsed(label: Text, body: Text): Block | undefined {
  const headers = new Map<Text, Text>();
  const lines = body.split('\n');
  while (lines[0]?.includes(':')) {
    const [, name = '', value = ''] = /^([^:]*):(.*)$/s.exec(lines.shift() ?? '') ?? [];
    headers.set(name.trim(), value.trim());
  }
  try {
    return { label, headers, bytes: base64Decode(lines.join('').replace(/[ \t\r]/g, '')) };
  } catch {
    return undefined;
  }
}

/** pem.Encode: headers sorted, Proc-Type before all others. */
export function pemText({ label, bytes, headers }: Block): Text {
  const plain = serializePem(label, bytes);
  if (headers.size === 0) return plain;
  const names = [...headers.keys()].filter((name) => name !== 'Proc-Type').sort();
  const lines = (headers.has('Proc-Type') ? ['Proc-Type', ...names] : names).map(
    (name) => `${name}: ${headers.get(name)}\n`,
  );
  const firstLine = plain.indexOf('\n') + 1;
  return `${plain.slice(0, firstLine)}${lines.join('')}\n${plain.slice(firstLine)}`;
}

/** One block without headers. */
export function pemOf(label: Text, bytes: Uint8Array): Text {
  return pemText({ label, bytes, headers: new Map() });
}

/** The first block, from the first `-----BEGIN` on. */
export function firstBlock(text: Text, what: string): Block {
  const [block] = pemBlocks(text).blocks;
  if (block === undefined) throw new FunctionFailure(`the ${what} is not PEM`);
  return block;
}

/** From the first `-----BEGIN` on: what stands before it in its line is passed over. */
export function withoutJunk(text: Text): Text {
  const at = text.indexOf('-----BEGIN');
  return at === -1 ? text : text.slice(at);
}
