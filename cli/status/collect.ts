// Everything of our kinds that a cluster shows to the caller, and what it does not show.

import type { KubeApi, ListOptions } from '../../src/kube/api.ts';
import { isApiError, isForbidden, isMissingResource, isNotFound } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { apiVersionOf, type Resource, resources } from '../../src/kube/resources.ts';
import { type StateKind, stateKinds } from '../kinds.ts';
import type { Repairs } from './row.ts';

/** Which objects are meant. */
export interface Scope extends Pick<ListOptions, 'labelSelector' | 'fieldSelector'> {
  /** Undefined: every namespace. */
  namespace: string | undefined;
}

/** What came of one kind: its objects under the version that the cluster serves, that it has no such kind, or a refusal. */
export type Collected =
  | { kind: StateKind; resource: Resource; objects: KubeObject[] }
  | { kind: StateKind; absent: true }
  | { kind: StateKind; denied: Error };

/**
 * One list of each kind. Throws the `ApiError` where the server does not answer, or says no to every kind that it serves.
 */
export async function collect(api: Pick<KubeApi, 'list'>, scope: Scope): Promise<Collected[]> {
  const all = await Promise.all(stateKinds.map((kind) => collectKind(api, kind, scope)));
  const denied = all.find((one) => 'denied' in one);
  if (denied && 'denied' in denied && all.every((one) => !('objects' in one))) throw denied.denied;
  return all;
}

async function collectKind(api: Pick<KubeApi, 'list'>, kind: StateKind, scope: Scope): Promise<Collected> {
  for (const resource of kind.versions) {
    try {
      const { items } = await api.list(resource, placed(resource, scope));
      return { kind, resource, objects: items.map((item) => withKind(item, resource)) };
    } catch (error) {
      if (isForbidden(error)) return { kind, denied: error as Error };
      if (!isMissingResource(error) && !isNotFound(error)) throw error;
    }
  }
  return { kind, absent: true };
}

/** The part of `scope` that a kind knows. */
export function placed({ namespaced }: Resource, { namespace, ...rest }: Scope): ListOptions {
  return namespaced ? { ...rest, namespace } : rest;
}

/** Items of typed lists say neither. */
export function withKind<T extends KubeObject>(object: T, resource: Resource): T {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

/** A core/v1 Event, as far as it is read. */
export interface Event extends KubeObject {
  involvedObject?: { kind?: string; namespace?: string; name?: string; uid?: string };
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

/** Selects the events about Secrets that were put right. */
export const repairSelector = 'reason=Repaired';

/** When an event was last seen; RFC 3339. */
export const timeOf = ({ lastTimestamp, eventTime, firstTimestamp }: Event) =>
  lastTimestamp ?? eventTime ?? firstTimestamp ?? undefined;

/** The events about Secrets that were put right. `undefined` where events cannot be read. */
export async function repairEvents(
  api: Pick<KubeApi, 'list'>,
  { namespace }: Scope,
): Promise<readonly Event[] | undefined> {
  try {
    const { items } = await api.list<Event>(resources.event, { namespace, fieldSelector: repairSelector });
    return items;
  } catch (error) {
    if (isApiError(error) && error.status !== 0) return undefined;
    throw error;
  }
}

/** Of events about repairs: how often and when last, by uid of the object. */
export function countedRepairs(events: Iterable<Event>): Map<string, Repairs> {
  const counted = new Map<string, Repairs>();
  for (const event of events) {
    const uid = event.involvedObject?.uid ?? '';
    const before = counted.get(uid);
    const times = [before?.last, timeOf(event)].filter((time) => time !== undefined).sort();
    counted.set(uid, { count: (before?.count ?? 0) + (event.count ?? 1), last: times.at(-1) });
  }
  return counted;
}
