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

/** The outcome of `work`, or the signal's reason as soon as it aborts; `work` then goes on unheard. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    // Whoever lost the race has nobody to tell.
    work.catch(() => {});
    aborted.catch(() => {});
  }
}
