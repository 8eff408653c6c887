// What is kept in memory of namespaces and ConfigMaps.

import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Kept } from '../../engine/cache.ts';

/** A namespace: what selectors and stores ask of it. */
export interface KeptNamespace extends Kept {
  labels: Readonly<Record<string, string>>;
  isLeaving: boolean;
}

/** Which object in which version: enough to know that it changed. */
export const keptVersion = ({ metadata: { uid = '', resourceVersion = '' } }: KubeObject): Kept => ({
  uid,
  resourceVersion,
});

export function keptNamespace(object: KubeObject): KeptNamespace {
  const { labels = {}, deletionTimestamp } = object.metadata;
  return { ...keptVersion(object), labels, isLeaving: deletionTimestamp !== undefined };
}
