// `seal init`: everything that a repository needs once, asked for on the terminal or taken as it usually is.

import { UsageError } from '../../src/errors.ts';
import { nearest } from '../../src/nearest.ts';
import { clusterOptions, controllerOptions } from '../cluster.ts';
import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { writeSetting } from '../git.ts';
import { answersOf } from '../init/answers.ts';
import { ciChoices, planCi } from '../init/ci.ts';
import { planGit } from '../init/git-setup.ts';
import { type Answers, planConfiguration } from '../init/plan.ts';
import { type Survey, survey } from '../init/survey.ts';
import { tellFound, tellNext, tellWritten } from '../init/telling.ts';
import { choice, flag, list } from '../options.ts';
import { checkIsWithin, tellPin, warnOfPin } from '../pinning.ts';
import { replaceFiles } from '../replacing.ts';
import { readRepository } from '../repository.ts';
import { warn } from '../ui.ts';

const options = {
  yes: flag('-y, --yes', 'ask nothing: take what is usual, and what the options below say'),
  cert: list('--cert <cluster=file|url>', 'certificate of a cluster, which may be a new one; repeatable'),
  fetch: list('--fetch <cluster=context>', 'ask the controller through this context of the kubeconfig; repeatable'),
  hook: flag('--no-hook', 'no hook before commits'),
  diff: flag('--no-diff', 'no readable diffs and no merging item by item'),
  ci: choice('--ci <system>', ciChoices, 'write a file that runs the checks; with --yes default: the system in use'),
  kubeconfig: clusterOptions.kubeconfig,
  ...controllerOptions,
} as const;

/** Nothing is written before the last question is answered. */
export const init = command({
  name: 'init',
  summary: 'set up a repository: rules, certificates, hook, diffs, CI',
  description: `Finds the environments of a repository (clusters/*, environments/*, overlays/*, apps/*/overlays/*), writes .sealwright.yaml with a rule for
each, and takes in the certificates of their clusters. In a Git work tree it offers a hook that keeps plain secrets out of commits, readable
diffs and merges of sealed files, and a file for CI. What somebody else wrote stays as it is. To run it twice changes nothing.
Settings of Git belong to a clone: whoever clones the repository runs it once.`,
  options,
  excess: 'it looks at the whole repository: seal init',
  examples: [
    { does: 'be asked', run: 'seal init' },
    { does: 'ask nothing', run: 'seal init --yes --cert production=production.pem --fetch staging=staging-admin' },
    {
      does: 'one cluster for the whole repository',
      run: 'seal init --yes --cert production=https://example.org/cert.pem',
    },
  ],
  async run({ options: given, context }) {
    if (!given.yes && !(context.streams.in.isTTY && context.streams.err.isTTY)) {
      throw new UsageError('there is no terminal to ask on', { hint: 'seal init --yes asks nothing' });
    }
    const ask = given.yes ? undefined : await context.questions();
    const found = await survey(context);
    tellFound(found, context);
    const answers = await answersOf(found, ask, { options: given, context });
    const git = await planGit(found, ask, { wanted: given, context });
    const ci = await planCi(found, ask, { wanted: given.ci, context });
    const { repository, ...plan } = await planConfiguration(found, answers, context);
    const steps = [...git.steps, ...ci];
    // What names other files comes after them.
    const replacements = [...steps.flatMap(({ replacement }) => replacement ?? []), ...plan.replacements];
    const folders = [found.folder, ...(found.git ? [found.git.top] : [])];
    // Where hooks are is a setting of this clone, and nothing that was cloned.
    for (const { path } of replacements.filter((each) => !each.executable)) checkIsWithin(folders, path, context);
    warnOfStrangers(found, answers, context);
    for (const pin of answers.pins) await warnOfPin(pin, repository, context);
    // An interrupt must not come between two files.
    await context.attended(async () => {
      await replaceFiles(replacements, context.files);
      for (const { name, value } of git.settings) if (found.git) await writeSetting(found.git, name, value);
    });
    for (const [index, pin] of answers.pins.entries()) {
      const change = plan.changes[index];
      if (change) tellPin(pin, change, context, repository.file);
    }
    const written = await readRepository(found.folder, context);
    const paths = replacements
      .map(({ path }) => path)
      .filter((path) => plan.changes.every(({ file }) => file !== path));
    tellWritten({ paths, settings: git.settings, pinned: plan.changes }, written, context);
    for (const line of steps.flatMap(({ say }) => say)) warn(context, line);
    await tellNext(found, written, context);
  },
});

/** A name that was mistyped makes a cluster that no rule names. */
function warnOfStrangers({ environments, repository }: Survey, { pins }: Answers, context: Context): void {
  const names = [...environments.map(({ name }) => name), ...(repository?.configuration.clusters.keys() ?? [])];
  for (const { cluster } of pins) {
    const meant = names.includes(cluster) ? undefined : nearest(cluster, names);
    if (meant) warn(context, `${cluster} is no environment of the repository`, [`did you mean ${meant}?`]);
  }
}
