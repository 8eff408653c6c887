// Reading collections: selectors, the resourceVersion asked for, and pages of one consistent snapshot.

import { LRUCache } from 'lru-cache';
import type { KubeObject } from '../kube/objects.ts';
import type { Call, Cluster } from './cluster.ts';
import { objectOr } from './json.ts';
import { checkListOptions, integer } from './options.ts';
import { fieldSelector, labelSelector, type Predicate } from './selectors.ts';
import { refuse } from './status.ts';

/** What the selectors of the query choose. */
export function selection({ kind, query }: Call): Predicate {
  const byLabel = labelSelector(query.get('labelSelector') ?? undefined);
  const byField = fieldSelector(query.get('fieldSelector') ?? undefined, kind.fields);
  return (object) => byLabel(object) && byField(object);
}

/** A revision from the query: undefined when not given. Throws 400 for what is none. */
export function revisionOf(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return undefined;
  if (!/^\d+$/.test(text))
    throw refuse.badRequest(`Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
  return Number(text);
}

export interface Page {
  objects: readonly KubeObject[];
  /** ListMeta. */
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

interface Snapshot {
  objects: readonly KubeObject[];
  revision: number;
}

/** Lists, with the snapshots that unfinished ones go on from. */
export class Lists {
  // Objects are shared with the store, so a snapshot costs an array; the oldest unfinished lists answer 410.
  readonly #snapshots = new LRUCache<string, Snapshot>({ max: 200 });
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  page(call: Call): Page {
    const { query } = call;
    checkListOptions(query, false);
    const limit = integer(query, 'limit');
    const token = query.get('continue');
    if (token) return this.#resume(token, limit, query);
    return this.#cut(
      crypto.randomUUID(),
      this.#snapshot(call),
      0,
      limit,
      !query.get('labelSelector') && !query.get('fieldSelector'),
    );
  }

  #snapshot(call: Call): Snapshot {
    const { store } = this.#cluster;
    const wanted = revisionOf(call.query);
    if (wanted !== undefined && wanted > store.revision) throw refuse.futureVersion(wanted, store.revision);
    if (call.query.get('resourceVersionMatch') === 'Exact' && wanted !== store.revision) {
      throw refuse.expired(`The resourceVersion for the provided list is too old.`);
    }
    const objects = store.list(call.kind.collection, call.namespace).filter(selection(call));
    return { objects, revision: store.revision };
  }

  #resume(token: string, limit: number, query: URLSearchParams): Page {
    const decoded = decodeToken(token);
    if (!decoded) throw refuse.badRequest('continue key is not valid: invalid continue token');
    if (query.get('resourceVersion'))
      throw refuse.badRequest('specifying resource version is not allowed when using continue');
    const snapshot = this.#snapshots.get(decoded.id);
    if (!snapshot) {
      throw refuse.expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      );
    }
    return this.#cut(decoded.id, snapshot, decoded.from, limit, true);
  }

  #cut(id: string, snapshot: Snapshot, from: number, limit: number, countable: boolean): Page {
    const { objects, revision } = snapshot;
    const to = limit > 0 ? Math.min(from + limit, objects.length) : objects.length;
    const resourceVersion = String(revision);
    if (to >= objects.length) return { objects: objects.slice(from, to), metadata: { resourceVersion } };
    this.#snapshots.set(id, snapshot);
    const token = Buffer.from(JSON.stringify({ v: 'sealwright', id, from: to })).toString('base64url');
    // The real server does not count what a selector would still have to look at.
    const remaining = countable ? { remainingItemCount: objects.length - to } : {};
    return { objects: objects.slice(from, to), metadata: { resourceVersion, continue: token, ...remaining } };
  }
}

function decodeToken(token: string): { id: string; from: number } | undefined {
  try {
    const { v, id, from } = objectOr(JSON.parse(Buffer.from(token, 'base64url').toString()));
    return v === 'sealwright' && typeof id === 'string' && typeof from === 'number' ? { id, from } : undefined;
  } catch {
    return undefined;
  }
}
