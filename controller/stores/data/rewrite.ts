// dataFrom[].rewrite: new names for fetched values, one operation after another. Where two names become one, the later in byte order wins.

import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import type { Rewrite, RewriteMerge } from '../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { bytesFromText, stringFromText, textFromBytes, textFromString } from '../../../src/template/bytes.ts';
import { loadRenderer } from '../../../src/template/late.ts';
import { Cost, compilingSteps, TooCostly } from '../cost.ts';
import { compareCodePoints, type ExactJson, goJson, parseExactJson } from '../go-json.ts';
import { loadRe2 } from '../re2.ts';
import { type JsonNode, readJson } from './json.ts';
import { bounded, inOrder, type NamedValues } from './names.ts';
import { replaceAll } from './replace.ts';
import { invalid, quoted, quotedList, type Source } from './source.ts';
import { bytesByName } from './value.ts';

/** The values under their new names. Throws `StoreError` (`Invalid`), or `TemplateError` from a transformation. */
export async function rewritten(
  values: NamedValues,
  rewrites: readonly Rewrite[],
  source: Source,
): Promise<NamedValues> {
  const cost = new Cost();
  let current = bounded(values, source);
  for (const [index, rewrite] of rewrites.entries()) {
    const at = { ...source, entry: `${source.entry}.rewrite[${index}]` };
    try {
      current = bounded(await apply(current, rewrite, at, cost), at);
    } catch (error) {
      if (error instanceof TooCostly) throw invalid(at, 'rewriting so many and so long names costs too much', costHint);
      throw error;
    }
  }
  return current;
}

const costHint = 'use simpler expressions, or fetch fewer values in one entry';

async function apply(
  values: NamedValues,
  { merge, regexp, transform }: Rewrite,
  at: Source,
  cost: Cost,
): Promise<NamedValues> {
  if (merge) return merged(values, merge, at, cost);
  if (regexp) return await byRegexp(values, regexp, at, cost);
  if (transform) return await byTemplate(values, transform, at, cost);
  return values;
}

function renamed(values: NamedValues, rename: (name: string) => string): NamedValues {
  return new Map(inOrder(values).map(([name, value]) => [rename(name), value]));
}

type Operation<Name extends keyof Rewrite> = NonNullable<Rewrite[Name]>;

async function byRegexp(
  values: NamedValues,
  { source, target }: Operation<'regexp'>,
  at: Source,
  cost: Cost,
): Promise<NamedValues> {
  const { compileRe2 } = await loadRe2();
  const expression = compileRe2(source ?? '');
  if (!expression) throw invalid(at, 'regexp.source is not a regular expression in RE2 syntax');
  cost.pay(compilingSteps * expression.programSize());
  return renamed(values, (name) => replaceAll(expression, name, target ?? '', cost));
}

/** Steps of cost for one step of a template, and for reading one character of it. */
const templateStep = 10;
/** Granted to the template of each name: far more than names need. */
const limits = { steps: 1_000, outputBytes: 16_384, depth: 50 };

async function byTemplate(
  values: NamedValues,
  { template }: Operation<'transform'>,
  at: Source,
  cost: Cost,
): Promise<NamedValues> {
  const { render } = await loadRenderer();
  const name = `${at.entry}.transform.template`;
  return renamed(values, (key) => {
    cost.pay(templateStep * ((template ?? '').length + key.length));
    const data = new Map([['value', new SecretBytes(bytesFromText(textFromString(key)))]]);
    return stringFromText(textFromBytes(render(template ?? '', { name, data, limits }).reveal()));
  });
}

function merged(values: NamedValues, options: RewriteMerge, at: Source, cost: Cost): NamedValues {
  for (const value of values.values()) cost.pay(2 * value.byteLength);
  const { into, conflictPolicy, strategy } = options;
  const { members, conflicts } = mergedMembers(values, options, at);
  if (conflictPolicy !== 'Ignore' && conflicts.size > 0) {
    const names = quotedList([...conflicts].sort(compareCodePoints));
    throw invalid(at, `merge: more than one value has ${names}`, 'give priority, with conflictPolicy Ignore');
  }
  if (strategy !== 'JSON') return members;
  if (!into) throw invalid(at, 'merge: strategy JSON needs the name to merge into');
  return new Map([...values, [into, members.json()]]);
}

/** Members by name, and the same as one JSON object. */
class Members extends Map<string, SecretBytes> {
  readonly #nodes = new Map<string, JsonNode>();

  add(node: JsonNode): void {
    for (const [name, bytes] of bytesByName(node, 'vault')) this.set(name, bytes);
    if (node.kind !== 'object') return;
    for (const [key, member] of node.members) this.#nodes.set(stringFromText(key), member);
  }

  /** As the reference writes it: keys sorted, `<`, `>` and `&` as they are. */
  json(): SecretBytes {
    const object: Record<string, ExactJson> = Object.create(null);
    for (const [name, node] of this.#nodes) object[name] = parseExactJson(stringFromText(node.raw));
    return new SecretBytes(utf8Bytes(goJson(object, { escapeHtml: false })));
  }
}

function mergedMembers(values: NamedValues, { priority = [], priorityPolicy }: RewriteMerge, at: Source) {
  const members = new Members();
  const conflicts = new Set<string>();
  const first = inOrder(values).flatMap(([name]) => (priority.includes(name) ? [] : [name]));
  for (const name of [...first, ...priority]) {
    const value = values.get(name);
    if (!value && priorityPolicy === 'IgnoreNotFound') continue;
    if (!value) throw invalid(at, `merge: priority names ${quoted(name)}, and there is no such value`);
    const node = objectIn(value, name, at);
    for (const key of bytesByName(node, 'vault').keys()) if (members.has(key)) conflicts.add(key);
    members.add(node);
  }
  return { members, conflicts };
}

function objectIn(value: SecretBytes, name: string, at: Source): JsonNode {
  const node = parsed(value);
  if (node?.kind === 'object' || node?.kind === 'null') return node;
  throw invalid(at, `merge: the value of ${quoted(name)} is not a JSON object`);
}

function parsed(value: SecretBytes): JsonNode | undefined {
  try {
    return readJson(textFromBytes(value.reveal()));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
