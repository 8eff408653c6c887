// What `seal init` says: what it found, what it wrote, and what comes next.

import { dirname, join } from 'node:path';
import { counted } from '../../src/counted.ts';
import { listed } from '../../src/repository/check/subject.ts';
import { chooseCertificate } from '../../src/seal/certificate.ts';
import { shellPath } from '../../src/shell-words.ts';
import { factsOf, factsPhrase } from '../certificate-facts.ts';
import type { Context } from '../context.ts';
import type { PinChange } from '../pinning.ts';
import { pinnedCertificates, type Repository } from '../repository.ts';
import { hint, note, warn } from '../ui.ts';
import type { Setting } from './git-setup.ts';
import { uncoveredBy } from './plan.ts';
import type { Survey } from './survey.ts';

/** The environments, and what is there already. */
export function tellFound({ environments, unnamable, repository, git }: Survey, context: Context): void {
  const places = environments.flatMap(({ paths }) => paths.map((path) => path.replace(/\/\*\*$/, '')));
  note(context, places.length > 0 ? `found ${places.join(', ')}` : 'found no environment');
  if (unnamable.length > 0) {
    const names = listed(unnamable.map((folder) => shellPath(folder)));
    warn(context, `left out ${names}: the name of a cluster has letters, digits, "-", "_" and "."`);
  }
  if (repository) note(context, `${repository.file} is there and keeps its rules`);
  if (!git) note(context, 'this is no Git work tree: no hook, no diffs');
}

/** What was written. */
export interface Written {
  /** Files but those of certificates, which are told with their keys. */
  paths: readonly string[];
  settings: readonly Setting[];
  pinned: readonly PinChange[];
}

/** Files and settings; that there is nothing, where nothing was to be done. */
export function tellWritten({ paths, settings, pinned }: Written, repository: Repository, context: Context): void {
  const { clusters, rules } = repository.configuration;
  const counts = `${counted(clusters.size, 'cluster')}, ${counted(rules.length, 'rule')}`;
  for (const path of paths) note(context, `wrote ${path}${path === repository.file ? ` (${counts})` : ''}`);
  if (settings.length > 0) note(context, `git config: ${settings.map(({ name }) => name).join(', ')}`);
  const isChange = pinned.some(({ added, dropped, clusterAdded }) => added || clusterAdded || dropped.length > 0);
  if (paths.length + settings.length === 0 && !isChange) note(context, 'nothing was changed: all of it is there');
}

/** The state of each cluster's certificate, folders without a rule, and the next command. */
export async function tellNext(found: Survey, repository: Repository, context: Context): Promise<void> {
  const missing: string[] = [];
  const ready: string[] = [];
  for (const [name, { certificates }] of repository.configuration.clusters) {
    if (certificates.length === 0) continue;
    const state = await stateOf(repository, name, context);
    note(context, `certificate of ${name}: ${state ?? 'missing'}`);
    (state === undefined ? missing : ready).push(name);
  }
  for (const folder of uncoveredBy(repository, found))
    warn(context, `no rule of ${repository.file} covers ${join(dirname(repository.file), folder)}`);
  hint(context, ...missing.map((name) => `seal cert --pin ${name} --context CONTEXT, or --cert FILE`));
  const rules = repository.configuration.rules.filter(
    ({ cluster, path }) => ready.includes(cluster) && path.endsWith('**'),
  );
  // What engines apply to bootstrap a cluster is no place for an application's secret, where there is another.
  const next = rules.find(({ path }) => !path.startsWith('clusters/')) ?? rules[0];
  if (next === undefined) return;
  const place = join(dirname(repository.file), next.path.replace(/\*\*$/, ''), 'NAME.yaml');
  hint(context, `seal create NAME --prompt KEY -w ${place.replace('*', 'APP')}`);
}

async function stateOf(repository: Repository, name: string, context: Context): Promise<string | undefined> {
  const all = await pinnedCertificates(repository, name, context).catch(() => []);
  if (all.length === 0) return undefined;
  const now = context.clock.now();
  return factsPhrase(factsOf(chooseCertificate(all, { now, allowExpired: true }), name, now));
}
