// A cache that a watch keeps up to date, over all namespaces or over those named.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import type { Resource } from '../../src/kube/resources.ts';
import { type RestartReason, watchForever } from '../../src/kube/watch.ts';
import { Cache, type Kept } from './cache.ts';

export interface InformerOptions<P extends Kept> {
  kube: KubeApi;
  resource: Resource;
  /** One watch for each. Default: one over all namespaces. */
  namespaces?: readonly string[] | undefined;
  labelSelector?: string | undefined;
  /** Only metadata crosses the wire. Default: false. */
  metadataOnly?: boolean;
  /** What is kept of an object. */
  project: (object: KubeObject) => P;
  clock: Clock;
  random: () => number;
  /** Told whenever a watch starts again; `ended` is the ordinary case. */
  onRestart?: (reason: RestartReason, error: unknown) => void;
  /** Told what a listener of the cache threw. */
  onBug: (error: unknown) => void;
}

/** Lists and follows; `cache` tells its listeners of every change. */
export class Informer<P extends Kept> {
  readonly cache: Cache<P>;
  readonly #options: InformerOptions<P>;
  readonly #missingSync: Set<string | undefined>;
  readonly #synced: Promise<void>;
  #resolveSynced: () => void = () => {};

  constructor(options: InformerOptions<P>) {
    this.#options = options;
    this.cache = new Cache(options.project);
    this.#missingSync = new Set(this.#scopes);
    this.#synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  /** Resolves when every watch has handed over its first list, or knows that the resource is not installed. */
  get synced(): Promise<void> {
    return this.#synced;
  }

  get isSynced(): boolean {
    return this.#missingSync.size === 0;
  }

  /** Follows until the signal aborts, and resolves then. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#scopes.map((namespace) => this.#follow(namespace, signal)));
  }

  get #scopes(): readonly (string | undefined)[] {
    return this.#options.namespaces?.length ? this.#options.namespaces : [undefined];
  }

  async #follow(namespace: string | undefined, signal: AbortSignal): Promise<void> {
    const { kube: api, resource, labelSelector, metadataOnly, clock, random, onRestart, onBug } = this.#options;
    const { cache } = this;
    await watchForever<KubeObject>({
      api,
      resource,
      namespace,
      labelSelector,
      metadataOnly: metadataOnly ?? false,
      clock,
      random,
      signal,
      handler: {
        onAdd: (object) => cache.set(object),
        onUpdate: (object) => cache.set(object),
        onDelete: ({ key, uid }) => cache.gone(key, uid),
        onRewind: () => cache.rewind(namespace),
        onSync: (version) => {
          cache.settle(namespace, version);
          this.#sync(namespace);
        },
        onRestart: (reason, error) => {
          if (reason === 'missing') this.#sync(namespace);
          onRestart?.(reason, error);
        },
        onHandlerError: onBug,
      },
    });
  }

  #sync(namespace: string | undefined): void {
    this.#missingSync.delete(namespace);
    if (this.isSynced) this.#resolveSynced();
  }
}
