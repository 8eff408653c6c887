// Which cluster of the kubeconfig a file is about: the one that its rule's cluster names, where nobody says another.

import type { Context } from './context.ts';
import { defaultNamespace } from './default-namespace.ts';
import { askingFor, clusterOf, type RuledFile } from './repository.ts';
import type { Ruling } from './ruling.ts';
import type { CertificateOptions } from './sealing-certificate.ts';
import type { Named } from './subjects.ts';

/**
 * `given` with what `.sealwright.yaml` says of the cluster called `name`, or of the one of the file's rule. What was given stays.
 * Throws `UsageError` for a name that the configuration does not have.
 */
export function forCluster<T extends CertificateOptions>(given: T, ruled: RuledFile | undefined, name?: string): T {
  const cluster = name ?? ruled?.rule?.cluster;
  return ruled && cluster !== undefined ? askingFor(clusterOf(ruled.repository, cluster), given) : given;
}

/** An object that was named, and where it is looked for. */
export interface PlacedNamed<T> {
  /** With the namespace that kubectl would use there, where nothing else says one. */
  named: Named;
  /** What was given, and what the rule of its file says of its cluster. */
  chosen: T;
  /** The cluster of that rule. */
  cluster: string | undefined;
}

/** Decides where `named` is looked for: in the cluster that its file is for, unless the command line says another. */
export async function placedNamed<T extends CertificateOptions>(
  named: Named,
  { given, ruling, context }: { given: T; ruling: Ruling; context: Context },
): Promise<PlacedNamed<T>> {
  const ruled = named.manifest && (await ruling.about(named.manifest.file));
  const chosen = forCluster(given, ruled);
  const cluster = ruled?.rule?.cluster;
  const isNamespaced = named.kind.versions[0].namespaced;
  if (!isNamespaced || named.namespace !== undefined) return { named, chosen, cluster };
  const { namespace } = await defaultNamespace(context, chosen);
  return { named: { ...named, namespace }, chosen, cluster };
}
