// What objects of the family ask of each other, answered from the caches: nothing here makes a call.

import { createHash } from 'node:crypto';
import { objectKey } from '../../../src/kube/objects.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { placesOf } from '../../stores/data/static/transformation.ts';
import { isOfClass } from '../kept.ts';
import type { Parts } from './parts.ts';
import type { Target } from './target.ts';

/** `namespace/name` of the SecretTransformations that the object names. */
export function transformationsOf({ metadata: { namespace = '' }, spec }: VaultStaticSecret): string[] {
  return placesOf(spec.destination.transformation, namespace).map((place) => `${place.namespace}/${place.name}`);
}

/** By uid and generation, as the watch shows them. */
export function sourcesDigest(object: VaultStaticSecret, { directory }: Parts): string | undefined {
  const keys = transformationsOf(object);
  if (keys.length === 0) return undefined;
  const versions = keys.map((key) => {
    const { uid, generation } = directory.transformation(key)?.metadata ?? {};
    return [key, uid, generation];
  });
  return createHash('sha256').update(JSON.stringify(versions)).digest('base64url').slice(0, 16);
}

/** Who has the Secret instead: the oldest; of the same age, the first by name. */
export function rivalOf(object: VaultStaticSecret, { namespace, name }: Target, parts: Parts): string | undefined {
  const { indexes, watched } = parts;
  const rank = ({ metadata }: VaultStaticSecret) => `${metadata.creationTimestamp} ${metadata.name}`;
  const rivals = indexes.targets.keysOf(`${namespace}/${name}`).flatMap((key) => {
    const other = watched.secretsOf.cache.get(key)?.object;
    const isRival =
      other &&
      key !== objectKey(object) &&
      isOfClass(other, parts.options.controllerClass) &&
      !other.metadata.deletionTimestamp;
    return isRival && rank(other) < rank(object) ? [other] : [];
  });
  return rivals.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0]?.metadata.name;
}

/** Secrets that the object made under other names. */
export function outgrownOf({ metadata }: VaultStaticSecret, target: Target, { indexes }: Parts): readonly string[] {
  return indexes.created.keysOf(metadata.uid ?? '').flatMap((key) => {
    const [namespace, name = ''] = key.split('/');
    return namespace === target.namespace && name !== target.name ? [name] : [];
  });
}
