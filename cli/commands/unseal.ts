// `seal unseal`: recovery. Opens SealedSecrets with private keys, without any cluster.

import { join } from 'node:path';
import { isSealError, SealError, UsageError } from '../../src/errors.ts';
import type { SealedSecret, Secret } from '../../src/kube/objects.ts';
import { type Manifest, type ManifestFormat, parseManifest } from '../../src/manifest/documents.ts';
import { isSealedSecret } from '../../src/manifest/kinds.ts';
import { maySayKind, objectsOf } from '../../src/manifest/objects.ts';
import { printManifests } from '../../src/manifest/print.ts';
import type { Opener } from '../../src/seal/opener.ts';
import { mapBounded } from '../../src/seal/parallel.ts';
import { type Call, command } from '../command.ts';
import type { Context } from '../context.ts';
import { type InputFile, inputsOf } from '../inputs.ts';
import { located } from '../located.ts';
import { openSecret, readKeys } from '../opening.ts';
import { choice, flag, list, text } from '../options.ts';
import { recoveryKeyOption } from '../shared-options.ts';
import { Progress } from '../ui.ts';

const options = {
  privateKey: list('--private-key <file>', 'key to open with: PEM, a key Secret, or a List of them; repeatable'),
  recoveryPrivateKey: recoveryKeyOption,
  output: choice('-o, --output <format>', ['yaml', 'json'], 'format of the result; default: as the input'),
  write: text('-w, --write <folder>', 'write one file for each input below this folder, readable by you alone'),
  force: flag('--force', 'write even inside a Git work tree'),
} as const;

/** Prints plain Secrets, or writes a tree of them. */
export const unseal = command({
  name: 'unseal',
  summary: 'open SealedSecrets offline, with private keys',
  description: `Opens SealedSecrets with private keys and prints the Secrets that the cluster would make of them.
When a single item does not open, nothing is printed or written.`,
  arguments: { name: '[file...]', help: 'manifests or folders, - for standard input' },
  options,
  examples: [
    {
      does: "open one with the cluster's keys",
      run: 'kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml > keys.yaml\nseal unseal db.yaml --private-key keys.yaml',
    },
    { does: 'recover a whole tree', run: 'seal unseal environments --private-key keys.yaml -w /dev/shm/recovered' },
  ],
  async run(call) {
    const { options: given, context } = call;
    const inputs = await inputsOf(call.args, context, {
      hint: 'name a file or a folder; seal unseal --help shows examples',
      folders: true,
    });
    if (given.write && !given.force) await checkNotInGit(given.write, context);
    const opener = await readKeys([...given.privateKey, ...given.recoveryPrivateKey], context);
    const opened = await openAll(inputs, opener, call);
    if (opened.every(({ secrets }) => secrets.length === 0)) throw nothingToOpen(inputs);
    await (given.write ? writeTree(opened, given.write, call) : print(opened, call));
  },
});

interface OpenedFile {
  input: InputFile;
  format: ManifestFormat;
  secrets: Secret[];
}

const filesAtOnce = 4;

async function openAll(
  inputs: readonly InputFile[],
  opener: Opener,
  { options: given, context }: Call<typeof options>,
): Promise<OpenedFile[]> {
  const progress = new Progress(context, { label: 'opening', total: inputs.length, enabled: given.progress });
  const failures: unknown[] = [];
  const opened = await mapBounded(inputs, filesAtOnce, async (input) => {
    const manifest = parseManifest(await input.read(), { file: input.name });
    const secrets = await openManifest(manifest, opener, failures);
    progress.step();
    return { input, format: manifest.format, secrets };
  }).finally(() => progress.end());
  if (failures.length > 0) throw oneError(failures);
  return opened;
}

/** The Secrets of a manifest; what does not open is added to `failures`, so that people hear of all at once. */
async function openManifest(manifest: Manifest, opener: Opener, failures: unknown[]): Promise<Secret[]> {
  const documents = manifest.documents.filter((document) => maySayKind(document, 'SealedSecret'));
  const objects = documents.flatMap(objectsOf).filter(({ value }) => isSealedSecret(value));
  const secrets = await mapBounded(objects, 1, async ({ value, line }) => {
    try {
      return [await openSecret(value as unknown as SealedSecret, opener)];
    } catch (error) {
      failures.push(located(error, `${manifest.file}:${line}`));
      return [];
    }
  });
  return secrets.flat();
}

function oneError(failures: readonly unknown[]): unknown {
  const [first] = failures;
  if (failures.length === 1) return first;
  const messages = failures.filter((failure) => isSealError(failure)).map(({ message }) => message);
  // Anything foreign is a fault of ours and must not be hidden behind a count.
  if (messages.length < failures.length) return failures.find((failure) => !isSealError(failure));
  const most = 20;
  const rest = messages.length > most ? [`and ${messages.length - most} more`] : [];
  return new SealError('NOT_OPENED', `${failures.length} SealedSecrets do not open`, {
    hint: [...messages.slice(0, most), ...rest],
    cause: first,
  });
}

function nothingToOpen(inputs: readonly InputFile[]): SealError {
  const [only] = inputs;
  return new SealError(
    'NO_SEALED_SECRET',
    `no SealedSecret is in ${inputs.length === 1 && only ? only.name : 'what was given'}`,
    { hint: 'a SealedSecret has "apiVersion: bitnami.com/v1alpha1" and "kind: SealedSecret"' },
  );
}

async function print(opened: readonly OpenedFile[], { options: given, context }: Call<typeof options>): Promise<void> {
  const format = given.output ?? opened.find(({ secrets }) => secrets.length > 0)?.format ?? 'yaml';
  context.streams.out.write(
    printManifests(
      opened.flatMap(({ secrets }) => secrets),
      format,
    ),
  );
}

async function writeTree(
  opened: readonly OpenedFile[],
  folder: string,
  { options: given, context }: Call<typeof options>,
): Promise<void> {
  const targets = new Set<string>();
  await context.files.staging(async (staged) => {
    for (const { input, format, secrets } of opened) {
      if (secrets.length === 0) continue;
      const target = join(folder, input.relative);
      if (targets.has(target))
        throw new UsageError(`two inputs would be written to ${target}`, { hint: 'name the folder that holds both' });
      targets.add(target);
      await staged.add(target, printManifests(secrets, given.output ?? format), {
        confidential: true,
        makeFolders: true,
      });
    }
    await staged.commit();
  });
}

async function checkNotInGit(folder: string, { files }: Context): Promise<void> {
  const tree = await files.enclosing(folder, '.git');
  if (tree === undefined) return;
  throw new UsageError(`${folder} is inside the Git work tree ${tree}, where plain Secrets are easily committed`, {
    hint: 'write elsewhere, or give --force',
  });
}
