// The certificates that a configuration pins, as checks ask for them.

import { type Certificate, chooseCertificate } from '../../seal/certificate.ts';

/** The pinned certificates of one cluster. */
export interface ClusterPins {
  /** The one that seals. */
  newest: Certificate;
  /** By key id. */
  certificates: ReadonlyMap<string, Certificate>;
  /** Sizes of their keys. */
  bits: ReadonlySet<number>;
  /** False: a file that the configuration names could not be used, and any other key may be the cluster's as well. */
  isComplete: boolean;
}

/** All that is pinned. */
export interface Pins {
  /** Clusters that pin any, by name. */
  clusters: ReadonlyMap<string, ClusterPins>;
  /** Key id → names of the clusters that pin it. */
  owners: ReadonlyMap<string, readonly string[]>;
}

/** Nothing is pinned. */
export const noPins: Pins = { clusters: new Map(), owners: new Map() };

/** Orders what clusters pin, by cluster. `incomplete`: those of which a file could not be used. */
export function pinsOf(
  pinned: Iterable<readonly [string, readonly Certificate[]]>,
  now: Date,
  incomplete: ReadonlySet<string> = new Set(),
): Pins {
  const clusters = new Map<string, ClusterPins>();
  const owners = new Map<string, string[]>();
  for (const [cluster, all] of pinned) {
    if (all.length === 0) continue;
    clusters.set(cluster, {
      newest: chooseCertificate(all, { now, allowExpired: true }),
      certificates: new Map(all.map((certificate) => [certificate.keyId, certificate])),
      bits: new Set(all.map(({ bits }) => bits)),
      isComplete: !incomplete.has(cluster),
    });
    for (const keyId of new Set(all.map(({ keyId }) => keyId))) {
      const known = owners.get(keyId);
      if (known) known.push(cluster);
      else owners.set(keyId, [cluster]);
    }
  }
  return { clusters, owners };
}

/** How people and `seal cert --info` may tell a key: the first digits of its id. */
export const shortKey = (keyId: string) => keyId.slice(0, 8);
