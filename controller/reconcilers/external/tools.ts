// What the body of an ExternalSecret works with.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { Lane } from '../../engine/queue.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Restarter } from '../../restarts/restarter.ts';
import type { Collection } from '../../secret/desired.ts';
import type { SecretWriter } from '../../secret/writer.ts';
import type { EventRecorder } from '../../status/events.ts';
import type { Fetcher } from '../../stores/store.ts';
import type { StoreBackends } from './backends.ts';
import type { StoreDirectory } from './directory.ts';
import type { Generators } from './generators.ts';
import type { Memories } from './memory.ts';
import type { Target } from './target.ts';
import type { TemplateSources } from './templates.ts';

/** What the body works with. */
export interface ExternalSecretTools {
  kube: KubeApi;
  secrets: SecretWriter;
  directory: StoreDirectory;
  backends: Pick<StoreBackends, 'get'>;
  fetcher: Pick<Fetcher, 'read' | 'list'>;
  generators: Generators;
  memories: Memories;
  /** Where `templateFrom` is read, for the objects of a namespace. */
  sourcesIn(namespace: string, signal: AbortSignal): TemplateSources;
  /** What the watches know of the object's template sources: changes when one of them does. */
  sourcesDigest(object: ExternalSecret): string | undefined;
  /** Another ExternalSecret that has the whole of the same Secret, or wants it and came before this one. */
  rivalOf(object: ExternalSecret, target: Target): string | undefined;
  /** Secrets that this ExternalSecret made under other names. */
  outgrown(target: Target): readonly string[];
  /** Has others that use the same stores, and are to be refreshed soon, refreshed now. */
  bringForward(object: ExternalSecret): void;
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
