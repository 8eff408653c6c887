// The text of a `.sealwright.yaml`: its value, and where each field stands.

import { FormatError } from '../errors.ts';
import { parseManifest, placeIn } from '../manifest/documents.ts';
import { lineOf, offsetOf } from './field-places.ts';
import type { SchemaPath } from './schema.ts';

/** A file that was read. */
export interface ConfigurationText {
  value: unknown;
  /** `FILE:LINE:COLUMN` of a field, or of what is nearest to it above. */
  placeOf(path: SchemaPath): string;
  /** Its 1-based line. */
  lineOf(path: SchemaPath): number;
}

/** Reads a file of one YAML document. Throws `FormatError` (`NOT_YAML`, `NOT_TEXT`, `INVALID_CONFIGURATION`). */
export function readConfigurationText(source: Uint8Array | string, { file }: { file: string }): ConfigurationText {
  const [document, second] = parseManifest(source, { file }).documents;
  if (!document)
    throw new FormatError('INVALID_CONFIGURATION', `${file} is empty`, { hint: 'it starts with version: 1' });
  if (second)
    throw new FormatError('INVALID_CONFIGURATION', `${file}:${second.line}: a second document is one too many`, {
      hint: 'take away the line --- and what follows it',
    });
  const { value, root } = document.read();
  return {
    value: value ?? {},
    placeOf: (path) => placeIn(document, offsetOf(document, root, path)),
    lineOf: (path) => lineOf(document, root, path),
  };
}
