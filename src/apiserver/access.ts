// Who may do what: RBAC over the roles and bindings in the store (kubernetes plugin/pkg/auth/authorizer/rbac).

import type { KubeObject } from '../kube/objects.ts';
import type { Caller } from './request.ts';
import type { Store } from './store.ts';

/** What is asked: something done to a resource, or to a path that is none. */
export type Attributes =
  | {
      verb: string;
      group: string;
      resource: string;
      subresource?: string | undefined;
      namespace?: string | undefined;
      name?: string | undefined;
    }
  | { verb: string; path: string };

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface Role extends KubeObject {
  rules?: PolicyRule[];
}

interface Binding extends KubeObject {
  roleRef: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

const group = 'rbac.authorization.k8s.io';
const publicPaths = ['/healthz', '/livez', '/readyz', '/version'];

// What system:discovery, system:public-info-viewer and system:basic-user grant on a real cluster.
const everyone: PolicyRule[] = [
  { verbs: ['get'], nonResourceURLs: [...publicPaths, '/healthz/*', '/livez/*', '/readyz/*', '/version/*'] },
];
const authenticated: PolicyRule[] = [
  { verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'] },
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
];

/** Evaluates RBAC for callers; `system:masters` may do everything. */
export class Access {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  may(caller: Caller, attributes: Attributes): boolean {
    if (caller.groups.includes('system:masters')) return true;
    const namespace = 'path' in attributes ? undefined : attributes.namespace;
    return this.rules(caller, namespace).some((rule) => covers(rule, attributes));
  }

  /** Every rule that holds for the caller in `namespace`, or cluster-wide when it is left out. */
  rules(caller: Caller, namespace: string | undefined): PolicyRule[] {
    const own = caller.groups.includes('system:authenticated') ? [...everyone, ...authenticated] : everyone;
    const all: PolicyRule[] = caller.groups.includes('system:masters')
      ? [
          { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
          { verbs: ['*'], nonResourceURLs: ['*'] },
        ]
      : [];
    return [
      ...all,
      ...own,
      ...this.#bound('clusterrolebindings', caller),
      ...(namespace ? this.#bound('rolebindings', caller, namespace) : []),
    ];
  }

  #bound(plural: string, caller: Caller, namespace?: string): PolicyRule[] {
    return this.#store
      .list(`${group}/${plural}`, namespace)
      .filter((binding) => (binding as Binding).subjects?.some((subject) => isSubject(caller, subject, namespace)))
      .flatMap((binding) => this.#role(binding as Binding, namespace)?.rules ?? []);
  }

  #role({ roleRef }: Binding, namespace: string | undefined): Role | undefined {
    const found =
      roleRef.kind === 'ClusterRole'
        ? this.#store.get(`${group}/clusterroles`, undefined, roleRef.name)
        : this.#store.get(`${group}/roles`, namespace, roleRef.name);
    return found as Role | undefined;
  }
}

function isSubject(
  caller: Caller,
  subject: { kind: string; name: string; namespace?: string },
  bindingNamespace?: string,
) {
  if (subject.kind === 'User') return subject.name === caller.username;
  if (subject.kind === 'Group') return caller.groups.includes(subject.name);
  return caller.username === `system:serviceaccount:${subject.namespace ?? bindingNamespace}:${subject.name}`;
}

function covers(rule: PolicyRule, asked: Attributes): boolean {
  if (!matches(rule.verbs, asked.verb)) return false;
  if ('path' in asked) {
    return Boolean(
      rule.nonResourceURLs?.some(
        (url) => url === asked.path || (url.endsWith('*') && asked.path.startsWith(url.slice(0, -1))),
      ),
    );
  }
  const { resource, subresource, name } = asked;
  const wanted = subresource ? [`${resource}/${subresource}`, `*/${subresource}`] : [resource];
  const resources = rule.resources ?? [];
  return (
    matches(rule.apiGroups ?? [], asked.group) &&
    (resources.includes('*') || wanted.some((one) => resources.includes(one))) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name ?? ''))
  );
}

function matches(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

/** `User "x" cannot get resource "secrets" in API group "" in the namespace "y"`. */
export function denial({ username }: Caller, asked: Attributes): string {
  if ('path' in asked) return `User "${username}" cannot ${asked.verb} path "${asked.path}"`;
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource;
  const where = asked.namespace ? `in the namespace "${asked.namespace}"` : 'at the cluster scope';
  return `User "${username}" cannot ${asked.verb} resource "${resource}" in API group "${asked.group}" ${where}`;
}
