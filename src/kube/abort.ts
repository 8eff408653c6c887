// Abort signals that follow others without staying attached to them.

import { setMaxListeners } from 'node:events';

/**
 * Aborts with its parent or by itself. `leave` lets go of the parent: a parent that lives as long as the process would
 * otherwise gather one listener a call (and `AbortSignal.any` leaks on Node 20).
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;

  constructor(parent?: AbortSignal) {
    this.#parent = parent;
    if (parent?.aborted) this.#follow();
    if (!parent || parent.aborted) return;
    // Many calls at once under one signal are ordinary here, no leak to warn of.
    setMaxListeners(0, parent);
    parent.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  leave(): void {
    this.#parent?.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => this.#controller.abort(this.#parent?.reason);
}

/** Resolves as soon as the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What `work` comes to, or the signal's reason as soon as it aborts; the work then goes on unheard. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    // Many may wait under one signal, which is no leak to warn of.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
