// The work queue: each key at most once waiting and once in work, changes first, every namespace its share.

import type { Clock } from '../../src/kube/clock.ts';
import { backoffMs, type Random } from './backoff.ts';

// The most urgent first.
const lanes = ['now', 'backlog', 'later'] as const;

/** `now` for what changed, `backlog` for what is new, `later` for retries, periodic work and what is only to be told. */
export type Lane = (typeof lanes)[number];

export interface QueueOptions {
  clock: Clock;
  random: Random;
  /** How many keys may be in work at once. */
  concurrency: number;
  /** Whose share a key counts against. Default: its namespace, the part before the slash. */
  groupOf?: (key: string) => string;
  /** Called whenever `take` may have something new to give. */
  onReady?: () => void;
}

const namespaceOf = (key: string) => key.slice(0, Math.max(key.indexOf('/'), 0));

// Dynamic thresholds (Choudhury and Hahne, 1998): one group alone gets 3/4 of the workers, and some are always free for another.
const shareOfFree = 3;
// One look in so many goes to the least urgent lane first: however much is urgent, nothing waits for ever.
const turnOfLeast = 32;

/** Keys waiting for a worker. Every method is synchronous; the owner pulls with `take` and must answer each key with `finish`. */
export class WorkQueue {
  readonly #options: Required<QueueOptions>;
  readonly #lanes: Record<Lane, Map<string, Set<string>>> = { now: new Map(), backlog: new Map(), later: new Map() };
  readonly #waiting = new Map<string, { lane: Lane; sinceMs: number }>();
  readonly #working = new Map<string, { lane: Lane; again: Lane | undefined }>();
  readonly #groupLoad = new Map<string, number>();
  readonly #delayed = new Map<string, { dueMs: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  #taken = 0;

  constructor(options: QueueOptions) {
    this.#options = { groupOf: namespaceOf, onReady: () => {}, ...options };
  }

  /** Asks for a look at `key`. While it is in work, that look comes right after. */
  add(key: string, lane: Lane = 'now'): void {
    this.#cancelDelay(key);
    const working = this.#working.get(key);
    if (working) {
      working.again = working.again && isMoreUrgent(working.again, lane) ? working.again : lane;
      return;
    }
    this.#enqueue(key, lane);
    this.#options.onReady();
  }

  /** Asks for a look in `ms`. An earlier appointment stands. */
  addAfter(key: string, ms: number): void {
    const dueMs = this.#options.clock.monotonicMs() + ms;
    const standing = this.#delayed.get(key);
    if (standing && standing.dueMs <= dueMs) return;
    standing?.cancel();
    const cancel = this.#options.clock.timer(ms, () => {
      this.#delayed.delete(key);
      this.add(key, 'later');
    });
    this.#delayed.set(key, { dueMs, cancel });
  }

  /** Asks for a look after this key's backoff, and not sooner than `atLeastMs`. */
  retry(key: string, atLeastMs = 0): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAfter(key, Math.max(backoffMs(failures, this.#options.random), atLeastMs));
  }

  /** How often in a row `key` was retried. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next failure of `key` is its first again. */
  forgive(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key to work on, or undefined when none may start now. */
  take(): string | undefined {
    const order = this.#taken % turnOfLeast === turnOfLeast - 1 ? lanes.toReversed() : lanes;
    const key = this.#pick(order);
    if (key === undefined) return undefined;
    this.#taken += 1;
    this.#working.set(key, { lane: this.#waiting.get(key)?.lane ?? 'now', again: undefined });
    this.#waiting.delete(key);
    const group = this.#options.groupOf(key);
    this.#groupLoad.set(group, this.#loadOf(group) + 1);
    return key;
  }

  /** Work on `key` has ended, however it ended. */
  finish(key: string): void {
    const working = this.#working.get(key);
    if (!working) return;
    this.#working.delete(key);
    const group = this.#options.groupOf(key);
    const load = this.#loadOf(group) - 1;
    if (load > 0) this.#groupLoad.set(group, load);
    else this.#groupLoad.delete(group);
    if (working.again) this.#enqueue(key, working.again);
    this.#options.onReady();
  }

  /** Keys waiting for a worker; keys with an appointment are not counted. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Whether anything urgent waits for a worker. */
  get isPressed(): boolean {
    return this.#lanes.now.size > 0 || this.#lanes.backlog.size > 0;
  }

  /** Whether what is not urgent about `key`, in work as an urgent one, would keep urgent others waiting. */
  isHoldingUp(key: string): boolean {
    return this.#working.get(key)?.lane !== 'later' && this.isPressed;
  }

  get working(): number {
    return this.#working.size;
  }

  /** Keys with an appointment. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** How long the longest-waiting key waits for a worker, in milliseconds. */
  get oldestMs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { sinceMs } of this.#waiting.values()) oldest = Math.min(oldest, sinceMs);
    return oldest === Number.POSITIVE_INFINITY ? 0 : this.#options.clock.monotonicMs() - oldest;
  }

  /** Drops everything that waits; keys in work are still to be finished. */
  clear(): void {
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    for (const lane of lanes) this.#lanes[lane].clear();
    for (const working of this.#working.values()) working.again = undefined;
  }

  #enqueue(key: string, lane: Lane): void {
    const waiting = this.#waiting.get(key);
    if (waiting && !isMoreUrgent(lane, waiting.lane)) return;
    if (waiting) this.#removeFromLane(key, waiting.lane);
    const group = this.#options.groupOf(key);
    const keys = this.#lanes[lane].get(group);
    if (keys) keys.add(key);
    else this.#lanes[lane].set(group, new Set([key]));
    this.#waiting.set(key, { lane, sinceMs: waiting?.sinceMs ?? this.#options.clock.monotonicMs() });
  }

  #removeFromLane(key: string, lane: Lane): void {
    const group = this.#options.groupOf(key);
    const keys = this.#lanes[lane].get(group);
    keys?.delete(key);
    if (keys?.size === 0) this.#lanes[lane].delete(group);
  }

  // Groups take turns: the one that was served goes to the end of its lane.
  #pick([lane, ...rest]: readonly Lane[]): string | undefined {
    const free = this.#options.concurrency - this.#working.size;
    if (lane === undefined || free <= 0) return undefined;
    const groups = this.#lanes[lane];
    for (const [group, keys] of groups) {
      const load = this.#loadOf(group);
      if (load > 0 && load >= shareOfFree * free) continue;
      const [key] = keys;
      if (key === undefined) continue;
      keys.delete(key);
      groups.delete(group);
      if (keys.size > 0) groups.set(group, keys);
      return key;
    }
    return this.#pick(rest);
  }

  #loadOf(group: string): number {
    return this.#groupLoad.get(group) ?? 0;
  }

  #cancelDelay(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}

const isMoreUrgent = (a: Lane, b: Lane) => lanes.indexOf(a) < lanes.indexOf(b);
