// YAML as sigs.k8s.io/yaml reads it into a map: go-yaml 2.4's meaning of scalars, then JSON's numbers.

import { isAlias, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from 'yaml';
import type { Budget } from '../budget.ts';
import { stringFromText, type Text, textFromString } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { formatFloat } from '../float.ts';
import { GoMap, type Value } from '../values.ts';
import { hasTwins, readDocument } from '../yaml.ts';
import { resolveScalar } from './yaml-scalars.ts';

/** The map that the first document is; an empty one for none. Throws `FunctionFailure`, which shows nothing of the text. */
export function readYaml(text: Text, budget: Budget): GoMap {
  budget.spend(2 * text.length);
  const read = readDocument(stringFromText(text), (steps) => budget.spend(steps));
  if (read === undefined) return new GoMap([]);
  if ('problem' in read) throw new FunctionFailure(read.problem);
  const { document } = read;
  const value = new Reader(budget, (node) => (isAlias(node) ? node.resolve(document) : undefined)).value(
    document.contents,
  );
  if (value === null) return new GoMap([]);
  if (!(value instanceof GoMap)) throw new FunctionFailure('YAML that is not a map');
  return value;
}

class Reader {
  readonly #budget: Budget;
  readonly #target: (node: Node) => Node | undefined;
  #depth = 0;

  constructor(budget: Budget, target: (node: Node) => Node | undefined) {
    this.#budget = budget;
    this.#target = target;
  }

  value(node: unknown): Value {
    this.#budget.spend(2);
    this.#depth += 1;
    this.#budget.checkDepth(this.#depth);
    const value = this.#read(node);
    this.#depth -= 1;
    return value;
  }

  #read(node: unknown): Value {
    if (isScalar(node)) return scalar(node);
    if (isSeq(node)) return node.items.map((one) => this.value(one));
    if (isMap(node)) return this.#map(node);
    return isAlias(node) ? this.value(this.#target(node)) : null;
  }

  #map(node: YAMLMap): GoMap {
    const own = new GoMap([]);
    const merged = new GoMap([]);
    if (hasTwins(node.items.map(({ key }) => (isScalar(key) ? key.value : key)))) throw new FunctionFailure('not YAML');
    for (const { key, value } of node.items) {
      if (isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<') this.#merge(merged, this.value(value));
      else own.entries.set(keyText(this.value(key)), this.value(value));
    }
    for (const [key, value] of merged.entries) if (!own.entries.has(key)) own.entries.set(key, value);
    return own;
  }

  #merge(into: GoMap, from: Value): void {
    const sources = Array.isArray(from) ? from : [from];
    for (const source of sources) {
      if (!(source instanceof GoMap)) throw new FunctionFailure('YAML that merges what is no map');
      for (const [key, value] of source.entries) if (!into.entries.has(key)) into.entries.set(key, value);
    }
  }
}

const explicit: Readonly<Record<string, string>> = { '!!str': 'text', 'tag:yaml.org,2002:str': 'text', '!': 'text' };

function scalar(node: Scalar): Value {
  const text = String(node.value ?? '');
  const isText = node.type !== Scalar.PLAIN || explicit[node.tag ?? ''] === 'text';
  // A value left out is null as well.
  if (isText && node.type !== undefined) return textFromString(text);
  const resolved = resolveScalar(text);
  if (resolved.kind === 'null') return null;
  if (resolved.kind === 'number' && !Number.isFinite(resolved.value))
    throw new FunctionFailure('a number JSON has no text for');
  return resolved.kind === 'boolean' || resolved.kind === 'number' ? resolved.value : textFromString(text);
}

/** Keys that are no texts are written as ones. */
function keyText(key: Value): Text {
  if (typeof key === 'string') return key;
  if (typeof key === 'boolean') return String(key);
  if (typeof key === 'number') return Number.isInteger(key) ? String(BigInt(key)) : formatFloat(key, 'g', -1);
  throw new FunctionFailure('YAML with a key that is no text');
}
