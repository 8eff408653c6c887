// What is remembered of each ExternalSecret between looks: how its Secret was left, when it was refreshed, and its values.

import { LRUCache } from 'lru-cache';
import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { Settled } from '../../engine/outcome.ts';
import type { LeftSecret } from '../../secret/writer.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { RestartNote } from '../restart-note.ts';
import type { Fetched } from './values.ts';

/** What the stores gave. */
export interface Read extends Fetched {
  /** When the oldest part of it was read. */
  began: Date;
}

/** One reading of all that an object names. */
export interface Reading {
  /** For which state of the object: `Job.version`. */
  readonly as: string;
  /** Rejects with what the first entry that failed threw. */
  readonly values: Promise<Read>;
  /** It has ended, well or not. */
  isOver: boolean;
}

export interface Memory {
  uid: string;
  /** The Secret as it was last right. */
  left: LeftSecret | undefined;
  /** The template sources that it was made with. */
  sources: string | undefined;
  /** With `--drift detect`: keyed digest of the values that the Secret was last written with. */
  made: string | undefined;
  /** Which values workloads were last restarted for. */
  note: RestartNote;
  /** When the last successful refresh of this process began. */
  refreshedAt: Date | undefined;
  /** How much earlier than its interval the next refresh comes. */
  earlierMs: number;
  /** A refresh that was overdue when the process started waits until then. */
  notBefore: Date | undefined;
  /** When the values that are still missing were first asked for, on the monotonic clock. */
  askedMs: number | undefined;
  /** What the last success has to tell, until the status says it: it waits while others wait for their Secret. */
  untold: Untold | undefined;
  /** The stores answered the last time, but not with what the object needs. */
  isAmiss: boolean;
  /** What was asked of the stores, and no look has taken up yet. */
  reading: Reading | undefined;
  /** A key was gone at the last look. */
  wasGone: boolean;
  /** There were no values at all at the last look. */
  wasEmpty: boolean;
  /** What the stores gave, as long as there is room. */
  readonly values: NamedValues | undefined;
  /** For which state of the object. */
  readonly valuesAs: string | undefined;
}

/** What a status is still to say. */
export interface Untold extends Pick<Settled, 'message' | 'reason' | 'fields'> {
  /** For which state of the object: `Job.version`. */
  readonly as: string;
}

/** `status.sealwright`, which nobody but us writes. */
type Remembered = { secret?: LeftSecret; sources?: string; made?: string } & RestartNote;

interface Kept {
  values: NamedValues;
  as: string;
}

const keptBytes = 64 * 1024 * 1024;
// What an entry costs beside its bytes.
const overheadBytes = 300;

/** Memories by `namespace/name`. Values go when the room is needed, least recently used first. */
export class Memories {
  readonly #memories = new Map<string, Memory>();
  readonly #values = new LRUCache<string, Kept>({
    maxSize: keptBytes,
    sizeCalculation: ({ values }) => {
      let size = overheadBytes;
      for (const [name, value] of values) size += overheadBytes + name.length + value.byteLength;
      return size;
    },
  });

  /** The memory of `object`; at first what its status tells. An object made anew under the name has none. */
  of(key: string, { metadata: { uid = '' }, status }: ExternalSecret): Memory {
    const known = this.#memories.get(key);
    if (known?.uid === uid) return known;
    if (known) this.forget(key);
    const { secret, sources, made, values, changedAt } = (status?.sealwright ?? {}) as Remembered;
    const kept = this.#values;
    const memory: Memory = {
      uid,
      left: secret,
      sources,
      made,
      note: { ...(values !== undefined && { values }), ...(changedAt !== undefined && { changedAt }) },
      refreshedAt: undefined,
      earlierMs: 0,
      notBefore: undefined,
      askedMs: undefined,
      untold: undefined,
      isAmiss: false,
      reading: undefined,
      wasGone: false,
      wasEmpty: false,
      get values() {
        return kept.get(key)?.values;
      },
      get valuesAs() {
        return kept.get(key)?.as;
      },
    };
    this.#memories.set(key, memory);
    return memory;
  }

  /** The memory under `key`, if there is one. */
  peek(key: string): Memory | undefined {
    return this.#memories.get(key);
  }

  /** Keeps what the stores gave for the object in state `as`. */
  keep(key: string, values: NamedValues, as: string): void {
    this.#values.set(key, { values, as });
  }

  forget(key: string): void {
    this.#memories.delete(key);
    this.#values.delete(key);
  }
}
