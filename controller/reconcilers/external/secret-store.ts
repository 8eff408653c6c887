// SecretStore and ClusterSecretStore: whether they can be used, looked at from time to time.

import type { KubeApi } from '../../../src/kube/api.ts';
import { findCondition } from '../../../src/kube/conditions.ts';
import { durationMs } from '../../../src/kube/duration.ts';
import { storeViolations } from '../../../src/kube/external-secret-rules.ts';
import type { SecretStore } from '../../../src/kube/external-secrets.ts';
import type { Resource } from '../../../src/kube/resources.ts';
import { Stalled } from '../../engine/outcome.ts';
import { esoFinalizers } from '../../secret/eso.ts';
import type { Backend } from '../../stores/store.ts';
import type { Reconciler } from '../shell.ts';
import type { Failure } from '../verdict.ts';
import { type StoreBackends, storeKeyOf } from './backends.ts';
import { storeAwareFailure } from './failure.ts';
import { lettingGo } from './finalizers.ts';

/** What the body works with. */
export interface SecretStoreTools {
  kube: KubeApi;
  backends: Pick<StoreBackends, 'renewed'>;
  /** The store can be used again, or changed: those who could not use it are asked to try. */
  usable(storeKey: string): void;
  random: () => number;
}

// The reference's --store-requeue-interval.
const againMs = 300_000;
// Each time something is asked of the provider and of the cluster.
const leastMs = 10_000;

/** The body for one of the two kinds, for the shell. */
export const secretStore = (resource: Resource): Reconciler<SecretStore, SecretStoreTools> => ({
  resource,
  settledReason: 'Valid',

  async body(object, { backends, usable, random }, signal) {
    const [violation] = storeViolations(object.spec);
    if (violation) throw new Stalled('InvalidSpec', `${violation.path}: ${violation.message}`);
    // Made anew each time: what a watch missed is noticed here.
    const backend = await backends.renewed(object, signal);
    const isKnown = (await backend.validate(signal)) === 'valid';
    if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') usable(storeKeyOf(object));
    return {
      reason: isKnown ? 'Valid' : 'ValidationUnknown',
      message: isKnown ? validMessage(backend) : 'the credentials are those of the namespaces that use the store',
      fields: { capabilities: 'ReadOnly' },
      againAfterMs: intervalOf(object) * (1 - random() / 10),
    };
  },

  failure: storeFailure,

  leave: lettingGo(resource, esoFinalizers.store),
});

const validMessage = ({ provider }: Backend) => `${provider} takes the credentials`;

function intervalOf({ spec: { refreshInterval } }: SecretStore): number {
  const ms = typeof refreshInterval === 'number' ? refreshInterval * 1000 : durationMs(refreshInterval ?? '');
  return ms && ms > 0 ? Math.max(leastMs, ms) : againMs;
}

// The reference has one word for every failure but one; the class stands beside it.
function storeFailure(error: unknown): Failure {
  const { verdict, ...rest } = storeAwareFailure(error);
  if (verdict.reason === 'UnsupportedProvider') return { verdict, ...rest };
  const { reason, message } = verdict;
  return {
    verdict: { ...verdict, reason: 'InvalidProviderConfig', message: `${reason}: ${message}`, why: reason },
    ...rest,
  };
}
