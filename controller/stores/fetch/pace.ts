// How many calls may be out and how many may start: limits that shrink when the store says "too many" and grow back.

import type { Clock } from '../../../src/kube/clock.ts';
import type { Limits } from '../store.ts';

const defaultConcurrency = 16;

/** A token bucket for starts, and additive increase, multiplicative decrease (Jacobson, 1988) for calls in flight. */
export class Pace {
  readonly #clock: Clock;
  #limits: Limits = {};
  #allowed = defaultConcurrency;
  #tokens = Number.POSITIVE_INFINITY;
  #atMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMs = clock.monotonicMs();
  }

  /** The limits from now on; the newest backend's word counts. */
  limit(limits: Limits): void {
    if (limits.concurrency === this.#limits.concurrency && limits.perSecond === this.#limits.perSecond) return;
    this.#limits = limits;
    this.#allowed = this.#most;
    this.#tokens = this.#burst;
    this.#atMs = this.#clock.monotonicMs();
  }

  /** Calls that may be out at once. */
  get concurrency(): number {
    return Math.max(1, Math.floor(this.#allowed));
  }

  /** How long until a call may start. */
  waitMs(): number {
    const { perSecond } = this.#limits;
    if (perSecond === undefined) return 0;
    this.#refill(perSecond);
    // A timer may fire a hair early; a whole millisecond keeps it from being set again for nothing.
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / perSecond) * 1000);
  }

  /** A call starts. */
  take(): void {
    this.#tokens -= 1;
  }

  succeeded(): void {
    this.#allowed = Math.min(this.#most, this.#allowed + 1 / this.#allowed);
  }

  throttled(): void {
    this.#allowed = Math.max(1, this.#allowed / 2);
  }

  /** Whether nothing would be lost by forgetting it. */
  get isFull(): boolean {
    const { perSecond } = this.#limits;
    if (perSecond !== undefined) this.#refill(perSecond);
    return this.#allowed === this.#most && this.#tokens >= this.#burst;
  }

  get #most(): number {
    return Math.max(1, this.#limits.concurrency ?? defaultConcurrency);
  }

  get #burst(): number {
    const { perSecond } = this.#limits;
    return perSecond === undefined ? Number.POSITIVE_INFINITY : Math.max(1, 2 * perSecond);
  }

  #refill(perSecond: number): void {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#atMs) / 1000) * perSecond);
    this.#atMs = now;
  }
}
