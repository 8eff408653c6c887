// What the bodies of all kinds that are read from stores work with.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Lane } from '../engine/queue.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { Restarter } from '../restarts/restarter.ts';
import type { Collection } from '../secret/desired.ts';
import { SecretWriter } from '../secret/writer.ts';
import type { EventRecorder } from '../status/events.ts';
import type { StoreFamilyOptions } from './family.ts';
import type { Memories } from './memory.ts';

/** `V` is what the stores give, `R` a reading that is under way. */
export interface StoreTools<V, R> {
  kube: KubeApi;
  secrets: SecretWriter;
  memories: Memories<V, R>;
  /** Asks for another look: an answer is there. */
  again(key: string, lane: Lane): void;
  events: Pick<EventRecorder, 'emit'>;
  metrics: Pick<Metrics, 'driftRepairs'>;
  restarts: Pick<Restarter, 'settle'>;
  /** Keys the digests of values. */
  fingerprintKey(): Uint8Array;
  allowedTypes: readonly string[] | undefined;
  drift: 'correct' | 'detect';
  collection: Collection;
  maxStalenessMs: number;
  random: () => number;
  now: () => Date;
  monotonicMs: () => number;
}

/** The part of `StoreTools` that is not a family's own. */
export function storeToolsOf(
  options: StoreFamilyOptions,
): Omit<StoreTools<never, never>, 'memories' | 'again' | 'fingerprintKey'> {
  const { kube, clock, random, events, metrics, drift, allowedTypes, maxStalenessMs, deletionGraceMs } = options;
  return {
    kube,
    secrets: new SecretWriter(kube, options.secrets),
    events,
    metrics,
    restarts: new Restarter({ ...options, windowMs: options.restartWindowMs }),
    allowedTypes: allowedTypes.length > 0 ? allowedTypes : undefined,
    drift,
    collection: deletionGraceMs > 0 ? 'grace' : 'ownerReference',
    maxStalenessMs,
    random,
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
  };
}
