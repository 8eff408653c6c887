// `seal check [PATH…]`: the gate of a repository, without any network.

import { relative } from 'node:path';
import { FormatError, UsageError } from '../../src/errors.ts';
import { isManifestName } from '../../src/manifest/file-name.ts';
import { sortFindings } from '../../src/repository/finding.ts';
import { excluding } from '../arguments.ts';
import { changedItems, changeLines, newFindings, readBase } from '../base.ts';
import { type Checked, checkTree } from '../checking.ts';
import { type Call, command } from '../command.ts';
import { timeLimitOf } from '../durations.ts';
import { Found } from '../exit.ts';
import { formatOf, reportOptions, writeReport } from '../findings/formats.ts';
import { fails, type Report } from '../findings/report.ts';
import { readStaged } from '../index-files.ts';
import { flag, text } from '../options.ts';
import { checkRendered, checkRenderings } from '../rendered.ts';
import { parseRenderer } from '../rendering.ts';
import { branchOption } from '../shared-options.ts';
import { filesOfRepository, filesOfTree, pathInRepository, warnOfNone } from '../tree.ts';
import { Progress, warn } from '../ui.ts';

const options = {
  staged: flag('--staged', 'what the next commit would add or change, as it is staged: for hooks'),
  ...reportOptions,
  branch: branchOption,
  base: text('--base <ref>', 'only what changed since the branch left that one, and which sealed items changed'),
  render: text('--render <command>', 'also check what this makes of every Kustomization, {dir} being its folder'),
  renderTimeout: text(
    '--render-timeout <duration>',
    'how long --render may take for one Kustomization, such as 90s or 10m; default: 2m',
  ),
  rendered: text('--rendered <file>', 'check what kubectl kustomize or helm template printed, - for standard input'),
} as const;

type CheckCall = Call<typeof options>;

/** Checks sealed values, plain Secrets, our kinds, and how they keep to the rules. */
export const check = command({
  name: 'check',
  summary: 'check the sealed files of a repository, offline',
  description: `Checks the manifests below the paths, or those that Git tracks: plain Secrets, sealed values that cannot open, rules and
policies of .sealwright.yaml, fields of our kinds and what they refer to. It needs no cluster and no private key, and shows no value.
Ends with 3 where there is an error, with --strict also for warnings. Places under plain: are left out.
With --staged it checks what the next commit would add or change; the configuration, certificates, Kustomizations and what is referred to
are read as they are staged, too.

With --json: {"findings": [{code, severity, file, line, message, hint}], "summary": {errors, warnings, values, documents, files,
certificates}}, and with --base "changes": [{file, object, item, change, keyId, day}]; what there is none of is left out.`,
  arguments: { name: '[path...]', help: 'files and folders; default: the tracked files of the repository' },
  options,
  examples: [
    { does: 'check all that is tracked', run: 'seal check' },
    {
      does: 'check one environment as it would be on another branch',
      run: 'seal check --branch main environments/production',
    },
    { does: 'check what a branch changed', run: 'seal check --base origin/main' },
    { does: 'check what is about to be committed, from .git/hooks/pre-commit', run: 'seal check --staged' },
    { does: 'check what reaches the cluster', run: "seal check --render 'kubectl kustomize {dir}'" },
    { does: 'check what a chart makes', run: 'helm template shop ./chart | seal check --rendered -' },
    { does: 'let a merge request show what is wrong', run: 'seal check --format gitlab > gl-code-quality-report.json' },
  ],
  async run(call) {
    const { options: given, context } = call;
    const format = formatOf(given);
    checkTogether(given);
    const checked = await checkedBy(call);
    for (const file of checked.withoutBranch)
      warn(context, `no branch is checked out: rules of ${file} with a branch do not apply`, [
        'name it: --branch NAME',
      ]);
    const report: Report = { ...checked, strict: given.strict, pathOf: await pathInRepository(context) };
    writeReport(report, format, context);
    if (report.findings.some((finding) => fails(finding, report))) throw new Found();
  },
});

/** Throws `UsageError` for options that say each what is checked. */
function checkTogether({ staged, base, render, rendered }: CheckCall['options']): void {
  const [one, other] = Object.entries({ rendered, staged: staged || undefined, base, render })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (other === undefined || (one === 'base' && other === 'render')) return;
  throw excluding(`--${one}`, `--${other}`);
}

function checkedBy(call: CheckCall): Promise<Checked & Partial<Report>> {
  const { rendered, staged } = call.options;
  if (rendered !== undefined) return checkStream(call, rendered);
  return staged ? checkStaged(call) : checkFiles(call);
}

async function checkStaged({ options: { branch, progress: enabled }, args, context }: CheckCall): Promise<Checked> {
  const staged = await readStaged(args, context);
  const { files } = staged.context;
  const here = files.real('.');
  const treeFile = (name: string) => ({ name, read: () => files.read(name) });
  const names = staged.changed.map(({ name }) => name).filter(isManifestName);
  const progress = new Progress(context, { label: 'checking', total: names.length, enabled });
  const elsewhere = async () => staged.all.filter(isManifestName).map((place) => treeFile(relative(here, place)));
  const options = { branch, elsewhere, listed: staged.all, onFile: () => progress.step() };
  return checkTree(names.map(treeFile), options, staged.context).finally(() => progress.end());
}

async function checkStream({ options: given, args, context }: CheckCall, rendered: string): Promise<Checked> {
  if (args.length > 0) throw new UsageError('--rendered takes the place of paths', { hint: 'leave out the paths' });
  const isStdin = rendered === '-';
  if (isStdin && context.streams.in.isTTY)
    throw new UsageError('nothing is on standard input', { hint: 'kubectl kustomize . | seal check --rendered -' });
  const bytes = isStdin ? await context.streams.in.read() : await context.files.read(rendered);
  const name = isStdin ? 'standard input' : rendered;
  // A program that failed pipes nothing in, and a gate must not take that for a good answer.
  if (bytes.byteLength === 0)
    throw new FormatError('EMPTY', `${name} is empty`, {
      hint: 'what renders it made nothing: see what it says itself',
    });
  return checkRendered({ name, bytes }, { branch: given.branch }, context);
}

const renderingMs = 2 * 60_000;

async function checkFiles({ options: given, args, context }: CheckCall): Promise<Checked & Partial<Report>> {
  const { branch } = given;
  const limitMs = timeLimitOf('--render-timeout', given.renderTimeout, renderingMs);
  const render = given.render === undefined ? undefined : { words: parseRenderer(given.render), limitMs };
  const base = given.base === undefined ? undefined : await readBase(given.base, context);
  const files = await filesOfTree(args, context);
  warnOfNone(files, args, context);
  const total = files.length * (base ? 2 : 1);
  const progress = new Progress(context, { label: 'checking', total, enabled: given.progress });
  const onFile = () => progress.step();
  const others = () => (args.length === 0 ? Promise.resolve([]) : filesOfRepository(context));
  try {
    const checked = await checkTree(files, { branch, onFile, elsewhere: others }, context);
    const rendered = render ? await checkRenderings(files, { branch, renderer: render }, context) : [];
    if (!base) return { ...checked, findings: sortFindings([...checked.findings, ...rendered]) };
    const elsewhere = async () => base.before(await others(), { deleted: true });
    const old = base.before(files, { deleted: args.length === 0 });
    const before = await checkTree(old, { branch, onFile, elsewhere }, base.context);
    const changes = await changedItems(base, context);
    return {
      ...checked,
      findings: sortFindings([...newFindings(checked.findings, before.findings, base), ...rendered]),
      notes: changeLines(changes),
      more: { changes },
    };
  } finally {
    progress.end();
  }
}
