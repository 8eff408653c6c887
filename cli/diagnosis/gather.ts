// Gathers from a cluster what a diagnosis is made of. What the caller may not read stays unknown.

import { isSealError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { type Readiness, type ReadStatus, readinessOf } from '../../src/kube/conditions.ts';
import { isApiError } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { nearest } from '../../src/nearest.ts';
import { isApplied } from '../applied.ts';
import type { StateKind } from '../kinds.ts';
import { findLive } from '../live.ts';
import { type Event, timeOf } from '../status/collect.ts';
import type { Named } from '../subjects.ts';
import { behindOf } from './behind.ts';
import { clusterKeys } from './cluster-keys.ts';
import { controllerOf } from './controllers.ts';
import type { Facts, LiveFacts, SecretFacts } from './facts.ts';
import { openedBy, type Verify } from './probes.ts';
import { sealedFactsOf } from './sealed-facts.ts';

/** Where to look, and by whom values can be tried. */
export interface Gathering {
  api: KubeApi;
  /** The controller's. */
  controllerNamespace: string;
  /** Undefined: no controller can be asked. */
  verify: Verify | undefined;
  /** As in `Facts`. */
  reach: string;
}

/** What the file and the repository say alone. */
export function factsOfFile({ kind, name, namespace, manifest }: Named): Facts {
  const place = manifest?.place;
  const cluster = place?.rule?.cluster;
  const pinned = new Map([...(place?.pins.owners ?? [])].map(([id, [owner = '']]) => [id, owner] as const));
  return {
    ...{ kind: kind.kind, name, namespace },
    file: manifest && fileFactsOf(manifest),
    live: undefined,
    sealed: manifest && sealedFactsOf(manifest.object, { name, namespace }),
    keys: undefined,
    ...{ cluster, pinned, controller: undefined, secret: undefined, behind: undefined },
  };
}

function fileFactsOf({ file: path, line, renamedBy, object }: NonNullable<Named['manifest']>): Facts['file'] {
  const { name = '', namespace } = object.metadata;
  return { path, line, own: { name, namespace: namespace || undefined }, renamedBy, isApplied: undefined };
}

/** And what the cluster has. Throws `ApiError` where the object itself may not be read, or no server answers. */
export async function factsOfCluster(named: Named, gathering: Gathering): Promise<Facts> {
  const { api } = gathering;
  const base: Facts = { ...factsOfFile(named), reach: gathering.reach };
  const found = await findLive(api, named.kind, named);
  const { object } = found;
  if (!object)
    return { ...base, live: found.resource ? await absence(api, found.resource, named) : { is: 'uninstalled' } };
  const live = { is: 'there', object, readiness: readinessOf(object as KubeObject & { status?: ReadStatus }) } as const;
  const seen: Facts = {
    ...base,
    live,
    file: base.file && named.manifest && { ...base.file, isApplied: isApplied(object, named.manifest.object) },
    sealed: sealedFactsOf(object, named),
    secret: await unlessDenied(() => secretOf(api, named.kind, object)),
  };
  if (!isWell(live.readiness)) return await withReasons(seen, live, gathering);
  return { ...seen, controller: await unlessDenied(() => controllerOf(api, object)) };
}

const isWell = ({ ready, isCurrent, stale }: Readiness) => ready === 'True' && isCurrent && !stale;

async function withReasons(
  facts: Facts,
  { object, readiness }: Extract<LiveFacts, { is: 'there' }>,
  { api, controllerNamespace, verify }: Gathering,
): Promise<Facts> {
  const [controller, behind, warning, keys] = await Promise.all([
    unlessDenied(() => controllerOf(api, object)),
    unlessDenied(() => behindOf(api, object, controllerNamespace)),
    unlessDenied(() => lastWarning(api, object)),
    facts.sealed && unlessDenied(() => clusterKeys(api, controllerNamespace)),
  ]);
  const known = { ...facts, controller, behind, warning, keys };
  const { sealed } = known;
  if (!verify || !sealed || !readiness.isCurrent) return known;
  return { ...known, sealed: (await unlessDenied(() => openedBy(verify, { api, object, sealed }))) ?? sealed };
}

/** Undefined for whatever is refused or cannot be done: there is more than one way to know. */
async function unlessDenied<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!isSealError(error) || (isApiError(error) && error.status === 0)) throw error;
    return undefined;
  }
}

async function absence(
  api: KubeApi,
  resource: StateKind['versions'][0],
  { name, namespace }: Named,
): Promise<LiveFacts> {
  const named = await unlessDenied(() =>
    api.list(resource, { fieldSelector: `metadata.name=${name}`, metadataOnly: true }),
  );
  const others = await unlessDenied(() => api.list(resource, { namespace, metadataOnly: true, limit: 500 }));
  const elsewhere = (named?.items ?? []).flatMap(({ metadata }) => metadata.namespace ?? []);
  const names = (others?.items ?? []).flatMap(({ metadata }) => metadata.name ?? []);
  return { is: 'absent', elsewhere: elsewhere.sort(), nearest: nearest(name, names) };
}

async function secretOf(api: KubeApi, kind: StateKind, object: KubeObject): Promise<SecretFacts | undefined> {
  const name = kind.makes?.(object);
  if (name === undefined) return undefined;
  const { items } = await api.list(resources.secret, {
    namespace: object.metadata.namespace,
    fieldSelector: `metadata.name=${name}`,
    metadataOnly: true,
  });
  const [secret] = items;
  if (!secret) return { is: 'absent', name };
  const owner = secret.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const isOwn = owner?.kind === object.kind && owner.name === object.metadata.name;
  return { is: 'there', name, owner: isOwn ? undefined : owner, isOwn };
}

async function lastWarning(api: KubeApi, { metadata }: KubeObject): Promise<Facts['warning']> {
  const { items } = await api.list<Event>(resources.event, {
    namespace: metadata.namespace ?? 'default',
    fieldSelector: `involvedObject.uid=${metadata.uid},type=Warning`,
  });
  const [last] = [...items].sort((a, b) => ((timeOf(a) ?? '') < (timeOf(b) ?? '') ? 1 : -1));
  return last && { reason: last.reason ?? '', message: last.message ?? '' };
}
