// Lets one caller at a time work with the private keys, behind what is being reconciled, and sends those away who would wait long.

import type { Clock } from '../../src/kube/clock.ts';
import { TokenBucket } from '../../src/kube/token-bucket.ts';

export interface GateOptions {
  clock: Clock;
  /** Values a second that may be opened, with bursts of two seconds' worth. */
  perSecond: number;
  /** Whether objects that changed wait for a worker. */
  isPressed: () => boolean;
}

const mostWaiting = 4;
const patienceMs = 10_000;
const stepAsideMs = 20;
const longestStepAsideMs = 100;

/** The one way to the keys for requests from outside. */
export class Gate {
  readonly #options: GateOptions;
  readonly #bucket: TokenBucket;
  readonly #waiting = new Set<() => void>();
  #isBusy = false;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.perSecond, options.clock);
  }

  /** Does `work` when its turn comes; `undefined`, and nothing done, where too many wait already or the turn does not come soon. */
  async enter<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#turn())) return undefined;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** Resolves when work may be done that is as much as to open `cost` values. Reconciling goes first, though not for ever. */
  async pay(cost: number): Promise<void> {
    const { clock, isPressed } = this.#options;
    await this.#bucket.take(undefined, cost);
    for (let waited = 0; isPressed() && waited < longestStepAsideMs; waited += stepAsideMs) {
      await clock.sleep(stepAsideMs);
    }
  }

  async #turn(): Promise<boolean> {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return true;
    }
    if (this.#waiting.size >= mostWaiting) return false;
    return new Promise((resolve) => {
      const called = () => {
        cancel();
        resolve(true);
      };
      const cancel = this.#options.clock.timer(patienceMs, () => {
        this.#waiting.delete(called);
        resolve(false);
      });
      this.#waiting.add(called);
    });
  }

  #next(): void {
    const [called] = this.#waiting;
    if (!called) this.#isBusy = false;
    else {
      this.#waiting.delete(called);
      called();
    }
  }
}
