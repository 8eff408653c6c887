// What is kept in memory of ExternalSecrets, namespaces and ConfigMaps.

import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Kept } from '../../engine/cache.ts';
import { syncedResourceVersion } from '../../secret/eso.ts';
import { type KeptObject, keptObject, keptVersion } from '../kept.ts';

// Of objects that are kept without an annotation that the hash is over as well.
const versions = new WeakMap<object, string>();

/** The object without what only costs memory. */
export function keptExternal(object: KubeObject): KeptObject<ExternalSecret> {
  const kept = keptObject<ExternalSecret>(object);
  versions.set(kept.object.metadata, syncedResourceVersion(object.metadata));
  return kept;
}

/** What a refresh of the object as the API server has it leaves in `status.syncedResourceVersion`. */
export const versionOf = ({ metadata }: Pick<ExternalSecret, 'metadata'>): string =>
  versions.get(metadata) ?? syncedResourceVersion(metadata);

/** A namespace: what selectors and stores ask of it. */
export interface KeptNamespace extends Kept {
  labels: Readonly<Record<string, string>>;
  isLeaving: boolean;
}

/** What is remembered of a namespace. */
export function keptNamespace(object: KubeObject): KeptNamespace {
  const { labels = {}, deletionTimestamp } = object.metadata;
  return { ...keptVersion(object), labels, isLeaving: deletionTimestamp !== undefined };
}
