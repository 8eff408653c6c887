// One object of the cluster under whichever version of its kind the cluster serves.

import type { KubeApi } from '../src/kube/api.ts';
import { isMissingResource, isNotFound } from '../src/kube/errors.ts';
import type { KubeObject } from '../src/kube/objects.ts';
import type { Resource } from '../src/kube/resources.ts';
import type { StateKind } from './kinds.ts';
import { withKind } from './status/collect.ts';

/** The object, and how it is addressed; or the version that the cluster serves, without it; or neither. */
export type Found =
  | { resource: Resource; object: KubeObject }
  | { resource: Resource; object: undefined }
  | { resource: undefined; object: undefined };

/** Throws `ApiError` for anything but a kind or an object that is not there. */
export async function findLive(
  api: Pick<KubeApi, 'get'>,
  kind: StateKind,
  at: { namespace: string | undefined; name: string },
): Promise<Found> {
  for (const resource of kind.versions) {
    try {
      const place = resource.namespaced ? at : { name: at.name };
      return { resource, object: withKind(await api.get<KubeObject>(resource, place), resource) };
    } catch (error) {
      if (isMissingResource(error)) continue;
      if (isNotFound(error)) return { resource, object: undefined };
      throw error;
    }
  }
  return { resource: undefined, object: undefined };
}
