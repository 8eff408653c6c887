// The stores there are, and who may use them.

import type { SecretStore, SecretStoreRef, StoreCondition } from '../../../src/kube/external-secrets.ts';
import { adviceOf } from '../../../src/kube/reasons.ts';
import { Stalled, Waiting } from '../../engine/outcome.ts';
import { loadRe2 } from '../../stores/re2.ts';
import { storeKeyOf } from './backends.ts';
import { matchesLabels } from './labels.ts';

type Labels = Readonly<Record<string, string>>;

/** Where the stores are looked up: caches that watches keep. */
export interface StoreDirectory {
  secretStore(key: string): SecretStore | undefined;
  /** Undefined: cluster-scoped kinds are not served here. */
  clusterStore: ((name: string) => SecretStore | undefined) | undefined;
  /** Undefined: the watch has not shown the namespace yet. */
  namespaceLabels(namespace: string): Labels | undefined;
}

const missingAgainMs = 300_000;
// The namespace itself will wake those who wait for it.
const unknownAgainMs = 10_000;

/** The index key of the store that `ref` means to an object of `namespace`. */
export function storeKeyFor({ name = '', kind }: SecretStoreRef, namespace: string): string {
  const isCluster = kind === 'ClusterSecretStore';
  return storeKeyOf({ kind: kind || 'SecretStore', metadata: isCluster ? { name } : { name, namespace } });
}

/** The store that `ref` means to an object of `namespace`. Throws `Waiting` (`StoreMissing`) or `Stalled` (`StoreNotAllowed`). */
export async function storeFor(
  ref: SecretStoreRef,
  namespace: string,
  directory: StoreDirectory,
): Promise<SecretStore> {
  const { name = '', kind = 'SecretStore' } = ref;
  const isCluster = kind === 'ClusterSecretStore';
  if (isCluster && !directory.clusterStore) {
    throw new Stalled('StoreNotAllowed', 'ClusterSecretStores are not served by a controller limited to namespaces', {
      hint: 'use a SecretStore, or run the controller without --namespace',
    });
  }
  const store = isCluster ? directory.clusterStore?.(name) : directory.secretStore(`${namespace}/${name}`);
  if (!store) {
    const where = isCluster ? '' : ` in namespace ${namespace}`;
    throw new Waiting('StoreMissing', `there is no ${kind} ${name}${where}`, missingAgainMs, {
      hint: adviceOf('StoreMissing'),
    });
  }
  const labels = isCluster ? directory.namespaceLabels(namespace) : {};
  if (isCluster && !(await mayUse(store, namespace, labels))) {
    if (!labels)
      throw new Waiting('StoreNotAllowed', `the labels of namespace ${namespace} are not known yet`, unknownAgainMs);
    throw new Stalled('StoreNotAllowed', `ClusterSecretStore ${name} is not for namespace ${namespace}`, {
      hint: 'its spec.conditions say which namespaces may use it: change them, or use another store',
    });
  }
  return store;
}

/**
 * Whether some entry of `spec.conditions` matches; without entries every namespace may. Expressions are unanchored, as in the
 * reference. Labels that are not known match no selector, not even one for what must not be there.
 */
export async function mayUse({ spec }: SecretStore, namespace: string, labels: Labels | undefined): Promise<boolean> {
  const conditions = spec.conditions ?? [];
  if (conditions.length === 0 || conditions.some((condition) => matches(condition, namespace, labels))) return true;
  const expressions = conditions.flatMap(({ namespaceRegexes = [] }) => namespaceRegexes);
  if (expressions.length === 0) return false;
  const { compileRe2 } = await loadRe2();
  // What is no expression matches nobody.
  return expressions.some((text) => compileRe2(text)?.matcher(namespace).find() === true);
}

function matches(
  { namespaceSelector, namespaces = [] }: StoreCondition,
  namespace: string,
  labels: Labels | undefined,
): boolean {
  return (
    namespaces.includes(namespace) ||
    (namespaceSelector !== undefined && labels !== undefined && matchesLabels(labels, namespaceSelector))
  );
}
