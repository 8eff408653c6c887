// With --deletion-grace: removes Secrets some time after their object is gone, and stops when many go at once.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import type { ObjectMeta, Secret } from '../../src/kube/objects.ts';
import { type Resource, resources } from '../../src/kube/resources.ts';
import type { Result } from '../engine/outcome.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { EventRecorder } from '../status/events.ts';
import { largestOrdinary } from './brake.ts';
import { wholeManager } from './fields.ts';
import { deletionAnnotation, ownedByLabel, type SeenSecret } from './seen.ts';
import type { SeenSecrets } from './writer.ts';

export interface RemovalOptions {
  kube: Pick<KubeApi, 'list' | 'mergePatch' | 'delete'>;
  clock: Pick<Clock, 'monotonicMs'>;
  log: Pick<Log, 'info' | 'error'>;
  events: Pick<EventRecorder, 'emit'>;
  metrics: Pick<Metrics, 'secretsRemoved'>;
  secrets: SeenSecrets;
  /** The kind whose Secrets these are. */
  resource: Resource;
  objects: RemovalObjects;
  /** 0: the API server's garbage collector removes Secrets, by their ownerReference. */
  graceMs: number;
  /** Asks for a look at `key`. */
  wake: (key: string) => void;
}

/** The objects that Secrets are made for. */
export interface RemovalObjects {
  /** Whether the watch shows the object of the Secret. */
  has(key: string, secret: SeenSecret): boolean;
  size(): number;
  /** Whether one of these is the object of the Secret. Default: the one of the same name. */
  isOf?(secret: SeenSecret, metadata: ObjectMeta): boolean;
}

interface Orphan {
  uid: string;
  dueMs: number;
  /** The API server said that the object is gone; the watch may be limited by a selector. */
  isConfirmed: boolean;
}

const confirmMs = 1_000;
const listedForMs = 1_000;
const unshownMs = 60 * 60 * 1000;
const rest: Result = { next: 'rest' };

/**
 * Looks at one key at a time, as the queue gives them. What it has to know after a restart stands on the Secrets: whose they
 * are, and that the brake holds them. The grace begins anew then.
 */
export class Removals {
  readonly #options: RemovalOptions;
  readonly #orphans = new Map<string, Orphan>();
  // What the API server said of a namespace just now.
  readonly #lists = new Map<string, { atMs: number; items: Promise<readonly ObjectMeta[]> }>();
  #isBraked = false;

  constructor(options: RemovalOptions) {
    this.#options = options;
  }

  /** For gauges. `held`: Secrets that stay until someone releases them. */
  get counts(): { waiting: number; held: number; isBraked: boolean } {
    const held = [...this.#orphans.keys()].filter((key) => this.#seen(key)?.deletion === 'held').length;
    return { waiting: this.#orphans.size, held, isBraked: this.#isBraked };
  }

  /** Takes note of whether the Secret `key` is an orphan now; `settle` does the rest. Says so. */
  note(key: string): boolean {
    const { graceMs, objects, resource, clock } = this.#options;
    const seen = this.#seen(key);
    const isOrphan = graceMs > 0 && seen?.ownedBy === resource.kind && !seen.isDeleting && !objects.has(key, seen);
    if (!isOrphan) {
      this.#orphans.delete(key);
      this.#maybeLoosen();
    } else if (this.#orphans.get(key)?.uid !== seen.uid) {
      this.#orphans.set(key, { uid: seen.uid, dueMs: clock.monotonicMs() + graceMs, isConfirmed: false });
    }
    return isOrphan;
  }

  /** One look at the Secret of an object that is not there. Throws `ApiError`. */
  async settle(key: string, signal: AbortSignal): Promise<Result> {
    this.note(key);
    const orphan = this.#orphans.get(key);
    const seen = this.#seen(key);
    if (!orphan || !seen) return rest;
    const isConfirmed = orphan.isConfirmed || (await this.#isGone(key, seen, signal));
    // Its object came back meanwhile: whoever saw it asks for the next look.
    if (this.#orphans.get(key) !== orphan) return rest;
    orphan.isConfirmed = isConfirmed;
    if (!isConfirmed) return this.#spare(key);
    if (seen.deletion !== 'released') {
      this.#maybeBrake();
      if (this.#isBraked) return await this.#hold(key, seen, signal);
      if (seen.deletion === 'held') return rest;
    }
    const leftMs = orphan.dueMs - this.#options.clock.monotonicMs();
    if (leftMs > 0) return { next: 'again', afterMs: leftMs };
    // Whether they are many is known when each was asked for.
    if ([...this.#orphans.values()].some(({ isConfirmed }) => !isConfirmed))
      return { next: 'again', afterMs: confirmMs };
    return await this.#remove(key, orphan, seen, signal);
  }

  // The watch may never show that object, be it since a selector keeps it out or since it goes before the next list.
  #spare(key: string): Result {
    this.#orphans.delete(key);
    this.#maybeLoosen();
    return { next: 'again', afterMs: unshownMs };
  }

  #seen(key: string): SeenSecret | undefined {
    return this.#options.secrets.get(key);
  }

  // By list: where the kind itself is gone, a get says "not found" as well, and a list fails.
  async #isGone(key: string, seen: SeenSecret, signal: AbortSignal): Promise<boolean> {
    const { namespace, name } = split(key);
    const { kube, resource, objects } = this.#options;
    const limits = { namespace, metadataOnly: true, signal };
    if (!objects.isOf) {
      const { items } = await kube.list(resource, { ...limits, fieldSelector: `metadata.name=${name}` });
      return items.length === 0;
    }
    const all = await this.#listed(namespace, () => kube.list(resource, limits));
    return !all.some((metadata) => objects.isOf?.(seen, metadata));
  }

  // Many go together, and the answer is the same for all of them; the watch tells of one that came in the meantime.
  #listed(
    namespace: string,
    list: () => Promise<{ items: { metadata: ObjectMeta }[] }>,
  ): Promise<readonly ObjectMeta[]> {
    const nowMs = this.#options.clock.monotonicMs();
    const before = this.#lists.get(namespace);
    if (before && nowMs - before.atMs < listedForMs) return before.items;
    for (const [other, { atMs }] of this.#lists) if (nowMs - atMs >= listedForMs) this.#lists.delete(other);
    const items = list().then((answer) => answer.items.map(({ metadata }) => metadata));
    this.#lists.set(namespace, { atMs: nowMs, items });
    return items;
  }

  #maybeBrake(): void {
    const { objects, log, resource, wake } = this.#options;
    const orphans = [...this.#orphans].filter(
      ([key, { isConfirmed }]) => isConfirmed && this.#seen(key)?.deletion !== 'released',
    );
    if (this.#isBraked || orphans.length <= largestOrdinary(objects.size() + this.#orphans.size)) return;
    this.#isBraked = true;
    log.error({ kind: resource.kind, secrets: orphans.length }, `too many objects vanished at once: ${brakeAdvice}`);
    for (const key of this.#orphans.keys()) wake(key);
  }

  // Not when fewer are left: what is left of a mistake that was half put right is a mistake all the same.
  #maybeLoosen(): void {
    if (!this.#isBraked) return;
    this.#isBraked = [...this.#orphans.keys()].some((key) => this.#seen(key)?.deletion !== 'released');
    if (!this.#isBraked) this.#options.log.info({ kind: this.#options.resource.kind }, 'Secrets are removed again');
  }

  async #hold(key: string, seen: SeenSecret, signal: AbortSignal): Promise<Result> {
    if (seen.deletion === 'held') return rest;
    const { kube, secrets, resource } = this.#options;
    const patch = {
      metadata: { resourceVersion: seen.resourceVersion, annotations: { [deletionAnnotation]: 'held' } },
    };
    try {
      const fieldManager = wholeManager;
      await secrets.whileCalling(key, async ({ absorb }) =>
        absorb(await kube.mergePatch<Secret>(resources.secret, split(key), patch, { fieldManager, signal })),
      );
    } catch (error) {
      if (isNotFound(error)) return rest;
      if (isConflict(error)) return { next: 'retry' };
      throw error;
    }
    this.#tell(key, seen, 'DeletionHeld', `its ${resource.kind} is gone, with too many others at once: ${brakeAdvice}`);
    return rest;
  }

  async #remove(key: string, orphan: Orphan, seen: SeenSecret, signal: AbortSignal): Promise<Result> {
    const { kube, metrics, log, resource, graceMs } = this.#options;
    const { uid, resourceVersion } = seen;
    const isGone = await this.#isGone(key, seen, signal);
    if (this.#orphans.get(key) !== orphan) return rest;
    if (!isGone) return this.#spare(key);
    try {
      await kube.delete(resources.secret, split(key), { preconditions: { uid, resourceVersion }, signal });
    } catch (error) {
      if (isConflict(error)) return { next: 'retry' };
      if (!isNotFound(error)) throw error;
    }
    this.#orphans.delete(key);
    this.#maybeLoosen();
    metrics.secretsRemoved.inc({ kind: resource.kind });
    log.info({ secret: key }, 'Secret removed');
    this.#tell(key, { uid }, 'Removed', `its ${resource.kind} was gone for ${Math.round(graceMs / 1000)} seconds`);
    return rest;
  }

  #tell(key: string, { uid }: Pick<SeenSecret, 'uid'>, reason: 'Removed' | 'DeletionHeld', message: string): void {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { ...split(key), uid } };
    this.#options.events.emit({ object, type: reason === 'Removed' ? 'Normal' : 'Warning', reason, message });
  }
}

const brakeAdvice = `Secrets are kept; bring the objects back, or let the Secrets go with kubectl annotate --overwrite secret -l ${ownedByLabel} ${deletionAnnotation}=released`;

function split(key: string): { namespace: string; name: string } {
  const at = key.indexOf('/');
  return { namespace: key.slice(0, at), name: key.slice(at + 1) };
}
