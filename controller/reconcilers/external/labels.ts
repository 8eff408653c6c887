// Whether labels are those that a metav1.LabelSelector asks for.

import type { LabelSelector } from '../../../src/kube/external-secrets.ts';

type Labels = Readonly<Record<string, string>>;

const operators: Readonly<Record<string, (has: boolean, value: string, values: readonly string[]) => boolean>> = {
  In: (has, value, values) => has && values.includes(value),
  NotIn: (has, value, values) => !has || !values.includes(value),
  Exists: (has) => has,
  DoesNotExist: (has) => !has,
};

/** An empty selector matches everything; an operator that is none matches nothing. */
export function matchesLabels(labels: Labels, { matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  const has = (name: string) => Object.hasOwn(labels, name);
  const hasAll = Object.entries(matchLabels).every(([name, value]) => has(name) && labels[name] === value);
  const holds = matchExpressions.every(({ key, operator, values = [] }) => {
    const test = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    return test?.(has(key), labels[key] ?? '', values) === true;
  });
  return hasAll && holds;
}
