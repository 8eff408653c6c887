// A Secret as kubeseal reads it: other fields are passed over, and a number is text where that text is what was written.

import { isScalar } from 'yaml';
import { FormatError } from '../src/errors.ts';
import type { Secret } from '../src/kube/objects.ts';
import type { ManifestDocument } from '../src/manifest/documents.ts';
import { isJsonObject, isSecret, type JsonObject } from '../src/manifest/kinds.ts';
import { type ManifestObject, objectsOf } from '../src/manifest/objects.ts';
import { isSameNumber, nodeAt, readSecret, secretFields } from '../src/manifest/secret.ts';
import { describeKind } from '../src/seal/fields.ts';

/**
 * The Secret that a document is, with or without a kind; `undefined` for an empty document or mapping. Other fields are passed over,
 * and `5` and `true` are text. Throws `FormatError` for anything else, for other kinds, and as `readSecret`.
 */
export function readAsReference(document: ManifestDocument): Secret | undefined {
  const { value } = document.read();
  if (value === null || value === undefined) return undefined;
  if (!isJsonObject(value)) throw new FormatError('NOT_A_SECRET', 'this is not a Secret');
  if (Object.keys(value).length === 0) return undefined;
  const said = { apiVersion: value.apiVersion || 'v1', kind: value.kind || 'Secret' };
  if (!isSecret(said)) throw new FormatError('NOT_A_SECRET', `this is not a Secret but ${describeKind(said)}`);
  const [object] = objectsOf(document);
  return object && readSecret(mended(object));
}

function mended(object: ManifestObject): ManifestObject {
  const { document, path, line, value } = object;
  return {
    document,
    path,
    line,
    value: withTexts(object, [], knownFields(value)),
    get node() {
      return object.node;
    },
  };
}

// Go takes a field in other capitals for the field itself: such a one is left in, to be told of.
function knownFields(value: JsonObject): JsonObject {
  const names = secretFields.map((name) => name.toLowerCase());
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name.toLowerCase())));
}

// Not `data`: base64 is never a number to Go.
const maps: readonly string[] = ['metadata', 'metadata.labels', 'metadata.annotations', 'stringData'];
const noText: readonly string[] = ['immutable', 'metadata.generation', 'metadata.deletionGracePeriodSeconds'];

function withTexts(object: ManifestObject, path: readonly string[], value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, mendedMember(object, [...path, name], member)]),
  );
}

function mendedMember(object: ManifestObject, path: readonly string[], member: unknown): unknown {
  const at = path.join('.');
  if (isJsonObject(member)) return maps.includes(at) ? withTexts(object, path, member) : member;
  if ((typeof member !== 'number' && typeof member !== 'boolean') || noText.includes(at)) return member;
  return sameText(object, path) ?? member;
}

/** What is written there without quotes, where it is the text of the number or boolean that it says. */
function sameText(object: ManifestObject, path: readonly string[]): string | undefined {
  const node = nodeAt(object, path);
  if (!isScalar(node) || node.type !== 'PLAIN') return undefined;
  const { source = '' } = node;
  return source === 'true' || source === 'false' || isSameNumber(source) ? source : undefined;
}
