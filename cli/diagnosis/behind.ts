// What an object depends on: its stores, or its VaultAuth and that one's VaultConnection; the first that is not well.

import type { KubeApi } from '../../src/kube/api.ts';
import { type ReadStatus, readinessOf } from '../../src/kube/conditions.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { kindNamed, textAt, valueAt } from '../kinds.ts';
import { findLive } from '../live.ts';
import type { BehindFacts } from './facts.ts';

interface Reference {
  kind: string;
  name: string;
  namespace: string | undefined;
}

/** Undefined where all of it is well, or nothing is behind it. Throws `ApiError`. */
export async function behindOf(
  api: KubeApi,
  object: KubeObject,
  controllerNamespace: string,
): Promise<BehindFacts | undefined> {
  for (const reference of referencesOf(object, controllerNamespace)) {
    const kind = kindNamed(reference.kind);
    if (!kind) continue;
    const found = await findLive(api, kind, reference);
    // A kind that is not there may be another operator's business.
    if (!found.resource) continue;
    if (!found.object) return { ...reference, kind: kind.kind, readiness: undefined };
    const readiness = readinessOf(found.object as KubeObject & { status?: ReadStatus });
    const further = await behindOf(api, found.object, controllerNamespace);
    if (further) return further;
    if (readiness.ready !== 'True' || !readiness.isCurrent) return { ...reference, kind: kind.kind, readiness };
  }
  return undefined;
}

function referencesOf(object: KubeObject, controllerNamespace: string): Reference[] {
  const { namespace } = object.metadata;
  if (object.kind === 'ExternalSecret') return storesOf(object);
  if (object.kind === 'VaultStaticSecret') return [vaultReference('VaultAuth', textAt(object, 'spec', 'vaultAuthRef'))];
  if (object.kind === 'VaultAuth') {
    const own = vaultReference('VaultConnection', textAt(object, 'spec', 'vaultConnectionRef'));
    // A VaultAuthGlobal may name one as well; what it says is not followed here.
    return valueAt(object, 'spec', 'vaultAuthGlobalRef') === undefined ? [own] : [];
  }
  return [];

  // `name`, or `namespace/name`; none: `default`, where the controller is.
  function vaultReference(kind: string, text: string | undefined): Reference {
    const [name = 'default', place] = (text || `${controllerNamespace}/default`).split('/').reverse();
    return { kind, name, namespace: place ?? namespace };
  }
}

function storesOf(object: KubeObject): Reference[] {
  const { namespace } = object.metadata;
  const lists = ['data', 'dataFrom'].flatMap((field) => valueAt(object, 'spec', field) ?? []);
  const refs = [
    valueAt(object, 'spec', 'secretStoreRef'),
    ...lists.map((entry) =>
      typeof entry === 'object' && entry !== null ? valueAt(entry, 'sourceRef', 'storeRef') : undefined,
    ),
  ];
  return refs.flatMap((ref) => {
    if (typeof ref !== 'object' || ref === null) return [];
    const name = textAt(ref, 'name');
    const kind = textAt(ref, 'kind') ?? 'SecretStore';
    return name ? [{ kind, name, namespace: kind === 'ClusterSecretStore' ? undefined : namespace }] : [];
  });
}
