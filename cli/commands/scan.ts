// `seal scan [PATH…]`: plain secrets that should not be in Git.

import { command } from '../command.ts';
import { Found } from '../exit.ts';
import { formatOf, reportOptions, writeReport } from '../findings/formats.ts';
import { fails } from '../findings/report.ts';
import { flag } from '../options.ts';
import { scanInputs, stagedInputs, workTreeInputs } from '../scanning.ts';
import { pathInRepository } from '../tree.ts';
import { Progress, warn } from '../ui.ts';

const options = {
  staged: flag('--staged', 'what the next commit would add or change, as it is staged: for hooks'),
  ...reportOptions,
} as const;

/** Looks for private keys, tokens, plain Secrets and the like in files of any kind. */
export const scan = command({
  name: 'scan',
  summary: 'find plain secrets that should not be in Git',
  description: `Looks through files of any kind for private keys, tokens of well-known shapes, passwords in URLs, kubeconfigs, .env files,
and Kubernetes Secrets wherever they stand: in files of their own, in Helm values and templates, in text within a ConfigMap.
A value is never printed. Ends with 3 where there is an error, with --strict also for warnings.

A path may be a folder: new files in it are looked at too, those that Git ignores are not. Binary files are told by a NUL byte;
files over 16 MiB are left out, and named. Places under plain: in .sealwright.yaml are left out; with
--staged it is read as it is staged, too.

What may be public is allowed by a comment on its line or on the line above, with the reason:

    # seal:allow the key pair of RFC 9500, which is public

What is found is listed in docs/findings (SW3xx). With --json: {"findings": [{code, severity, file, line, message, hint}],
"summary": {errors, warnings, files}, "tooLarge": [file], "missing": [file]}.`,
  arguments: { name: '[path...]', help: 'files and folders; default: the tracked files of the repository' },
  options,
  examples: [
    { does: 'look through all that is tracked', run: 'seal scan' },
    { does: 'stop a commit that would publish a secret, from .git/hooks/pre-commit', run: 'seal scan --staged' },
    { does: 'let GitHub show findings beside the code', run: 'seal scan --format sarif > scan.sarif' },
  ],
  async run({ options: given, args, context }) {
    const format = formatOf(given);
    const { total, inputs, context: where } = await (given.staged ? stagedInputs : workTreeInputs)(args, context);
    const progress = new Progress(context, { label: 'scanning', total, enabled: given.progress });
    const scanned = await scanInputs(inputs, { onFile: () => progress.step() }, where).finally(() => progress.end());
    for (const file of scanned.tooLarge) warn(context, `${file} is larger than 16 MiB and was not scanned`);
    for (const file of scanned.missing) warn(context, `${file} cannot be found and was not scanned`);
    const { findings, files, tooLarge, missing } = scanned;
    const pathOf = await pathInRepository(context);
    const report = { findings, checked: { files }, strict: given.strict, pathOf, more: { tooLarge, missing } };
    writeReport(report, format, context);
    if (findings.some((finding) => fails(finding, report))) throw new Found();
  },
});
