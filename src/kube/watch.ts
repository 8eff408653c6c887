// The watch that never dies: a collection listed once and followed for ever, whatever the server and the network do.

import type { KubeApi } from './api.ts';
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import { isApiError, isGone, isMissingResource } from './errors.ts';
import { isLater, type KubeObject } from './objects.ts';
import type { Resource } from './resources.ts';

/** An object that is there no more. `last` is missing when it vanished while nobody watched. */
export interface GoneObject<T extends KubeObject> {
  /** `namespace/name`, or `name`. */
  key: string;
  namespace: string | undefined;
  name: string;
  uid: string;
  last: T | undefined;
}

/**
 * What the watcher of a collection is told. An object deleted and made again between two looks is a delete and an add.
 * What a method throws goes to `onHandlerError`; the watch goes on.
 */
export interface WatchHandler<T extends KubeObject> {
  onAdd(object: T): void;
  onUpdate(object: T): void;
  onDelete(gone: GoneObject<T>): void;
  /** Before a list that is older than what was told before, as after a restored backup: versions say nothing of what is later. */
  onRewind?(): void;
  /** After each complete list: everything that was there at `version` was told. */
  onSync?(version: string): void;
  /** The server says that it is there, and that nothing changed. */
  onBookmark?(): void;
  /** Before the watch starts again; `error` says more. For metrics and logs. */
  onRestart?(reason: RestartReason, error?: unknown): void;
  onHandlerError?(error: unknown): void;
}

/**
 * Why a watch starts again. `ended`: the server's time was up, the ordinary case. `expired`: 410, listed again.
 * `missing`: the resource is not installed; looked for at a slow pace.
 */
export type RestartReason =
  | 'ended'
  | 'expired'
  | 'missing'
  | 'throttled'
  | 'denied'
  | 'server-error'
  | 'bad-data'
  | 'silent'
  | 'disconnected';

export interface WatchForeverOptions<T extends KubeObject> {
  api: Pick<KubeApi, 'pages' | 'watch'>;
  resource: Resource;
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only metadata. Default: false. */
  metadataOnly?: boolean;
  /** Objects a page of the list. Default: 500. */
  limit?: number;
  handler: WatchHandler<T>;
  clock: Clock;
  random: () => number;
  signal: AbortSignal;
}

/** Follows the collection until the signal aborts, and resolves then. It never rejects. Of each object it keeps only identity and version. */
export async function watchForever<T extends KubeObject>(options: WatchForeverOptions<T>): Promise<void> {
  await new Watcher(options).run();
}

// A stream that lived this long was a good one: the next failure is a new story.
const soundMs = 10_000;
// A version that the server keeps failing on may be the trouble itself, as after a restored backup: list again.
const patience = 3;
const longestAskedMs = 300_000;
// A version of a resource that was gone means nothing when it is back; after bad data the same bytes would come again.
const relisting: ReadonlySet<RestartReason> = new Set(['expired', 'bad-data', 'missing']);
// Each a random wait within; a CRD may be installed minutes after the controller.
const missingMs = { least: 5_000, most: 30_000 };

class Watcher<T extends KubeObject> {
  readonly #options: WatchForeverOptions<T>;
  readonly #known = new Map<string, Identity>();
  readonly #backoff: Backoff;
  #version: string | undefined;
  // Of what was told, though the watch may have to start from elsewhere.
  #latest: string | undefined;
  #failures = 0;
  #heard = false;

  constructor(options: WatchForeverOptions<T>) {
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: 800, longestMs: 30_000, random: options.random });
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const failure = await this.#follow().catch((error: unknown) => error ?? new Error('unknown'));
      if (signal.aborted) return;
      await this.#pause(failure, clock.monotonicMs() - startedMs).catch(() => undefined);
    }
  }

  // One list where needed and one watch; resolves with nothing when the server ended it in good order.
  async #follow(): Promise<undefined> {
    this.#version ??= await this.#listAll();
    const { api, resource, limit: _, ...rest } = this.#options;
    this.#heard = false;
    const events = api.watch<T>(resource, { ...scope(rest), resourceVersion: this.#version });
    for await (const { type, object } of events) {
      if (type === 'DELETED') this.#deleted(object);
      else if (type === 'BOOKMARK') this.#tell((handler) => handler.onBookmark?.());
      else this.#seen(object);
      // Only now: what was not handed over is asked for again.
      this.#version = object.metadata.resourceVersion ?? this.#version;
      this.#latest = this.#version;
      this.#failures = 0;
      this.#heard = true;
    }
    return undefined;
  }

  async #listAll(): Promise<string> {
    const { api, resource, limit = 500, ...rest } = this.#options;
    const present = new Set<string>();
    let version: string | undefined;
    for await (const page of api.pages<T>(resource, { ...scope(rest), limit })) {
      version ??= this.#begun(page.metadata.resourceVersion);
      for (const object of page.items) present.add(this.#seen(object));
    }
    const listed = version;
    if (listed === undefined) throw new TypeError(`a list of ${resource.plural} without a resourceVersion`);
    for (const [key, identity] of this.#known) if (!present.has(key)) this.#forget(key, identity, undefined);
    this.#tell((handler) => handler.onSync?.(listed));
    return listed;
  }

  #begun(version: string | undefined): string | undefined {
    if (version !== undefined && this.#latest !== undefined && isLater(this.#latest, version)) this.#rewind();
    this.#latest = version ?? this.#latest;
    return version;
  }

  // Everything is told again: what stands as we told it may be known otherwise elsewhere, from a write that is undone now.
  #rewind(): void {
    for (const [key, { uid }] of this.#known) this.#known.set(key, { uid, resourceVersion: '' });
    this.#tell((handler) => handler.onRewind?.());
  }

  async #pause(failure: unknown, livedMs: number): Promise<void> {
    const { clock, random, signal } = this.#options;
    const reason = reasonOf(failure);
    if (reason === 'server-error') this.#failures += 1;
    // From a version that the cluster has not reached, as after a restored backup, a watch is open and says nothing, not
    // even a bookmark (kube-apiserver 1.36).
    const wasMute = !this.#heard && livedMs >= soundMs && (reason === 'ended' || reason === 'silent');
    if (relisting.has(reason) || this.#failures >= patience || wasMute) this.#version = undefined;
    this.#tell((handler) => handler.onRestart?.(reason, failure));
    if (livedMs >= soundMs) {
      this.#backoff.reset();
      if (reason === 'ended') return;
    }
    const slow = missingMs.least + random() * (missingMs.most - missingMs.least);
    const waitMs = reason === 'missing' ? slow : this.#backoff.nextMs();
    const askedMs = isApiError(failure) ? (failure.retryAfterMs ?? 0) : 0;
    await clock.sleep(waitMs + Math.min(askedMs, longestAskedMs), signal);
  }

  #seen(object: T): string {
    const key = keyOf(object);
    const { uid = '', resourceVersion = '' } = object.metadata;
    const before = this.#known.get(key);
    if (before?.uid === uid && before.resourceVersion === resourceVersion) return key;
    if (before && before.uid !== uid) this.#forget(key, before, undefined);
    const isNew = !this.#known.has(key);
    this.#known.set(key, { uid, resourceVersion });
    this.#tell((handler) => (isNew ? handler.onAdd(object) : handler.onUpdate(object)));
    return key;
  }

  #deleted(object: T): void {
    const key = keyOf(object);
    const identity = this.#known.get(key);
    if (identity) this.#forget(key, identity, identity.uid === object.metadata.uid ? object : undefined);
  }

  #forget(key: string, { uid }: Identity, last: T | undefined): void {
    this.#known.delete(key);
    const slash = key.indexOf('/');
    const namespace = slash < 0 ? undefined : key.slice(0, slash);
    this.#tell((handler) => handler.onDelete({ key, namespace, name: key.slice(slash + 1), uid, last }));
  }

  #tell(tell: (handler: WatchHandler<T>) => void): void {
    const { handler } = this.#options;
    try {
      tell(handler);
    } catch (error) {
      try {
        handler.onHandlerError?.(error);
      } catch {
        // A handler that fails even at reporting must not end the watch.
      }
    }
  }
}

interface Identity {
  uid: string;
  resourceVersion: string;
}

function scope<T extends KubeObject>(options: Omit<WatchForeverOptions<T>, 'api' | 'resource' | 'limit'>) {
  const { namespace, labelSelector, fieldSelector, metadataOnly = false, signal } = options;
  return { namespace, labelSelector, fieldSelector, metadataOnly, signal };
}

function keyOf({ metadata }: KubeObject): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata.name ?? '');
}

function reasonOf(failure: unknown): RestartReason {
  if (failure === undefined) return 'ended';
  if (!isApiError(failure)) return 'disconnected';
  if (isGone(failure)) return 'expired';
  if (isMissingResource(failure) || failure.status === 404) return 'missing';
  if (failure.code === 'KUBE_BAD_DATA') return 'bad-data';
  if (failure.reason === 'Silent') return 'silent';
  if (failure.status === 429) return 'throttled';
  if (failure.status === 401 || failure.status === 403) return 'denied';
  return failure.status === 0 ? 'disconnected' : 'server-error';
}
