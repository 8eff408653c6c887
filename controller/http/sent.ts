// The SealedSecrets in a request: one as the reference CLI sends it, or many as a List or a stream of documents.

import { FormatError } from '../../src/errors.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { type Manifest, parseManifest } from '../../src/manifest/documents.ts';
import { isList } from '../../src/manifest/kinds.ts';
import { type ManifestObject, objectsOf } from '../../src/manifest/objects.ts';
import { checkSealedSecret, sealedValuesOf } from '../../src/seal/sealed-secret.ts';

/** What was sent, its shape checked. */
export interface Sent {
  manifest: Manifest;
  sealed: readonly { object: ManifestObject; sealedSecret: SealedSecret }[];
  /** A List or several documents: the answer is about each value. */
  isBatch: boolean;
}

/** Most values of one request: a second of RSA-4096 under the first key that is tried. */
export const mostValues = 256;

// Reading costs by the node, some ten microseconds each, and nothing else happens in that time. A SealedSecret has a few hundred.
const mostMarks = 10_000;
const marks = /[\n,[{]/g;

/** Throws `FormatError` for anything but SealedSecrets, for too many of them, and for what would take long to read. */
export function readSent(body: Uint8Array): Sent {
  const manifest = parseManifest(body, { file: 'the request' });
  checkShape(manifest.text);
  const [first, ...others] = manifest.documents;
  if (!first) throw new FormatError('EMPTY', 'the request is empty');
  const sealed = manifest.documents.flatMap(objectsOf).map((object) => {
    return { object, sealedSecret: checkSealedSecret(object.value) };
  });
  const { value } = first.read();
  const isBatch = others.length > 0 || isList(value);
  if (!isBatch && sealed.length === 0) checkSealedSecret(value);
  const values = sealed.reduce((sum, { sealedSecret }) => sum + Math.max(1, sealedValuesOf(sealedSecret).length), 0);
  if (values > mostValues) throw new FormatError('TOO_MANY', `a request may have ${mostValues} values`);
  return { manifest, sealed, isBatch };
}

function checkShape(text: string): void {
  let count = 0;
  for (const _ of text.matchAll(marks)) {
    count += 1;
    if (count > mostMarks) throw new FormatError('TOO_MANY', 'the request has too many lines or fields');
  }
}
