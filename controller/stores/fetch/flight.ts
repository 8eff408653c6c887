// One read on its way: queued or begun, waited for by any number of consumers, each of whom may leave alone.

import { setMaxListeners } from 'node:events';
import type { Backend, Find, Found, ReadRequest, RemoteValue, StoreError } from '../store.ts';

/** What is asked of a backend: one key, or which keys there are. */
export type Ask =
  | { readonly backend: Backend; readonly request: ReadRequest; readonly find?: never }
  | { readonly backend: Backend; readonly find: Find; readonly request?: never };

/** What a backend answers when it can. */
export type Answer = RemoteValue | readonly Found[];

/** How an ask ended. */
export type Outcome = Answer | StoreError;

/** The outcome as its consumers get it; `startedMs` is undefined where no call was made. */
export interface Landed {
  readonly outcome: Outcome;
  readonly startedMs: number | undefined;
}

interface Consumer {
  resolve: (landed: Landed) => void;
  leave: () => void;
}

/** Joins every consumer of one ask. Nobody left means that nobody wants it: `onAbandoned` is called, once. */
export class Flight {
  readonly ask: Ask;
  /** When the call went out, on the monotonic clock; undefined while it waits its turn. */
  startedMs: number | undefined;
  /** Its call was cancelled because nobody waited: it is no use to anybody who comes now. */
  isGivenUp = false;
  /** Its answer may serve those who ask later. */
  isKept = true;
  readonly #consumers = new Set<Consumer>();
  readonly #onAbandoned: (flight: Flight) => void;

  constructor(ask: Ask, onAbandoned: (flight: Flight) => void) {
    this.ask = ask;
    this.#onAbandoned = onAbandoned;
  }

  /** Resolves with the outcome. Rejects with the signal's reason as soon as it aborts; the others keep waiting. */
  join(signal: AbortSignal): Promise<Landed> {
    return new Promise((resolve, reject) => {
      const aborted = () => {
        this.#consumers.delete(consumer);
        reject(signal.reason);
        if (this.#consumers.size === 0) this.#onAbandoned(this);
      };
      const consumer = { resolve, leave: () => signal.removeEventListener('abort', aborted) };
      this.#consumers.add(consumer);
      // One consumer with many keys is ordinary here, no leak to warn of.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Whether anybody still waits. */
  get wanted(): boolean {
    return this.#consumers.size > 0;
  }

  /** Gives the outcome to all who wait. */
  land(outcome: Outcome): void {
    for (const { resolve, leave } of this.#consumers) {
      leave();
      resolve({ outcome, startedMs: this.startedMs });
    }
    this.#consumers.clear();
  }
}
