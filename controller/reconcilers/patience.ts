// Two who undo each other's work must not do it as fast as they can: repairs of one Secret are few a minute.

import type { Clock } from '../../src/kube/clock.ts';

// An editor, a script or a test that breaks a Secret a few times in a row is put right each time at once.
const burst = 20;
const everyMs = 10_000;

/** Counts repairs by object. Objects that are left alone cost nothing. */
export class Patience {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** When the repairs of an object so far will be forgotten, in milliseconds of the monotonic clock. */
  readonly #paidMs = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Milliseconds until the next repair may be made; 0: now. */
  leftMs(key: string): number {
    const paidMs = this.#paidMs.get(key);
    return paidMs === undefined ? 0 : Math.max(0, paidMs - this.#clock.monotonicMs() - (burst - 1) * everyMs);
  }

  /** A repair was made. */
  note(key: string): void {
    const now = this.#clock.monotonicMs();
    this.#paidMs.set(key, Math.max(this.#paidMs.get(key) ?? now, now) + everyMs);
  }

  /** The object is gone. */
  forget(key: string): void {
    this.#paidMs.delete(key);
  }
}
