// What an object and the SecretTransformations that it names ask for together: which keys become items, and which templates make more.

import type {
  SecretTransformationSpec,
  TransformationRef,
  VaultTransformation,
} from '../../../../src/kube/vault-secrets.ts';
import { loadTemplateSet } from '../../../../src/template/late.ts';
import type { TemplateSet } from '../../../../src/template/set.ts';
import { quoted } from '../source.ts';
import { TransformationError } from './error.ts';
import { type Filter, filterOf } from './filter.ts';
import { type Drafted, ownPart, type Part, partOf } from './parts.ts';

/** Where a SecretTransformation is. */
export interface TransformationPlace {
  namespace: string;
  name: string;
}

/** One template with everything that is said of it. */
export interface NamedTemplate extends Pick<Drafted, 'label' | 'text' | 'item'> {
  /** What `{{template}}` calls it by; undefined where nothing can. */
  name: string | undefined;
}

/** All that is asked for; made once per generation of the objects, and used for every fetch. */
export interface StaticPlan {
  excludeRaw: boolean;
  filter: Filter;
  /** Names and items are each there once. */
  templates: readonly NamedTemplate[];
  /** The same, parsed; undefined where there are none. */
  set: TemplateSet | undefined;
}

/** What one object may ask for, together with all that it refers to. Part of the contract; see docs/resources/secrettransformation.md. */
const transformationLimits = {
  transformationRefs: 100,
  templates: 500,
  /** Characters of all templates: as many as a Secret may have bytes. */
  text: 1024 * 1024,
} as const;

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
export async function staticPlan(
  own: VaultTransformation | undefined,
  { namespace, find }: PlanOptions,
): Promise<StaticPlan> {
  const { transformationRefs = [], excludeRaw = false } = own ?? {};
  checkAmount('transformationRefs', transformationRefs.length);
  const parts = [ownPart(own ?? {})];
  for (const ref of transformationRefs) {
    checkAmount('templates', parts.flatMap(({ templates }) => templates).length + (ref.templateRefs?.length ?? 0));
    const place = placeOf(ref, namespace);
    const spec = find(place);
    if (!spec) throw new TransformationError('NotFound', `there is no SecretTransformation ${nameOf(place)}`);
    parts.push(partOf(ref, spec, nameOf(place)));
  }
  const templates = merged(parts);
  checkAmount('templates', templates.length);
  checkAmount(
    'text',
    templates.reduce((sum, { text }) => sum + text.length, 0),
  );
  const filter = await filterOf({
    excludes: parts.flatMap(({ excludes }) => excludes),
    includes: parts.flatMap(({ includes }) => includes),
  });
  return { excludeRaw, filter, templates, set: await parsed(templates) };
}

async function parsed(templates: readonly NamedTemplate[]): Promise<TemplateSet | undefined> {
  if (templates.length === 0) return undefined;
  const { TemplateSet } = await loadTemplateSet();
  return new TemplateSet(templates);
}

/** The plan that a SecretTransformation makes by itself: what can be said about it without anybody who uses it. Throws as `staticPlan`. */
export async function planAlone(spec: SecretTransformationSpec, place: TransformationPlace): Promise<StaticPlan> {
  return await staticPlan({ transformationRefs: [place] }, { namespace: place.namespace, find: () => spec });
}

const amounts: Readonly<Record<keyof typeof transformationLimits, string>> = {
  transformationRefs: 'transformationRefs',
  templates: 'templates',
  text: 'characters of templates',
};

function checkAmount(what: keyof typeof transformationLimits, amount: number): void {
  const most = transformationLimits[what];
  if (amount <= most) return;
  throw new TransformationError(
    'Invalid',
    `${amount} ${amounts[what]} are more than the ${most} that one object may use`,
  );
}

const placeOf = ({ namespace, name }: TransformationRef, own: string) => ({ namespace: namespace || own, name });
const nameOf = ({ namespace, name }: TransformationPlace) => `${namespace}/${name}`;

/** One list of templates in which items and names are there once. */
function merged(parts: readonly Part[]): NamedTemplate[] {
  const makers = new Map<string, { template: Drafted; isOwn: boolean }>();
  const kept = new Map<string, Drafted>();
  for (const { isOwn, templates } of parts) {
    for (const template of inOrder(templates)) {
      const { id, item } = template;
      const maker = item === undefined ? undefined : makers.get(item);
      if (maker && !maker.isOwn && maker.template.id !== id) throw twoMakers(maker.template, template);
      if (item !== undefined && !maker) makers.set(item, { template, isOwn });
      // What makes no item, because the object makes that itself, may be called all the same.
      const effective = maker ? { ...template, item: undefined } : template;
      const key = `${id} ${effective.item ?? ''}`;
      if (!kept.has(key)) kept.set(key, effective);
    }
  }
  return named([...kept.values()]);
}

const twoMakers = (first: Drafted, second: Drafted) =>
  new TransformationError(
    'Invalid',
    `two templates make the item ${quoted(first.item ?? '')}: ${first.label}, and ${second.label}`,
    'give one of them another keyOverride, or a template of the object itself, which goes before both',
  );

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
