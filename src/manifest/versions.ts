// The three versions of a manifest that a merge is given, and the SealedSecrets in them.

import { type ManifestDocument, parseManifest } from './documents.ts';
import { isJsonObject, isSealedSecret } from './kinds.ts';
import { type ManifestObject, objectsOf, problemOf } from './objects.ts';

/** The versions of a merge. */
export interface Versions<T> {
  base: T;
  ours: T;
  theirs: T;
}

/** The same of each version. */
export function ofEach<T, R>({ base, ours, theirs }: Versions<T>, make: (one: T) => R): Versions<R> {
  return { base: make(base), ours: make(ours), theirs: make(theirs) };
}

/** Three ways: what one side changed, else what both agree on; `undefined` where both changed it otherwise. */
export function mergedOf<T>({ base, ours, theirs }: Versions<T>): { value: T } | undefined {
  if (ours === theirs || theirs === base) return { value: ours };
  return ours === base ? { value: theirs } : undefined;
}

/** Readable SealedSecrets by namespace and name; of two with one name neither. */
export function sealedSecretsOf(text: string): Map<string, ManifestObject> {
  const found = new Map<string, ManifestObject>();
  const twice = new Set<string>();
  const { documents } = parseManifest(text, { file: 'manifest' });
  for (const object of documents.filter((document) => !problemOf(document)).flatMap(safeObjects)) {
    if (!isSealedSecret(object.value)) continue;
    const { name, namespace } = isJsonObject(object.value.metadata) ? object.value.metadata : {};
    const key = JSON.stringify([namespace, name]);
    if (found.has(key)) twice.add(key);
    found.set(key, object);
  }
  for (const key of twice) found.delete(key);
  return found;
}

function safeObjects(document: ManifestDocument): ManifestObject[] {
  try {
    return objectsOf(document);
  } catch {
    return [];
  }
}
