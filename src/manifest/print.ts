// Printing objects that we made: fields in a fixed order, one line per value, nothing that a YAML 1.1 reader could take for another type.

import type { ManifestFormat } from './documents.ts';

/** Prints one object with a final newline. YAML is block style without `---`; JSON is indented by two spaces. */
export function printManifest(object: object, format: ManifestFormat): string {
  throw new TypeError(`not yet: ${format} ${typeof object}`);
}

/** Prints several objects as one stream: YAML documents with `---` between them, JSON values one after another. */
export function printManifests(objects: readonly object[], format: ManifestFormat): string {
  return objects.map((object) => printManifest(object, format)).join(format === 'yaml' ? '---\n' : '');
}
