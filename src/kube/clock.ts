// Time as the program sees it: injected everywhere, so that tests own it and no file names a global timer.

/** The one source of time. `system-clock.ts` is the real one, `test/support/clock.ts` the one that tests turn by hand. */
export interface Clock {
  /** Wall-clock time, for what people and other machines read. It may jump. */
  now(): Date;
  /** Milliseconds since some fixed moment; never jumps, so durations and deadlines are measured with it. */
  monotonicMs(): number;
  /** Resolves after `ms`. Rejects with the signal's reason as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `ms`, unless the returned function was called before. Does not keep the process alive. */
  timer(ms: number, action: () => void): () => void;
}
