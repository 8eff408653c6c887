// Finalizers that Vault Secrets Operator left: nobody else would take them away any more.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Resource } from '../../../src/kube/resources.ts';
import { isVaultFinalizer } from '../../secret/vso.ts';

/** Takes the reference's finalizers from an object that is on its way out. Throws `ApiError`. */
export async function letGo(kube: KubeApi, resource: Resource, object: KubeObject, signal: AbortSignal): Promise<void> {
  const { name = '', namespace, finalizers = [], resourceVersion } = object.metadata;
  const left = finalizers.filter((one) => !isVaultFinalizer(one));
  if (left.length === finalizers.length) return;
  const patch = { metadata: { finalizers: left, resourceVersion } };
  await kube.mergePatch(resource, { namespace, name }, patch, { signal });
}
