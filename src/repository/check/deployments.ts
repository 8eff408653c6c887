// What Flux and Argo CD put in the place of namespaces, as far as their own objects in the repository say so.

import { isJsonObject, type JsonObject } from '../../manifest/kinds.ts';
import type { Subject } from './subject.ts';

/** A folder whose objects are put into another namespace. */
interface Deployment {
  folder: string;
  namespace: string;
}

/** Kinds that say so. */
export const deployingKinds = ['Kustomization', 'Application'] as const;

/** Kustomizations of Flux (`targetNamespace`) and Applications of Argo CD (`kustomize.namespace`) that were seen. */
export class Deployments {
  readonly #all: Deployment[] = [];

  /** Remembers what an object says. */
  see({ object: { value } }: Pick<Subject, 'object'>): void {
    const { apiVersion, kind, spec } = value;
    if (typeof apiVersion !== 'string' || !isJsonObject(spec)) return;
    if (kind === 'Kustomization' && apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')) {
      this.#add(spec.path ?? '.', spec.targetNamespace);
    }
    if (kind !== 'Application' || !apiVersion.startsWith('argoproj.io/')) return;
    const sources = [spec.source, ...(Array.isArray(spec.sources) ? spec.sources : [])].filter(isJsonObject);
    for (const { path, kustomize } of sources)
      this.#add(path, isJsonObject(kustomize) ? kustomize.namespace : undefined);
  }

  /** Namespaces that one of them may put a file's objects into; it may also read another repository. */
  namespacesOf({ path, renames }: Pick<Subject, 'path' | 'renames'>): string[] {
    const covers = ({ folder }: Deployment) =>
      folder === '' ||
      path.startsWith(`${folder}/`) ||
      renames.some(({ root }) => root === folder || root.startsWith(`${folder}/`));
    return this.#all.filter(covers).map(({ namespace }) => namespace);
  }

  #add(path: unknown, namespace: JsonObject[string]): void {
    if (typeof path !== 'string' || typeof namespace !== 'string' || namespace === '') return;
    this.#all.push({
      folder: path
        .replace(/^\.?\/+/, '')
        .replace(/^\.$/, '')
        .replace(/\/+$/, ''),
      namespace,
    });
  }
}
