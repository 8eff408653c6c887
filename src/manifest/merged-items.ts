// Whether a merge of sealed items came out as it should: what both sides changed, what is wrong, and what would not open.

import { type Scope, scopeOf } from '../seal/scope.ts';
import { parseManifest } from './documents.ts';
import { isJsonObject, type JsonObject } from './kinds.ts';
import { problemOf } from './objects.ts';
import { mergedOf, ofEach, sealedSecretsOf, type Versions } from './versions.ts';

/** Names of items that both sides changed, each otherwise. */
export function contestedItems(texts: Versions<string>): string[] {
  return [...valuesOfAll(texts)].flatMap(([label, versions]) => (mergedOf(versions) ? [] : [partsOf(label).item]));
}

/** Whether a merged text is what the versions make item by item, and can be read wherever all of them can. */
export function isRightMerge(merged: string, texts: Versions<string>): boolean {
  const isReadable = (text: string) =>
    parseManifest(text, { file: 'manifest' }).documents.every((document) => !problemOf(document));
  if (Object.values<string>({ ...texts }).every(isReadable) && !isReadable(merged)) return false;
  const [found, wanted] = [valuesOf(merged), valuesOfAll(texts)];
  return [...wanted].every(([label, versions]) => {
    const expected = mergedOf(versions);
    return expected !== undefined && expected.value === found.get(label);
  });
}

/** Names of items of a merged text whose value only a version has that seals for another scope: they would open nowhere. */
export function strandedItems(merged: string, { ours, theirs }: Versions<string>): string[] {
  const scopes = scopesOf(merged);
  const sides = [ours, theirs].map((text) => ({ values: valuesOf(text), scopes: scopesOf(text) }));
  return [...valuesOf(merged)].flatMap(([label, value]) => {
    const { item, name } = partsOf(label);
    const from = sides.filter(({ values }) => values.get(label) === value);
    return from.length > 0 && from.every((side) => side.scopes.get(name) !== scopes.get(name)) ? [item] : [];
  });
}

function scopesOf(text: string): Map<string, Scope> {
  return new Map([...sealedSecretsOf(text)].map(([name, { value }]) => [name, scopeOf(annotationsOf(value))] as const));
}

function annotationsOf({ metadata }: JsonObject): Record<string, string> {
  const annotations = isJsonObject(metadata) ? metadata.annotations : undefined;
  return isJsonObject(annotations) ? (annotations as Record<string, string>) : {};
}

/** The ciphertext of each item of the SealedSecrets that all versions have. */
function valuesOfAll(texts: Versions<string>): Map<string, Versions<string | undefined>> {
  const names = ofEach(texts, (text) => new Set(sealedSecretsOf(text).keys()));
  const values = ofEach(texts, valuesOf);
  const labels = new Set([...values.base.keys(), ...values.ours.keys(), ...values.theirs.keys()]);
  const isShared = (label: string) =>
    [names.base, names.ours, names.theirs].every((one) => one.has(partsOf(label).name));
  return new Map(
    [...labels].filter(isShared).map((label) => [label, ofEach(values, (one) => one.get(label))] as const),
  );
}

function valuesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, { value }] of sealedSecretsOf(text)) {
    const spec = isJsonObject(value.spec) ? value.spec : {};
    for (const [item, sealed] of Object.entries(isJsonObject(spec.encryptedData) ? spec.encryptedData : {}))
      found.set(JSON.stringify({ item, name }), String(sealed));
  }
  return found;
}

const partsOf = (label: string): { item: string; name: string } => JSON.parse(label);
