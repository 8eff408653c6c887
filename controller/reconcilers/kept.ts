// What is kept of our objects in memory, and how urgent a change of one is.

import { isDeepStrictEqual } from 'node:util';
import { findCondition } from '../../src/kube/conditions.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { objectAnnotations } from '../../src/kube/secret-rules.ts';
import type { Answers, Cache, Change, Kept } from '../engine/cache.ts';
import type { Lane } from '../engine/queue.ts';
import type { WithStatus } from '../status/status.ts';

/** An object in the cache. */
export interface KeptObject<T extends KubeObject> extends Kept {
  object: T;
}

// It repeats the whole object, and nothing reads it.
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without what only costs memory. */
export function keptObject<T extends KubeObject>(object: KubeObject): KeptObject<T> {
  const { managedFields: _, annotations = {}, ...metadata } = object.metadata;
  const { [lastApplied]: __, ...kept } = annotations;
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    // The one place where the watch's objects get their type; each kind's own rules look before anything else does.
    object: { ...(object as T), metadata: { ...metadata, annotations: kept } },
  };
}

/** Which object in which version: enough to know that it changed. */
export const keptVersion = ({ metadata: { uid = '', resourceVersion = '' } }: KubeObject): Kept => ({
  uid,
  resourceVersion,
});

/** `later` for what the status says is settled, as at a restart, and for changes of nothing but the status. */
export function laneOf({ before, after }: Change<KeptObject<WithStatus>>): Lane {
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
    isDeepStrictEqual(was.annotations, metadata.annotations) &&
    isDeepStrictEqual(was.labels, metadata.labels);
  return isSame ? 'later' : 'now';
}

/** Whether the object is for a controller of this class. */
export const isOfClass = ({ metadata }: KubeObject, controllerClass: string) =>
  (metadata.annotations?.[objectAnnotations.controllerClass] ?? '') === controllerClass;

/** The cache as the shell works with it: without the objects that are not ours to serve. */
export const viewOf = <T extends WithStatus>(cache: Cache<KeptObject<T>>, isServed: (object: T) => boolean) => ({
  get: (key: string) => {
    const object = cache.get(key)?.object;
    return object && isServed(object) ? object : undefined;
  },
  whileCalling: <R>(key: string, call: (answers: Answers) => Promise<R>) => cache.whileCalling(key, call),
});
