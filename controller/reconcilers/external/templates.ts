// From fetched values to the items, labels and annotations of the Secret, by the ExternalSecret's template.

import { isMap, isScalar } from 'yaml';
import { utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import type { ExternalSecret, ExternalSecretTemplate, TemplateFrom } from '../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { type Budget, budgetOfObject } from '../../../src/template/budget.ts';
import { loadRenderer } from '../../../src/template/late.ts';
import { hasTwins, readDocument } from '../../../src/template/yaml.ts';
import { Stalled } from '../../engine/outcome.ts';
import { copied, fromTemplate } from '../../secret/desired.ts';
import { decoded } from '../../stores/data/decode.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { Made } from './target.ts';

/** Where templates stand in the cluster. */
export interface TemplateSources {
  /** Item → text. Throws `Waiting` where the object is not there. */
  read(kind: 'ConfigMap' | 'Secret', name: string): Promise<ReadonlyMap<string, SecretBytes>>;
}

/** The ConfigMaps and Secrets that a template is read from, as `kind namespace/name`. */
export function sourcesOf({ metadata: { namespace }, spec }: ExternalSecret): string[] {
  return (spec.target?.template?.templateFrom ?? []).flatMap(({ configMap, secret }) => [
    ...(configMap ? [`ConfigMap ${namespace}/${configMap.name}`] : []),
    ...(secret ? [`Secret ${namespace}/${secret.name}`] : []),
  ]);
}

/** Throws `TemplateError`, `Stalled`, or what reading a source threw. */
export async function templated(object: ExternalSecret, fetched: NamedValues, from: TemplateSources): Promise<Made> {
  const { template } = object.spec.target ?? {};
  if (!template) {
    const { labels = {}, annotations = {} } = object.metadata;
    return { values: fetched, labels: copied(labels), annotations: copied(annotations) };
  }
  const made = { data: startOf(template, fetched), labels: new Map<string, string>(), annotations: new Map() };
  const shared = budgetOfObject();
  const given = { fetched, shared };
  for (const [index, part] of (template.templateFrom ?? []).entries()) {
    const into = mapFor(part, made);
    for (const [name, value] of await renderedFrom(part, index, given, from)) into(name, value);
  }
  // In this order, as the reference: what stands in the template itself wins.
  for (const [name, text] of Object.entries(template.data ?? {})) made.data.set(name, await one(name, text, given));
  for (const field of ['labels', 'annotations'] as const) {
    for (const [name, text] of Object.entries(template.metadata?.[field] ?? {})) {
      made[field].set(name, utf8Text((await one(`${field}.${name}`, text, given)).reveal()));
    }
  }
  const { labels, annotations } = made;
  return {
    values: made.data,
    labels: fromTemplate(Object.fromEntries(labels)),
    annotations: fromTemplate(Object.fromEntries(annotations)),
  };
}

// The fetched values themselves are items only where no template takes their place.
function startOf({ data, templateFrom, mergePolicy }: ExternalSecretTemplate, fetched: NamedValues): NamedValues {
  const isAlone = Object.keys(data ?? {}).length === 0 && (templateFrom ?? []).length === 0;
  return new Map(isAlone || mergePolicy === 'Merge' ? fetched : []);
}

/** What templates are given. */
interface Given {
  fetched: NamedValues;
  /** For all of the object's templates together. */
  shared: Budget;
}

interface Making {
  data: NamedValues;
  labels: Map<string, string>;
  annotations: Map<string, string>;
}

function mapFor({ target = 'Data' }: TemplateFrom, made: Making): (name: string, value: SecretBytes) => void {
  const where = target.toLowerCase();
  if (where === 'labels') return (name, value) => made.labels.set(name, utf8Text(value.reveal()));
  if (where === 'annotations') return (name, value) => made.annotations.set(name, utf8Text(value.reveal()));
  return (name, value) => made.data.set(name, value);
}

async function renderedFrom(
  { configMap, secret, literal, valuesDecodingStrategy, target = 'Data' }: TemplateFrom,
  index: number,
  given: Given,
  from: TemplateSources,
): Promise<[name: string, value: SecretBytes][]> {
  const entry = `templateFrom[${index}]`;
  const decode = (name: string, value: SecretBytes): [string, SecretBytes] => [
    name,
    decoded(value, { decodingStrategy: valuesDecodingStrategy }, name, { provider: 'generator', entry }),
  ];
  const names = target.toLowerCase() === 'data' ? itemNames : metadataNames;
  const made = literal ? pairsOf(await one(entry, literal, given), { where: entry, names, given }) : [];
  for (const [kind, source] of [
    ['ConfigMap', configMap],
    ['Secret', secret],
  ] as const) {
    if (!source) continue;
    const texts = await from.read(kind, source.name);
    for (const { key, templateAs } of source.items) {
      const text = texts.get(key);
      if (!text) {
        throw new Stalled('TemplateError', `${entry}: ${kind} ${source.name} has no item ${key}`, {
          hint: 'correct the item, or add it: it is noticed',
        });
      }
      const rendered = await one(key, utf8Text(text.reveal()), given);
      made.push(
        ...(templateAs === 'KeysAndValues'
          ? pairsOf(rendered, { where: `${entry}, item ${key}`, names, given })
          : [[key, rendered] as const]),
      );
    }
  }
  return made.map(([name, value]) => decode(name, value));
}

interface PairsOptions {
  where: string;
  names: RegExp;
  given: Given;
}

// Every scalar is the text that stands there, as Go's decoder makes strings of them.
function pairsOf(
  rendered: SecretBytes,
  { where, names, given }: PairsOptions,
): (readonly [name: string, value: SecretBytes])[] {
  const read = readDocument(utf8Text(rendered.reveal()), (steps) => pay(given.shared, steps, where));
  const map = read && mapIn(read);
  if (map === undefined || map === null || map === '') return [];
  const isObject = typeof map === 'object' && !Array.isArray(map);
  if (!isObject || Object.values(map).some((value) => typeof value !== 'string' && value !== null)) {
    throw new Stalled('TemplateError', `${where}: what it renders to is no YAML map of texts`, {
      hint: 'quote values with toJson or quote',
    });
  }
  // What is no name is a value in the wrong place: it must not come into a message.
  if (!Object.keys(map).every((name) => names.test(name))) {
    throw new Stalled('TemplateError', `${where}: a name that it renders to can be no name in a Secret`, {
      hint: "an item's name has letters, digits, '-', '_' and '.' only",
    });
  }
  return Object.entries(map).map(([name, value]) => [name, new SecretBytes(utf8Bytes(value ?? ''))] as const);
}

// A list stands for whatever is no map of its own keys.
function mapIn(read: NonNullable<ReturnType<typeof readDocument>>): unknown {
  if ('problem' in read) return [];
  const { contents } = read.document;
  if (isMap(contents) && hasTwins(contents.items.map(({ key }) => (isScalar(key) ? key.value : key)))) return [];
  return read.document.toJS({ maxAliasCount: 100 });
}

function pay(budget: Budget, steps: number, where: string): void {
  try {
    budget.spend(steps);
  } catch {
    throw new Stalled('TemplateError', `${where}: what it renders to has too many parts`, {
      hint: 'let the templates of one object do less',
    });
  }
}

const itemNames = /^[-._a-zA-Z0-9]{1,253}$/;
const metadataNames = /^[-._/a-zA-Z0-9]{1,317}$/;

async function one(name: string, text: string, { fetched: data, shared }: Given): Promise<SecretBytes> {
  const { render } = await loadRenderer();
  return render(text, { name, data, missingKey: 'error', shared });
}
