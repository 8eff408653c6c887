// Fields of a mapping as Kubernetes reads them: aliases and merge keys followed to where they lead.

import { type Alias, isAlias, isScalar, isSeq, type ParsedNode, visit } from 'yaml';
import { entriesOf } from '../manifest/yaml.ts';

/** Nobody merges more mappings into one; whoever does means to keep us busy. */
const mostMerged = 100;

/** One tree. Every mapping is gone through once, however often others merge it. */
export class Fields {
  readonly #targets: ReadonlyMap<Alias, ParsedNode>;
  readonly #own = new Map<ParsedNode, Own>();

  constructor(root: ParsedNode, text: string) {
    this.#targets = text.includes('*') ? targetsIn(root) : new Map();
  }

  /** What an alias names, null for one that names nothing; anything else itself. */
  target(node: ParsedNode | null): ParsedNode | null {
    return isAlias(node) ? (this.#targets.get(node) ?? null) : node;
  }

  /** The value of a mapping's own field, an alias as it stands; `undefined` where it has none. */
  own(node: ParsedNode, name: string): ParsedNode | null | undefined {
    return this.#ownOf(node).byName.get(name);
  }

  /** The same of a field that may come by a merge key. */
  any(node: ParsedNode, name: string): ParsedNode | null | undefined {
    const pending: (ParsedNode | null)[] = [node];
    const seen = new Set<ParsedNode>();
    for (let next = pending.pop(); next !== undefined && seen.size < mostMerged; next = pending.pop()) {
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      const { byName, merged } = this.#ownOf(next);
      if (byName.has(name)) return byName.get(name);
      // The first that is merged wins.
      for (const source of merged.slice(0, mostMerged).reverse()) pending.push(this.target(source));
    }
    return undefined;
  }

  #ownOf(node: ParsedNode): Own {
    const known = this.#own.get(node) ?? this.#read(node);
    this.#own.set(node, known);
    return known;
  }

  #read(node: ParsedNode): Own {
    const own: Own = { byName: new Map(), merged: [] };
    for (const { key, value } of entriesOf(node)) {
      const name = this.target(key);
      if (!isScalar(name)) continue;
      own.byName.set(String(name.value), value);
      if (name.value !== '<<') continue;
      const source = this.target(value);
      own.merged.push(...(isSeq<ParsedNode>(source) ? source.items.slice(0, mostMerged) : [source]));
    }
    return own;
  }
}

interface Own {
  byName: Map<string, ParsedNode | null>;
  /** In their order; aliases as they stand. */
  merged: (ParsedNode | null)[];
}

/** One names the last anchor of its name before it (YAML 1.2.2 §7.1). */
function targetsIn(root: ParsedNode): Map<Alias, ParsedNode> {
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
  return targets;
}
