// The kinds whose state commands tell, by the words that people have for them.

import type { KubeObject } from '../src/kube/objects.ts';
import { type Resource, resources } from '../src/kube/resources.ts';

/** One kind, and the versions of it that a cluster may serve, the one that we write first. */
export interface StateKind {
  kind: string;
  versions: readonly [Resource, ...Resource[]];
  /** What kubectl takes for it, in lower case. */
  words: readonly string[];
  /** Its Secret, if it makes one. */
  makes?: (object: KubeObject) => string | undefined;
}

const olderExternal = (resource: Resource): [Resource, Resource] => [resource, { ...resource, version: 'v1beta1' }];

/** In the order in which they are shown: what makes Secrets first. */
export const stateKinds: readonly StateKind[] = [
  stateKind([resources.sealedSecret], [], ({ metadata }) => metadata.name),
  stateKind(olderExternal(resources.externalSecret), ['es'], externalTarget),
  stateKind([resources.vaultStaticSecret], [], (object) => textAt(object, 'spec', 'destination', 'name')),
  stateKind(olderExternal(resources.clusterExternalSecret), ['ces']),
  stateKind(olderExternal(resources.secretStore), ['ss']),
  stateKind(olderExternal(resources.clusterSecretStore), ['css']),
  stateKind([resources.vaultAuth], []),
  stateKind([resources.vaultAuthGlobal], []),
  stateKind([resources.vaultConnection], []),
  stateKind([resources.secretTransformation], []),
];

function stateKind(
  versions: readonly [Resource, ...Resource[]],
  shortNames: readonly string[],
  makes?: StateKind['makes'],
): StateKind {
  const [{ kind, plural, group }] = versions;
  const words = [kind.toLowerCase(), plural, `${plural}.${group}`, ...shortNames];
  return { kind, versions, words, ...(makes && { makes }) };
}

function externalTarget(object: KubeObject): string | undefined {
  if (textAt(object, 'spec', 'target', 'creationPolicy') === 'None') return undefined;
  return textAt(object, 'spec', 'target', 'name') || object.metadata.name;
}

/** The kind that a word means: `sealedsecret`, `es`, `VaultAuth`, `secretstores.external-secrets.io`. */
export function kindNamed(word: string): StateKind | undefined {
  const wanted = word.toLowerCase();
  return stateKinds.find(({ words }) => words.includes(wanted));
}

/** The kind of an object; none for other kinds, and for groups of other people. */
export function kindOfObject({ apiVersion, kind }: { apiVersion?: unknown; kind?: unknown }): StateKind | undefined {
  return stateKinds.find((known) => {
    return known.kind === kind && known.versions.some(({ group, version }) => apiVersion === `${group}/${version}`);
  });
}

/** A text in an object whose shape nobody has checked. */
export function textAt(object: object, ...path: readonly string[]): string | undefined {
  const found = valueAt(object, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** Anything in an object whose shape nobody has checked. */
export function valueAt(object: object, ...path: readonly string[]): unknown {
  let at: unknown = object;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
