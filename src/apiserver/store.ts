// Objects in memory under one revision counter, with the recent history that watches replay.

import type { KubeObject } from '../kube/objects.ts';

/** One committed change. Objects in it are never modified afterwards. */
export interface Change {
  revision: number;
  /** `group/plural`, whatever the version it was written in. */
  collection: string;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
  previous: KubeObject | undefined;
}

const keyOf = (namespace: string | undefined, name: string | undefined) => `${namespace ?? ''}/${name ?? ''}`;

/** Everything is synchronous: a handler that reads and writes without awaiting is a transaction. */
export class Store {
  #revision = 1;
  /** Changes up to this revision have left the history. */
  #forgotten = 0;
  readonly #collections = new Map<string, Map<string, KubeObject>>();
  #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #historySize: number;

  /** @param historySize changes that a watch can go back; older ones answer 410. */
  constructor(historySize = 10_000) {
    this.#historySize = historySize;
  }

  get revision(): number {
    return this.#revision;
  }

  get(collection: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#collections.get(collection)?.get(keyOf(namespace, name));
  }

  /** In key order, which is by namespace, then name. */
  list(collection: string, namespace?: string): KubeObject[] {
    const objects = [...(this.#collections.get(collection)?.entries() ?? [])];
    const chosen = namespace ? objects.filter(([key]) => key.startsWith(`${namespace}/`)) : objects;
    return chosen.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  collections(): string[] {
    return [...this.#collections.keys()];
  }

  /** Commits `object` (which the store owns from now on) and returns it with its new resourceVersion. */
  put(collection: string, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const previous = this.get(collection, namespace, name ?? '');
    const objects = this.#collections.get(collection) ?? new Map<string, KubeObject>();
    this.#collections.set(collection, objects);
    const stored = this.#stamp(object);
    objects.set(keyOf(namespace, name), stored);
    this.#commit({ collection, type: previous ? 'MODIFIED' : 'ADDED', object: stored, previous });
    return stored;
  }

  /** Removes the object; the one returned carries the revision of its deletion. */
  remove(collection: string, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const previous = this.get(collection, namespace, name ?? '');
    this.#collections.get(collection)?.delete(keyOf(namespace, name));
    const last = this.#stamp(object);
    this.#commit({ collection, type: 'DELETED', object: last, previous });
    return last;
  }

  /** Changes after `revision`, or undefined when some of them are forgotten. */
  since(revision: number): Change[] | undefined {
    if (revision < this.#forgotten) return undefined;
    return this.#history.filter((change) => change.revision > revision);
  }

  /** The oldest revision a watch can start from. */
  get oldest(): number {
    return this.#forgotten;
  }

  /** Drops history up to now, as etcd's compaction does: older watches get 410. */
  compact(): void {
    this.#forgotten = this.#revision;
    this.#history = [];
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stamp(object: KubeObject): KubeObject {
    this.#revision++;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #commit(change: Omit<Change, 'revision'>): void {
    const committed = { ...change, revision: this.#revision };
    this.#history.push(committed);
    // Trimmed by halves so that a busy store does not shift an array on every write.
    if (this.#history.length > this.#historySize * 2) {
      const dropped = this.#history.splice(0, this.#history.length - this.#historySize);
      this.#forgotten = dropped.at(-1)?.revision ?? this.#forgotten;
    }
    for (const listener of [...this.#listeners]) listener(committed);
  }
}
