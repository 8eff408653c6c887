// Discovery: which groups, versions and resources there are, plain and aggregated (apidiscovery.k8s.io).

import { reviewGroups } from './kinds.ts';
import type { ServedKind } from './registry.ts';
import { acceptClauses } from './request.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

interface Subresource {
  name: string;
  verbs: string[];
  kind: string;
  group?: string;
  version?: string;
}

const subresources: Record<string, (kind: ServedKind) => Subresource> = {
  status: ({ kind }) => ({ name: 'status', verbs: ['get', 'patch', 'update'], kind }),
  token: () => ({
    name: 'token',
    verbs: ['create'],
    kind: 'TokenRequest',
    group: 'authentication.k8s.io',
    version: 'v1',
  }),
  proxy: () => ({ name: 'proxy', verbs: ['create', 'get'], kind: 'ServiceProxyOptions' }),
};

function subresourcesOf(kind: ServedKind): Subresource[] {
  return kind.subresources.flatMap((name) => subresources[name]?.(kind) ?? []);
}

/** The version of `apidiscovery.k8s.io` that the caller prefers to plain discovery, if any. */
export function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of acceptClauses(accept)) {
    if (type !== 'application/json' && type !== '*/*') continue;
    if (parameters.as === undefined) return undefined;
    const { g, v, as } = parameters;
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return undefined;
}

/** The groups in the order they came, each with its versions; the core group is left out unless asked for alone. */
function groupsOf(kinds: readonly ServedKind[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group, version } of [...kinds, ...reviewGroups]) {
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) groups.set(group, [...versions, version].sort(byPriority));
  }
  return groups;
}

/** Newest stable version first, then beta, then alpha (kube version priority). */
function byPriority(a: string, b: string): number {
  const rank = (version: string) => {
    const [, major = 0, stage = '', minor = 0] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    return { stage: ['alpha', 'beta', ''].indexOf(stage), major: Number(major), minor: Number(minor) };
  };
  const [x, y] = [rank(a), rank(b)];
  return y.stage - x.stage || y.major - x.major || y.minor - x.minor || (a < b ? -1 : 1);
}

/** `GET /api` and `/apis` for callers that take everything in one answer. */
export function aggregated(kinds: readonly ServedKind[], core: boolean, version: 'v2' | 'v2beta1'): object {
  const items = [...groupsOf(kinds)]
    .filter(([group]) => (group === '') === core)
    .map(([group, versions]) => ({
      metadata: { name: group, creationTimestamp: null },
      versions: versions.map((one) => ({
        version: one,
        resources: [
          ...kinds.filter((kind) => kind.group === group && kind.version === one).map(aggregatedResource),
          ...aggregatedReviews(group),
        ],
        freshness: 'Current',
      })),
    }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function aggregatedResource(kind: ServedKind): object {
  const { group, version, categories, shortNames } = kind;
  const nested = subresourcesOf(kind).map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind },
    verbs: sub.verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(nested.length > 0 ? { subresources: nested } : {}),
  };
}

function aggregatedReviews(group: string): object[] {
  return reviewGroups
    .filter((review) => review.group === group)
    .map(({ version, kind, plural }) => ({
      resource: plural,
      responseKind: { group, version, kind },
      scope: 'Cluster',
      singularResource: kind.toLowerCase(),
      verbs: ['create'],
    }));
}

/** `GET /api`. */
export function coreVersions(host: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
  };
}

/** `GET /apis`. */
export function groupList(kinds: readonly ServedKind[]): object {
  const groups = [...groupsOf(kinds).keys()].filter(Boolean).map((group) => groupOf(kinds, group));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** `GET /apis/GROUP`; undefined when there is no such group. */
export function groupDocument(kinds: readonly ServedKind[], group: string): object | undefined {
  return group && groupsOf(kinds).has(group)
    ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(kinds, group) }
    : undefined;
}

function groupOf(kinds: readonly ServedKind[], name: string) {
  const versions = (groupsOf(kinds).get(name) ?? []).map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

/** `GET /api/v1` and `/apis/GROUP/VERSION`; undefined when there is no such version. */
export function resourceList(kinds: readonly ServedKind[], group: string, version: string): object | undefined {
  if (!groupsOf(kinds).get(group)?.includes(version)) return undefined;
  const resources = kinds.filter((kind) => kind.group === group && kind.version === version).flatMap(plainResources);
  const reviews = reviewGroups
    .filter((review) => review.group === group)
    .map(({ kind, plural }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ['create'],
    }));
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [...resources, ...reviews] };
}

function plainResources(kind: ServedKind): object[] {
  const { plural, singular, namespaced, shortNames, categories } = kind;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  const nested = subresourcesOf(kind).map(({ name, ...sub }) => ({
    ...sub,
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
  }));
  return [own, ...nested];
}
