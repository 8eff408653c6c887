// What the conditions of an object say, whichever controller wrote them: pure.

import type { Condition, KubeObject } from './objects.ts';

/** The condition of that type. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** What of a status is read: ours, and that of the reference controllers. */
export interface ReadStatus {
  observedGeneration?: number;
  conditions?: readonly Condition[];
  /** VaultConnection, VaultAuth and their like, as Vault Secrets Operator 1.4 writes it. */
  valid?: boolean;
  error?: string;
  /** VaultStaticSecret: the generation that the Secret was last made for. */
  lastGeneration?: number;
  /** ExternalSecret: `<generation>-<hash>` of what the Secret was last made for. */
  syncedResourceVersion?: string;
}

/** How an object stands. */
export interface Readiness {
  ready: 'True' | 'False' | 'Unknown';
  /** As the controller words it; empty where there is no condition. */
  reason: string;
  message: string;
  /** Whether what is said is said of the generation that there is now. */
  isCurrent: boolean;
  /** What stands beside Ready. Its reason says more than that of Ready. */
  stalled: Condition | undefined;
  stale: Condition | undefined;
  isPaused: boolean;
}

// In this order: the conditions that are a summary, then what the reference controllers had before they wrote one.
const summaries = ['Ready', 'Synced', 'SecretSynced', 'Healthy'] as const;

/** How `object` stands, of our controller's status as of the reference controllers'. */
export function readinessOf(object: KubeObject & { status?: ReadStatus | null }): Readiness {
  const status = object.status ?? {};
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  const summary = summaries.map((type) => findCondition(conditions, type)).find(Boolean) ?? validity(status);
  const isTrue = (type: string) => {
    const found = findCondition(conditions, type);
    return found?.status === 'True' ? found : undefined;
  };
  return {
    ready: summary?.status ?? 'Unknown',
    reason: summary?.reason ?? '',
    message: summary?.message ?? '',
    isCurrent: summary !== undefined && isOf(object.metadata.generation, status, summary),
    stalled: isTrue('Stalled'),
    stale: isTrue('Stale'),
    isPaused: isTrue('Paused') !== undefined,
  };
}

function validity({ valid, error = '' }: ReadStatus): Condition | undefined {
  if (valid === undefined) return undefined;
  return { type: 'Ready', status: valid ? 'True' : 'False', reason: valid ? 'Valid' : 'Invalid', message: error };
}

// External Secrets Operator tells of its stores no generation at all: what it says has to be taken as it stands.
function isOf(generation: number | undefined, status: ReadStatus, summary: Condition): boolean {
  const synced = /^(\d+)-/.exec(status.syncedResourceVersion ?? '')?.[1];
  const observed =
    summary.observedGeneration ??
    // Our definitions put -1 there, which a reference controller leaves standing beside what it says.
    (status.observedGeneration === -1 ? undefined : status.observedGeneration) ??
    status.lastGeneration ??
    (synced === undefined || summary.status !== 'True' ? undefined : Number(synced));
  return generation === undefined || observed === undefined || observed >= generation;
}
