// Secrets in JSON that is too long to be read with its places: what `kubectl get secrets -o json` prints of a whole cluster.

import { isJsonObject, type JsonObject } from '../manifest/kinds.ts';
import { leakOf } from './patterns.ts';
import { isRealText } from './real-text.ts';
import type { Leak } from './rule.ts';
import { plainSecretCode, structures } from './structures.ts';

/** The Secrets with values in a JSON document, on the lines on which they say their kind, counted from 1. */
export function largeJsonLeaks(text: string): Leak[] {
  const lines = kindLines(text);
  const secrets = [...secretsIn(JSON.parse(text))];
  // Where they do not answer to each other, as kinds may be spelled in other ways, the first line has to do.
  const lineOf = (at: number) => (lines.length === secrets.length ? (lines[at] ?? 1) : (lines[0] ?? 1));
  return secrets.flatMap((secret, at) => {
    if (!['data', 'stringData'].some((field) => holdsValue(secret[field], field))) return [];
    const leak = leakOf({ ...structures.nestedSecret, says: `${nameOf(secret)} holds plain values` }, lineOf(at));
    return [{ ...leak, code: plainSecretCode, hint: 'seal -i FILE' }];
  });
}

function kindLines(text: string): number[] {
  const lines: number[] = [];
  let [line, at] = [1, 0];
  for (const { index } of text.matchAll(/"kind"\s{0,40}:\s{0,40}"Secret"/g)) {
    for (let feed = text.indexOf('\n', at); feed !== -1 && feed < index; feed = text.indexOf('\n', at)) {
      line += 1;
      at = feed + 1;
    }
    lines.push(line);
  }
  return lines;
}

// In the order of the text. Not by recursion: nobody knows how deep somebody nests.
function* secretsIn(value: unknown): Generator<JsonObject> {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (isJsonObject(next) && next.kind === 'Secret') yield next;
    else if (isJsonObject(next) && next.kind === 'SecretList') yield* itemsOf(next);
    else for (const inner of Object.values(next).reverse()) if (typeof inner === 'object') pending.push(inner);
  }
}

/** Those of a SecretList need not say what they are. */
function itemsOf({ items }: JsonObject): JsonObject[] {
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

function holdsValue(values: unknown, field: string): boolean {
  return (
    isJsonObject(values) && Object.values(values).some((text) => typeof text === 'string' && isRealText(text, field))
  );
}

function nameOf({ metadata }: JsonObject): string {
  const name = isJsonObject(metadata) ? metadata.name : undefined;
  return typeof name === 'string' && /^[\w.-]{1,253}$/.test(name) ? `the Secret ${name}` : 'a Secret';
}
