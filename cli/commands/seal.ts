// `seal [FILE…]`: seals plain Secrets from standard input, files and folders.

import { sealingCipher } from '../../keys/sealing-cipher.ts';
import { UsageError } from '../../src/errors.ts';
import type { Manifest } from '../../src/manifest/documents.ts';
import { findSecrets } from '../../src/manifest/objects.ts';
import { mapBounded } from '../../src/seal/parallel.ts';
import { scopes } from '../../src/seal/scope.ts';
import { sealRaw } from '../../src/seal/seal.ts';
import { shellPath } from '../../src/shell-words.ts';
import { excluding } from '../arguments.ts';
import { type Call, command } from '../command.ts';
import type { Context } from '../context.ts';
import { defaultNamespace } from '../default-namespace.ts';
import { type InputFile, inputsOf } from '../inputs.ts';
import { KeysAhead } from '../keys-ahead.ts';
import { checkName, checkNamespace } from '../names.ts';
import { choice, flag, list, text } from '../options.ts';
import { checkPolicy, Ruling } from '../ruling.ts';
import { nothingSealed, readManifest, sealManifest } from '../sealing.ts';
import { checkedOutputs, sealOutputs } from '../sealing-outputs.ts';
import type { Sealing } from '../sealing-plan.ts';
import { clustersOption, sealingOptions } from '../shared-options.ts';
import type { StagedFiles } from '../staged-files.ts';
import { isForClusters, type Target, targetsOf } from '../targets.ts';
import { templateDataOf } from '../template-data.ts';
import { note, Progress, warn } from '../ui.ts';

const options = {
  inPlace: flag('-i, --in-place', 'replace each file by its sealed form; takes folders too'),
  write: list(
    '-w, --write <file>',
    'write the result to this file, sealed as its rule says; repeatable, and {cluster} in it makes one for each cluster',
  ),
  output: choice('-o, --output <format>', ['yaml', 'json'], 'format of the result; default: as the input'),
  scope: choice('--scope <scope>', scopes, 'where the values may be opened; default: as annotated, else strict'),
  namespace: text('-n, --namespace <name>', 'namespace of Secrets that name none'),
  name: text('--name <name>', 'name to seal for, in place of metadata.name'),
  raw: flag('--raw', 'seal one value from standard input or --from-file, print it as base64'),
  fromFile: text('--from-file <path>', 'with --raw: the file that holds the value'),
  templateData: list(
    '--template-data <key=text|key=@file>',
    'item made by a template from the sealed ones; repeatable',
  ),
  allowEmptyData: flag('--allow-empty-data', 'seal Secrets without any item'),
  ...sealingOptions,
  cluster: clustersOption,
} as const;

type SealCall = Call<typeof options>;

/** The default command. */
export const seal = command({
  name: 'seal',
  summary: 'seal plain Secrets',
  description: `Seals the plain Secrets of manifests; everything else in them stays as it is.
Without a file it reads standard input. The result goes to standard output unless -i or -w is given.`,
  arguments: { name: '[file...]', help: 'manifests, - for standard input, folders with -i' },
  options,
  examples: [
    {
      does: 'seal what kubectl makes, without a plain Secret ever being a file',
      run: 'kubectl create secret generic db --from-literal=password=s3cret -n shop --dry-run=client -o yaml \\\n  | seal --cert sealing.pem > db.yaml',
    },
    { does: 'seal the Secrets of a file where they stand', run: 'seal -i db.yaml' },
    { does: 'seal every plain Secret below a folder', run: 'seal -i --cert sealing.pem environments/production' },
    {
      does: 'seal one Secret for several clusters, each into the file that is meant for it',
      run: "seal db.yaml -w 'environments/{cluster}/db.yaml' --cluster production,staging",
    },
    { does: 'seal one value', run: 'printf s3cret | seal --raw --cert sealing.pem -n shop --name db' },
  ],
  async run(call) {
    check(call);
    if (call.options.raw) return sealOneValue(call);
    const inputs = await inputsOf(call.args, call.context, {
      hint: 'pipe a Secret in, or name a file; seal --help shows examples',
      folders: call.options.inPlace ? true : { hint: 'to seal every Secret in it: -i' },
    });
    const ruling = new Ruling(call.options, call.context);
    const sealingFor = await sealingsOf(ruling, call);
    if (call.options.inPlace) return sealInPlace(inputs, { ruling, sealingFor }, call);
    const targets = await targetsOf(call.options.write, ruling, call.context.files);
    await sealToOutput(inputs, { targets, sealingFor }, call);
  },
});

function check({ options: given, args }: SealCall): void {
  const { cert, inPlace, write, output, raw, fromFile, namespace, name } = given;
  if (inPlace && write.length > 0) throw excluding('-i', '-w');
  if (inPlace && output)
    throw new UsageError('-i keeps the format of each file', { hint: 'leave out -o, or write elsewhere with -w' });
  if (inPlace && (args.length === 0 || args.includes('-')))
    throw new UsageError('-i needs files to replace', { hint: 'name files or a folder: seal -i FILE' });
  if (fromFile && !raw) throw new UsageError('--from-file is for --raw', { hint: 'to seal a manifest: seal FILE' });
  if (raw && args.length > 0)
    throw new UsageError('--raw takes no files', {
      hint: ['to seal the bytes of a file: --from-file FILE', 'a value comes from standard input'],
    });
  if (raw && (inPlace || output)) throw excluding('--raw', inPlace ? '-i' : '-o');
  if (raw && (write.length > 1 || write.some(isForClusters)))
    throw new UsageError('--raw makes one value, and one file can hold it', { hint: 'name one file with -w' });
  const certificate = args.find((arg) => /\.(?:pem|crt|cer)$/i.test(arg));
  if (certificate !== undefined && cert === undefined)
    throw new UsageError(`${certificate} is no manifest`, { hint: `to seal with it: --cert ${certificate}` });
  // A script's variable that is not set must not mean "whatever cluster this machine talks to".
  if (cert === '')
    throw new UsageError('--cert is empty', { hint: 'leave it out to seal for the cluster of the kubeconfig' });
  if (namespace !== undefined) checkNamespace(namespace);
  if (name !== undefined) checkName(name);
}

/** How a file is sealed; `undefined` for one that was only found in a folder and that nothing is to be done about. */
type SealingFor = (input: InputFile, target?: Target) => Promise<Sealing | undefined>;

async function sealingsOf(ruling: Ruling, { options: given, context }: SealCall): Promise<SealingFor> {
  let fallback: ReturnType<Sealing['defaultNamespace']> | undefined;
  const templateData = await templateDataOf(given.templateData, context);
  return async (input, target) => {
    const ruled = await ruledFor(input, target, ruling);
    if (input.found && ruled?.isPlain) return undefined;
    if (input.found && ruled && !ruled.rule && ruled.repository.configuration.rules.length > 0) {
      await warnOfSecrets(input, ruled.repository.file, context);
      return undefined;
    }
    return {
      certificate: await ruling.certificate(ruled, target?.cluster),
      now: context.clock.now(),
      scope: given.scope,
      name: given.name,
      namespace: given.namespace,
      ruled,
      defaultNamespace: () => (fallback ??= defaultNamespace(context, given)),
      allowEmptyData: given.allowEmptyData,
      record: given.record,
      templateData,
      output: given.output,
    };
  };
}

/** What is sealed belongs where it is written; where no rule covers that, where it comes from. */
async function ruledFor(input: InputFile, target: Target | undefined, ruling: Ruling) {
  const there = target && (await ruling.about(target.path));
  if (there?.rule || target?.cluster !== undefined) return there;
  if (input.isStdin) return target ? there : ruling.about(undefined);
  return ruling.about(input.name);
}

/** A plain Secret that a whole folder's call passes by would be thought sealed. */
async function warnOfSecrets(input: InputFile, configuration: string, context: Context): Promise<void> {
  const { secrets } = findSecrets(await readManifest(input));
  if (secrets.length > 0) warn(context, `${input.name}: no rule of ${configuration} covers it; left as it is`);
}

const filesAtOnce = 8;

async function sealInPlace(
  inputs: readonly InputFile[],
  { ruling, sealingFor }: { ruling: Ruling; sealingFor: SealingFor },
  call: SealCall,
): Promise<void> {
  const { options: given, context } = call;
  const progress = new Progress(context, { label: 'sealing', total: inputs.length, enabled: given.progress });
  await context.files.staging(async (staged) => {
    const results = await mapBounded(inputs, filesAtOnce, async (input) => {
      const result = await stage(input, await sealingFor(input), staged);
      // What holds no Secret stays as it is, whatever its rule says.
      if (result.sealed > 0) await ruling.checkWritten(input.name);
      progress.step();
      return result;
    }).finally(() => progress.end());
    if (results.every(({ sealed }) => sealed === 0)) {
      const named = results.flatMap(({ untouched }) => untouched ?? []);
      if (named.length > 0) throw nothingSealed(named);
      // A folder in which all is sealed is how it should be: a hook may ask again and again.
      note(context, 'there is no plain Secret: nothing to seal');
    }
    for (const { warnings } of results) for (const warning of warnings) warn(context, warning);
    for (const { sealed, input } of results)
      if (sealed === 0 && !input.found) note(context, `no Secret is in ${input.name}: left as it is`);
    await staged.commit();
  });
}

async function stage(input: InputFile, sealing: Sealing | undefined, staged: StagedFiles) {
  if (!sealing) return { input, sealed: 0, warnings: [], untouched: undefined };
  const manifest = await readManifest(input);
  const { text: content, sealed, warnings } = await sealManifest({ manifest, input, sealing });
  if (sealed > 0) await staged.add(input.name, content);
  // Only what was named is worth a word about why nothing was sealed; a folder's files would pile up in memory.
  return { input, sealed, warnings, untouched: sealed > 0 || input.found ? undefined : manifest };
}

async function sealToOutput(
  inputs: readonly InputFile[],
  { targets, sealingFor }: { targets: readonly Target[]; sealingFor: SealingFor },
  call: SealCall,
): Promise<void> {
  for (const { path } of targets) await checkNotItself(inputs, path, call.context);
  const sealings: Sealing[][] = [];
  for (const target of targets.length > 0 ? targets : [undefined]) {
    const each: Sealing[] = [];
    for (const input of inputs) each.push((await sealingFor(input, target)) ?? never());
    sealings.push(each);
  }
  const manifests: Manifest[] = [];
  for (const input of inputs) manifests.push(await readManifest(input, await sameAsOutput(input, call)));
  const length = manifests.reduce((sum, { text }) => sum + text.length, 0) * sealings.length;
  const keys = new KeysAhead(length, call.context);
  const outputs = sealings.map((each) =>
    manifests.map((manifest, index) => ({
      ...{ manifest, input: inputs[index] ?? never(), sealing: each[index] ?? never(), keys },
    })),
  );
  try {
    const checked = await checkedOutputs(outputs);
    if (checked.flat().every(({ toSeal }) => toSeal.size === 0)) throw nothingSealed(manifests);
    await sealOutputs(checked, targets, call);
  } finally {
    await keys.stop();
  }
}

function never(): never {
  throw new TypeError('as many manifests as inputs');
}

async function checkNotItself(inputs: readonly InputFile[], write: string, { files }: Context): Promise<void> {
  const target = await files.identity(write);
  if (!target) return;
  for (const { name, isStdin } of inputs) {
    if (isStdin || (await files.identity(name)) !== target) continue;
    throw new UsageError(`${write} is both read and written`, {
      hint: `to seal it in place: seal -i ${shellPath(name)}`,
    });
  }
}

async function sameAsOutput({ name, isStdin }: InputFile, { context }: SealCall): Promise<string | undefined> {
  const { file } = context.streams.out;
  return file !== undefined && !isStdin && (await context.files.identity(name)) === file ? file : undefined;
}

async function sealOneValue({ options: given, context }: SealCall): Promise<void> {
  const ruling = new Ruling(given, context);
  const [write] = given.write;
  if (write !== undefined) await ruling.checkWritten(write);
  const ruled = await ruling.about(write);
  const { scope = ruled?.rule?.scope ?? 'strict', namespace = ruled?.rule?.namespace, name, fromFile } = given;
  if (scope !== 'cluster-wide' && !namespace) {
    throw new UsageError(`--raw needs the namespace that the value is sealed for`, {
      hint: '-n NAMESPACE, or --scope cluster-wide',
    });
  }
  if (scope === 'strict' && !name) {
    throw new UsageError('--raw needs the name of the Secret that the value is sealed for', {
      hint: '--name NAME, or --scope namespace-wide',
    });
  }
  // The value goes somewhere else: there is no record to ask for.
  checkPolicy(ruled, { scope, record: true });
  const certificate = await ruling.certificate(ruled);
  const sealed = await sealRaw(await oneValue(fromFile, context), {
    certificate,
    sealedFor: { scope, namespace, name },
    cipher: sealingCipher,
  });
  if (!write) return context.streams.out.write(`${sealed}\n`);
  await context.files.write({ path: write, content: `${sealed}\n` });
}

async function oneValue(fromFile: string | undefined, context: SealCall['context']): Promise<Uint8Array> {
  if (fromFile && fromFile !== '-') return context.files.read(fromFile);
  return context.streams.in.isTTY ? context.prompt('Value to seal') : context.streams.in.read();
}
