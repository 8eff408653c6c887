// A clock that only moves when a test says so.

import type { Clock } from '../../src/kube/clock.ts';

interface Pending {
  at: number;
  order: number;
  sleep: boolean;
  action: () => void;
}

/** Time stands still until `advance`. Timers fire in the order of their moments, then of their making. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  #order = 0;
  readonly #startMs: number;
  readonly #pending = new Set<Pending>();
  readonly #watchers = new Set<() => void>();

  constructor(start = new Date('2026-01-01T00:00:00Z')) {
    this.#startMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#startMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const aborted = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.#schedule(ms, true, () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      });
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  timer(ms: number, action: () => void): () => void {
    return this.#schedule(ms, false, action);
  }

  /** How many `sleep` calls wait now. */
  get sleeping(): number {
    return [...this.#pending].filter(({ sleep }) => sleep).length;
  }

  /** How many sleeps and timers wait now. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Moves time by `ms`, firing what comes due on the way and letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, next.at);
      this.#pending.delete(next);
      next.action();
      await settle();
    }
    this.#elapsedMs = until;
  }

  /** Resolves when `count` sleeps wait: the moment at which a test may advance without racing real I/O. */
  async untilSleeping(count = 1): Promise<void> {
    while (this.sleeping < count) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  /** Resolves when `count` sleeps or timers wait. */
  async untilWaiting(count = 1): Promise<void> {
    while (this.waiting < count) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  #schedule(ms: number, sleep: boolean, action: () => void): () => void {
    const entry = { at: this.#elapsedMs + Math.max(0, ms), order: this.#order++, sleep, action };
    this.#pending.add(entry);
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
    return () => this.#pending.delete(entry);
  }

  #next(until: number): Pending | undefined {
    return [...this.#pending]
      .filter(({ at }) => at <= until)
      .sort((left, right) => left.at - right.at || left.order - right.order)[0];
  }
}

/** The real clock with every wait `times` shorter: for what waits long and is not about how long. Times of day stay true. */
export function hurried(clock: Clock, times: number): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs() * times,
    sleep: (ms, signal) => clock.sleep(ms / times, signal),
    timer: (ms, action) => clock.timer(ms / times, action),
  };
}

// A full turn of the event loop: everything that only waits for promises has run by then.
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
