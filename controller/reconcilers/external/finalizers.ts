// Finalizers that External Secrets Operator left: where it is gone, nobody else would take them away, and objects would never go.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Resource } from '../../../src/kube/resources.ts';

/** The part of a reconciler that lets an object go which is being deleted. Finalizers of others stay. */
export function lettingGo(resource: Resource, finalizer: string) {
  return async ({ metadata }: KubeObject, { kube }: { kube: KubeApi }, signal: AbortSignal): Promise<void> => {
    const { name = '', namespace, finalizers = [], resourceVersion } = metadata;
    const left = finalizers.filter((one) => one !== finalizer);
    if (left.length === finalizers.length) return;
    const patch = { metadata: { finalizers: left, resourceVersion } };
    await kube.mergePatch(resource, namespace === undefined ? { name } : { namespace, name }, patch, { signal });
  };
}
