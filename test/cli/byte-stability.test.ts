// A thousand files, edited through what the commands use: no byte outside the edit changes, and it says what was meant.

import { constants, createDecipheriv, createPrivateKey, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { Context } from '../../cli/context.ts';
import { type SealedItems, sealItems } from '../../cli/item-sealing.ts';
import { editedText, readSealedFile, type SealedFile } from '../../cli/sealed-file.ts';
import { isSealError } from '../../src/errors.ts';
import { parseItemView, printItemView } from '../../src/manifest/item-view.ts';
import { type Certificate, sealingCertificate } from '../../src/seal/certificate.ts';
import { recordAnnotation, recordLine } from '../../src/seal/record.ts';
import { recordOf } from '../../src/seal/sealed-secret.ts';
import { type Allowed, changesOnly } from '../support/marked.ts';
import { runs } from '../support/property.ts';
import { type SealedFileCase, sealedFileOf, sealedName } from '../support/sealed-files.ts';

const vectors = join(import.meta.dirname, '..', 'vectors');
const key = createPrivateKey(readFileSync(join(vectors, 'keys', 'rsa2048-pkcs8.key')));
const now = new Date('2026-12-01T08:00:00Z');
const sealedFor = { scope: 'strict', namespace: 'shop', name: sealedName } as const;
let certificate: Certificate;
beforeAll(async () => {
  certificate = await sealingCertificate(readFileSync(join(vectors, 'certs', 'rsa2048.crt'), 'utf8'), { now });
});

/** One edit: what becomes of items, in words of the person who asks for it. */
interface Wish {
  id: string;
  set: Readonly<Record<string, string>>;
  unset: readonly string[];
  record: boolean;
}

/** The wishes that every file has to fulfil. */
function wishesOf({ items, merged }: SealedFileCase, seed: number): Wish[] {
  const all = [...items, ...merged];
  const one = all[seed % Math.max(all.length, 1)];
  const [changed, removed] = [all[(seed + 1) % all.length], all[(seed + 2) % all.length]];
  const record = seed % 2 === 0;
  return [
    { id: 'set a new item', set: { fresh: 'f r e s h' }, unset: [], record },
    ...(one ? [{ id: 'set an item', set: { [one]: 'changed' }, unset: [], record: !record }] : []),
    ...(one ? [{ id: 'unset an item', set: {}, unset: [one], record }] : []),
    ...(changed && removed && changed !== removed
      ? [{ id: 'edit three', set: { [changed]: 'changed', 'an-other': 'added' }, unset: [removed], record }]
      : []),
    ...(one
      ? [{ id: 'reseal', set: Object.fromEntries(all.map((name) => [name, `${name}!`])), unset: [], record }]
      : []),
  ];
}

/** The files of a command, in memory. */
function contextOf(text: string): Context {
  const files = { kind: async () => 'file', read: async () => new TextEncoder().encode(text), checkWritable() {} };
  const streams = { err: { isTTY: false, write() {} } };
  return { files, streams, env: {} } as unknown as Context;
}

/** The same edit as a person makes it in an editor. */
function throughView({ sealedSecret }: SealedFile, { set, unset }: Wish) {
  const items = Object.keys(sealedSecret.spec.encryptedData ?? {});
  const view = { items, record: recordOf(sealedSecret) };
  const lines = printItemView(view).split('\n');
  const written = lines.flatMap((line, index) => {
    const name = items[index];
    if (name === undefined) return [line];
    if (unset.includes(name)) return [];
    return !Object.hasOwn(set, name) ? [line] : [`${JSON.stringify(name)}: ${JSON.stringify(set[name])}`];
  });
  const added = Object.entries(set).filter(([name]) => !items.includes(name));
  return parseItemView(
    [...added.map((entry) => entry.map((word) => JSON.stringify(word)).join(': ')), ...written].join('\n'),
    view,
  );
}

/** The text after a wish, and the values that were sealed for it. */
interface Performed {
  text: string;
  sealed: ReadonlyMap<string, string>;
}

// RSA a hundred thousand times would say nothing more of files: all but one kind of wish are told apart by a made-up value.
async function sealedBy({ id, record }: Wish, values: ReadonlyMap<string, Uint8Array>): Promise<SealedItems> {
  if (id === 'set an item') return sealItems(values, { certificate, sealedFor, record, now });
  const made = [...values].map(([name, value]) => {
    return [name, `AQ${Buffer.from(`${name} ${value}`.padEnd(258)).toString('base64')}`] as const;
  });
  const lines = [...values.keys()].map((item) => recordLine({ item, keyId: certificate.keyId, sealedFor, now }));
  return { set: new Map(made), record: record ? lines : [] };
}

const readFiles = new WeakMap<SealedFileCase, SealedFile>();

async function performed(file: SealedFileCase, wish: Wish): Promise<Performed> {
  const context = contextOf(file.text);
  const sealedFile = readFiles.get(file) ?? (await readSealedFile('db.yaml', { name: sealedName }, context));
  readFiles.set(file, sealedFile);
  const { set, unset } =
    wish.id === 'edit three' ? throughView(sealedFile, wish) : { ...wish, set: Object.entries(wish.set) };
  const values = new Map([...set].map(([name, value]) => [name, new TextEncoder().encode(value)]));
  const sealed = await sealedBy(wish, values);
  return { text: editedText(sealedFile, { ...sealed, unset: [...unset] }, context), sealed: sealed.set };
}

/** Where a wish may change the text. */
function allowedFor(file: SealedFileCase, { set, unset, record }: Wish): Allowed[] {
  const at = (name: string) => file.ranges.get(name) ?? [];
  const insertions = (name: string) => at(name).map((range) => ({ ...range, insertion: true }));
  const isNew = Object.keys(set).some((name) => !file.items.includes(name));
  const values = Object.keys(set).flatMap((name) => at(`value ${name}`));
  const entries = unset.flatMap((name) => [
    ...at(`entry ${name}`),
    ...at(`comma ${name}`),
    ...at(`comma ${file.items[file.items.indexOf(name) - 1]}`),
  ]);
  const annotated =
    file.annotations === 'record' || file.annotations === 'empty'
      ? at('record').map((range) => withLineBefore(range, file.text))
      : insertions('metadata');
  return [
    ...values,
    ...entries.map((range) => withLineBefore(range, file.text)),
    ...(isNew ? at('no items') : []),
    ...(record || file.annotations === 'record' ? annotated : []),
  ];
}

/** Where a new item may come in: before or behind another, or at the end of its line. */
function placesOf({ ranges, items, text }: SealedFileCase): Allowed[] {
  const entries = items.flatMap((name) => ranges.get(`entry ${name}`) ?? []);
  const offsets = entries.flatMap(({ from, to }) => {
    const entry = text.slice(from, to);
    const [inner, outer] = [entry.trimStart().length, /,?[ \t]*(?:#[^\n]*)?\r?\n?$/.exec(entry)?.[0].length ?? 0];
    return [to - inner, to, to - (/\r?\n$/.exec(entry)?.[0].length ?? 0), to - outer];
  });
  // A merge key is no entry.
  const merged = (ranges.get('items') ?? []).flatMap(({ from, to }) => {
    const lines = text.slice(from, to);
    const behind = [...lines.matchAll(/<<:.*\r?\n/g)].map((line) => from + line.index + line[0].length);
    return [from + /^\s*/.exec(lines)![0].length, to - /\s*$/.exec(lines)![0].length, ...behind];
  });
  return [...new Set([...offsets, ...merged])].map((at) => ({ from: at, to: at }));
}

/** Whether nothing but what a wish asks for differs between a file and what became of it. */
function staysOutside(file: SealedFileCase, wish: Wish, after: string): boolean {
  const allowed = allowedFor(file, wish);
  const isNew = Object.keys(wish.set).some((name) => !file.items.includes(name));
  if (!isNew || !file.ranges.has('items')) return changesOnly(file.text, after, allowed);
  return placesOf(file).some((place) => changesOnly(file.text, after, [...allowed, place]));
}

// At the end of a file without a final line end the line end before may go in its place.
function withLineBefore({ from, to }: Allowed, text: string): Allowed {
  const lineEnd =
    to === text.length && !text.endsWith('\n') ? (/\r?\n$/.exec(text.slice(0, from))?.[0].length ?? 0) : 0;
  return { from: from - lineEnd, to };
}

interface Meaning {
  metadata: { annotations?: Record<string, string> | null };
  spec: { encryptedData?: Record<string, string> | null };
}

/** The object that is meant, as a reader of its own sees it, and its record apart. */
function meaningOf(
  file: SealedFileCase,
  text: string,
): { rest: Meaning; items: Record<string, string>; record: string[] } {
  const [document] = file.ranges.get('document') ?? [];
  const source = text.slice(document!.from, text.length - (file.text.length - document!.to));
  const parsed = parseDocument(source, { merge: true, uniqueKeys: false, logLevel: 'silent' });
  expect(parsed.errors).toEqual([]);
  const value = file.isJson ? JSON.parse(source) : parsed.toJS();
  const objects = value.kind === 'List' ? value.items : [value];
  const { metadata, spec, ...rest } = objects.find((each: { kind: string }) => each.kind === 'SealedSecret');
  const { annotations, ...named } = metadata;
  const { [recordAnnotation]: record = '', ...others } = annotations ?? {};
  const { encryptedData, ...beside } = spec;
  return {
    rest: {
      value: { ...value, items: [], spec: {}, metadata: {} },
      rest,
      named,
      others,
      beside,
      count: objects.length,
    } as never,
    items: encryptedData ?? {},
    record: record.split('\n').filter(Boolean),
  };
}

/** Opens a value with nothing of ours: two bytes of length, the key by RSA-OAEP, the text by AES-256-GCM. */
function opened(sealed: string): string {
  const bytes = Buffer.from(sealed.trim(), 'base64');
  const end = 2 + bytes.readUInt16BE(0);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const oaep = { key, padding, oaepHash: 'sha256', oaepLabel: Buffer.from('shop/db') };
  const decipher = createDecipheriv('aes-256-gcm', privateDecrypt(oaep, bytes.subarray(2, end)), Buffer.alloc(12));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(end, -16)), decipher.final()]).toString();
}

const meanings = new WeakMap<SealedFileCase, ReturnType<typeof meaningOf>>();

function checkMeaning(file: SealedFileCase, wish: Wish, { text, sealed }: Performed): void {
  const before = meanings.get(file) ?? meaningOf(file, file.text);
  meanings.set(file, before);
  const after = meaningOf(file, text);
  expect(after.rest).toEqual(before.rest);
  const kept = Object.entries(before.items).filter(
    ([name]) => !Object.hasOwn(wish.set, name) && !wish.unset.includes(name),
  );
  expect([...sealed.keys()].sort()).toEqual(Object.keys(wish.set).sort());
  const trimmed = Object.fromEntries(
    Object.entries(after.items).map(([name, value]) => [name, sealed.has(name) ? value.trim() : value]),
  );
  expect(trimmed).toEqual(Object.fromEntries([...kept, ...sealed]));
  const touched = [...wish.unset, ...Object.keys(wish.set)];
  const isTouched = (line: string) => touched.includes(line.split(' ')[0]!);
  expect(after.record.filter((line) => !isTouched(line))).toEqual(before.record.filter((line) => !isTouched(line)));
  const fresh = Object.keys(wish.set).map((name) => `${name} ${certificate.keyId} shop/db 2026-12-01`);
  expect(after.record.filter(isTouched).sort()).toEqual(wish.record ? fresh.sort() : []);
}

const mayRefuse = ({ shared, merged }: SealedFileCase, { set, unset }: Wish) =>
  [...unset, ...Object.keys(set)].some((name) => shared.includes(name)) || unset.some((name) => merged.includes(name));

async function check(file: SealedFileCase, wish: Wish): Promise<'done' | 'refused'> {
  try {
    const done = await performed(file, wish);
    const { text } = done;
    expect(staysOutside(file, wish, text), 'only what was asked for changed').toBe(true);
    if (file.text.includes('\r\n')) expect(text).not.toMatch(/(?<!\r)\n/);
    checkMeaning(file, wish, done);
    return 'done';
  } catch (error) {
    if (isSealError(error) && error.code === 'CANNOT_EDIT' && mayRefuse(file, wish)) return 'refused';
    throw Object.assign(new Error(`${file.id}: ${wish.id}\n${file.text}\n${error}`), { cause: error });
  }
}

describe('every file of a thousand', () => {
  test('opens to what was sealed', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const file = sealedFileOf(seed);
      if (file.items.length === 0 || file.shared.length > 0) continue;
      const wish = {
        id: 'set an item',
        set: { [file.items[0]!]: `größe ${seed}\n`, fresh: '' },
        unset: [],
        record: true,
      };
      const { items } = meaningOf(file, (await performed(file, wish)).text);
      const values = Object.keys(wish.set).map((name) => [name, opened(items[name]!)]);
      expect(Object.fromEntries(values)).toEqual(wish.set);
    }
  });

  test('whatever the seed', async () => {
    const seeds = fc.integer({ min: 100_000, max: 2 ** 31 });
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const file = sealedFileOf(seed);
        for (const wish of wishesOf(file, seed)) await check(file, wish);
      }),
      { numRuns: runs(50) },
    );
  });

  const hundreds = Array.from({ length: runs(10) }, (_, index) => index * 100);
  test.each(hundreds)('%i and up', async (first) => {
    const count = { done: 0, refused: 0 };
    for (let seed = first; seed < first + 100; seed++) {
      const file = sealedFileOf(seed);
      for (const wish of wishesOf(file, seed)) count[await check(file, wish)] += 1;
    }
    expect(count.done).toBeGreaterThan(300);
    expect(count.refused).toBeLessThan(count.done / 20);
  });
});
