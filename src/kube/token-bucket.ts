// A limit on calls per second that lets short bursts through.

import type { Clock } from './clock.ts';

/** Holds up to two seconds' worth of calls. Waiters are served in the order they came. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #size: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, clock: Clock) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#size = Math.max(1, 2 * perSecond);
    this.#tokens = this.#size;
    this.#at = clock.monotonicMs();
  }

  /** Resolves when the call may go, or one that counts as `cost` of them. Rejects with the signal's reason. */
  async take(signal?: AbortSignal, cost = 1): Promise<void> {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#size, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    // Going below zero books a place in the queue: the debt is how long to wait.
    this.#tokens -= cost;
    if (this.#tokens >= 0) return;
    await this.#clock.sleep((-this.#tokens / this.#perSecond) * 1000, signal);
  }
}
