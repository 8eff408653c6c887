// What is kept of SealedSecrets in memory, and how urgent a change of one is.

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, SealedSecret } from '../../src/kube/objects.ts';
import type { Change, Kept } from '../engine/cache.ts';
import type { Lane } from '../engine/queue.ts';
import { findCondition } from '../status/conditions.ts';

/** A SealedSecret in the cache. */
export interface KeptSealedSecret extends Kept {
  object: SealedSecret;
}

// It repeats the whole object, and nothing reads it.
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without what only costs memory. */
export function keptSealedSecret(object: KubeObject): KeptSealedSecret {
  const { managedFields: _, annotations = {}, ...metadata } = object.metadata;
  const { [lastApplied]: __, ...kept } = annotations;
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    // The one place where the watch's objects get their type; `checkSealedSecret` looks before anything else does.
    object: { ...(object as SealedSecret), metadata: { ...metadata, annotations: kept } },
  };
}

/** `later` for what the status says is settled, as at a restart, and for changes of nothing but the status. */
export function laneOf({ before, after }: Change<KeptSealedSecret>): Lane {
  if (!after) return 'now';
  const { metadata, status } = after.object;
  if (!before) {
    const ready = findCondition(status?.conditions, 'Ready');
    return ready?.status === 'True' && status?.observedGeneration === metadata.generation ? 'later' : 'backlog';
  }
  const was = before.object.metadata;
  const isSame =
    before.uid === after.uid &&
    was.generation === metadata.generation &&
    was.deletionTimestamp === metadata.deletionTimestamp &&
    isDeepStrictEqual(was.annotations, metadata.annotations);
  return isSame ? 'later' : 'now';
}
