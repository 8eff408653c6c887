// A thousand and more generated manifests, edited: nothing outside the item's own bytes changes, whatever surrounds it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { editItems } from '../../../src/manifest/edit.ts';
import { isSealedSecret } from '../../../src/manifest/kinds.ts';
import { objectsOf, problemOf } from '../../../src/manifest/objects.ts';
import { applySplices } from '../../../src/manifest/splice.ts';
import { parseRecord, recordAnnotation } from '../../../src/seal/record.ts';
import { runs } from '../../support/property.ts';
import { sealedFileOf, sealedName } from '../../support/sealed-files.ts';

const sealedText = (seed: number) => `AgB${(seed * 7919).toString(36).repeat(12)}+/${'x'.repeat(40)}==`;

const styles = ['plain', 'double', 'single', 'literal', 'strip', 'folded', 'wrapped'] as const;
const comment = fc.constantFrom('', '  # why', ' # {{ no: template }}', '\t# tab', '  # größe 😀');
const ownLine = fc.constantFrom('# own', '#', '', '# a: not an item', '# --- no end');

const item = fc.record({
  style: fc.constantFrom(...styles),
  comment,
  above: fc.array(ownLine, { maxLength: 2 }),
  quotedKey: fc.boolean(),
});
const neighbour = fc.constantFrom(
  'kind: {{ .Values.kind }}\n{{- if .x }}\na: [\n{{ end }}',
  'apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |\n    kind: SealedSecret\n    encryptedData:\n      item0: AgB',
  '# nothing but a comment',
  'apiVersion: v1\nkind: Secret # plain\nstringData: {a: b}',
);
const manifest = fc.record({
  items: fc.array(item, { minLength: 1, maxLength: 5 }),
  indent: fc.integer({ min: 1, max: 6 }),
  before: fc.option(neighbour, { nil: undefined }),
  after: fc.option(neighbour, { nil: undefined }),
  templateFirst: fc.boolean(),
  annotations: fc.constantFrom('none', 'some', 'empty', 'record'),
  crlf: fc.boolean(),
  bom: fc.boolean(),
  finalNewline: fc.boolean(),
  tail: fc.array(ownLine, { maxLength: 2 }),
});
type Shape = typeof manifest extends fc.Arbitrary<infer T> ? T : never;

interface Made {
  text: string;
  /** By item: the whole entry with its line ends, and its value. */
  entries: { from: number; to: number; valueFrom: number; valueTo: number }[];
}

/** Writes a manifest and remembers where each item is. */
function make(shape: Shape): Made {
  const pad = ' '.repeat(shape.indent);
  let text = '';
  const entries: Made['entries'] = [];
  const line = (words: string) => {
    text += `${words}\n`;
  };
  if (shape.before !== undefined) line(`${shape.before}\n---`);
  line('apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: # m');
  line(`${pad}name: db\n${pad}namespace: shop`);
  if (shape.annotations === 'empty') line(`${pad}annotations: {}`);
  if (shape.annotations === 'some') line(`${pad}annotations:\n${pad}${pad}note: "x" # n`);
  if (shape.annotations === 'record')
    line(
      `${pad}annotations:\n${pad}${pad}${recordAnnotation}: |\n${pad}${pad}  item0 strange words\n${pad}note: x`.replace(
        /\n *note.*$/,
        '',
      ),
    );
  line('spec:');
  if (shape.templateFirst) line(`${pad}template: {type: Opaque}`);
  line(`${pad}encryptedData:  # values`);
  const inner = pad + pad;
  for (const [index, each] of shape.items.entries()) {
    for (const words of each.above) line(words === '' ? '' : inner + words);
    const from = text.length;
    const value = sealedText(index + 1);
    const half = Math.floor(value.length / 2);
    text += `${inner}${each.quotedKey ? `"item${index}"` : `item${index}`}: `;
    const valueFrom = text.length;
    const block = (header: string) =>
      `${header}${each.comment}\n${inner}  ${value.slice(0, half)}\n${inner}  ${value.slice(half)}`;
    const written = {
      plain: value + each.comment,
      double: `"${value}"${each.comment}`,
      single: `'${value}'${each.comment}`,
      literal: block('|'),
      strip: block('|-'),
      folded: block('>'),
      wrapped: `${value.slice(0, half)}\n${inner}  ${value.slice(half)}${each.comment}`,
    }[each.style];
    text += written;
    entries.push({ from, to: text.length + 1, valueFrom, valueTo: text.length });
    text += '\n';
  }
  for (const words of shape.tail) line(words === '' ? '' : inner + words);
  if (!shape.templateFirst) line(`${pad}template:\n${pad}${pad}type: Opaque`);
  if (shape.after !== undefined) line(`--- # next\n${shape.after}`);
  return finished({ text, entries }, shape);
}

/** The same with the line ends, mark and end that are asked for, and the ranges moved with them. */
function finished({ text, entries }: Made, { crlf, bom, finalNewline }: Shape): Made {
  const feeds = (to: number) => text.slice(0, to).split('\n').length - 1;
  const moved = (at: number) => at + (bom ? 1 : 0) + (crlf ? feeds(at) : 0);
  let whole = (bom ? '\ufeff' : '') + (crlf ? text.replaceAll('\n', '\r\n') : text);
  if (!finalNewline) whole = whole.replace(/\r?\n$/, '');
  return {
    text: whole,
    entries: entries.map(({ from, to, valueFrom, valueTo }) => ({
      from: moved(from),
      to: Math.min(moved(to), whole.length),
      valueFrom: moved(valueFrom),
      valueTo: Math.min(moved(valueTo), whole.length),
    })),
  };
}

function sealedIn(text: string) {
  const documents = parseManifest(text, { file: 'a.yaml' }).documents.filter((document) => !problemOf(document));
  const [found] = documents.flatMap(objectsOf).filter(({ value }) => isSealedSecret(value));
  return found!;
}

const valuesIn = (text: string) =>
  (sealedIn(text).value.spec as { encryptedData: Record<string, string> }).encryptedData;
const fresh = sealedText(99);

test('setting an item changes its value alone', () => {
  fc.assert(
    fc.property(manifest, fc.nat(), (shape, pick) => {
      const { text, entries } = make(shape);
      const index = pick % entries.length;
      const { valueFrom, valueTo } = entries[index]!;
      const before = valuesIn(text);
      const { splice } = editItems(sealedIn(text), { set: new Map([[`item${index}`, fresh]]), unset: [], record: [] });
      // A record line of before is stale now, and gone: that is another property.
      if (shape.annotations === 'record' && index === 0) return;
      const result = applySplices(text, [splice]);
      expect(result.slice(0, valueFrom)).toBe(text.slice(0, valueFrom));
      expect(result.endsWith(text.slice(valueTo))).toBe(true);
      expect(result.includes(shape.items[index]!.comment)).toBe(true);
      expect(valuesIn(result)).toEqual({ ...before, [`item${index}`]: fresh });
    }),
    { numRuns: runs(500) },
  );
});

test('removing an item takes its own lines alone', () => {
  fc.assert(
    fc.property(manifest, fc.nat(), (shape, pick) => {
      const { text, entries } = make(shape);
      const index = pick % entries.length;
      const { from, to } = entries[index]!;
      const { splice } = editItems(sealedIn(text), { set: new Map(), unset: [`item${index}`], record: [] });
      if (shape.annotations === 'record' && index === 0) return;
      const result = applySplices(text, [splice]);
      if (entries.length === 1) {
        expect(result.slice(0, from)).toBe(text.slice(0, from));
        expect(result.slice(from).trimStart().startsWith('{}')).toBe(true);
        expect(result.endsWith(text.slice(to))).toBe(true);
      } else if (text.endsWith('\n') || to < text.length) expect(result).toBe(text.slice(0, from) + text.slice(to));
      else expect(result).toBe(text.slice(0, from).replace(/\r?\n$/, ''));
    }),
    { numRuns: runs(400) },
  );
});

test('a new item is one insertion among the values', () => {
  fc.assert(
    fc.property(manifest, (shape) => {
      const { text, entries } = make(shape);
      const { splice } = editItems(sealedIn(text), { set: new Map([['new', fresh]]), unset: [], record: [] });
      const result = applySplices(text, [splice]);
      const added = result.length - text.length;
      const [from, to] = [entries[0]!.from - 2, entries.at(-1)!.to];
      const places = Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
      expect(
        places.some((at) => result.slice(0, at) === text.slice(0, at) && result.slice(at + added) === text.slice(at)),
      ).toBe(true);
      expect(valuesIn(result)).toMatchObject({ new: fresh });
      if (shape.crlf) expect(result).not.toMatch(/(?<!\r)\n/);
    }),
    { numRuns: runs(300) },
  );
});

test('with the record, every line that was there before is there, in its order', () => {
  fc.assert(
    fc.property(manifest, fc.nat(), (shape, pick) => {
      const { text, entries } = make(shape);
      const name = `item${pick % (entries.length + 1)}`;
      const line = { item: name, keyId: 'f'.repeat(32), sealedFor: 'shop/db', day: '2026-12-01' };
      const { splice, recordLeftOut } = editItems(sealedIn(text), {
        set: new Map([[name, fresh]]),
        unset: [],
        record: [line],
      });
      expect(recordLeftOut).toBe(false);
      const result = applySplices(text, [splice]);
      const { annotations } = sealedIn(result).value.metadata as { annotations: Record<string, string> };
      expect(parseRecord(annotations[recordAnnotation]).get(name)).toEqual(line);
      const entry = entries[Number(name.slice(4))];
      const others = entry ? text.slice(0, entry.from) + text.slice(entry.to) : text;
      const left = result.split(/\r?\n/);
      let at = 0;
      for (const words of others.split(/\r?\n/)) {
        if (words === '' || /annotations: \{\}|item0 strange words/.test(words)) continue;
        at = left.indexOf(words, at) + 1;
        expect(at, `line ${JSON.stringify(words)} of\n${text}\nin\n${result}`).toBeGreaterThan(0);
      }
    }),
    { numRuns: runs(300) },
  );
});

test('items set together come out as items set one after another', () => {
  fc.assert(
    fc.property(manifest, fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 2, maxLength: 6 }), (shape, picks) => {
      const { text } = make(shape);
      const set = picks.map((pick) => [`item${pick}`, sealedText(90 + pick)] as const);
      const edited = (from: string, some: typeof set) => {
        const { splice } = editItems(sealedIn(from), { set: new Map(some), unset: [], record: [] });
        return applySplices(from, [splice]);
      };
      expect(edited(text, set)).toBe(set.reduce((before, one) => edited(before, [one]), text));
    }),
    { numRuns: runs(300) },
  );
});

test('items removed together come out as items removed one after another', () => {
  const named = (text: string) =>
    parseManifest(text, { file: 'a.yaml' })
      .documents.filter((document) => !problemOf(document))
      .flatMap(objectsOf)
      .find(({ value }) => isSealedSecret(value) && (value.metadata as { name: string }).name === sealedName)!;
  const without = (text: string, unset: readonly string[]) =>
    applySplices(text, [editItems(named(text), { set: new Map(), unset, record: [] }).splice]);
  let compared = 0;
  fc.assert(
    fc.property(fc.nat({ max: 100_000 }), fc.nat(), fc.boolean(), (seed, pick, isWhole) => {
      const { text, items, shared } = sealedFileOf(seed);
      const turned = [...items.slice(pick % items.length), ...items.slice(0, pick % items.length)];
      const names = (pick % 2 ? turned : turned.toReversed()).slice(isWhole ? 0 : 1);
      if (names.length < 2 || names.some((name) => shared.includes(name))) return;
      compared += 1;
      expect(without(text, names)).toBe(names.reduce((before, name) => without(before, [name]), text));
    }),
    { numRuns: runs(200) },
  );
  expect(compared).toBeGreaterThan(50);
});
