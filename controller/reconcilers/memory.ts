// What is remembered of each object between looks: how its Secret was left, when it was refreshed, and what its stores gave.

import { LRUCache } from 'lru-cache';
import type { Settled } from '../engine/outcome.ts';
import type { LeftSecret } from '../secret/left.ts';
import type { WithStatus } from '../status/status.ts';
import type { RestartNote } from './restart-note.ts';

/**
 * `V` is what is kept of what the stores gave, `R` a reading that is under way. A class, since there is one for each object:
 * getters of a literal would make it four times as large.
 */
export class Memory<V, R = never> {
  readonly uid: string;
  /** The Secret as it was last right. */
  left: LeftSecret | undefined;
  /** The templates elsewhere that it was made with. */
  sources: string | undefined;
  /** The state of the object that it was made for; undefined where the status could not hold it. */
  version: string | undefined;
  /** What tells whether the store's value is another, where that can be asked for. */
  state: string | undefined;
  /** With `--drift detect`: keyed digest of the values that the Secret was last written with. */
  made: string | undefined;
  /** Which values workloads were last restarted for. */
  note: RestartNote;
  /** When the last successful refresh of this process began. */
  refreshedAt: Date | undefined = undefined;
  /** How much earlier than its interval the next refresh comes. */
  earlierMs = 0;
  /** A refresh that was overdue when the process started waits until then. */
  notBefore: Date | undefined = undefined;
  /** What the store told since the last read: that the value is another, or that it may be. */
  told: 'changed' | 'missed' | undefined = undefined;
  /** The store lets nobody ask for `state` before. */
  probeAfter: Date | undefined = undefined;
  /** When the values that are still missing were first asked for, on the monotonic clock. */
  askedMs: number | undefined = undefined;
  /** What the last success has to tell, until the status says it: it waits while others wait for their Secret. */
  untold: Untold | undefined = undefined;
  /** The stores answered the last time, but not with what the object needs. */
  isAmiss = false;
  /** What was asked of the stores, and no look has taken up yet. */
  reading: R | undefined = undefined;
  /** A key was gone at the last look. */
  wasGone = false;
  /** There were no values at all at the last look. */
  wasEmpty = false;
  readonly #key: string;
  readonly #kept: Pick<LRUCache<string, Kept<V>>, 'get'>;

  /** What the status of the object under `key` tells; `kept` has its values as long as there is room. */
  constructor(key: string, { metadata: { uid = '' }, status }: WithStatus, kept: LRUCache<string, Kept<V>>) {
    const { secret, sources, version, state, made, values, changedAt } = (status?.sealwright ?? {}) as Remembered;
    this.#key = key;
    this.#kept = kept;
    this.uid = uid;
    this.left = secret;
    this.sources = sources;
    this.version = version;
    this.state = state;
    this.made = made;
    this.note = { ...(values !== undefined && { values }), ...(changedAt !== undefined && { changedAt }) };
  }

  /** What the stores gave, as long as there is room. */
  get values(): V | undefined {
    return this.#kept.get(this.#key)?.values;
  }

  /** For which state of the object. */
  get valuesAs(): string | undefined {
    return this.#kept.get(this.#key)?.as;
  }
}

/** What a status is still to say. */
export interface Untold extends Pick<Settled, 'message' | 'reason' | 'fields'> {
  /** For which state of the object: `Job.version`. */
  readonly as: string;
}

/** `status.sealwright`, which nobody but us writes. */
export type Remembered = {
  secret?: LeftSecret;
  sources?: string;
  version?: string;
  state?: string;
  made?: string;
} & RestartNote;

interface Kept<V> {
  values: V;
  as: string;
}

const keptBytes = 64 * 1024 * 1024;
// What an entry costs beside its bytes.
const overheadBytes = 300;

/** Memories by `namespace/name`. Values go when the room is needed, least recently used first. */
export class Memories<V, R = never> {
  readonly #memories = new Map<string, Memory<V, R>>();
  readonly #values: LRUCache<string, Kept<V>>;

  /** `sizeOf` in bytes. */
  constructor(sizeOf: (values: V) => number) {
    this.#values = new LRUCache({
      maxSize: keptBytes,
      sizeCalculation: ({ values }) => overheadBytes + sizeOf(values),
    });
  }

  /** The memory of `object`; at first what its status tells. An object made anew under the name has none. */
  of(key: string, object: WithStatus): Memory<V, R> {
    const known = this.#memories.get(key);
    if (known?.uid === (object.metadata.uid ?? '')) return known;
    if (known) this.forget(key);
    const memory = new Memory<V, R>(key, object, this.#values);
    this.#memories.set(key, memory);
    return memory;
  }

  /** The memory under `key`, if there is one. */
  peek(key: string): Memory<V, R> | undefined {
    return this.#memories.get(key);
  }

  /** Keeps what the stores gave for the object in state `as`. */
  keep(key: string, values: V, as: string): void {
    this.#values.set(key, { values, as });
  }

  forget(key: string): void {
    this.#memories.delete(key);
    this.#values.delete(key);
  }
}

/** The size of values by name. */
export function sizeOfNamed(values: ReadonlyMap<string, { byteLength: number }>): number {
  let size = 0;
  for (const [name, value] of values) size += overheadBytes + name.length + value.byteLength;
  return size;
}
