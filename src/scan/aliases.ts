// Fields of a mapping as Kubernetes reads them: aliases and merge keys followed to where they lead.

import { type Alias, isAlias, isScalar, isSeq, type ParsedNode, visit } from 'yaml';
import { entriesOf } from '../manifest/yaml.ts';

/** Where the aliases of a document lead. */
export interface Aliases {
  /** What an alias names, null for one that names nothing; anything else itself. */
  target(node: ParsedNode | null): ParsedNode | null;
}

const none: Aliases = { target: (node) => node };

/** The aliases of a tree. One names the last anchor of its name before it (YAML 1.2.2 §7.1). */
export function aliasesIn(root: ParsedNode, text: string): Aliases {
  if (!text.includes('&') || !text.includes('*')) return none;
  const anchors = new Map<string, ParsedNode>();
  const targets = new Map<Alias, ParsedNode>();
  visit(root, (_, node) => {
    if (isAlias(node)) {
      const named = anchors.get(node.source);
      if (named) targets.set(node, named);
    } else if (node && typeof node === 'object' && 'anchor' in node && typeof node.anchor === 'string') {
      anchors.set(node.anchor, node as ParsedNode);
    }
  });
  return { target: (node) => (isAlias(node) ? (targets.get(node) ?? null) : node) };
}

/** The value of a field, its own or one that a merge key brings; an alias as it stands. Null where there is none. */
export function fieldOf(
  node: ParsedNode | null,
  name: string,
  aliases: Aliases,
  seen = new Set<ParsedNode>(),
): ParsedNode | null {
  if (node === null || seen.has(node)) return null;
  seen.add(node);
  const entries = entriesOf(node).map(({ key, value }) => ({ name: nameOf(aliases.target(key)), value }));
  const own = entries.find((entry) => entry.name === name);
  if (own) return own.value;
  for (const { value } of entries.filter((entry) => entry.name === '<<')) {
    const merged = aliases.target(value);
    for (const source of isSeq<ParsedNode>(merged) ? merged.items : [merged]) {
      const found = fieldOf(aliases.target(source), name, aliases, seen);
      if (found) return found;
    }
  }
  return null;
}

const nameOf = (key: ParsedNode | null) => (isScalar(key) ? String(key.value) : '');
