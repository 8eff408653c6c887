// The objects of `seal status --watch`, kept as the cluster's watches tell them.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { type WatchForeverOptions, watchForever } from '../../src/kube/watch.ts';
import { valueAt } from '../kinds.ts';
import { type Collected, countedRepairs, type Event, placed, repairSelector, type Scope, withKind } from './collect.ts';
import type { Repairs } from './row.ts';

/** What the board needs beside the cluster. */
export interface BoardOptions {
  api: KubeApi;
  scope: Scope;
  clock: Clock;
  random: () => number;
  signal: AbortSignal;
  /** An object came, changed or went, or its Secret was put right. */
  onChange(uid: string): void;
  /** What a method above threw. */
  onError(error: unknown): void;
  /** A watch that ends is opened again without a word; this is told of one that is denied or finds no server. */
  onTrouble(plural: string, reason: string): void;
  /** Whenever the server says something. */
  onHeard(): void;
}

/** Objects by uid, and how often their Secrets were put right. */
export class Board {
  readonly #options: BoardOptions;
  readonly #objects = new Map<string, KubeObject>();
  readonly #gone = new Map<string, KubeObject>();
  readonly #events = new Map<string, Event>();

  constructor(options: BoardOptions) {
    this.#options = options;
  }

  /** What was there before the watches began, without a word to `onChange`. */
  fill(collected: readonly Collected[], events: readonly Event[]): void {
    for (const event of events) this.#events.set(uidOf(event), event);
    for (const one of collected) {
      if (!('objects' in one)) continue;
      for (const object of one.objects) this.#objects.set(uidOf(object), lightened(object));
    }
  }

  get objects(): KubeObject[] {
    return [...this.#objects.values()];
  }

  /** The object, and whether it is still there. */
  object(uid: string): { object: KubeObject; isGone: boolean } | undefined {
    const object = this.#objects.get(uid);
    if (object) return { object, isGone: false };
    const last = this.#gone.get(uid);
    return last && { object: last, isGone: true };
  }

  /** By uid, for every row at once. */
  repairs(): ReadonlyMap<string, Repairs> {
    return countedRepairs(this.#events.values());
  }

  /** Follows every kind that may be read, until the signal aborts. A kind that is not installed yet is looked for. */
  async follow(collected: readonly Collected[], { events }: { events: boolean }): Promise<void> {
    const kinds = collected.filter((one) => !('denied' in one));
    const followed = kinds.map((one) => this.#kind('resource' in one ? one.resource : one.kind.versions[0]));
    await Promise.all([...followed, ...(events ? [this.#repaired()] : [])]);
  }

  #kind(resource: Parameters<typeof withKind>[1]): Promise<void> {
    const { scope, onChange } = this.#options;
    const seen = (object: KubeObject) => {
      const before = this.#objects.get(uidOf(object));
      this.#objects.set(uidOf(object), lightened(withKind(object, resource)));
      if (before?.metadata.resourceVersion !== object.metadata.resourceVersion) onChange(uidOf(object));
    };
    return this.#watch<KubeObject>({
      resource,
      ...placed(resource, scope),
      handler: {
        onAdd: seen,
        onUpdate: seen,
        onDelete: ({ uid }) => {
          const last = this.#objects.get(uid);
          if (!last) return;
          this.#objects.delete(uid);
          this.#gone.set(uid, last);
          onChange(uid);
          this.#gone.delete(uid);
        },
      },
    });
  }

  #repaired(): Promise<void> {
    const { scope, onChange } = this.#options;
    const seen = (event: Event) => {
      const isKnown = this.#events.get(uidOf(event))?.metadata.resourceVersion === event.metadata.resourceVersion;
      this.#events.set(uidOf(event), event);
      if (isKnown) return;
      const uid = event.involvedObject?.uid ?? '';
      if (this.#objects.has(uid)) onChange(uid);
    };
    return this.#watch<Event>({
      resource: resources.event,
      namespace: scope.namespace,
      fieldSelector: repairSelector,
      handler: { onAdd: seen, onUpdate: seen, onDelete: ({ uid }) => this.#events.delete(uid) },
    });
  }

  #watch<T extends KubeObject>(
    options: Pick<WatchForeverOptions<T>, 'resource' | 'handler' | 'namespace' | 'labelSelector' | 'fieldSelector'>,
  ): Promise<void> {
    const { api, clock, random, signal, onTrouble, onHeard, onError } = this.#options;
    const { onAdd, onUpdate, onDelete } = options.handler;
    const heard =
      <A>(work: (about: A) => void) =>
      (about: A) => {
        onHeard();
        work(about);
      };
    const handler: typeof options.handler = {
      ...{ onAdd: heard(onAdd), onUpdate: heard(onUpdate), onDelete: heard(onDelete) },
      ...{ onSync: onHeard, onBookmark: onHeard, onHandlerError: onError },
      onRestart: (reason) => {
        if (reason === 'denied' || reason === 'disconnected') onTrouble(options.resource.plural, reason);
        else if (answers.has(reason)) onHeard();
      },
    };
    return watchForever<T>({ ...options, handler, api, clock, random, signal });
  }
}

// Ends of a watch that the server itself told of.
const answers: ReadonlySet<string> = new Set(['ended', 'expired', 'missing', 'throttled']);

const uidOf = ({ metadata }: KubeObject) => metadata.uid ?? '';

// A line needs the names of items, and a cluster may have thousands of objects full of ciphertext.
function lightened(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const light = { ...object, metadata };
  const items = valueAt(object, 'spec', 'encryptedData');
  if (typeof items !== 'object' || items === null) return light;
  const encryptedData = Object.fromEntries(Object.keys(items).map((item) => [item, '']));
  return Object.assign(light, { spec: { encryptedData } });
}
