// The files of a scan, from the work tree or from the index, and what is found in them.

import { dirname, join } from 'node:path';
import { isSealError } from '../src/errors.ts';
import { configurationFile } from '../src/repository/configuration.ts';
import { type Finding, findingOf, sortFindings } from '../src/repository/finding.ts';
import { findingKinds } from '../src/repository/findings/all.ts';
import { maxScannedBytes, scanFile } from '../src/scan/scan.ts';
import { plainSecretCode } from '../src/scan/structures.ts';
import { shellPath } from '../src/shell-words.ts';
import type { Context } from './context.ts';
import type { Git } from './git.ts';
import { contentsOf } from './git-files.ts';
import { readStaged, type Staged } from './index-files.ts';
import { type Repository, readRepository, ruledFile } from './repository.ts';
import { filesOfTree, warnOfNone } from './tree.ts';

/** A file whose content is known or can be had. */
export interface ScanInput {
  /** As people know it. */
  file: string;
  /** `undefined` for one that is larger than what is scanned. Throws `SealError` where it cannot be read. */
  read(): Promise<Uint8Array | undefined>;
}

/** Files to scan, one after another. */
export interface ScanInputs {
  total: number;
  inputs: Iterable<ScanInput> | AsyncIterable<ScanInput>;
  /** In which the configuration is read that says what of them is left out. */
  context: Context;
}

/** The files of the work tree below `paths`; default: those that Git tracks. Throws as `filesOfTree` does. */
export async function workTreeInputs(paths: readonly string[], context: Context): Promise<ScanInputs> {
  const files = await filesOfTree(paths, context, { all: true });
  warnOfNone(files, paths, context);
  const inputs = files.map(({ name, read }) => ({
    file: name,
    read: async () => (context.files.size(name) > maxScannedBytes ? undefined : read()),
  }));
  return { total: inputs.length, inputs, context };
}

/** What the next commit of the repository adds or changes below `paths`, and its configuration, as the index has them. Throws as `readStaged`. */
export async function stagedInputs(paths: readonly string[], context: Context): Promise<ScanInputs> {
  const { git, changed, context: staged } = await readStaged(paths, context);
  return { total: changed.length, inputs: contents(git, changed), context: staged };
}

async function* contents(git: Git, changed: Staged['changed']) {
  for await (const { of, content } of contentsOf(git, changed, maxScannedBytes))
    yield { file: of.name, read: async () => content };
}

/** What a scan came to. */
export interface Scanned {
  /** Sorted. */
  findings: Finding[];
  /** How many files were looked at. */
  files: number;
  /** Files too large to be looked at. */
  tooLarge: string[];
  /** Files that are listed and cannot be found: gone meanwhile, or of a name that is no Unicode. */
  missing: string[];
}

/** Scans files one after another: no more than one, or one batch of the index, is in memory. Places under `plain:` are left out. */
export async function scanInputs(
  inputs: ScanInputs['inputs'],
  { onFile = () => undefined }: { onFile?: () => void },
  context: Context,
): Promise<Scanned> {
  const places = new PlainPlaces(context);
  const scanned: Scanned = { findings: [], files: 0, tooLarge: [], missing: [] };
  for await (const { file, read } of inputs) {
    onFile();
    if (await places.has(file)) continue;
    const bytes = await found(read);
    if (bytes === undefined || bytes === 'missing') {
      scanned[bytes ?? 'tooLarge'].push(file);
      continue;
    }
    scanned.files += 1;
    // Not spread: the arguments of a call have an end, and what a file holds has not.
    for (const finding of findingsOf(file, bytes)) scanned.findings.push(finding);
  }
  return { ...scanned, findings: sortFindings(scanned.findings) };
}

async function found(read: ScanInput['read']): Promise<Uint8Array | 'missing' | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isSealError(error) && error.code === 'FILE_NOT_FOUND') return 'missing';
    throw error;
  }
}

function findingsOf(file: string, bytes: Uint8Array): Finding[] {
  return scanFile(file.replaceAll('\\', '/'), bytes).flatMap(({ code, line, message, hint }) => {
    const kind = findingKinds.get(code);
    const mend = code === plainSecretCode ? `seal -i ${shellPath(file)}` : hint;
    return kind ? [findingOf(kind, { file, line, message, hint: mend })] : [];
  });
}

/** The places of `plain:`, each configuration read once. */
class PlainPlaces {
  readonly #context: Context;
  readonly #homes = new Map<string, string | undefined>();
  readonly #repositories = new Map<string, Promise<Repository>>();

  constructor(context: Context) {
    this.#context = context;
  }

  async has(file: string): Promise<boolean> {
    const home = this.#homeOf(dirname(file));
    if (home === undefined) return false;
    const repository = this.#repositories.get(home) ?? readRepository(home, this.#context);
    this.#repositories.set(home, repository);
    return ruledFile(await repository, file, this.#context).isPlain;
  }

  #homeOf(folder: string): string | undefined {
    if (!this.#homes.has(folder)) {
      this.#homes.set(folder, this.#context.files.above(join(folder, 'any'), configurationFile));
    }
    return this.#homes.get(folder);
  }
}
