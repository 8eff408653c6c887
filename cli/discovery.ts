// Which path a kind is served under, asked of the cluster's own discovery documents.

import type { KubeApi } from '../src/kube/api.ts';
import { isNotFound } from '../src/kube/errors.ts';
import type { KubeObject } from '../src/kube/objects.ts';
import type { Resource } from '../src/kube/resources.ts';

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** Finds resources by kind and remembers what was found; what is not there is asked for again, as it may come. */
export class Discovery {
  readonly #api: KubeApi;
  readonly #found = new Map<string, Resource>();

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /** `undefined` where the cluster serves no such kind. */
  async resourceOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): Promise<Resource | undefined> {
    const known = this.#found.get(`${apiVersion} ${kind}`);
    if (known) return known;
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    for (const { name, kind: served, namespaced } of await this.#list(group, version)) {
      // Subresources are listed beside their resources, as `pods/status`.
      if (!name.includes('/'))
        this.#found.set(`${apiVersion} ${served}`, { group, version, kind: served, plural: name, namespaced });
    }
    return this.#found.get(`${apiVersion} ${kind}`);
  }

  async #list(group: string, version: string): Promise<NonNullable<ResourceList['resources']>> {
    try {
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      const { body } = await this.#api.request(path);
      return (JSON.parse(new TextDecoder().decode(body)) as ResourceList).resources ?? [];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
