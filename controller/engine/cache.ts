// What was last seen of the objects of one kind, and of each only what is asked of it later.

import { type KubeObject, objectKey } from '../../src/kube/objects.ts';

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

/** Whether resourceVersion `a` is later than `b`: a decimal number since Kubernetes 1.35 (KEP-5504), and in practice before. */
export function isLater(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

/**
 * Objects by `namespace/name`. It takes what the watch says and what our own writes returned, in any order: the later
 * version stays, so that an object just written is never seen as it was before.
 */
export class Cache<P extends Kept> {
  readonly #project: (object: KubeObject) => P;
  readonly #kept = new Map<string, P>();
  // Made by us and not yet shown by the watch: if it vanishes while the watch is down, no watch will tell.
  readonly #unconfirmed = new Map<string, 'new' | 'doubted'>();
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

  /** `listener` hears each change that the watch brings; not what `absorb` took in, which is our own doing. */
  onChange(listener: (change: Change<P>) => void): void {
    this.#listeners.push(listener);
  }

  /** `listener` hears what `absorb` took in, which the watch will not tell again. */
  onOwnChange(listener: (change: Change<P>) => void): void {
    this.#ownListeners.push(listener);
  }

  /** The watch saw `object` added or modified. */
  set(object: KubeObject): void {
    this.#unconfirmed.delete(objectKey(object));
    const change = this.#put(object);
    if (change) for (const listener of this.#listeners) listener(change);
  }

  /** Our own write returned `object`. */
  absorb(object: KubeObject): void {
    const change = this.#put(object);
    if (change && change.before?.uid !== change.after?.uid) this.#unconfirmed.set(change.key, 'new');
    if (change) for (const listener of this.#ownListeners) listener(change);
  }

  /** The watch saw that the object `uid` under `key` is gone. */
  gone(key: string, uid: string): void {
    const before = this.#kept.get(key);
    // Made again by us meanwhile: that one is still there.
    if (before?.uid === uid) this.#remove(key, before);
  }

  /** Our own write deleted the object under `key`; the watch will confirm it. */
  drop(key: string): void {
    this.#kept.delete(key);
    this.#unconfirmed.delete(key);
  }

  /** The watch of `namespace` (undefined: of all) broke: what it has not shown so far, the next list must show. */
  doubt(namespace: string | undefined): void {
    for (const key of this.#unconfirmed.keys()) if (isIn(namespace, key)) this.#unconfirmed.set(key, 'doubted');
  }

  /** A complete list of `namespace` was handed over: what was doubted and not in it is gone. */
  settleDoubts(namespace: string | undefined): void {
    for (const [key, state] of [...this.#unconfirmed]) {
      const before = this.#kept.get(key);
      if (state === 'doubted' && before && isIn(namespace, key)) this.#remove(key, before);
    }
  }

  #remove(key: string, before: P): void {
    this.drop(key);
    for (const listener of this.#listeners) listener({ key, before, after: undefined });
  }

  #put(object: KubeObject): Change<P> | undefined {
    const key = objectKey(object);
    const before = this.#kept.get(key);
    const version = object.metadata.resourceVersion ?? '';
    if (before && !isLater(version, before.resourceVersion)) return undefined;
    const after = this.#project(object);
    this.#kept.set(key, after);
    return { key, before, after };
  }
}

const isIn = (namespace: string | undefined, key: string) => namespace === undefined || key.startsWith(`${namespace}/`);
