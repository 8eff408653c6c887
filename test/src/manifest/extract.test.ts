// An object cut out of its manifest says what it said, with its comments and without its neighbours.

import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { extractObject } from '../../../src/manifest/extract.ts';
import { isSealedSecret } from '../../../src/manifest/kinds.ts';
import { objectsOf, problemOf } from '../../../src/manifest/objects.ts';
import { changesOnly } from '../../support/marked.ts';
import { sealedFileOf, sealedName } from '../../support/sealed-files.ts';

function named(text: string, name: string) {
  const documents = parseManifest(text, { file: 'a.yaml' }).documents.filter((document) => !problemOf(document));
  return documents
    .flatMap(objectsOf)
    .find(({ value }) => isSealedSecret(value) && (value.metadata as { name: string }).name === name)!;
}

const sealed = 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db} # ours\nspec: {}\n';

describe('a document', () => {
  test.each([
    ['alone', sealed, sealed],
    ['behind a marker', `---\n# why\n${sealed}`, `# why\n${sealed}`],
    ['between others', `a: 1\n---\n${sealed}---\nb: 2\n`, sealed],
    ['ended by a marker', `${sealed}...\n---\na: 1\n`, sealed],
    ['with a byte order mark', `\ufeff${sealed}`, sealed],
    ['without a final line end', sealed.trimEnd(), sealed],
    ['beside a template', `{{ if .x }}\na: [\n---\n${sealed}`, sealed],
  ])('%s', (_, text, alone) => {
    expect(extractObject(named(text, 'db'))).toBe(alone);
  });

  test('keeps Windows line ends', () => {
    const text = `---\n${sealed}---\na: 1\n`.replaceAll('\n', '\r\n');
    expect(extractObject(named(text, 'db'))).toBe(sealed.replaceAll('\n', '\r\n'));
  });
});

describe('an item of a List', () => {
  test('loses its indentation, and keeps block scalars and comments', () => {
    const lines = `  - apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret # ours
    metadata: {name: db}
    # above
    spec:
      encryptedData:
        a: |
          AgB
            deeper
`;
    const text = `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: ConfigMap}\n${lines}  - {a: b}\n`;
    const alone = extractObject(named(text, 'db'));
    expect(alone).toBe(lines.replace('  - ', '    ').replace(/^ {4}/gm, ''));
  });

  test('that refers to an anchor outside cannot stand alone', () => {
    const item = '- apiVersion: bitnami.com/v1alpha1\n  kind: SealedSecret\n  metadata: {name: db, labels: *l}\n';
    const text = `apiVersion: v1\nkind: List\nmetadata: {labels: &l {a: b}}\nitems:\n${item}`;
    expect(() => extractObject(named(text, 'db'))).toThrow(/a\.yaml:5: the object cannot stand on its own/);
  });
});

test('every file of the corpus gives its SealedSecret, and nothing that is not in the file', () => {
  for (let seed = 0; seed < 300; seed++) {
    const { text, isJson } = sealedFileOf(seed);
    const object = named(text, sealedName);
    const alone = extractObject(object);
    expect(named(alone, sealedName).value, `seed ${seed}`).toEqual(object.value);
    if (isJson || object.path.length > 0) continue;
    const all = { from: 0, to: text.length, insertion: false };
    expect(
      changesOnly(text, alone, [all]) && text.replaceAll('\ufeff', '').includes(alone.trimEnd()),
      `seed ${seed}`,
    ).toBe(true);
  }
});
