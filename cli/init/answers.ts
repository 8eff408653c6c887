// What `seal init` has to know beyond what it finds: asked for on the terminal, or taken from the options.

import { isSealError, UsageError } from '../../src/errors.ts';
import { isClusterName } from '../../src/repository/configuration-schema.ts';
import type { Context } from '../context.ts';
import type { Pin } from '../pinning.ts';
import type { Choice, Questions } from '../questions.ts';
import { pinnedCertificates } from '../repository.ts';
import { warn } from '../ui.ts';
import { askForCertificate, pinFrom, type SourceOptions, sourcesOf } from './certificates.ts';
import type { Answers } from './plan.ts';
import { certificateFileOf, type Survey } from './survey.ts';

/** Asks where `ask` is given. Throws `UsageError` where nothing says which clusters there are. */
export async function answersOf(
  found: Survey,
  ask: Questions | undefined,
  { options, context }: { options: SourceOptions; context: Context },
): Promise<Answers> {
  const clusters = found.repository ? new Map<string, string>() : await clustersOf(found, ask);
  const known = found.repository ? [...found.repository.configuration.clusters.keys()] : [...clusters.values()];
  const sources = sourcesOf(options, [...new Set(known)]);
  let names = [...new Set([...known, ...sources.keys()])];
  if (names.length === 0) names = [await nameOfCluster(ask)];
  const pins: Pin[] = [];
  const contexts = new Map<string, string>();
  const offered = ask && (await contextsOffered(options, context));
  for (const name of names) {
    const source = sources.get(name);
    if (source) {
      pins.push(await pinFrom(name, source, options, context));
      if ('context' in source) contexts.set(name, source.context);
    } else if (ask && offered && !(await hasCertificate(name, found, context))) {
      const answer = await askForCertificate(name, ask, { contexts: offered, options, context });
      if (answer) pins.push(answer.pin);
      if (answer && 'context' in answer.source) contexts.set(name, answer.source.context);
    }
  }
  return { environments: clusters, clusters: names, pins, contexts };
}

/** Environment → cluster: of its own name, unless the repository has clusters and it is none of them. */
async function clustersOf({ environments }: Survey, ask: Questions | undefined): Promise<Map<string, string>> {
  const clusters = environments.filter(({ folders }) => folders.some((folder) => folder.startsWith('clusters/')));
  const answers = new Map<string, string>();
  for (const environment of environments) {
    const { name } = environment;
    const isOpen = ask && clusters.length > 0 && !clusters.includes(environment);
    answers.set(
      name,
      isOpen
        ? await askForCluster(
            name,
            clusters.map((cluster) => cluster.name),
            ask,
          )
        : name,
    );
  }
  return answers;
}

async function askForCluster(name: string, clusters: readonly string[], ask: Questions): Promise<string> {
  const choices: Choice<string>[] = clusters.map((cluster) => ({ value: cluster, label: cluster }));
  return ask.choose(`Which cluster opens the secrets of ${name}?`, [
    ...choices,
    { value: name, label: `one of its own, ${name}` },
  ]);
}

async function nameOfCluster(ask: Questions | undefined): Promise<string> {
  if (ask === undefined) {
    throw new UsageError(
      'no environment was found: no folder below clusters, environments, overlays or apps/*/overlays',
      {
        hint: 'to name one cluster for the whole repository: seal init --yes --cert NAME=FILE',
      },
    );
  }
  return ask.text('No environment was found. Name of the cluster that opens the secrets of this repository', (text) =>
    isClusterName(text) ? undefined : 'letters, digits, "-", "_" and "."',
  );
}

async function contextsOffered({ kubeconfig }: SourceOptions, context: Context): Promise<string[]> {
  const { contextsOf } = await import('../../src/kube/config.ts');
  const { env, cwd, clock } = context;
  try {
    return await contextsOf({ env, cwd, clock, interactive: true }, { kubeconfig });
  } catch (error) {
    if (!isSealError(error)) throw error;
    warn(context, error.message);
    return [];
  }
}

async function hasCertificate(name: string, found: Survey, context: Context): Promise<boolean> {
  const { folder, repository } = found;
  if (repository) {
    const pinned = await pinnedCertificates(repository, name, context).catch(() => []);
    return pinned.length > 0 || repository.configuration.clusters.get(name)?.certificates.length === 0;
  }
  return (await certificateFileOf(name, folder, context.files)) !== undefined;
}
