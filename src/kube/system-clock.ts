// The real clock: the one file that names the global timers and `Date.now`.

import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './clock.ts';

// Node fires a timer at once when its delay does not fit 31 bits.
const longestMs = 2 ** 31 - 1;

/** The machine's clock. A sleep keeps the process alive; a timer does not. */
export const systemClock: Clock = {
  now: () => new Date(Date.now()),
  // The global loads `node:perf_hooks` at its first use only; importing it costs every start-up a millisecond.
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await wait(Math.min(ms, longestMs), undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  timer(ms, action) {
    const timeout = setTimeout(action, Math.min(ms, longestMs));
    timeout.unref();
    return () => clearTimeout(timeout);
  },
};
