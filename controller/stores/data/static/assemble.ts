// The door of this room's part for VaultStaticSecrets: from what Vault answered to the items of one Secret. Pure.

import { SecretBytes } from '../../../../src/redact.ts';
import { bytesFromText, stringFromText, textFromBytes } from '../../../../src/template/bytes.ts';
import { compareCodePoints } from '../../go-json.ts';
import type { RemoteValue } from '../../store.ts';
import { type JsonNode, readJson } from '../json.ts';
import type { NamedValues } from '../names.ts';
import { invalid, quoted, type Source } from '../source.ts';
import { renderedItems } from './templates.ts';
import type { StaticPlan } from './transformation.ts';

/** The item that holds the whole answer. */
export const rawItem = '_raw';

/** What is said of the object that values are put together for. */
export interface StaticContext {
  /** The engine's version, `spec.type`. */
  type: 'kv-v1' | 'kv-v2';
  labels?: Readonly<Record<string, string>> | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
  /** `mount/path`, for messages. */
  key: string;
}

/** What one answer comes to. */
export interface StaticItems {
  /** The Secret's items, in the order of their names. */
  items: NamedValues;
  /**
   * The same for telling whether anything changed that a workload would want to know of: `_raw` is without its metadata here,
   * which differs for every version although its values may be the same.
   */
  meaning: NamedValues;
}

/**
 * Every key that the filter keeps, `_raw`, and what the templates make, which goes before anything else of the same name. Strings
 * are their own bytes; other values are JSON as Go writes it, with the numbers that the server sent. `_raw` is all of the answer
 * (KV v2: data and metadata) in the same form.
 *
 * Throws `StoreError` (`Invalid`) for names that an item of a Secret cannot have, `TransformationError`, or `TemplateError`.
 */
export function assembleStatic(value: RemoteValue, plan: StaticPlan, context: StaticContext): StaticItems {
  const { type, key, annotations = {}, labels = {} } = context;
  const source: Source = { provider: 'vault', entry: 'spec.path', key };
  const raw = value.raw ?? value.bytes;
  const answer = objectIn(raw, source);
  const secrets = type === 'kv-v2' ? memberOf(answer, 'data') : answer;
  const metadata = type === 'kv-v2' ? memberOf(answer, 'metadata') : undefined;
  if (secrets?.kind !== 'object') throw invalid(source, `${quoted(key)} holds no data`);
  const kept = keptItems(secrets, plan, source);
  const made = renderedItems(plan, { secrets, metadata, annotations, labels });
  const withRaw = (bytes: SecretBytes) =>
    sorted([...kept, ...(plan.excludeRaw ? [] : [[rawItem, bytes] as const]), ...made], source);
  return { items: withRaw(raw), meaning: withRaw(value.bytes) };
}

type Item = readonly [name: string, value: SecretBytes];

function keptItems({ members }: JsonObject, { filter }: StaticPlan, source: Source): Item[] {
  const values = new Map(members.map(([key, node]) => [stringFromText(key), node]));
  const names = filter.kept([...values.keys()]);
  if (names.includes(rawItem)) {
    throw invalid(
      source,
      `${quoted(source.key ?? '')} has a key '${rawItem}', which is the name of the whole answer`,
      `add '^${rawItem}$' to spec.destination.transformation.excludes`,
    );
  }
  return names.flatMap((name): Item[] => {
    const node = values.get(name);
    return node ? [[name, bytesOf(node)]] : [];
  });
}

// The answer was written again as Go writes it, so that the text of each part is what Go would make of that part.
const bytesOf = (node: JsonNode) => new SecretBytes(bytesFromText(node.kind === 'string' ? node.text : node.raw));

const itemName = /^(?!\.\.?$|\.\.)[-._a-zA-Z0-9]{1,253}$/;

function sorted(items: readonly Item[], source: Source): NamedValues {
  const wrong = items.find(([name]) => !itemName.test(name));
  if (!wrong) return new Map([...items].sort(([left], [right]) => compareCodePoints(left, right)));
  throw invalid(
    source,
    `${quoted(wrong[0])} cannot be the name of an item in a Secret`,
    'exclude the key by spec.destination.transformation.excludes, and give its value another name by a template',
  );
}

type JsonObject = Extract<JsonNode, { kind: 'object' }>;

function objectIn(bytes: SecretBytes, source: Source): JsonObject {
  const node = parsed(bytes);
  if (node?.kind === 'object') return node;
  throw invalid(source, `what ${quoted(source.key ?? '')} holds is nested too deeply, or no object`);
}

function parsed(bytes: SecretBytes): JsonNode | undefined {
  try {
    return readJson(textFromBytes(bytes.reveal()));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const memberOf = ({ members }: JsonObject, name: string) => members.find(([key]) => key === name)?.[1];
