// Which cluster of the kubeconfig a file is about: the one that its rule's cluster names, where nobody says another.

import { askingFor, clusterOf, type RuledFile } from './repository.ts';
import type { CertificateOptions } from './sealing-certificate.ts';

/**
 * `given` with what `.sealwright.yaml` says of the cluster called `name`, or of the one of the file's rule. What was given stays.
 * Throws `UsageError` for a name that the configuration does not have.
 */
export function forCluster<T extends CertificateOptions>(given: T, ruled: RuledFile | undefined, name?: string): T {
  const cluster = name ?? ruled?.rule?.cluster;
  return ruled && cluster !== undefined ? askingFor(clusterOf(ruled.repository, cluster), given) : given;
}
