// What roles and their bindings must be (kubernetes pkg/apis/rbac/validation of 1.36).

import type { KubeObject } from '../kube/objects.ts';
import { equal } from './json.ts';
import { type Cause, cause } from './status.ts';

type Rule = Partial<Record<'verbs' | 'apiGroups' | 'resources' | 'resourceNames' | 'nonResourceURLs', string[]>>;

/** The causes for which the rules of a Role or ClusterRole are refused. */
export function checkRules(object: KubeObject, namespaced: boolean): Cause[] {
  const { rules } = object as KubeObject & { rules?: Rule[] | null };
  return (rules ?? []).flatMap((rule, index) => checkRule(rule, `rules[${index}]`, namespaced));
}

function checkRule(rule: Rule, at: string, namespaced: boolean): Cause[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs: urls = [] } = rule;
  const wrong = (why: string) => cause.invalid(`${at}.nonResourceURLs`, urls, why);
  const verbless = verbs.length > 0 ? [] : [cause.required(`${at}.verbs`, 'verbs must contain at least one value')];
  if (urls.length > 0) {
    const both = apiGroups.length + resources.length + resourceNames.length > 0;
    return [
      ...verbless,
      ...(namespaced ? [wrong('namespaced rules cannot apply to non-resource URLs')] : []),
      ...(both ? [wrong('rules cannot apply to both regular resources and non-resource URLs')] : []),
    ];
  }
  const why = 'resource rules must supply at least one';
  return [
    ...verbless,
    ...(apiGroups.length > 0 ? [] : [cause.required(`${at}.apiGroups`, `${why} api group`)]),
    ...(resources.length > 0 ? [] : [cause.required(`${at}.resources`, `${why} resource`)]),
  ];
}

interface Binding extends KubeObject {
  roleRef?: { apiGroup?: string; kind?: string; name?: string };
  subjects?: { kind?: string; name?: string }[] | null;
}

/** The causes for which a RoleBinding or ClusterRoleBinding is refused; its role never changes. */
export function checkBinding(object: KubeObject, old: KubeObject | undefined): Cause[] {
  const { roleRef, subjects } = object as Binding;
  if (!roleRef) return [cause.required('roleRef')];
  const before = (old as Binding | undefined)?.roleRef;
  const kinds = object.kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const groups = ['rbac.authorization.k8s.io'];
  const { apiGroup = groups[0] ?? '' } = roleRef;
  return [
    ...(groups.includes(apiGroup) ? [] : [cause.notSupported('roleRef.apiGroup', apiGroup, groups)]),
    ...(kinds.includes(roleRef.kind ?? '') ? [] : [cause.notSupported('roleRef.kind', roleRef.kind ?? '', kinds)]),
    ...(roleRef.name ? [] : [cause.required('roleRef.name')]),
    ...(subjects ?? []).flatMap((subject, index) => checkSubject(subject, `subjects[${index}]`)),
    ...(before && !equal(before, roleRef) ? [cause.invalid('roleRef', roleRef, 'cannot change roleRef')] : []),
  ];
}

const subjectKinds = ['ServiceAccount', 'User', 'Group'];

function checkSubject({ kind = '', name }: { kind?: string; name?: string }, at: string): Cause[] {
  return [
    ...(name ? [] : [cause.required(`${at}.name`)]),
    ...(subjectKinds.includes(kind) ? [] : [cause.notSupported(`${at}.kind`, kind, subjectKinds)]),
  ];
}
