// `seal check [PATH…]`: the gate of a repository, without any network.

import { checkTree } from '../checking.ts';
import { command } from '../command.ts';
import { Found } from '../exit.ts';
import { formatOf, reportOptions, writeReport } from '../findings/formats.ts';
import { fails } from '../findings/report.ts';
import { text } from '../options.ts';
import { filesOfRepository, filesOfTree, pathInRepository } from '../tree.ts';
import { Progress } from '../ui.ts';

const options = {
  ...reportOptions,
  branch: text('--branch <name>', 'branch that the rules see; default: the one that is checked out'),
} as const;

/** Checks sealed values, plain Secrets, our kinds, and how they keep to the rules. */
export const check = command({
  name: 'check',
  summary: 'check the sealed files of a repository, offline',
  description: `Checks the manifests below the paths, or those that Git tracks: plain Secrets, sealed values that cannot open, rules and
policies of .sealwright.yaml, fields of our kinds. It needs no cluster and no private key, and shows no value.
Ends with 3 where there is an error, with --strict also for warnings. Places under plain: are left out.`,
  arguments: { name: '[path...]', help: 'files and folders; default: the tracked files of the repository' },
  options,
  examples: [
    { does: 'check all that is tracked', run: 'seal check' },
    {
      does: 'check one environment as it would be on another branch',
      run: 'seal check --branch main environments/production',
    },
    { does: 'let a merge request show what is wrong', run: 'seal check --format gitlab > gl-code-quality-report.json' },
  ],
  async run({ options: given, args, context }) {
    const format = formatOf(given);
    const files = await filesOfTree(args, context);
    const progress = new Progress(context, { label: 'checking', total: files.length, enabled: given.progress });
    const { branch, strict } = given;
    const elsewhere = () => (args.length === 0 ? Promise.resolve([]) : filesOfRepository(context));
    const checking = { branch, onFile: () => progress.step(), elsewhere };
    const checked = await checkTree(files, checking, context).finally(() => progress.end());
    const report = { ...checked, strict, pathOf: await pathInRepository(context) };
    writeReport(report, format, context);
    if (report.findings.some((finding) => fails(finding, report))) throw new Found();
  },
});
