// The SealedSecrets in a request: one as the reference CLI sends it, or many as a List or a stream of documents.

import { FormatError } from '../../src/errors.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { type Manifest, type ManifestDocument, parseManifest } from '../../src/manifest/documents.ts';
import { isJsonObject, isList } from '../../src/manifest/kinds.ts';
import { type ManifestObject, objectsOf } from '../../src/manifest/objects.ts';
import { decodeManifest } from '../../src/manifest/text.ts';
import { weightOf } from '../../src/manifest/weight.ts';
import { recordAnnotation } from '../../src/seal/record.ts';
import { checkSealedSecret, sealedValuesOf } from '../../src/seal/sealed-secret.ts';

/** What was sent, its shape checked. */
export interface Sent {
  manifest: Manifest;
  sealed: readonly { object: ManifestObject; sealedSecret: SealedSecret }[];
  /** A List or several documents: the answer is about each value. */
  isBatch: boolean;
}

/** Most values of one request: a second of RSA-4096 under the first key that is tried. */
const mostValues = 256;

// Reading costs by the step, a few microseconds each, and nothing else happens in that time. A SealedSecret has a few hundred.
const mostSteps = 10_000;
// What is paid for as one value is.
const stepsAtOnce = 400;
const bytesAtOnce = 64 * 1024;

// Repeated ones count each time: as many as a request may have bytes.
const mostCharacters = 2 * 1024 * 1024;

// A line costs each time that another one is replaced.
const mostRecordLines = 4096;

/**
 * Throws `FormatError` for anything but SealedSecrets, for too many of them, and for what would take long to read. `pay` is told before
 * each part of the work how much it is, in values to open, and resolves when it may be done.
 */
export async function readSent(body: Uint8Array, pay: (cost: number) => Promise<void>): Promise<Sent> {
  const file = 'the request';
  await pay(body.byteLength / bytesAtOnce);
  const text = decodeManifest(body, file);
  const steps = weightOf(text, mostSteps);
  await pay(steps / stepsAtOnce);
  if (steps > mostSteps) throw tooMuch('the request has too many lines, words or fields');
  const manifest = parseManifest(text, { file });
  const [first, ...others] = manifest.documents;
  if (!first) throw new FormatError('EMPTY', 'the request is empty');
  if (others.length >= mostValues) throw tooMuch(`a request may have ${mostValues} documents`);
  const sealed = manifest.documents.flatMap((document) => sealedIn(document));
  const { value } = first.read();
  const isBatch = others.length > 0 || isList(value);
  if (!isBatch && sealed.length === 0) checkSealedSecret(value);
  checkAmount(sealed.map(({ sealedSecret }) => sealedSecret));
  return { manifest, sealed, isBatch };
}

// What would be left out of the answer is refused: answers are told apart by their order.
function sealedIn(document: ManifestDocument): Sent['sealed'] {
  const { value } = document.read();
  if (value === null || value === undefined) return [];
  const all = leavesOf(value).map(checkSealedSecret);
  const objects = objectsOf(document);
  if (objects.length !== all.length)
    throw new FormatError('INVALID_MANIFEST', 'an item of the List is only an alias (*name)');
  return objects.map((object) => ({ object, sealedSecret: checkSealedSecret(object.value) }));
}

function leavesOf(value: unknown): unknown[] {
  return isJsonObject(value) && isList(value) ? value.items.flatMap(leavesOf) : [value];
}

// Aliases repeat values and records without being longer themselves.
function checkAmount(all: readonly SealedSecret[]): void {
  let [values, characters] = [0, 0];
  for (const sealedSecret of all) {
    const sealed = sealedValuesOf(sealedSecret);
    values += Math.max(1, sealed.length);
    const record = sealedSecret.metadata.annotations?.[recordAnnotation] ?? '';
    if (record.split('\n', mostRecordLines + 1).length > mostRecordLines) throw tooMuch('a record has too many lines');
    characters += record.length;
    for (const [item, value] of sealed) characters += item.length + (typeof value === 'string' ? value.length : 0);
  }
  if (values > mostValues) throw tooMuch(`a request may have ${mostValues} values`);
  if (characters > mostCharacters) throw tooMuch('the values of the request are too long together');
}

const tooMuch = (what: string) => new FormatError('TOO_MANY', what);
