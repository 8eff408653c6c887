// Deletion of one object: preconditions, finalizers, what becomes of dependents.

import type { KubeObject } from '../kube/objects.ts';
import type { Call, Cluster } from './cluster.ts';
import { isHeld, persist } from './commit.ts';
import type { DeletionOptions } from './options.ts';
import { refuse } from './status.ts';

/** Finalizers by which the garbage collector is asked for other than background deletion. */
export const policyFinalizers = { Foreground: 'foregroundDeletion', Orphan: 'orphan', Background: undefined } as const;

/** Deletes one object. `pending` when finalizers hold it, marked as being deleted. */
export function deleteObject(cluster: Cluster, call: Call, options: DeletionOptions) {
  const { kind, namespace, name = '' } = call;
  const old = cluster.store.get(kind.collection, namespace, name);
  if (!old) throw refuse.notFound(kind, name);
  checkPreconditions(call, old, options.preconditions);
  if (kind.group === '' && kind.kind === 'Namespace' && protectedNamespaces.includes(name)) {
    throw refuse.forbidden(kind, name, 'this namespace may not be deleted');
  }
  return remove(cluster, call, old, options);
}

const protectedNamespaces = ['default', 'kube-system', 'kube-public'];

function checkPreconditions(
  { kind }: Call,
  { metadata }: KubeObject,
  wanted: { uid?: string; resourceVersion?: string },
) {
  const differs = (field: 'uid' | 'resourceVersion') => wanted[field] && wanted[field] !== metadata[field];
  const why = (name: string, field: 'uid' | 'resourceVersion', might: string) =>
    `the ${name} in the precondition (${wanted[field]}) does not match the ${name} in record (${metadata[field]}). The object might have been ${might}`;
  // Named by kind, not by resource, as BeforeDelete of apiserver pkg/registry/rest does.
  const named = { group: kind.group, plural: kind.kind };
  if (differs('uid'))
    throw refuse.conflict(named, metadata.name ?? '', why('UID', 'uid', 'deleted and then recreated'));
  if (differs('resourceVersion')) {
    throw refuse.conflict(named, metadata.name ?? '', why('ResourceVersion', 'resourceVersion', 'modified'));
  }
}

function remove(cluster: Cluster, call: Call, old: KubeObject, { propagationPolicy }: DeletionOptions) {
  const finalizer = policyFinalizers[propagationPolicy];
  const finalizers = [...(old.metadata.finalizers ?? [])];
  if (finalizer && !finalizers.includes(finalizer)) finalizers.push(finalizer);
  const held = { ...old, metadata: { ...old.metadata, ...(finalizers.length > 0 ? { finalizers } : {}) } };
  if (!isHeld(held)) {
    return { object: call.options.dryRun ? old : cluster.store.remove(call.kind.collection, old), pending: false };
  }
  const { deletionTimestamp, generation } = old.metadata;
  const first = !deletionTimestamp;
  const metadata = {
    ...held.metadata,
    deletionTimestamp: deletionTimestamp ?? cluster.time(),
    deletionGracePeriodSeconds: 0,
    ...(generation === undefined ? {} : { generation: generation + (first ? 1 : 0) }),
  };
  const phase = old.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {};
  return { object: persist(cluster, call, { ...held, ...phase, metadata } as KubeObject, old), pending: true };
}

/** The Status that answers a delete which left nothing behind. */
export function deleted({ kind }: Call, { metadata }: KubeObject) {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: metadata.name,
      ...(kind.group ? { group: kind.group } : {}),
      kind: kind.plural,
      uid: metadata.uid,
    },
  };
}
