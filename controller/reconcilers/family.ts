// A family of kinds as the manager runs it.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import type { RestartReason } from '../../src/kube/watch.ts';
import type { Cache } from '../engine/cache.ts';
import type { Workers } from '../engine/worker.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Removals } from '../secret/removal.ts';
import type { SeenSecret } from '../secret/seen.ts';
import type { EventRecorder } from '../status/events.ts';
import type { Providers } from '../stores/providers.ts';

/** What every family is told. */
export interface FamilyOptions {
  kube: KubeApi;
  clock: Clock;
  random: () => number;
  log: Log;
  metrics: Metrics;
  events: EventRecorder;
  /** Every Secret, as metadata. */
  secrets: Cache<SeenSecret>;
  concurrency: number;
  drift: 'correct' | 'detect';
  /** Empty: all but those that hand out credentials of the cluster. */
  allowedTypes: readonly string[];
  labelledNamespaces: readonly string[];
  /** Objects of this class are served; empty: objects without one. */
  controllerClass: string;
  /** How long after a change of values workloads are restarted. */
  restartWindowMs: number;
  /** How long Secrets stay when their object is gone; 0: the garbage collector removes them. */
  deletionGraceMs: number;
}

/** And those that read from stores. */
export interface StoreFamilyOptions extends FamilyOptions {
  /** What leads to the stores; closed by who made them. */
  providers: Providers;
  /** Served namespaces; empty: all, and cluster-scoped kinds with them. */
  namespaces: readonly string[];
  selector: string;
  maxStalenessMs: number;
  onRestart: (resource: string) => (reason: RestartReason, error: unknown) => void;
  onBug: (error: unknown) => void;
}

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
