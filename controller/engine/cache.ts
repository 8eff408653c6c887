// What was last seen of the objects of one kind, and of each only what is asked of it later.

import { isLater, type KubeObject, objectKey } from '../../src/kube/objects.ts';

/** One change of the cache. `before` and `after` are what was kept of the object. */
export interface Change<P> {
  key: string;
  /** Undefined: the object is new to us. */
  before: P | undefined;
  /** Undefined: the object is gone. */
  after: P | undefined;
}

/** The least that has to be kept of an object. */
export interface Kept {
  uid: string;
  resourceVersion: string;
}

/** How a call of ours tells the cache what it was answered of its object. */
export interface Answers {
  /** The object, as the API server returned it. */
  absorb(object: KubeObject): void;
  /** It was deleted; the watch will confirm it. */
  drop(): void;
}

type News = { seen: KubeObject } | { goneUid: string } | { listedVersion: string } | { isRewound: true };

/**
 * Objects by `namespace/name`. It takes what the watch says and what our own writes returned, in any order: the later
 * version stays, so that an object just written is never seen as it was before.
 */
export class Cache<P extends Kept> {
  readonly #project: (object: KubeObject) => P;
  readonly #kept = new Map<string, P>();
  // Made by us and not yet shown by the watch: if it vanishes while the watch is down, no watch will tell.
  readonly #unconfirmed = new Set<string>();
  // By key: what the watch said of it during calls of ours, oldest first.
  readonly #held = new Map<string, { calls: number; news: News[] }>();
  // From before the cluster went back in time: any version counts as later.
  readonly #outdated = new Set<string>();
  readonly #listeners: ((change: Change<P>) => void)[] = [];
  readonly #ownListeners: ((change: Change<P>) => void)[] = [];

  constructor(project: (object: KubeObject) => P) {
    this.#project = project;
  }

  get(key: string): P | undefined {
    return this.#kept.get(key);
  }

  entries(): IterableIterator<[string, P]> {
    return this.#kept.entries();
  }

  get size(): number {
    return this.#kept.size;
  }

  /** `listener` hears each change that the watch brings; not what a call of ours was answered. */
  onChange(listener: (change: Change<P>) => void): void {
    this.#listeners.push(listener);
  }

  /** `listener` hears what a call of ours was answered, which the watch will not tell again. */
  onOwnChange(listener: (change: Change<P>) => void): void {
    this.#ownListeners.push(listener);
  }

  /**
   * Runs a call of ours, most often a write, about the object under `key`. What the watch says of the object meanwhile is heard
   * afterwards: most often it is that very write, and no news any more, and an answer is never later than what was heard before it.
   */
  async whileCalling<T>(key: string, call: (answers: Answers) => Promise<T>): Promise<T> {
    const held = this.#held.get(key) ?? { calls: 0, news: [] };
    held.calls += 1;
    this.#held.set(key, held);
    try {
      // An answer may be from before the cluster went back: what is there since, the list says.
      const isVoid = () => held.news.some((one) => 'isRewound' in one);
      return await call({
        absorb: (object) => isVoid() || this.#absorb(object),
        drop: () => isVoid() || this.#drop(key),
      });
    } finally {
      held.calls -= 1;
      if (held.calls === 0) this.#hear(key, held.news);
    }
  }

  /** The watch saw `object` added or modified. */
  set(object: KubeObject): void {
    const key = objectKey(object);
    const held = this.#held.get(key)?.news;
    if (held) {
      const last = held.at(-1);
      // A later version of the same object says all that the earlier one did.
      if (last && 'seen' in last && last.seen.metadata.uid === object.metadata.uid) held.pop();
      held.push({ seen: object });
      return;
    }
    const change = this.#put(object);
    // What is shown may be the one before ours.
    if (this.#kept.get(key)?.uid === object.metadata.uid) this.#unconfirmed.delete(key);
    if (change) for (const listener of this.#listeners) listener(change);
  }

  /** The watch saw that the object `uid` under `key` is gone. */
  gone(key: string, uid: string): void {
    const held = this.#held.get(key)?.news;
    if (held) {
      held.push({ goneUid: uid });
      return;
    }
    const before = this.#kept.get(key);
    // Made again by us meanwhile: that one is still there.
    if (before?.uid === uid) this.#remove(key, before);
  }

  /** The cluster went back in time, as a restored backup does: what comes next of `namespace` is how things are, whatever its version. */
  rewind(namespace: string | undefined): void {
    for (const [key, { news }] of this.#held) if (isIn(namespace, key)) news.push({ isRewound: true });
    for (const key of this.#kept.keys()) if (isIn(namespace, key) && !this.#held.has(key)) this.#outdated.add(key);
  }

  /**
   * A complete list of `namespace` (undefined: of all) was handed over, as things were at `version`: what was made before and is
   * not in it is gone. What was made since, the watch that follows will show.
   */
  settle(namespace: string | undefined, version: string): void {
    for (const [key, { news }] of this.#held) if (isIn(namespace, key)) news.push({ listedVersion: version });
    for (const key of [...this.#unconfirmed])
      if (isIn(namespace, key) && !this.#held.has(key)) this.#missing(key, version);
  }

  // A list as things were at `version` is complete, and what it shows was heard.
  #missing(key: string, version: string): void {
    const before = this.#unconfirmed.has(key) ? this.#kept.get(key) : undefined;
    if (before && (this.#outdated.has(key) || !isLater(before.resourceVersion, version))) this.#remove(key, before);
  }

  #absorb(object: KubeObject): void {
    const change = this.#put(object);
    if (change && change.before?.uid !== change.after?.uid) this.#unconfirmed.add(change.key);
    if (change) for (const listener of this.#ownListeners) listener(change);
  }

  #drop(key: string): void {
    this.#kept.delete(key);
    this.#outdated.delete(key);
    this.#unconfirmed.delete(key);
  }

  #hear(key: string, news: readonly News[]): void {
    this.#held.delete(key);
    for (const one of news) {
      if ('seen' in one) this.set(one.seen);
      else if ('goneUid' in one) this.gone(key, one.goneUid);
      else if ('isRewound' in one) this.#outdate(key);
      else this.#missing(key, one.listedVersion);
    }
  }

  #outdate(key: string): void {
    if (this.#kept.has(key)) this.#outdated.add(key);
  }

  #remove(key: string, before: P): void {
    this.#drop(key);
    for (const listener of this.#listeners) listener({ key, before, after: undefined });
  }

  #put(object: KubeObject): Change<P> | undefined {
    const key = objectKey(object);
    const before = this.#kept.get(key);
    const version = object.metadata.resourceVersion ?? '';
    const isOutdated = this.#outdated.delete(key);
    if (before && !isOutdated && !isLater(version, before.resourceVersion)) return undefined;
    const after = this.#project(object);
    this.#kept.set(key, after);
    return { key, before, after };
  }
}

const isIn = (namespace: string | undefined, key: string) => namespace === undefined || key.startsWith(`${namespace}/`);
