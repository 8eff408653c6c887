// Label and field selectors: the full label grammar, and the few fields that objects can be chosen by.

import type { KubeObject } from '../kube/objects.ts';
import { refuse } from './status.ts';

export type Predicate = (object: KubeObject) => boolean;

type Requirement = { key: string; test: (value: string | undefined) => boolean };

const keyPattern = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const valuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function requirement(text: string): Requirement {
  const set = /^\s*([^\s!=<>(),]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/.exec(text);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    const inside = (value: string | undefined) => value !== undefined && values.includes(value);
    return checked(set[1], values, set[2] === 'in' ? inside : (value) => !inside(value));
  }
  const compared = /^\s*([^\s!=<>(),]+)\s*(==|=|!=|>|<)\s*([^\s!=<>(),]*)\s*$/.exec(text);
  if (compared) {
    const [, key, operator, wanted = ''] = compared;
    if (operator === '>' || operator === '<') {
      if (!/^-?\d+$/.test(wanted)) throw unparsable(`for 'Gt', 'Lt' operators, the value must be an integer`);
      const number = (value: string | undefined) => (/^-?\d+$/.test(value ?? '') ? Number(value) : Number.NaN);
      return checked(key, [], (value) => (operator === '>' ? number(value) > +wanted : number(value) < +wanted));
    }
    return checked(key, [wanted], (value) => (operator === '!=' ? value !== wanted : value === wanted));
  }
  const exists = /^\s*(!?)\s*([^\s!=<>(),]+)\s*$/.exec(text);
  if (!exists) throw unparsable(`found '${text.trim()}', expected: an identifier and an operator`);
  return checked(exists[2], [], (value) => (exists[1] === '!') === (value === undefined));
}

const unparsable = (why: string) => refuse.badRequest(`unable to parse requirement: ${why}`);

function checked(key = '', values: string[], test: Requirement['test']): Requirement {
  if (!keyPattern.test(key)) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: not a label key`);
  const wrong = values.find((value) => !valuePattern.test(value));
  if (wrong !== undefined)
    throw unparsable(`values[0][${key}]: Invalid value: ${JSON.stringify(wrong)}: not a label value`);
  return { key, test };
}

/** Compiles a label selector (`a=b,c!=d,e in (f,g),!h,i>3`). Throws a 400 `Refusal`. */
export function labelSelector(text: string | undefined): Predicate {
  if (!text?.trim()) return () => true;
  // Commas inside parentheses belong to a set.
  const requirements = text.split(/,(?![^(]*\))/).map(requirement);
  return ({ metadata }) => requirements.every(({ key, test }) => test(metadata.labels?.[key]));
}

/** Compiles a field selector over `metadata.name`, `metadata.namespace` and `fields`. Throws a 400 `Refusal`. */
export function fieldSelector(text: string | undefined, fields: readonly string[], resource: string): Predicate {
  if (!text?.trim()) return () => true;
  const known = ['metadata.name', 'metadata.namespace', ...fields];
  const terms = text.split(',').map((term) => {
    const [, field = '', operator, wanted = ''] = /^\s*([^=!\s]+)\s*(==|=|!=)(.*)$/.exec(term) ?? [];
    if (!operator) throw refuse.badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    if (!known.includes(field)) throw unknownField(resource, text, field);
    return (object: KubeObject) => (fieldOf(object, field) === wanted) === (operator !== '!=');
  });
  return (object) => terms.every((matches) => matches(object));
}

function unknownField(resource: string, selector: string, field: string) {
  return refuse.badRequest(
    `Unable to find "${resource}" that match label selector "", field selector "${selector}": field label not supported: ${field}`,
  );
}

/** The text of a dotted field; absent ones are empty, as field selectors see them. */
function fieldOf(object: object, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return value === undefined || value === null ? '' : String(value);
}
