// The corpus of manifests as people write them: every item is found where the vectors say it is.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ManifestDocument, parseManifest } from '../../../src/manifest/documents.ts';
import { isSealedSecret } from '../../../src/manifest/kinds.ts';
import { type ManifestObject, objectsOf, problemOf } from '../../../src/manifest/objects.ts';
import { replaceObjects } from '../../../src/manifest/replace.ts';
import { applySplices } from '../../../src/manifest/splice.ts';
import { childOf } from '../../../src/manifest/yaml.ts';
import operations from '../../vectors/yaml-corpus/operations.json' with { type: 'json' };

const bytesOf = (file: string) => readFileSync(new URL(`../../vectors/yaml-corpus/${file}`, import.meta.url));
const utf8 = new TextEncoder();

/** The vectors count bytes, the room counts UTF-16 units. */
function inBytes({ source, range }: ManifestDocument, offset: number): number {
  return utf8.encode(source.slice(0, range.from + offset)).byteLength;
}

function sealedIn(
  file: string,
  name: string,
): { text: string; manifest: ReturnType<typeof parseManifest>; object: ManifestObject } {
  const manifest = parseManifest(bytesOf(file), { file });
  const readable = manifest.documents.filter((document) => !problemOf(document));
  const object = readable
    .flatMap(objectsOf)
    .find(({ value }) => isSealedSecret(value) && (value.metadata as { name: string }).name === name);
  return { text: manifest.text, manifest, object: object! };
}

describe.each(operations.files)('$file', ({ file, target, ops, eol }) => {
  it('has the SealedSecret in the document that is meant', () => {
    const { object } = sealedIn(file, target.name);
    expect(object.document.index).toBe(target.document);
    expect(object.value.metadata).toMatchObject({ name: target.name, namespace: target.namespace });
  });

  it('has every value where it is, and ends where the document ends', () => {
    const { object } = sealedIn(file, target.name);
    const spec = childOf(object.node, 'spec');
    for (const { op, key, change, doc } of ops as unknown as {
      op: string;
      key: string;
      change?: [number, number][];
      doc: [number, number];
    }[]) {
      if (op !== 'set' || !change) continue;
      const node = childOf(childOf(spec, 'encryptedData'), key);
      const [from, to] = [inBytes(object.document, node!.range[0]), inBytes(object.document, node!.range[1])];
      const [wanted] = change;
      // The vectors leave out a block scalar's header line end and final line end.
      expect(from).toBeGreaterThanOrEqual(wanted![0]);
      expect(to - wanted![1]).toBeLessThanOrEqual(2);
      expect(to).toBeGreaterThanOrEqual(wanted![1] - 1);
      expect(inBytes(object.document, object.node.range[0])).toBeGreaterThanOrEqual(doc[0]);
    }
  });

  it('stays as it is around the SealedSecret when that is replaced', () => {
    const { text, object } = sealedIn(file, target.name);
    const by = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'replaced' } };
    const result = applySplices(text, [replaceObjects(object.document, [{ object, by }])]);
    const { range } = object.document;
    expect(result.slice(0, range.from)).toBe(text.slice(0, range.from));
    expect(result.endsWith(text.slice(range.to))).toBe(true);
    expect(result.endsWith('\n')).toBe(text.endsWith('\n'));
    if (eol === 'crlf') expect(result).not.toMatch(/(?<!\r)\n/);
    const after = objectsOf(parseManifest(result, { file }).documents[target.document]!);
    expect(after.map(({ value }) => value)).toContainEqual(by);
  });
});
