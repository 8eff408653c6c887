// The lull after a flood: once much has come and been worked on, and then next to nothing, something is done that would have held it up.

import type { Clock } from '../../src/kube/clock.ts';

export interface LullOptions {
  clock: Clock;
  /** Whether anything waits for a worker or is in work. */
  isBusy: () => boolean;
  /** Called in each lull after a flood. */
  action: () => void;
}

// What costs a tenth of a second, or a quarter under load, is little beside so many changes, however often they come.
const flood = 1_000;
// Somewhere in a large cluster there is always something.
const trickle = 10;
const quietMs = 1_000;

/** Counts changes, and calls `action` once after each flood of them. */
export class Lull {
  readonly #options: LullOptions;
  #changes = 0;
  #isWatched = false;

  constructor(options: LullOptions) {
    this.#options = options;
  }

  /** Something has changed. */
  note(): void {
    this.#changes += 1;
    if (this.#changes >= flood && !this.#isWatched) this.#watch();
  }

  #watch(): void {
    const { clock, isBusy, action } = this.#options;
    const before = this.#changes;
    this.#isWatched = true;
    clock.timer(quietMs, () => {
      if (isBusy() || this.#changes - before > trickle) return this.#watch();
      this.#isWatched = false;
      this.#changes = 0;
      action();
    });
  }
}
