// Every kind of finding, in the order of the codes: what the documents are made of, and what output formats describe.

import type { FindingKind } from '../finding.ts';
import { checkFindings } from './check.ts';
import { matrixFindings } from './matrix.ts';
import { scanFindings } from './scan.ts';
import { schemaFindings } from './schema.ts';

const kinds: readonly FindingKind[] = [checkFindings, schemaFindings, scanFindings, matrixFindings].flatMap((family) =>
  Object.values<FindingKind>(family),
);

/** By code, in order. */
export const findingKinds: ReadonlyMap<string, FindingKind> = new Map(
  [...kinds].sort((a, b) => (a.code < b.code ? -1 : 1)).map((kind) => [kind.code, kind]),
);
