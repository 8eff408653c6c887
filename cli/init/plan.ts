// What `seal init` would write: the configuration, certificates, and what was wanted for Git and CI.

import { join } from 'node:path';
import { parseConfiguration } from '../../src/repository/configuration.ts';
import { inRuleOrder } from '../../src/repository/layout.ts';
import { type FirstRule, newConfiguration } from '../../src/repository/new-configuration.ts';
import { ruleFor } from '../../src/repository/rules.ts';
import type { Context } from '../context.ts';
import { type Pin, type PinChange, pinnedPath, preparePins } from '../pinning.ts';
import type { Replacement } from '../replacing.ts';
import type { Repository } from '../repository.ts';
import { certificateFileOf, namespaceFor, type Survey, shownFrom } from './survey.ts';

/** Which cluster each environment belongs to, and through which context a cluster was asked. */
export interface Answers {
  /** Environment → cluster. */
  environments: ReadonlyMap<string, string>;
  /** Every cluster that is to be known. */
  clusters: readonly string[];
  pins: readonly Pin[];
  /** Cluster → context. */
  contexts: ReadonlyMap<string, string>;
}

/** The configuration to be, and the files of it. */
export interface ConfigurationPlan {
  repository: Repository;
  isNew: boolean;
  replacements: Replacement[];
  changes: PinChange[];
}

/** Plans the configuration and its certificates. One that is there is only given clusters that it lacks. */
export async function planConfiguration(
  survey: Survey,
  answers: Answers,
  context: Context,
): Promise<ConfigurationPlan> {
  const { folder, repository } = survey;
  if (repository) {
    const { replacements, changes } = await preparePins(repository, answers.pins, context);
    return { repository, isNew: false, replacements, changes };
  }
  const path = shownFrom(folder, '.sealwright.yaml', context.files);
  const content = await firstText(survey, answers, context);
  const configuration = parseConfiguration(content, { file: path });
  const first = { configuration, folder, file: path, branch: undefined };
  const { replacements, changes } = await preparePins(first, answers.pins, context);
  return {
    repository: first,
    isNew: true,
    replacements: [...replacements, { path, was: undefined, content }],
    changes,
  };
}

async function firstText({ folder, environments }: Survey, answers: Answers, { files }: Context): Promise<string> {
  const clusters = answers.clusters.map(async (name) => {
    const certificate = (await certificateFileOf(name, folder, files)) ?? pinnedPath(name);
    return { name, certificate, context: answers.contexts.get(name) };
  });
  const rules = environments.flatMap(({ name, paths }) =>
    paths.map(async (path): Promise<FirstRule> => {
      return {
        path,
        cluster: answers.environments.get(name) ?? name,
        namespace: await namespaceFor(path, folder, files),
      };
    }),
  );
  const found = (await Promise.all(rules)).sort(inRuleOrder);
  // Without environments one cluster has the whole repository.
  const [only = '', ...others] = answers.clusters;
  const whole = found.length === 0 && others.length === 0 ? [{ path: '**', cluster: only }] : found;
  return newConfiguration({ clusters: await Promise.all(clusters), rules: whole });
}

/** Folders of environments that no rule of the configuration covers, from the top of the repository. */
export function uncoveredBy({ configuration, branch }: Repository, { environments }: Survey): string[] {
  const folders = environments.flatMap((environment) => environment.folders);
  return folders.filter(
    (folder) => ruleFor(configuration, { path: join(folder, 'secret.yaml'), branch }) === undefined,
  );
}
