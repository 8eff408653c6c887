// Trying sealed values at the controller: which of them open, and as what else one opens that does not.

import type { KubeApi } from '../../src/kube/api.ts';
import { isApiError } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { recordLabel } from '../../src/seal/record.ts';
import type { SealedFor } from '../../src/seal/scope.ts';
import { textAt } from '../kinds.ts';
import type { SealedFacts } from './facts.ts';
import { sealedForOfRecord } from './opening.ts';

/** Values as they are tried: item → sealed value, under the name, namespace and scope that are given. */
export interface Tried {
  sealedFor: SealedFor;
  values: ReadonlyMap<string, string>;
}

/** Item → whether it opens, for each that is tried. Nothing of the value is told. */
export type Verify = (tried: readonly Tried[]) => Promise<readonly ReadonlyMap<string, boolean>[]>;

// One request: the controller lets nobody open as much as he likes.
const mostPlaces = 48;

/** What can be told by trying. Throws `ApiError`. */
export async function openedBy(
  verify: Verify,
  { api, object, sealed }: { api: KubeApi; object: KubeObject; sealed: SealedFacts },
): Promise<SealedFacts> {
  const texts = new Map(
    sealed.items.flatMap(({ name }) => {
      const text = textAt(object, 'spec', 'encryptedData', name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
  if (texts.size === 0) return sealed;
  const [opens = new Map<string, boolean>()] = await verify([{ sealedFor: sealed.sealedFor, values: texts }]);
  const items = sealed.items.map((item) => ({ ...item, opens: opens.get(item.name) }));
  const locked = items.find((item) => item.opens === false && item.form === 'sound');
  const text = locked && texts.get(locked.name);
  if (text === undefined) return { ...sealed, items };
  const places = await otherPlaces(api, { ...sealed, items });
  const tried = await verify(places.map((sealedFor) => ({ sealedFor, values: new Map([[locked?.name ?? '', text]]) })));
  const found = places.find((_, at) => tried[at]?.get(locked?.name ?? '') === true);
  return {
    ...sealed,
    items: items.map((item) => (item.name === locked?.name && found ? { ...item, opensAs: found } : item)),
  };
}

/** What people mistake: the scope, the namespace, the name; what the record says first. */
async function otherPlaces(api: KubeApi, { sealedFor, items }: SealedFacts): Promise<SealedFor[]> {
  const { namespace = '', name = '' } = sealedFor;
  const namespaces = (await namesOf(api, resources.namespace)).filter((one) => one !== namespace);
  const names = (await namesOf(api, resources.sealedSecret, namespace)).filter((one) => one !== name);
  const all: SealedFor[] = [
    ...items.flatMap(({ record }) => (record ? [sealedForOfRecord(record.sealedFor)] : [])),
    { scope: 'cluster-wide' },
    { scope: 'namespace-wide', namespace },
    { scope: 'strict', namespace, name },
    ...namespaces.slice(0, 15).map((one): SealedFor => ({ scope: 'strict', namespace: one, name })),
    ...names.slice(0, 15).map((one): SealedFor => ({ scope: 'strict', namespace, name: one })),
    ...namespaces.slice(0, 15).map((one): SealedFor => ({ scope: 'namespace-wide', namespace: one })),
  ];
  const byLabel = new Map(all.map((one) => [recordLabel(one), one]));
  byLabel.delete(recordLabel(sealedFor));
  return [...byLabel.values()].slice(0, mostPlaces).map((one) => ({ ...one, name: one.name ?? name }));
}

async function namesOf(api: KubeApi, resource: Parameters<KubeApi['list']>[0], namespace?: string): Promise<string[]> {
  try {
    const { items } = await api.list(resource, { namespace, metadataOnly: true });
    return items.flatMap(({ metadata }) => metadata.name ?? []);
  } catch (error) {
    if (isApiError(error) && error.status !== 0) return [];
    throw error;
  }
}
