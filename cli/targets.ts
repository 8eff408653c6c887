// The files that one call writes: as they are named, and `{cluster}` in a name once for each cluster.

import { UsageError } from '../src/errors.ts';
import type { Files } from './files.ts';
import { meantFor, type Ruling } from './ruling.ts';

/** One file to write. */
export interface Target {
  path: string;
  /** The cluster that stands in its name; default: its rule says it. */
  cluster?: string | undefined;
}

const placeholder = '{cluster}';

/** Whether a name stands for a file of each cluster. */
export const isForClusters = (path: string) => path.includes(placeholder);

/**
 * The files that `paths` name. Throws `UsageError` where there is no configuration with clusters, where the rule of a file says
 * another cluster than its name or the call does, or another namespace, and for a file that is named twice.
 */
export async function targetsOf(paths: readonly string[], ruling: Ruling, files: Files): Promise<Target[]> {
  // A script's variable that is not set must not mean another place.
  if (paths.includes(''))
    throw new UsageError('a file to write has no name', { hint: 'is a variable of the shell empty?' });
  const targets: Target[] = [];
  for (const path of paths) targets.push(...(isForClusters(path) ? await forClusters(path, ruling) : [{ path }]));
  const places = targets.map(({ path }) => files.real(path));
  const twice = targets.find((_, index) => places.indexOf(places[index] ?? '') !== index);
  if (twice) throw new UsageError(`${twice.path} is named twice`, { hint: 'leave out one of them' });
  for (const { path, cluster } of targets) await ruling.checkWritten(path, cluster);
  return targets;
}

async function forClusters(path: string, ruling: Ruling): Promise<Target[]> {
  const targets = (await ruling.clusters(path)).map((cluster) => ({
    path: path.replaceAll(placeholder, cluster),
    cluster,
  }));
  for (const target of targets) {
    const ruled = await ruling.about(target.path);
    if (!ruled?.rule || ruled.rule.cluster === target.cluster) continue;
    throw new UsageError(meantFor(`cluster ${ruled.rule.cluster}`, target.path, ruled), {
      hint: `name the clusters that are meant: --cluster ${
        targets
          .map(({ cluster }) => cluster)
          .filter((name) => name !== target.cluster)
          .join(',') || 'NAME'
      }`,
    });
  }
  return targets;
}
