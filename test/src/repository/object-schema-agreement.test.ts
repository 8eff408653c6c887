// What the check finds without a cluster is what the API server refuses or drops: the same verdict on the same objects.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { compileSchema } from '../../../src/apiserver/schema.ts';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { objectsOf } from '../../../src/manifest/objects.ts';
import { objectFindings } from '../../../src/repository/object-schema.ts';
import { runs } from '../../support/property.ts';

type Json = Record<string, unknown>;
const crds = new URL('../../../deploy/crds/', import.meta.url);
const definitions = new Map(
  readdirSync(crds).flatMap((file) => {
    const { spec } = parse(readFileSync(new URL(file, crds), 'utf8'));
    return spec.versions.map(({ name, schema }: { name: string; schema: { openAPIV3Schema: object } }) => [
      `${spec.group}/${name} ${spec.names.kind}`,
      compileSchema(schema.openAPIV3Schema),
    ]) as [string, ReturnType<typeof compileSchema>][];
  }),
);

/** Objects without mistakes: those that the documents show. */
const pages = new URL('../../../docs/resources/', import.meta.url);
const shown: Json[] = readdirSync(pages)
  .flatMap((page) => [...readFileSync(new URL(page, pages), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)])
  .flatMap(([, text = '']) => parseAllDocuments(text).map((document) => document.toJS() as Json))
  .filter(({ apiVersion, kind }) => definitions.has(`${apiVersion} ${kind}`));

/** Whether the API server would take the object as it is; rules (CEL) are not asked. */
function isTaken(object: Json): boolean {
  const schema = definitions.get(`${object.apiVersion} ${object.kind}`);
  if (!schema) throw new Error('a kind of ours');
  const copy = structuredClone(object);
  schema.applyDefaults(copy);
  const dropped = schema.prune(copy);
  return dropped.length === 0 && schema.validate(copy).length === 0;
}

function isFound(object: Json): boolean {
  const documents = parseManifest(stringify(object, { aliasDuplicateObjects: false }), { file: 'f' }).documents;
  const findings = documents.flatMap(objectsOf).flatMap((one) => objectFindings(one));
  return findings.some(({ code }) => code !== 'SW205');
}

/** Sealed values have findings of their own. */
const isSealedItem = (path: readonly (string | number)[]) => path[1] === 'encryptedData' && path.length > 2;

/** Every place in a value, as steps. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => places(inner, [...path, key]))];
}

type Change = 'remove' | 'rename' | 'text' | 'number' | 'flag' | 'list' | 'mapping' | 'null' | 'empty' | 'long' | 'odd';
const replacements: Record<Exclude<Change, 'remove' | 'rename'>, unknown> = {
  ...{
    text: 'word',
    number: 5,
    flag: true,
    list: ['a'],
    mapping: { a: 'b' },
    null: null,
    empty: '',
    odd: 'Not A Name!',
  },
  long: 'x'.repeat(300),
};

function changed(object: Json, path: readonly (string | number)[], change: Change): Json {
  const copy = structuredClone(object);
  const last = path.at(-1);
  let parent: Record<string | number, unknown> = copy;
  for (const part of path.slice(0, -1)) parent = parent[part] as Record<string | number, unknown>;
  if (last === undefined) return copy;
  if (change === 'remove') Array.isArray(parent) ? parent.splice(Number(last), 1) : delete parent[last];
  else if (change === 'rename') {
    if (Array.isArray(parent)) return copy;
    parent[`${last}x`] = parent[last];
    delete parent[last];
  } else parent[last] = replacements[change];
  return copy;
}

describe('the definitions of our kinds', () => {
  it('find no mistake in what the documents show, as the API server does', () => {
    expect(shown.length).toBeGreaterThan(10);
    for (const object of shown) expect([isTaken(object), isFound(object)]).toEqual([true, false]);
  });

  it('find a mistake where the API server refuses or drops something, and only there', () => {
    const cases = shown.flatMap((object) =>
      places(object.spec, ['spec'])
        .filter((path) => !isSealedItem(path))
        .map((path): [Json, (string | number)[]] => [object, path]),
    );
    const changes: Change[] = ['remove', 'rename', ...(Object.keys(replacements) as (keyof typeof replacements)[])];
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.constantFrom(...changes), ([object, path], change) => {
        const one = changed(object, path, change);
        const taken = isTaken(one);
        seen[taken ? 'taken' : 'refused'] += 1;
        expect({ path, change, kind: one.kind, found: isFound(one) }).toMatchObject({ found: !taken });
      }),
      { numRuns: runs(600) },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(50);
  });
});
