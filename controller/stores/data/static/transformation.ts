// What an object and the SecretTransformations that it names ask for together: which keys become items, and which templates make more.

import type {
  SecretTransformationSpec,
  TransformationRef,
  VaultTemplate,
  VaultTransformation,
} from '../../../../src/kube/vault-secrets.ts';
import { TemplateSet } from '../../../../src/template/set.ts';
import { quoted } from '../source.ts';
import { TransformationError } from './error.ts';
import { type Filter, filterOf, type Pattern } from './filter.ts';

/** Where a SecretTransformation is. */
export interface TransformationPlace {
  namespace: string;
  name: string;
}

/** One template with everything that is said of it. */
export interface NamedTemplate {
  /** What `{{template}}` calls it by; undefined where nothing can. */
  name: string | undefined;
  /** How messages call it: its key and the object that it stands in. */
  label: string;
  text: string;
  /** The item that it makes; undefined for those that others call. */
  item: string | undefined;
}

/** All that is asked for; made once per generation of the objects, and used for every fetch. */
export interface StaticPlan {
  excludeRaw: boolean;
  filter: Filter;
  /** Names and items are each there once. */
  templates: readonly NamedTemplate[];
  /** The same, parsed. */
  set: TemplateSet;
}

/** The SecretTransformations that an object names, in its order, each once. */
export function placesOf(own: VaultTransformation | undefined, namespace: string): TransformationPlace[] {
  const places = (own?.transformationRefs ?? []).map((ref) => placeOf(ref, namespace));
  return [...new Map(places.map((place) => [nameOf(place), place])).values()];
}

export interface PlanOptions {
  /** The namespace of the object. */
  namespace: string;
  /** The spec of a SecretTransformation; undefined where there is none. */
  find(place: TransformationPlace): SecretTransformationSpec | undefined;
}

/**
 * The plan of one object. Templates of the object itself go before those of SecretTransformations that make the same item.
 * Throws `TransformationError`, or `TemplateError` for a template that cannot be parsed.
 */
export function staticPlan(own: VaultTransformation | undefined, { namespace, find }: PlanOptions): StaticPlan {
  const { transformationRefs = [], excludeRaw = false } = own ?? {};
  const parts = [ownPart(own ?? {})];
  for (const ref of transformationRefs) {
    const place = placeOf(ref, namespace);
    const spec = find(place);
    if (!spec) throw new TransformationError('NotFound', `there is no SecretTransformation ${nameOf(place)}`);
    parts.push(partOf(ref, spec, nameOf(place)));
  }
  const templates = merged(parts);
  return {
    excludeRaw,
    filter: filterOf({
      excludes: parts.flatMap(({ excludes }) => excludes),
      includes: parts.flatMap(({ includes }) => includes),
    }),
    templates,
    set: new TemplateSet(templates),
  };
}

/** The plan that a SecretTransformation makes by itself: what can be said about it without anybody who uses it. Throws as `staticPlan`. */
export function planAlone(spec: SecretTransformationSpec, place: TransformationPlace): StaticPlan {
  return staticPlan({ transformationRefs: [place] }, { namespace: place.namespace, find: () => spec });
}

interface Part {
  isOwn: boolean;
  templates: Drafted[];
  includes: Pattern[];
  excludes: Pattern[];
}

interface Drafted {
  /** As it is written; undefined where the key has to do. */
  name: string | undefined;
  label: string;
  /** Same template of the same object, whichever reference brought it. */
  id: string;
  text: string;
  item: string | undefined;
}

const placeOf = ({ namespace, name }: TransformationRef, own: string) => ({ namespace: namespace || own, name });
const nameOf = ({ namespace, name }: TransformationPlace) => `${namespace}/${name}`;

function ownPart({ templates = {}, includes = [], excludes = [] }: VaultTransformation): Part {
  const at = 'spec.destination.transformation';
  return {
    isOwn: true,
    templates: Object.entries(templates).map(([key, template]) =>
      drafted(template, { id: key, item: key, label: `${quoted(key)} of ${at}` }),
    ),
    includes: patterns(includes, `${at}.includes`),
    excludes: patterns(excludes, `${at}.excludes`),
  };
}

function partOf(ref: TransformationRef, spec: SecretTransformationSpec, object: string): Part {
  const owner = `SecretTransformation ${object}`;
  const sources = (spec.sourceTemplates ?? []).map((template, index) => {
    const name = template.name ? quoted(template.name) : `sourceTemplates[${index}]`;
    return drafted(template, { id: `${object} ${index}`, item: undefined, label: `${name} of ${owner}` });
  });
  const keyed = chosen(ref, spec, owner).map(({ key, item, template }) =>
    drafted(template, { id: `${object}/${key}`, item, label: `${quoted(key)} of ${owner}` }),
  );
  return {
    isOwn: false,
    templates: [...sources, ...keyed],
    includes: ref.ignoreIncludes ? [] : patterns(spec.includes ?? [], `${owner}: spec.includes`),
    excludes: ref.ignoreExcludes ? [] : patterns(spec.excludes ?? [], `${owner}: spec.excludes`),
  };
}

interface Chosen {
  key: string;
  item: string;
  template: VaultTemplate;
}

function chosen({ templateRefs = [] }: TransformationRef, { templates = {} }: SecretTransformationSpec, owner: string) {
  if (templateRefs.length === 0) {
    return Object.entries(templates).map(([key, template]): Chosen => ({ key, item: key, template }));
  }
  return templateRefs.map(({ name, keyOverride }): Chosen => {
    const template = Object.hasOwn(templates, name) ? templates[name] : undefined;
    if (!template) throw new TransformationError('NotFound', `${owner} has no template ${quoted(name)}`);
    return { key: name, item: keyOverride || name, template };
  });
}

const drafted = ({ name, text }: VaultTemplate, facts: Omit<Drafted, 'name' | 'text'>): Drafted => ({
  ...facts,
  name: name || undefined,
  text: text ?? '',
});

const patterns = (sources: readonly string[], field: string): Pattern[] =>
  sources.map((source, index) => ({ source, field: `${field}[${index}]` }));

/** One list of templates in which items and names are there once. */
function merged(parts: readonly Part[]): NamedTemplate[] {
  const items = new Map<string, { label: string; isOwn: boolean }>();
  const kept: Drafted[] = [];
  for (const { isOwn, templates } of parts) {
    for (const template of inOrder(templates)) {
      const { item, label } = template;
      const before = item === undefined ? undefined : items.get(item);
      if (before?.isOwn) continue;
      if (before && before.label !== label) {
        throw new TransformationError(
          'Invalid',
          `two templates make the item ${quoted(item ?? '')}: ${before.label}, and ${label}`,
          'give one of them another keyOverride, or a template of the object itself, which goes before both',
        );
      }
      if (before) continue;
      if (item !== undefined) items.set(item, { label, isOwn });
      kept.push(template);
    }
  }
  return named(kept);
}

// Maps have no order: the keys' own is the same every time. Sources stay where they stand, before what calls them.
const inOrder = (templates: readonly Drafted[]) =>
  templates.toSorted((a, b) => ((a.item ?? '') < (b.item ?? '') ? -1 : (a.item ?? '') > (b.item ?? '') ? 1 : 0));

/** Names that are written must differ; an item's key serves as a name where nobody else has it. */
function named(templates: readonly Drafted[]): NamedTemplate[] {
  const taken = new Map<string, Drafted>();
  for (const template of templates) {
    if (template.name === undefined) continue;
    const before = taken.get(template.name);
    if (before && before.id !== template.id) {
      throw new TransformationError(
        'Invalid',
        `two templates have the name ${quoted(template.name)}: ${before.label}, and ${template.label}`,
        'give each template a name of its own',
      );
    }
    taken.set(template.name, template);
  }
  for (const template of templates) {
    const { name, item } = template;
    if (name === undefined && item !== undefined && !taken.has(item)) taken.set(item, template);
  }
  const nameOf = new Map(Array.from(taken, ([name, template]) => [template, name]));
  return templates.map((template) => ({ ...template, name: template.name ?? nameOf.get(template) }));
}
