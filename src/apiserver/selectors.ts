// Label and field selectors: the full label grammar, and the few fields that objects can be chosen by.

import { messageOf } from '../errors.ts';
import { parseLabelSelector } from '../kube/label-selector.ts';
import type { KubeObject } from '../kube/objects.ts';
import { refuse } from './status.ts';

export type Predicate = (object: KubeObject) => boolean;

/** Compiles a label selector. Throws a 400 `Refusal`. */
export function labelSelector(text = ''): Predicate {
  try {
    const isChosen = parseLabelSelector(text);
    return ({ metadata }) => isChosen(metadata.labels ?? {});
  } catch (error) {
    throw refuse.badRequest(`unable to parse requirement: ${messageOf(error)}`);
  }
}

/** Compiles a field selector over `metadata.name`, `metadata.namespace` and `fields`. Throws a 400 `Refusal`. */
export function fieldSelector(text: string | undefined, fields: readonly string[]): Predicate {
  if (!text?.trim()) return () => true;
  const known = ['metadata.name', 'metadata.namespace', ...fields];
  const terms = text
    .split(',')
    .filter(Boolean)
    .map((term) => {
      const [, field = '', operator, wanted = ''] = /^\s*([^=!\s]+)\s*(==|=|!=)(.*)$/.exec(term) ?? [];
      if (!operator) throw refuse.badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
      if (!known.includes(field)) throw refuse.badRequest(`field label not supported: ${field}`);
      return (object: KubeObject) => (fieldOf(object, field) === wanted) === (operator !== '!=');
    });
  return (object) => terms.every((matches) => matches(object));
}

/** The text of a dotted field; absent ones are empty, as field selectors see them. */
function fieldOf(object: object, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return value === undefined || value === null ? '' : String(value);
}
