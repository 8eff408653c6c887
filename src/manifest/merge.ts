// Three versions of a manifest prepared for a merge by lines, so that it works item by item: between the lines of two items, and of their
// lines in the seal record, stands one that all versions have, and changes on both sides of it do not touch.

import { isMap, isScalar, type ParsedNode } from 'yaml';
import { recordAnnotation } from '../seal/record.ts';
import type { ManifestObject } from './objects.ts';
import { contentEnd } from './replace.ts';
import { applySplices, type Splice } from './splice.ts';
import { lineBreakIn, lineEnd, lineStart } from './text.ts';
import { ofEach, sealedSecretsOf, type Versions } from './versions.ts';
import { childOf, entriesOf } from './yaml.ts';

/** Lines that belong to one name each: items, or their lines in the record. */
interface Section {
  /** Name → where its lines start, comments above them included. */
  starts: Map<string, number>;
  /** Behind the lines of the last name. */
  end: number;
}

const mark = '#~seal-merge~';

/** The versions with marks between items; the same versions where nothing can be marked. */
export function withMarks(texts: Versions<string>): Versions<string> {
  if (Object.values<string>({ ...texts }).some((text) => text.includes(mark))) return texts;
  const sections = ofEach(texts, sectionsOf);
  const splices: Versions<Splice[]> = { base: [], ours: [], theirs: [] };
  for (const [key, base] of sections.base) {
    const [ours, theirs] = [sections.ours.get(key), sections.theirs.get(key)];
    if (!ours || !theirs) continue;
    const found = { base, ours, theirs };
    const order = commonOrder(ofEach(found, ({ starts }) => [...starts.keys()]));
    if (!order) continue;
    const id = splices.base.length;
    for (const side of ['base', 'ours', 'theirs'] as const)
      splices[side].push(...marksOf(found[side], { order, id, text: texts[side] }));
  }
  return {
    base: applySplices(texts.base, splices.base),
    ours: applySplices(texts.ours, splices.ours),
    theirs: applySplices(texts.theirs, splices.theirs),
  };
}

/** A merged text without its marks. */
export function withoutMarks(text: string): string {
  return text.replace(/^#~seal-merge~[\d.]{1,40}\r?\n/gm, '');
}

function marksOf(
  { starts, end }: Section,
  { order, id, text }: { order: readonly string[]; id: number; text: string },
) {
  const splices: Splice[] = [];
  let at = end;
  const lineBreak = lineBreakIn(text, { from: end, to: end });
  // From the end: what is missing here stands where the next one starts.
  for (let index = order.length; index >= 0; index--) {
    at = starts.get(order[index] ?? '') ?? at;
    splices.unshift({ from: at, to: at, text: `${mark}${id}.${index}${lineBreak}` });
  }
  return splices;
}

/** One order of all names in which those of each version stand as they do there, ours first; `undefined` where there is none. */
function commonOrder({ base, ours, theirs }: Versions<string[]>): string[] | undefined {
  const predecessors = new Map<string, string[]>();
  for (const names of [ours, base, theirs]) {
    for (const [index, name] of names.entries()) {
      const before = names[index - 1];
      predecessors.set(name, [...(predecessors.get(name) ?? []), ...(before === undefined ? [] : [before])]);
    }
  }
  const order = new Set<string>();
  for (const name of predecessors.keys()) {
    // Each waits for the next one. No recursion: a file may have more names than calls fit into each other.
    const waiting = [name];
    const isWaiting = new Set(waiting);
    for (let at = waiting.at(-1); at !== undefined; at = waiting.at(-1)) {
      const next = predecessors.get(at)?.find((one) => !order.has(one));
      if (next === undefined) {
        order.add(at);
        waiting.pop();
      } else if (isWaiting.has(next)) return undefined;
      else {
        waiting.push(next);
        isWaiting.add(next);
      }
    }
  }
  return [...order];
}

function sectionsOf(text: string): Map<string, Section> {
  const found = new Map<string, Section>();
  for (const [name, object] of sealedSecretsOf(text)) {
    const items = itemSection(object);
    const record = recordSection(object);
    if (items) found.set(`${name} items`, items);
    if (record) found.set(`${name} record`, record);
  }
  return found;
}

function itemSection({ document, node }: ManifestObject): Section | undefined {
  const { source, range } = document;
  const holder = entriesOf(childOf(node, 'spec')).find(({ name }) => name === 'encryptedData');
  if (!holder || !isMap(holder.value)) return undefined;
  const starts = new Map<string, number>();
  let end = nextLine(source, range.from + holder.key.range[1]);
  for (const { name, key, value } of entriesOf(holder.value)) {
    // Every item needs lines of its own.
    if (starts.has(name) || lineStart(source, range.from + key.range[0]) < end) return undefined;
    starts.set(name, end);
    end = nextLine(source, lastOffset(source, range.from, value ?? key));
  }
  const isOpen = holder.value.flow && range.from + holder.value.range[1] <= end;
  return starts.size === 0 || isOpen ? undefined : { starts, end };
}

function lastOffset(source: string, from: number, node: ParsedNode): number {
  const start = from + node.range[0];
  return start + source.slice(start, from + contentEnd(node)).trimEnd().length;
}

function recordSection({ document, node }: ManifestObject): Section | undefined {
  const { source, range } = document;
  const value = childOf(childOf(childOf(node, 'metadata'), 'annotations'), recordAnnotation);
  if (!isScalar(value) || value.type !== 'BLOCK_LITERAL') return undefined;
  const starts = new Map<string, number>();
  const last = lastOffset(source, range.from, value);
  let end = nextLine(source, range.from + value.range[0]);
  while (end < last) {
    const [, item] = /^[ ]+(\S+) /.exec(source.slice(end, lineEnd(source, end))) ?? [];
    if (item === undefined || starts.has(item)) return undefined;
    starts.set(item, end);
    end = nextLine(source, end);
  }
  return starts.size === 0 ? undefined : { starts, end };
}

function nextLine(source: string, offset: number): number {
  const feed = source.indexOf('\n', offset);
  return feed === -1 ? source.length : feed + 1;
}
