// A family of kinds as the manager runs it.

import type { Workers } from '../engine/worker.ts';
import type { Removals } from '../secret/removal.ts';

/** One group of kinds with everything that serves it. */
export interface Family {
  /** Follows what it watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  synced: Promise<unknown>;
  /** What is not in sync yet, in words. */
  waitingFor(): string[];
  /** From now on objects are worked on. */
  start(signal: AbortSignal, fingerprintKey: Uint8Array): Promise<void>;
  workers: readonly Workers[];
  /** Since when the longest failing refresh fails, in seconds. */
  staleSeconds(): number;
  /** Secrets whose object is gone. */
  deletions(): Removals['counts'];
  /** Ends what it has open towards stores; after the workers. */
  close(): Promise<void>;
}
