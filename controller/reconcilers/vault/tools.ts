// What the body of a VaultStaticSecret works with.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import type { Lane } from '../../engine/queue.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Restarter } from '../../restarts/restarter.ts';
import type { Collection } from '../../secret/desired.ts';
import type { SecretWriter } from '../../secret/writer.ts';
import type { EventRecorder } from '../../status/events.ts';
import type { Fetcher, RemoteValue } from '../../stores/store.ts';
import type { Memories } from '../memory.ts';
import type { Patience } from '../patience.ts';
import type { VaultBackends } from './backends.ts';
import type { Followers } from './followers.ts';
import type { VaultDirectory, VaultIdentity } from './identity.ts';
import type { Target } from './target.ts';

/** One reading of an object's value. */
export interface Reading {
  /** For which state of the object: `Job.version`. */
  readonly as: string;
  readonly began: Date;
  /** `same` where it is the one that was read last. */
  readonly value: Promise<RemoteValue | 'same'>;
  /** It has ended, well or not. */
  isOver: boolean;
}

/** What the body works with. */
export interface StaticSecretTools {
  kube: KubeApi;
  secrets: SecretWriter;
  directory: VaultDirectory;
  /** Which server and who; notes what the object depends on. Throws `Stalled` or `Waiting`. */
  identityOf(object: VaultStaticSecret): VaultIdentity;
  backends: Pick<VaultBackends, 'get' | 'forget'>;
  fetcher: Pick<Fetcher, 'read' | 'kept'>;
  followers: Followers;
  memories: Memories<RemoteValue, Reading>;
  /** What the watches know of the SecretTransformations that the object names: changes when one of them does. */
  sourcesDigest(object: VaultStaticSecret): string | undefined;
  /** Another VaultStaticSecret that wants the same Secret, and came before this one. */
  rivalOf(object: VaultStaticSecret, target: Target): string | undefined;
  /** Secrets that this object made under other names. */
  outgrown(object: VaultStaticSecret, target: Target): readonly string[];
  /** Asks for another look, as soon as an answer is there. */
  again(key: string, lane: Lane): void;
  events: Pick<EventRecorder, 'emit'>;
  metrics: Pick<Metrics, 'driftRepairs'>;
  restarts: Pick<Restarter, 'settle'>;
  patience: Patience;
  /** Keys the digests of values. */
  fingerprintKey(): Uint8Array;
  /** Keys `status.secretMAC`. */
  macKey(): Uint8Array;
  allowedTypes: readonly string[] | undefined;
  drift: 'correct' | 'detect';
  collection: Collection;
  maxStalenessMs: number;
  random: () => number;
  now: () => Date;
  monotonicMs: () => number;
}
