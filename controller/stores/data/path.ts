// Paths into JSON, as much of gjson 1.20 as manifests use: names, indexes, `#` and escapes. The rest of gjson is refused by name.

import { type Text, textFromString } from '../../../src/template/bytes.ts';
import type { JsonNode } from './json.ts';

/** A path that uses what we do not have; the message is a phrase that names it. */
export class UnsupportedPath extends Error {}

interface Part {
  name: Text;
  /** An unescaped `#`: the length of an array, or with more behind it the rest of the path in each of its items. */
  isHash: boolean;
}

/** gjson's own (1.20): only these names make `@name` more than a name. */
const modifiers = new Set('pretty ugly reverse this flatten join valid keys values tostr fromstr group dig'.split(' '));

/**
 * What `path` leads to; undefined when there is nothing. At the top, a member with exactly that name goes before the
 * path's meaning. Throws `UnsupportedPath`.
 */
export function lookUp(root: JsonNode, path: string): JsonNode | undefined {
  // Of a repeated key the last counts at the top, as in Go's maps; inside, gjson takes the first.
  const name = textFromString(path);
  const exact = root.kind === 'object' ? root.members.findLast(([key]) => key === name) : undefined;
  return exact ? exact[1] : follow(root, partsOf(path), 0);
}

function follow(from: JsonNode, parts: readonly Part[], start: number): JsonNode | undefined {
  let node: JsonNode | undefined = from;
  for (let at = start; node && at < parts.length; at++) {
    const part: Part | undefined = parts[at];
    if (!part) return undefined;
    if (part.isHash && node.kind === 'array') return each(node.items, parts, at + 1);
    node = child(node, part);
  }
  return node;
}

function child(node: JsonNode, { name }: Part): JsonNode | undefined {
  if (node.kind === 'object') return node.members.find(([key]) => key === name)?.[1];
  if (node.kind !== 'array' || !/^[0-9]+$/.test(name)) return undefined;
  return node.items[Number(name)];
}

function each(items: readonly JsonNode[], parts: readonly Part[], start: number): JsonNode {
  if (start === parts.length) return { kind: 'number', raw: String(items.length) };
  const found = items.flatMap((item) => follow(item, parts, start) ?? []);
  return { kind: 'array', items: found, raw: `[${found.map(({ raw }) => raw).join(',')}]` };
}

function partsOf(path: string): Part[] {
  if (path.startsWith('..')) throw new UnsupportedPath("begins with '..'");
  if (path.startsWith('!')) throw new UnsupportedPath("begins with '!'");
  const parts: Part[] = [];
  for (let at = 0; at <= path.length; ) {
    checkStart(path, at);
    const { name, end, isEscaped } = readPart(path, at);
    parts.push({ name: textFromString(name), isHash: name === '#' && !isEscaped });
    at = end + 1;
  }
  return parts;
}

function checkStart(path: string, at: number): void {
  const opening = /[[{]|#[[(]|@([^.|:]*)/y;
  opening.lastIndex = at;
  const [found, name] = opening.exec(path) ?? [];
  if (found === undefined || (name !== undefined && !modifiers.has(name))) return;
  throw new UnsupportedPath(`uses '${found}'`);
}

/** One part of the path, up to the dot at `end` or the path's end. */
function readPart(path: string, start: number): { name: string; end: number; isEscaped: boolean } {
  let name = '';
  let at = start;
  let isEscaped = false;
  for (; at < path.length && path[at] !== '.'; at++) {
    const character = path[at] ?? '';
    if ('|*?'.includes(character)) throw new UnsupportedPath(`uses '${character}'`);
    if (character === '\\') {
      isEscaped = true;
      at += 1;
    }
    name += path[at] ?? '';
  }
  return { name, end: at, isEscaped };
}
