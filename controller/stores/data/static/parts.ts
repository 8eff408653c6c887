// What one object brings into a transformation: the one that makes a Secret, or a SecretTransformation by one reference to it.

import type {
  SecretTransformationSpec,
  TransformationRef,
  VaultTemplate,
  VaultTransformation,
} from '../../../../src/kube/vault-secrets.ts';
import { quoted } from '../source.ts';
import { TransformationError } from './error.ts';
import type { Pattern } from './filter.ts';

/** Templates and patterns of one object. */
export interface Part {
  isOwn: boolean;
  templates: Drafted[];
  includes: Pattern[];
  excludes: Pattern[];
}

/** One template as it is written. */
export interface Drafted {
  /** As it is written; undefined where the key has to do. */
  name: string | undefined;
  /** How messages call it: its key and the object that it stands in. */
  label: string;
  /** Same template of the same object, whichever reference brought it. */
  id: string;
  text: string;
  /** The item that it makes; undefined for those that others call. */
  item: string | undefined;
}

/** What the object itself brings. */
export function ownPart({ templates = {}, includes = [], excludes = [] }: VaultTransformation): Part {
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

/** What a reference to the SecretTransformation `object` (`namespace/name`) brings. Throws `TransformationError` for a template that is not there. */
export function partOf(ref: TransformationRef, spec: SecretTransformationSpec, object: string): Part {
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
