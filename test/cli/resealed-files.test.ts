// The files of the corpus that set, unset and edit are tried on, resealed: values and record lines change, and nothing else.

import { expect, test } from 'vitest';
import { resealedText, staleIn } from '../../cli/resealed-files.ts';
import { parseManifest } from '../../src/manifest/documents.ts';
import { isSealedSecret } from '../../src/manifest/kinds.ts';
import { objectsOf, problemOf } from '../../src/manifest/objects.ts';
import { checkSealedSecret } from '../../src/seal/sealed-secret.ts';
import { testKey } from '../controller/support/house.ts';
import { changesOnly } from '../support/marked.ts';
import { type SealedFileCase, sealedFileOf, sealedName } from '../support/sealed-files.ts';

const now = new Date('2026-12-01T08:00:00Z');
const freshOf = (item: string) => `AgB${Buffer.from(item).toString('hex').padEnd(300, 'x')}/+==`;

/** The SealedSecret of a file that is about to be edited. */
function sealedIn(file: string) {
  const manifest = parseManifest(file, { file: 'db.yaml' });
  const objects = manifest.documents.filter((document) => !problemOf(document)).flatMap(objectsOf);
  const found = objects.find(({ value }) => {
    return isSealedSecret(value) && (value.metadata as { name?: string }).name === sealedName;
  });
  if (!found) throw new Error('no SealedSecret');
  return { manifest, object: found, sealedSecret: checkSealedSecret(found.value) };
}

function allowedIn({ ranges, items, annotations }: SealedFileCase) {
  const at = (name: string) => ranges.get(name) ?? [];
  const hasAnnotations = annotations === 'record' || annotations === 'empty';
  return [
    ...items.flatMap((item) => at(`value ${item}`)),
    ...(hasAnnotations ? at('record') : at('metadata').map((range) => ({ ...range, insertion: true }))),
  ];
}

test('three hundred files, each resealed whole', async () => {
  const { certificate } = await testKey('other2048');
  let changed = 0;
  for (let seed = 0; seed < 300; seed++) {
    const file = sealedFileOf(seed);
    if (file.items.length === 0 || file.merged.length > 0) continue;
    const { manifest, object, sealedSecret } = sealedIn(file.text);
    const sealedFor = { scope: 'strict', namespace: 'shop', name: sealedName } as const;
    const tree = { file: 'db.yaml', manifest, ruled: undefined, sealed: [{ object, sealedSecret, sealedFor }] };
    const stale = staleIn(tree, certificate);
    const rotated = stale.stale.map(({ asked }) => {
      return { values: new Map([...asked.values.keys()].map((item) => [item, freshOf(item)])), failed: [] };
    });
    const { text } = resealedText(stale, rotated, { certificate, record: seed % 3 > 0, now });
    expect(changesOnly(file.text, text, allowedIn(file)), `seed ${seed}:\n${file.text}\n→\n${text}`).toBe(true);
    const after = sealedIn(text).sealedSecret.spec.encryptedData ?? {};
    for (const item of rotated[0]?.values.keys() ?? []) expect(after[item]).toBe(freshOf(item));
    changed += rotated[0]?.values.size ?? 0;
  }
  expect(changed).toBeGreaterThan(300);
});
