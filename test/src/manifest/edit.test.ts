// Editing items: the corpus of manifests as people write them, with the bytes that each edit may change, and cases beside it.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { editItems, type ItemEdits } from '../../../src/manifest/edit.ts';
import { isSealedSecret } from '../../../src/manifest/kinds.ts';
import { type ManifestObject, objectsOf, problemOf } from '../../../src/manifest/objects.ts';
import { applySplices } from '../../../src/manifest/splice.ts';
import { parseRecord, type RecordLine, recordAnnotation } from '../../../src/seal/record.ts';
import operations from '../../vectors/yaml-corpus/operations.json' with { type: 'json' };

type Range = [number, number];

interface Operation {
  id: string;
  op: 'set' | 'unset';
  key: string;
  isNew?: boolean;
  change?: Range[];
  insert?: Range;
  metadata: Range;
  record: Range | null;
  expect: string;
}

interface Sealed {
  metadata: { annotations?: Record<string, string> };
  spec: { encryptedData: Record<string, string>; template: { data: unknown } };
}

const value = `AgB${'x'.repeat(200)}/+==`;
const utf8 = new TextEncoder();
const bytesOf = (file: string) => readFileSync(new URL(`../../vectors/yaml-corpus/${file}`, import.meta.url));

function sealedIn(text: string, name = 'db'): ManifestObject {
  const documents = parseManifest(text, { file: 'a.yaml' }).documents.filter((document) => !problemOf(document));
  const found = documents.flatMap(objectsOf).find((object) => {
    return isSealedSecret(object.value) && (object.value.metadata as { name: string }).name === name;
  });
  return found!;
}

const lineFor = (item: string): RecordLine => ({
  item,
  keyId: '0'.repeat(32),
  sealedFor: 'shop/db',
  day: '2026-12-01',
});

function edited(text: string, { op, key }: { op: 'set' | 'unset'; key: string }, { name = 'db', record = false } = {}) {
  const edits: ItemEdits = {
    set: new Map(op === 'set' ? [[key, value]] : []),
    unset: op === 'unset' ? [key] : [],
    record: record && op === 'set' ? [lineFor(key)] : [],
  };
  const { splice, recordLeftOut } = editItems(sealedIn(text, name), edits);
  return { text: applySplices(text, [splice]), recordLeftOut };
}

/** The bytes that differ, as a range of the old text and one of the new. */
function difference(old: Uint8Array, now: Uint8Array): { old: Range; now: Range } | undefined {
  let from = 0;
  while (from < old.length && from < now.length && old[from] === now[from]) from += 1;
  if (from === old.length && from === now.length) return undefined;
  let [oldTo, nowTo] = [old.length, now.length];
  while (oldTo > from && nowTo > from && old[oldTo - 1] === now[nowTo - 1]) [oldTo, nowTo] = [oldTo - 1, nowTo - 1];
  return { old: [from, oldTo], now: [from, nowTo] };
}

/** Whether `now` is `old` but for one contiguous change within `range`. */
function changesOnly(old: Uint8Array, now: Uint8Array, [from, to]: Range): boolean {
  const tail = old.length - to;
  const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(Buffer.from(b));
  return (
    isSame(old.subarray(0, from), now.subarray(0, from)) && isSame(old.subarray(to), now.subarray(now.length - tail))
  );
}

/** Whether `now` is `old` with something put in at this place, and nothing else. */
function isInsertion(old: Uint8Array, now: Uint8Array, at: number): boolean {
  return now.length > old.length && changesOnly(old, now, [at, at]);
}

const cases = operations.files.flatMap(({ file, target, ops }) =>
  (ops as unknown as Operation[])
    .filter((op) => op.expect === 'done')
    .map((op) => ({ file, target, op, id: `${file}: ${op.id}` })),
);

describe('the corpus', () => {
  test('has what it promises', () => expect(cases.length).toBeGreaterThan(50));

  test.each(cases)('$id changes nothing else', ({ file, target, op }) => {
    const old = bytesOf(file);
    const before = old.toString('utf8');
    const { text } = edited(before, op, { name: target.name });
    const now = utf8.encode(text);
    const allowed = op.change?.[0] ?? op.insert!;
    // Of a missing final line end the one before may go.
    const isAtEnd = op.op === 'unset' && allowed[1] === old.length;
    if (file.includes('record') && op.op === 'unset') return expect(text).toMatch(/note: kept # so is this/);
    if (file.includes('record') && !op.isNew) return expect(text).toMatch(/note: kept # so is this/);
    expect(changesOnly(old, now, isAtEnd ? [allowed[0] - 1, allowed[1]] : allowed)).toBe(true);
    const { old: gone } = difference(old, now)!;
    if (op.isNew) expect(gone[0]).toBe(gone[1]);
  });

  test.each(cases)('$id means what it should', ({ file, target, op }) => {
    const before = bytesOf(file).toString('utf8');
    for (const record of [false, true]) {
      const { text, recordLeftOut } = edited(before, op, { name: target.name, record });
      expect(recordLeftOut).toBe(false);
      const { value: was } = sealedIn(before, target.name) as unknown as { value: Sealed };
      const { value: is, document } = sealedIn(text, target.name) as unknown as {
        value: Sealed;
        document: { index: number };
      };
      expect(document.index).toBe(target.document);
      const items = { ...was.spec.encryptedData };
      if (op.op === 'set') items[op.key] = value;
      else delete items[op.key];
      const { [recordAnnotation]: lines, ...annotations } = is.metadata.annotations ?? {};
      const { [recordAnnotation]: oldLines, ...oldAnnotations } = was.metadata.annotations ?? {};
      expect({ ...is, metadata: { ...is.metadata, annotations } }).toEqual({
        ...was,
        metadata: { ...was.metadata, annotations: oldAnnotations },
        spec: { ...was.spec, encryptedData: items },
      });
      const expected = parseRecord(oldLines);
      expected.delete(op.key);
      if (op.op === 'set' && record) expected.set(op.key, lineFor(op.key));
      expect(Object.fromEntries(parseRecord(lines))).toEqual(Object.fromEntries(expected));
    }
  });

  test.each(cases.filter(({ op }) => op.op === 'set'))(
    '$id writes the record where it may be',
    ({ file, target, op }) => {
      const old = bytesOf(file);
      const plain = utf8.encode(edited(old.toString('utf8'), op, { name: target.name }).text);
      const recorded = utf8.encode(edited(old.toString('utf8'), op, { name: target.name, record: true }).text);
      if (op.record) return;
      // Metadata stands before spec in every file but where its offset says so.
      const shift = op.metadata[0] > (op.change?.[0]?.[0] ?? op.insert![0]) ? plain.length - old.length : 0;
      const [from, to] = [op.metadata[0] + shift - 1, op.metadata[1] + shift];
      const places = Array.from({ length: to - from + 1 }, (_, index) => from + index);
      expect(places.some((at) => isInsertion(plain, recorded, at))).toBe(true);
    },
  );

  test('a new item ends as the line before it does, where a file has both kinds of line ends', () => {
    const before =
      'kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\nmetadata:\n  name: db\nspec:\n  encryptedData:\n    a: AgA=\n    b: AgB=\r\n  template: {}\n';
    const { splice } = editItems(sealedIn(before), { set: new Map([['c', value]]), unset: [], record: [] });
    expect(applySplices(before, [splice])).toBe(before.replace('    b: AgB=\r\n', `$&    c: ${value}\r\n`));
  });

  test('line ends of the file stay what they are', () => {
    for (const { file, target, op } of cases.filter((one) => one.file.includes('crlf'))) {
      const { text } = edited(bytesOf(file).toString('utf8'), op, { name: target.name, record: true });
      expect(text).not.toMatch(/(?<!\r)\n/);
    }
  });
});

const sealed = (spec: string, metadata = '  name: db\n  namespace: shop\n') =>
  `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n${metadata}spec:\n${spec}`;
const set = { op: 'set', key: 'a' } as const;
const unset = { op: 'unset', key: 'a' } as const;

describe('an item that is set', () => {
  test.each([
    ['its comment stays', '  encryptedData:\n    a: OLD  # why\n', `  encryptedData:\n    a: ${value}  # why\n`],
    [
      "a block scalar's comments stay",
      '  encryptedData:\n    a: |  # why\n      OLD\n      OLD\n\n    # own\n    b: B\n',
      `  encryptedData:\n    a: ${value}  # why\n\n    # own\n    b: B\n`,
    ],
    ['its anchor stays', '  encryptedData:\n    a: &x OLD\n', `  encryptedData:\n    a: &x ${value}\n`],
    ['its quotes stay', '  encryptedData:\n    "a" : "OLD"\n', `  encryptedData:\n    "a" : "${value}"\n`],
    ['single quotes stay', "  encryptedData:\n    a: 'OLD'\n", `  encryptedData:\n    a: '${value}'\n`],
    [
      'an alias becomes the value',
      '  encryptedData:\n    b: &x OLD\n    a: *x # c\n',
      `  encryptedData:\n    b: &x OLD\n    a: ${value} # c\n`,
    ],
    [
      'nothing becomes the value',
      '  encryptedData:\n    a:\n    b: B\n',
      `  encryptedData:\n    a: ${value}\n    b: B\n`,
    ],
    [
      'nothing with a comment becomes the value',
      '  encryptedData:\n    a: # why\n    b: B\n',
      `  encryptedData:\n    a: ${value} # why\n    b: B\n`,
    ],
    [
      'several lines become one',
      '  encryptedData:\n    a: OLD\n      OLD\n    b: B\n',
      `  encryptedData:\n    a: ${value}\n    b: B\n`,
    ],
    [
      'a new one comes last',
      '  encryptedData:\n    # first\n    b: B # c\n    # end\n',
      `  encryptedData:\n    # first\n    b: B # c\n    a: ${value}\n    # end\n`,
    ],
    [
      'a new one comes first where blank lines at the end belong to the last',
      '  encryptedData:\n    b: |+\n      B\n\n',
      `  encryptedData:\n    a: ${value}\n    b: |+\n      B\n\n`,
    ],
    [
      'an empty mapping becomes a block',
      '  encryptedData: {}  # none\n',
      `  encryptedData:  # none\n    a: ${value}\n`,
    ],
    [
      'an empty mapping in a line of its own becomes a block',
      '  encryptedData:\n    {}\n',
      `  encryptedData:\n    a: ${value}\n`,
    ],
    [
      'no mapping at all is begun',
      '  encryptedData: # none yet\n  template: {}\n',
      `  encryptedData: # none yet\n    a: ${value}\n  template: {}\n`,
    ],
    ['a missing mapping is begun', '  template: {}\n', `  template: {}\n  encryptedData:\n    a: ${value}\n`],
    ['a flow mapping goes on in its line', '  encryptedData: {b: B}\n', `  encryptedData: {b: B, a: ${value}}\n`],
    [
      'a flow mapping goes on in its lines',
      '  encryptedData: {\n    b: B # c\n  }\n',
      `  encryptedData: {\n    b: B,\n    a: ${value} # c\n  }\n`,
    ],
  ])('%s', (_, before, after) => {
    expect(edited(sealed(before), set).text).toBe(sealed(after));
  });

  test.each([
    ['an alias elsewhere would change with it', '  encryptedData:\n    a: &x OLD\n    b: *x\n'],
    ['the mapping is an alias', '  template: {data: &x {b: B}}\n  encryptedData: *x\n'],
    ['its value is a mapping', '  encryptedData:\n    a: {b: c}\n'],
  ])('is refused where %s', (_, before) => {
    expect(() => edited(sealed(before), set)).toThrow(
      /^a\.yaml:1: a cannot be set without changing something beside it$/,
    );
  });

  test('has quotes around a name that means something', () => {
    const { text } = edited(sealed('  encryptedData:\n    b: B\n'), { op: 'set', key: 'on' });
    expect(text).toBe(sealed(`  encryptedData:\n    b: B\n    "on": ${value}\n`));
    const flow = edited(sealed('  encryptedData: {b: B}\n'), { op: 'set', key: '1.5' });
    expect(flow.text).toBe(sealed(`  encryptedData: {b: B, "1.5": ${value}}\n`));
  });

  test('overrides what a merge key gives, and leaves it alone', () => {
    const before = sealed('  template: {data: &x {a: OLD, b: B}}\n  encryptedData:\n    <<: *x\n    c: C\n');
    const { value: is } = sealedIn(edited(before, set).text) as unknown as { value: Sealed };
    expect(is.spec.encryptedData).toEqual({ a: value, b: 'B', c: 'C' });
    expect(is.spec.template.data).toEqual({ a: 'OLD', b: 'B' });
  });
});

describe('an item that is removed', () => {
  test.each([
    [
      'takes its comment, not those above',
      '  encryptedData:\n    # own\n    a: OLD # c\n\n    b: B\n',
      '  encryptedData:\n    # own\n\n    b: B\n',
    ],
    [
      'takes all its lines',
      '  encryptedData:\n    a: >-\n      OLD\n      OLD\n    # own\n    b: B\n',
      '  encryptedData:\n    # own\n    b: B\n',
    ],
    [
      'leaves an empty mapping',
      '  encryptedData: # two\n    # own\n    a: OLD # c\n  template: {}\n',
      '  encryptedData: # two\n    # own\n    {}\n  template: {}\n',
    ],
    ['leaves an empty flow mapping', '  encryptedData: {a: OLD}\n', '  encryptedData: {}\n'],
    ['takes its comma', '  encryptedData: {a: OLD, b: B}\n', '  encryptedData: {b: B}\n'],
    [
      'takes its line of a flow mapping',
      '  encryptedData: {\n    a: OLD, # c\n    b: B\n  }\n',
      '  encryptedData: {\n    b: B\n  }\n',
    ],
    ['takes its line with its anchor', '  encryptedData:\n    a: &x OLD\n    b: B\n', '  encryptedData:\n    b: B\n'],
    ['takes an empty one', '  encryptedData:\n    a:\n    b: B\n', '  encryptedData:\n    b: B\n'],
  ])('%s', (_, before, after) => {
    expect(edited(sealed(before), unset).text).toBe(sealed(after));
  });

  test('of JSON takes the comma before it where none follows', () => {
    const json =
      '{"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": {"name": "db"}, "spec": {"encryptedData": {"b": "B", "a": "A"}}}';
    expect(edited(json, unset).text).toBe(json.replace(', "a": "A"', ''));
  });

  test.each([
    ['another item is an alias of it', '  encryptedData:\n    a: &x OLD\n    b: *x\n'],
    ['a merge key gives it', '  template: {data: &x {a: OLD}}\n  encryptedData:\n    <<: *x\n    c: C\n'],
  ])('is refused where %s', (_, before) => {
    expect(() => edited(sealed(before), unset)).toThrow(/cannot be taken away without changing something beside it$/);
  });
});

describe('the record', () => {
  const record = { record: true };
  const written = (indent: string) =>
    `${indent}sealwright.dev/sealed: |\n${indent}  a ${'0'.repeat(32)} shop/db 2026-12-01\n`;

  test('begins annotations where there are none', () => {
    const { text } = edited(sealed('  encryptedData:\n    a: OLD\n'), set, record);
    expect(text).toBe(
      sealed(
        `  encryptedData:\n    a: ${value}\n`,
        `  name: db\n  namespace: shop\n  annotations:\n${written('    ')}`,
      ),
    );
  });

  test('joins annotations that are there', () => {
    const metadata = '  annotations:\n      note: x # c\n  name: db\n';
    const { text } = edited(sealed('  encryptedData:\n    a: OLD\n', metadata), set, record);
    expect(text).toBe(
      sealed(
        `  encryptedData:\n    a: ${value}\n`,
        `  annotations:\n      note: x # c\n${written('      ')}  name: db\n`,
      ),
    );
  });

  test('keeps the lines of others as they are, whatever they say', () => {
    const metadata =
      '  name: db\n  annotations:\n    sealwright.dev/sealed: |  # kept\n        b not a line\n        a old line\n        c x\n';
    const { text } = edited(sealed('  encryptedData:\n    a: OLD\n', metadata), set, record);
    expect(text).toContain(
      `|  # kept\n        b not a line\n        a ${'0'.repeat(32)} shop/db 2026-12-01\n        c x\n`,
    );
  });

  test.each(['"a x\\nb y\\n"', '>\n      a x\n\n      b y\n', 'a x'])('written as %s becomes lines', (form) => {
    const metadata = `  annotations:\n    sealwright.dev/sealed: ${form}\n    note: x\n  name: db\n`;
    const { text, recordLeftOut } = edited(sealed('  encryptedData:\n    a: OLD\n', metadata), set, record);
    expect(recordLeftOut).toBe(false);
    const { annotations } = sealedIn(text).value.metadata as { annotations: Record<string, string> };
    expect(annotations.note).toBe('x');
    expect(annotations[recordAnnotation]).toMatch(/^a 0{32} shop\/db 2026-12-01\n(?:b y\n)?$/);
  });

  test.each([
    ['an alias', '  labels: &x {a: b}\n  annotations: *x\n  name: db\n'],
    ['a merge key', '  <<: &x {annotations: {a: b}}\n  name: db\n'],
  ])('is left out where annotations come from %s', (_, metadata) => {
    const before = sealed('  encryptedData:\n    a: OLD\n', metadata);
    expect(edited(before, set, record)).toEqual({ text: before.replace('OLD', value), recordLeftOut: true });
  });

  test('loses the line of an item that is removed, or set without one', () => {
    const metadata = '  name: db\n  annotations:\n    sealwright.dev/sealed: |\n      a old line\n      b x\n';
    for (const op of [unset, set]) {
      const { text } = edited(sealed('  encryptedData:\n    a: OLD\n    b: B\n', metadata), op);
      expect(text).toContain('sealed: |\n      b x\nspec:');
    }
  });
});

describe('labels and annotations of the template', () => {
  const items = '  encryptedData:\n    a: A\n';
  const withTemplate = (text: string, template: NonNullable<ItemEdits['template']>) => {
    const { splice } = editItems(sealedIn(text), { set: new Map(), unset: [], record: [], template });
    return applySplices(text, [splice]);
  };
  const team = { labels: { team: 'blue' }, annotations: {} };

  test.each([
    ['a template that is not there', '', '  template:\n    metadata:\n      labels:\n        team: blue\n'],
    ['an empty one', '  template: {}\n', '  template:\n    metadata:\n      labels:\n        team: blue\n'],
    ['one without a value', '  template: # x\n', '  template: # x\n    metadata:\n      labels:\n        team: blue\n'],
    [
      'metadata that is there',
      '  template:\n    metadata:\n      name: db # mine\n    type: Opaque\n',
      '  template:\n    metadata:\n      name: db # mine\n      labels:\n        team: blue\n    type: Opaque\n',
    ],
    [
      'braces',
      '  template: {metadata: {labels: {app: db}}} # x\n',
      '  template: {metadata: {labels: {app: db, team: "blue"}}} # x\n',
    ],
    [
      'a label that says otherwise',
      "  template:\n    metadata:\n      labels: # x\n        team: 'red' # y\n",
      "  template:\n    metadata:\n      labels: # x\n        team: 'blue' # y\n",
    ],
  ])('are set in %s', (_, before, after) => {
    expect(withTemplate(sealed(items + before), team)).toBe(sealed(items + after));
  });

  test('are set in JSON', () => {
    const json =
      '{"apiVersion":"bitnami.com/v1alpha1","kind":"SealedSecret","metadata":{"name":"db"},"spec":{"template":null}}';
    expect(withTemplate(json, team)).toBe(json.replace('null', '{"metadata": {"labels": {"team": "blue"}}}'));
  });

  test('keep the line ends of the file', () => {
    const before = sealed(`${items}  template: {}\n`).replaceAll('\n', '\r\n');
    const after = sealed(`${items}  template:\n    metadata:\n      labels:\n        team: blue\n`);
    expect(withTemplate(before, team)).toBe(after.replaceAll('\n', '\r\n'));
  });

  test('keep several lines, and what means something as text', () => {
    const annotations = { note: 'a\nb: c\n', off: 'true', 'x/y': '007' };
    const { value: object } = sealedIn(withTemplate(sealed(items), { labels: {}, annotations }));
    expect(object.spec).toEqual({ encryptedData: { a: 'A' }, template: { metadata: { annotations } } });
  });

  test('are refused where the template is an alias of something else', () => {
    const metadata = '  name: db\n  labels: &shared {app: db}\n';
    const text = sealed(`${items}  template:\n    metadata:\n      labels: *shared\n`, metadata);
    expect(() => withTemplate(text, team)).toThrow(/team cannot be set/);
  });
});

// Found by the files of test/cli/byte-stability.test.ts.
describe('an item with an explicit key', () => {
  const before = sealed('  encryptedData:\n    a: A\n    ? b\n    : OLD # why\n    c: C\n');

  test('is set and removed, with neighbours before and behind', () => {
    expect(edited(before, { op: 'set', key: 'b' }).text).toBe(before.replace('OLD', value));
    expect(edited(before, { op: 'unset', key: 'b' }).text).toBe(before.replace(/ {4}\? b\n.*\n/, ''));
  });

  test('is followed, or led, by a new one at its own column', () => {
    const alone = sealed('  encryptedData:\n    ? b\n    : OLD\n');
    expect(edited(alone, { op: 'set', key: 'new' }).text).toBe(`${alone}    new: ${value}\n`);
  });
});

describe('a value that keeps blank lines (|+)', () => {
  test.each(['\n', '\r\n'])('goes with them, line ends %j', (lineEnd) => {
    const text = '  encryptedData:\n    a: A\n    b: |+\n      OLD\n\n    c: C\n';
    const before = sealed(text).replaceAll('\n', lineEnd);
    const after = sealed('  encryptedData:\n    a: A\n    c: C\n').replaceAll('\n', lineEnd);
    expect(edited(before, { op: 'unset', key: 'b' }).text).toBe(after);
    const alone = before.replace(/ {4}a: A\r?\n/, '').replace(/ {4}c: C\r?\n/, '');
    expect(edited(alone, { op: 'unset', key: 'b' }).text).toBe(alone.replace(/b: .*OLD\s*$/s, `{}${lineEnd}`));
  });

  test('keeps its line end when what stands last in the file goes', () => {
    const before = sealed('  encryptedData:\n    a: |+\n      A\n\n    b: OLD');
    expect(edited(before, { op: 'unset', key: 'b' }).text).toBe(before.replace('    b: OLD', ''));
  });
});

test.each([
  ['in a block', '  encryptedData:\n    b: AgB=\n'],
  ['in a block that is begun', '  template: {}\n'],
  ['where nothing is yet', '  encryptedData:\n  template: {}\n'],
  ['where the mapping is empty', '  encryptedData: {}\n'],
  ['in braces', '  encryptedData: {b: AgB=}\n'],
  ['in braces over several lines', '  encryptedData: {\n    b: AgB=\n  }\n'],
  ['behind a block scalar', '  encryptedData:\n    b: |\n      AgB=\n\n# end\n'],
  ['beside an alias', '  x: &x AgB=\n  encryptedData:\n    b: *x\n    c: *x\n'],
])('several items are set as they are one after another: %s', (_, spec) => {
  const text = sealed(spec);
  const names = ['7', '12', 'type', 'b', 'no', 'apiVersion', 'a'];
  const edit = (before: string, some: readonly string[]) => {
    const set = new Map(some.map((name) => [name, `${name}${value}`]));
    return applySplices(before, [editItems(sealedIn(before), { set, unset: [], record: [] }).splice]);
  };
  expect(edit(text, names)).toBe(names.reduce((before, name) => edit(before, [name]), text));
});

test('several items are set in JSON as they are one after another', () => {
  const object = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata: { name: 'db' } };
  const text = JSON.stringify({ ...object, spec: { encryptedData: { b: 'AgB=' } } }, null, 2);
  const edit = (before: string, some: readonly string[]) => {
    const set = new Map(some.map((name) => [name, value]));
    return applySplices(before, [editItems(sealedIn(before), { set, unset: [], record: [] }).splice]);
  };
  expect(edit(text, ['c', 'b', 'a'])).toBe(edit(edit(edit(text, ['c']), ['b']), ['a']));
});

test('all items of a Secret with thousands of them are set in a moment', () => {
  const items = Array.from({ length: 5_000 }, (_, at) => `item-${at}`);
  const head = 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: db\nspec:\n  encryptedData:\n';
  const text = head + items.map((item) => `    ${item}: AgOld/${item}\n`).join('');
  const set = new Map(items.map((item) => [item, `AgNew/${item}`]));
  const { splice } = editItems(sealedIn(text), { set, unset: [], record: [] });
  expect(applySplices(text, [splice])).toBe(text.replaceAll('AgOld/', 'AgNew/'));
});

const without = (before: string, names: readonly string[]) =>
  applySplices(before, [editItems(sealedIn(before), { set: new Map(), unset: names, record: [] }).splice]);

test.each([
  [
    'in a block',
    '  encryptedData:\n    a: AgA=\n    b: AgB= # b\n\n    # c\n    c: AgC=\n    d: AgD=\n  template: {}\n',
  ],
  ['at the end of a file without a line end', '  encryptedData:\n    d: AgD=\n    a: AgA=\n    b: AgB=\n    c: AgC='],
  [
    'beside block scalars',
    '  encryptedData:\n    d: |+\n      AgD=\n\n    b: AgB=\n    a: >-\n      AgA=\n    c: AgC=\n',
  ],
  [
    'before an end that a value keeps',
    '  encryptedData:\n    d: |+\n      AgD=\n\n    a: |+\n      Ag\n\n    b: B\n    c: C',
  ],
  ['in braces', '  encryptedData: {a: AgA=, b: AgB=, d: AgD=, c: AgC=}\n'],
  ['in braces over several lines', '  encryptedData: {\n    a: AgA=, b: AgB=, # b\n    d: AgD=,\n    c: AgC=\n  }\n'],
  ['with explicit keys', '  encryptedData:\n    ? a\n    : AgA=\n    ? b\n    : AgB=\n    c: AgC=\n    d: AgD=\n'],
])('several items are removed as they are one after another: %s', (_, spec) => {
  const text = sealed(spec);
  for (const names of [
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
    ['b', 'c', 'd', 'a'],
    ['d', 'a'],
  ]) {
    expect(without(text, names)).toBe(names.reduce((before, name) => without(before, [name]), text));
  }
});

test('items that share a value by an alias are removed together, in whatever order', () => {
  const text = sealed('  encryptedData:\n    a: &a AgA=\n    b: *a\n    c: AgC=\n');
  const rest = sealed('  encryptedData:\n    c: AgC=\n');
  expect([without(text, ['a', 'b']), without(text, ['b', 'a'])]).toEqual([rest, rest]);
});

test.each(['block', 'json'])('of thousands of items, all but one are removed in a moment: %s', (style) => {
  const items = Array.from({ length: 5_000 }, (_, at) => `item-${at}`);
  const head = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata: { name: 'db' } };
  const lines = (names: readonly string[]) =>
    sealed(`  encryptedData:\n${names.map((name) => `    ${name}: Ag=\n`).join('')}`);
  const json = (names: readonly string[]) =>
    JSON.stringify(
      { ...head, spec: { encryptedData: Object.fromEntries(names.map((name) => [name, 'Ag=='])) } },
      null,
      2,
    );
  const write = style === 'json' ? json : lines;
  expect(without(write([...items, 'stays']), items)).toBe(write(['stays']));
});
