// Whether a destination is worth asking: open after repeated failure or when told to wait, one probe at a time until it answers.

import type { Clock } from '../../../src/kube/clock.ts';
import type { StoreError } from '../store.ts';
import type { Ask } from './flight.ts';

/** When to stop asking, and how often to look whether it is back. */
export interface CircuitOptions {
  clock: Clock;
  /** 0 ≤ x < 1. */
  random: () => number;
  /** Failures in a row, without any answer between, that open it. Default: 5. */
  threshold?: number;
  /** The first wait before a probe; each failed probe doubles it. Default: 500. */
  firstMs?: number;
  /** The longest wait before a probe, and so how long a store that is back can go unnoticed. Default: 5,000. */
  longestMs?: number;
}

// Enough that one broken key cannot keep a healthy store shut: probes go round these.
const maxCandidates = 8;

// A Retry-After beyond this is a proxy's mistake or an attack on us.
const longestPatienceMs = 15 * 60_000;

/** The state of one destination. It decides; the lane acts on it. */
export class Circuit {
  readonly #options: Required<CircuitOptions>;
  #state: 'closed' | 'open' | 'probing' = 'closed';
  #failures = 0;
  #opened = 0;
  #untilMs = 0;
  #cause: StoreError | undefined;
  readonly #candidates = new Map<string, Ask>();

  constructor(options: CircuitOptions) {
    this.#options = { threshold: 5, firstMs: 500, longestMs: 5_000, ...options };
  }

  /** Whether calls go out freely. */
  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Whether there is anything to remember: it is open, and somebody waits for it to close. */
  get isOfUse(): boolean {
    return this.#state !== 'closed' && this.#candidates.size > 0;
  }

  /** Whether the wait is over and the next call decides. */
  get isProbing(): boolean {
    return this.#state === 'probing';
  }

  /** What opened it, and how long until the next probe; undefined while it is closed. */
  get closedBy(): { cause: StoreError; waitMs: number } | undefined {
    if (this.#state === 'closed' || !this.#cause) return undefined;
    return { cause: this.#cause, waitMs: Math.max(0, this.#untilMs - this.#options.clock.monotonicMs()) };
  }

  /** Remembers an ask that was not answered, to probe with. */
  remember(key: string, ask: Ask): void {
    this.#candidates.delete(key);
    this.#candidates.set(key, ask);
    if (this.#candidates.size <= maxCandidates) return;
    const [oldest] = this.#candidates.keys();
    if (oldest !== undefined) this.#candidates.delete(oldest);
  }

  /** Forgets asks of an identity whose backend went. */
  forget(identity: string): void {
    for (const [key, { backend }] of this.#candidates) if (backend.identity === identity) this.#candidates.delete(key);
  }

  /** An ask to probe with, another one each time; none that `isOut` already. */
  candidate(isOut: (key: string) => boolean): Ask | undefined {
    for (const [key, ask] of this.#candidates) {
      if (isOut(key)) continue;
      this.remember(key, ask);
      return ask;
    }
    return undefined;
  }

  /** The wait is over: one call may go. */
  probe(): void {
    if (this.#state === 'open') this.#state = 'probing';
  }

  /** A call was answered, if only with a refusal. Says whether that ended an outage. */
  answered(): boolean {
    const wasShut = this.#state !== 'closed';
    // Calls that were out when the store said "not now" may still succeed: it meant the next ones.
    if (this.#state === 'open' && this.#cause?.retryAfterMs !== undefined) return false;
    this.#state = 'closed';
    this.#failures = 0;
    this.#opened = 0;
    this.#candidates.clear();
    return wasShut;
  }

  /** A call was not answered, or with "not now". Says whether the circuit is open after it. */
  failed(error: StoreError): boolean {
    this.#failures += 1;
    const mustWait = error.retryAfterMs !== undefined;
    // Calls that were out when it opened fail late, and say nothing new unless they ask for patience.
    if (this.#state === 'open' && !mustWait) return true;
    if (this.#state === 'closed' && !mustWait && this.#failures < this.#options.threshold) return false;
    this.#open(error);
    return true;
  }

  #open(error: StoreError): void {
    const { clock, random, firstMs, longestMs } = this.#options;
    const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(this.#opened++, 20));
    // Never earlier than the store asked for; jitter on top, so that replicas do not return together.
    const waitMs = Math.min(error.retryAfterMs ?? 0, longestPatienceMs) + ceiling * (0.5 + random() / 2);
    this.#untilMs = Math.max(this.#untilMs, clock.monotonicMs() + waitMs);
    this.#state = 'open';
    this.#cause = error;
  }
}
