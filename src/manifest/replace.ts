// Sealing in place: an object's text replaced by another object's, in the file's own style, with everything around it untouched.

import type { Manifest } from './documents.ts';
import type { ManifestObject } from './objects.ts';

/** An object and what takes its place. */
export interface Replacement {
  object: ManifestObject;
  by: object;
}

/**
 * The manifest's text with objects replaced. Throws `FormatError` `CANNOT_REPLACE` when another part of the
 * document refers to an anchor inside a replaced object, so that replacing it would change that part.
 */
export function replaceObjects(manifest: Manifest, replacements: readonly Replacement[]): string {
  throw new TypeError(`not yet: ${manifest.file} ${replacements.length}`);
}
