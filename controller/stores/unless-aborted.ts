// Waiting for something that goes on by itself, no longer than the one who waits wants to.

import { setMaxListeners } from 'node:events';

/** What `promise` comes to, or the signal's reason as soon as it aborts; the promise is then let go of, not ended. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    // Many may wait under one signal, which is no leak to warn of.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
