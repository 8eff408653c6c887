// The merge of sealed files against what three ways say item by item, over made-up histories; lines are merged by the real Git.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../cli/context.ts';
import { Files } from '../../cli/files.ts';
import { mergeManifests } from '../../cli/merging.ts';
import { mergedOf } from '../../src/manifest/versions.ts';
import { runs } from '../support/property.ts';
import { Folder } from './harness.ts';

let folder: Folder;
beforeAll(() => {
  folder = new Folder();
});
afterAll(() => folder.remove());

const names = ['a', 'b', 'c', 'd', 'e'] as const;
type Items = Partial<Record<(typeof names)[number], string>>;

/** A file with these items in this order, each with its line in the record; `end` is what it ends with. */
function text(
  items: Items,
  { lineBreak, end, order }: { lineBreak: string; end: string; order: readonly string[] },
): string {
  const lines = (of: (name: string, value: string) => string) =>
    order.flatMap((name) => {
      const value = items[name as keyof Items];
      return value === undefined ? [] : [of(name, value)];
    });
  return (
    [
      'apiVersion: bitnami.com/v1alpha1',
      'kind: SealedSecret',
      'metadata:',
      '  name: db',
      '  annotations:',
      '    sealwright.dev/sealed: |',
      ...lines((name, value) => `      ${name} ${value.padStart(32, '0')} db 2026-01-01`),
      'spec:',
      '  encryptedData:',
      ...lines((name, value) => `    ${name}: Ag${value} # of ${name}`),
    ].join(lineBreak) + end
  );
}

const value = fc.constantFrom('1', '2', '3');
// One item that nobody touches, so that no version is without any.
const change = fc.record(
  Object.fromEntries(names.slice(1).map((name) => [name, fc.constantFrom('keep', 'remove', '4', '5')])),
);

it('gives each item as three ways say, and a conflict exactly where they say nothing', async () => {
  const context = {
    files: new Files({ cwd: folder.path, random: () => 'x' }),
    run: (program: string, args: readonly string[]) => folder.run(program, args),
  } as unknown as Context;
  const histories = fc.record({
    base: fc.record({ b: value, c: value, d: value, e: value }, { requiredKeys: [] }),
    ours: change,
    theirs: change,
    lineBreak: fc.constantFrom('\n', '\r\n'),
    isEnded: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(histories, async ({ base, ours, theirs, lineBreak, isEnded }) => {
      const versions = { base: { a: '0', ...base }, ours: changed(base, ours), theirs: changed(base, theirs) };
      const shown = (items: Items, order: readonly string[] = names) =>
        text(items, { lineBreak, end: isEnded ? lineBreak : '', order });
      const merged = await mergeManifests(
        { base: shown(versions.base), ours: shown(versions.ours), theirs: shown(versions.theirs) },
        context,
      );
      const items = names.map((name) => {
        const { base: from, ours: our, theirs: their } = versions;
        return [
          name,
          mergedOf<string | undefined>({ base: from[name], ours: our[name], theirs: their[name] }),
        ] as const;
      });
      const contested = items.filter(([, one]) => one === undefined).map(([name]) => name);
      expect(merged.contested.toSorted()).toEqual(contested);
      expect(merged.isOpen).toBe(contested.length > 0);
      if (contested.length > 0) expect(merged.text).toContain('<<<<<<< ours');
      else {
        // Of what both add at one place, that of ours comes first; each side's own order stays.
        const order = [...merged.text.matchAll(/^ {4}(\w): /gm)].map(([, name = '']) => name);
        expect(merged.text).toBe(shown(Object.fromEntries(items.map(([name, one]) => [name, one?.value])), order));
        for (const side of Object.values(versions)) {
          const own = order.filter((name) => side[name as keyof Items] !== undefined);
          expect(own).toEqual(own.toSorted());
        }
      }
    }),
    { numRuns: runs(300) },
  );
});

function changed(base: Items, changes: Record<string, string>): Items {
  const items: Items = { a: '0', ...base };
  for (const name of names.slice(1)) {
    if (changes[name] === 'remove') delete items[name];
    else if (changes[name] !== 'keep') items[name] = changes[name] ?? '';
  }
  return items;
}
