// Where the fields of a document stand in its file.

import { isSeq, type ParsedNode } from 'yaml';
import { type ManifestDocument, positionIn } from '../manifest/documents.ts';
import { childOf, entriesOf } from '../manifest/yaml.ts';
import type { SchemaPath } from './schema.ts';

/**
 * The offset of a field in its document: that of its name, or of what is nearest to it above. Behind an alias or a merge key the
 * way ends where that is written. `root` is the node that the path starts from; without one it is the end of the document.
 */
export function offsetOf(document: ManifestDocument, root: ParsedNode | null, path: SchemaPath): number {
  let offset = root?.range[0] ?? document.source.length - document.range.from;
  let node = root;
  for (const part of path) {
    const entry = typeof part === 'string' ? entriesOf(node).find(({ name }) => name === part) : undefined;
    const next: ParsedNode | null | undefined =
      typeof part === 'string' ? childOf(node, part) : isSeq<ParsedNode>(node) ? node.items[part] : undefined;
    offset = entry?.key.range[0] ?? next?.range[0] ?? offset;
    node = next ?? null;
  }
  return offset;
}

/** The 1-based line of a field. */
export function lineOf(document: ManifestDocument, root: ParsedNode | null, path: SchemaPath): number {
  return positionIn(document, offsetOf(document, root, path)).line;
}
