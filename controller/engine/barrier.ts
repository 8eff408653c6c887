// A cyclic barrier for work that trickles out: what is done waits a moment for what is about to be, and goes on together with it.

import type { Clock } from '../../src/kube/clock.ts';

export interface BarrierOptions {
  clock: Clock;
  /** How many go on together at most; with 1 nobody waits. */
  size: number;
  /** Whether more is to come than what is in work. */
  isPressed: () => boolean;
}

// What people do not notice, and long enough for two cores to open a dozen objects of four values.
const longestMs = 150;

/**
 * Lets calls go out in volleys. An API server and its etcd wake up, commit and tell their watchers once for calls that come
 * together: sixteen Secrets at once took them a third of the processor time of sixteen one by one (Kubernetes 1.36), which on a
 * small cluster is time that opening needs.
 */
export class Barrier {
  readonly #options: BarrierOptions;
  readonly #waiting: (() => void)[] = [];
  // Who is waited for. When the time is up this begins anew: who was late once keeps nobody waiting again.
  #round = { coming: 0 };
  #cancel = () => {};

  constructor(options: BarrierOptions) {
    this.#options = options;
  }

  /** What `work` gives or throws. What it gives and `mayWait`, it gives together with others while more is to come. */
  async after<T>(work: () => Promise<T>, mayWait: (done: T) => boolean): Promise<T> {
    const done = await this.#counted(work);
    if (mayWait(done)) await this.#meet();
    return done;
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    const round = this.#round;
    round.coming += 1;
    try {
      return await work();
    } finally {
      round.coming -= 1;
      if (this.#isLast) this.#open();
    }
  }

  get #isLast(): boolean {
    return this.#round.coming === 0 || !this.#options.isPressed();
  }

  #meet(): Promise<void> {
    const { clock, size } = this.#options;
    const meeting = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#waiting.length >= size || this.#isLast) this.#open();
    else if (this.#waiting.length === 1) this.#cancel = clock.timer(longestMs, () => this.#timeIsUp());
    return meeting;
  }

  #timeIsUp(): void {
    this.#round = { coming: 0 };
    this.#open();
  }

  #open(): void {
    this.#cancel();
    for (const goOn of this.#waiting.splice(0)) goOn();
  }
}
