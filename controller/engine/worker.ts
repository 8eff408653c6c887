// The workers of one family: they pull keys from the queue, look at each object, and act on how that ended.

import { setMaxListeners } from 'node:events';
import type { Clock } from '../../src/kube/clock.ts';
import type { Random } from './backoff.ts';
import type { Result } from './outcome.ts';
import { WorkQueue } from './queue.ts';

/** One worker's time with one key. */
export interface Turn {
  /** Aborts when the look has to be broken off. */
  signal: AbortSignal;
  /** Whether more urgent work waits than what is left of this look: then end it with `later`. Never true for the look after that. */
  isHoldingUp: () => boolean;
}

export interface WorkersOptions {
  clock: Clock;
  random: Random;
  /** How many keys may be in work at once. */
  concurrency: number;
  /** One look at one object. Must not throw: `reconcilers/shell.ts` turns every error into a result. */
  look: (key: string, turn: Turn) => Promise<Result>;
  /** Called when `look` throws nevertheless; the key is retried. */
  onBug: (key: string, error: unknown) => void;
}

/** Runs `look` over the keys of its queue once started. */
export class Workers {
  readonly queue: WorkQueue;
  readonly #options: WorkersOptions;
  readonly #abort = new AbortController();
  readonly #idle: (() => void)[] = [];
  readonly #held = new Set<string>();
  #isRunning = false;
  #isStopped = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
    const { clock, random, concurrency } = options;
    this.queue = new WorkQueue({ clock, random, concurrency, onReady: () => this.#pump() });
  }

  /** Does nothing once they were stopped. */
  start(): void {
    if (this.#isStopped) return;
    this.#isRunning = true;
    this.#pump();
  }

  /** Resolves when nothing waits for a worker, nothing is in work and nothing held up; appointments do not count. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes no more work and resolves when what is in work has ended. `abort` breaks its calls off. */
  async stop(abort: AbortSignal): Promise<void> {
    this.#isRunning = false;
    this.#isStopped = true;
    this.queue.clear();
    // The workers of every kind stop under one signal, and Node warns of more than ten listeners.
    setMaxListeners(0, abort);
    const breakOff = () => this.#abort.abort(abort.reason);
    if (abort.aborted) breakOff();
    else abort.addEventListener('abort', breakOff, { once: true });
    await this.idle();
    abort.removeEventListener('abort', breakOff);
  }

  get #isIdle(): boolean {
    // Watches go on while the last work ends: what they still bring is not waited for.
    return this.queue.working === 0 && ((this.queue.depth === 0 && this.#held.size === 0) || this.#isStopped);
  }

  #pump(): void {
    while (this.#isRunning) {
      const key = this.queue.take();
      if (key === undefined) break;
      void this.#work(key);
    }
    if (this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #work(key: string): Promise<void> {
    this.#held.delete(key);
    try {
      const turn = { signal: this.#abort.signal, isHoldingUp: () => this.queue.isHoldingUp(key) };
      const result = await this.#options.look(key, turn);
      if (this.#isRunning) this.#settle(key, result);
    } catch (error) {
      this.#options.onBug(key, error);
      if (this.#isRunning) this.queue.retry(key);
    } finally {
      this.queue.finish(key);
    }
  }

  #settle(key: string, result: Result): void {
    if (result.next === 'held') {
      this.#held.add(key);
      return;
    }
    if (result.next === 'retry') {
      this.queue.retry(key, result.afterMs);
      return;
    }
    this.queue.forgive(key);
    if (result.next === 'later') this.queue.add(key, 'later');
    if (result.next === 'again') this.queue.addAfter(key, result.afterMs);
  }
}
