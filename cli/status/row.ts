// One object as `seal status` tells it: from what its controller wrote and what it asks for; pure.

import { type Readiness, type ReadStatus, readinessOf } from '../../src/kube/conditions.ts';
import type { ExternalSecret } from '../../src/kube/external-secrets.ts';
import type { KubeObject, SealedSecret } from '../../src/kube/objects.ts';
import { externalIntervalMs, vaultIntervalMs } from '../../src/kube/refresh-interval.ts';
import type { VaultStaticSecret } from '../../src/kube/vault-secrets.ts';
import { recordOf } from '../../src/seal/sealed-secret.ts';
import { momentOf } from '../durations.ts';
import { sourceOf } from './source.ts';

/** What `seal status --json` prints of an object. Times are RFC 3339. */
export interface StatusRow {
  kind: string;
  namespace?: string;
  name: string;
  /** Of the generation that there is: `Unknown` until the controller has looked at it. */
  ready: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  /** The last refreshes fail, and the last good values stay. */
  stale: boolean;
  paused: boolean;
  created?: string;
  source: string;
  /** When values were last read, as far as the status tells. */
  lastRefresh?: string;
  /** When they are read again at the latest. */
  nextRefresh?: string;
  /** How often, where the status tells no time. */
  refreshSeconds?: number;
  /** How often the Secret was put right, by the events that the cluster still has. Left out where they cannot be read. */
  repaired?: number;
  lastRepair?: string;
  /** Keys that the values are sealed under, by the seal record. */
  keyIds: string[];
}

/** What the events tell of one object. */
export interface Repairs {
  count: number;
  last: string | undefined;
}

/** Said where nobody has looked at this generation yet. */
const notObserved = 'NotObserved';

/** `repairs` undefined: events cannot be read. */
export function rowOf(object: KubeObject, repairs: Repairs | undefined, now: Date): StatusRow {
  const { kind, metadata } = object;
  const readiness = readinessOf(object as KubeObject & { status?: ReadStatus });
  return {
    kind,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    name: metadata.name ?? '',
    ...standing(readiness),
    stale: readiness.stale !== undefined,
    paused: readiness.isPaused,
    ...(metadata.creationTimestamp && { created: metadata.creationTimestamp }),
    source: sourceOf(object),
    ...refreshOf(object, now),
    ...(repairs && { repaired: repairs.count }),
    ...(repairs?.last !== undefined && { lastRepair: repairs.last }),
    keyIds: keyIdsOf(object),
  };
}

function standing({ ready, reason, message, isCurrent, stalled }: Readiness) {
  if (isCurrent) return { ready, reason: ready === 'False' && stalled?.reason ? stalled.reason : reason, message };
  return { ready: 'Unknown' as const, reason: notObserved, message: 'no controller has looked at this generation yet' };
}

type Refresh = Pick<StatusRow, 'lastRefresh' | 'nextRefresh' | 'refreshSeconds'>;

function refreshOf(object: KubeObject, now: Date): Refresh {
  if (object.kind === 'ExternalSecret') return externalRefresh(object as ExternalSecret, now);
  if (object.kind !== 'VaultStaticSecret') return {};
  // No controller of this kind writes down when it read.
  const intervalMs = vaultIntervalMs({ spec: { ...(object as VaultStaticSecret).spec } });
  return intervalMs === undefined ? {} : { refreshSeconds: intervalMs / 1000 };
}

function externalRefresh({ spec, status }: ExternalSecret, now: Date): Refresh {
  const last = momentOf(status?.refreshTime);
  const lastRefresh = last && { lastRefresh: last.toISOString() };
  const intervalMs = externalIntervalMs({ spec: { ...spec } });
  const isPeriodic = (spec?.refreshPolicy || 'Periodic') === 'Periodic' && intervalMs > 0;
  if (!isPeriodic) return { ...lastRefresh };
  const next = last && new Date(last.getTime() + intervalMs);
  // Our controller moves the time at most every ten minutes: one that has passed says only how often.
  const when = next && next > now ? { nextRefresh: next.toISOString() } : { refreshSeconds: intervalMs / 1000 };
  return { ...lastRefresh, ...when };
}

function keyIdsOf(object: KubeObject): string[] {
  if (object.kind !== 'SealedSecret') return [];
  const sealedSecret = object as SealedSecret;
  const record = recordOf(sealedSecret);
  const items = Object.keys(sealedSecret.spec?.encryptedData ?? {});
  return [...new Set(items.flatMap((item) => record.get(item)?.keyId ?? []))];
}
