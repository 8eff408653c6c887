// Answers kept for a while, so that consumers who ask one after another share a read; bounded in bytes and in age.

import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../src/kube/clock.ts';
import { isPassing, isStoreError } from '../store.ts';
import type { Outcome } from './flight.ts';

/** How much is kept, and how long. */
export interface Keeping {
  /** Bytes of values, over all stores. Default: 32 MiB. */
  maxBytes?: number;
  /** No answer is kept longer, whatever age a consumer would take. Default: five minutes. */
  valueMs?: number;
  /** A refusal (denied, not found …) is kept this long: enough for a crowd that asks at once, short for whoever repairs it. Default: 2,000. */
  refusalMs?: number;
}

/** An answer, and when the read that gave it began, on the monotonic clock. */
export interface Kept {
  readonly outcome: Outcome;
  readonly startedMs: number;
}

/** Least recently used first out. Failures that may pass are never kept. */
export class Answers {
  readonly #clock: Clock;
  readonly #refusalMs: number;
  readonly #valueMs: number;
  readonly #kept: LRUCache<string, Kept>;
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, { maxBytes = 32 * 2 ** 20, valueMs = 300_000, refusalMs = 2_000 }: Keeping = {}) {
    this.#clock = clock;
    this.#refusalMs = refusalMs;
    this.#valueMs = valueMs;
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ outcome }, key) => sizeOf(outcome) + key.length,
    });
  }

  /** The answer under `key` whose read began at `notBeforeMs` or later. */
  get(key: string, notBeforeMs: number): Kept | undefined {
    const kept = this.#kept.get(key);
    if (!kept || kept.startedMs < notBeforeMs || this.#isOver(kept)) return undefined;
    return kept;
  }

  set(key: string, outcome: Outcome, startedMs: number): void {
    if (isPassing(outcome)) return;
    this.#kept.set(key, { outcome, startedMs });
    // Secrets nobody asks for must not lie around until something else needs the room.
    this.#cancelSweep ??= this.#clock.timer(this.#valueMs, () => this.#sweep());
  }

  /** Drops every answer whose key begins so. */
  drop(prefix: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(prefix)) this.#kept.delete(key);
  }

  clear(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#kept.clear();
  }

  #isOver({ outcome, startedMs }: Kept): boolean {
    const ageMs = this.#clock.monotonicMs() - startedMs;
    if (isStoreError(outcome)) return ageMs >= this.#refusalMs;
    if ('expires' in outcome && outcome.expires && outcome.expires <= this.#clock.now()) return true;
    return ageMs >= this.#valueMs;
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    for (const [key, kept] of this.#kept.entries()) if (this.#isOver(kept)) this.#kept.delete(key);
    if (this.#kept.size > 0) this.#cancelSweep = this.#clock.timer(this.#valueMs, () => this.#sweep());
  }
}

// What an entry costs beside its bytes: objects, strings, the cache's own links.
const overhead = 256;

function sizeOf(outcome: Outcome): number {
  if (isStoreError(outcome)) return overhead;
  if (!('bytes' in outcome)) {
    return outcome.reduce(
      (sum, { name, value }) => sum + overhead + name.length + (value ? sizeOf(value) : 0),
      overhead,
    );
  }
  const { bytes, json } = outcome;
  return overhead + bytes.byteLength + (json?.byteLength ?? 0);
}
