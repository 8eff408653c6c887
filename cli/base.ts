// The repository as it was when a branch left another one: what changed since, and what was wrong then already.

import { basename, dirname, join, relative } from 'node:path';
import { isSealError, SealError } from '../src/errors.ts';
import { manifestToJudge, unread } from '../src/manifest/documents.ts';
import { isManifestName } from '../src/manifest/file-name.ts';
import { maySayKind } from '../src/manifest/objects.ts';
import { tellDocument } from '../src/manifest/tell.ts';
import { maxManifestBytes } from '../src/manifest/text.ts';
import type { Finding } from '../src/repository/finding.ts';
import { type ItemChange, itemChanges, type PlacedObject } from '../src/repository/item-changes.ts';
import type { Context } from './context.ts';
import { Files } from './files.ts';
import { identityOf } from './findings/fingerprints.ts';
import { openGit } from './git.ts';
import { contentsOf, differencesFrom, mergeBase, trackedFiles } from './git-files.ts';
import { type Column, layOut } from './table.ts';
import type { TreeFile } from './tree.ts';

/** A file that is not what it was. */
interface Changed {
  /** As people know it. */
  name: string;
  /** What it was; `undefined`: it was not there, or was too large to be looked at. */
  before: Uint8Array | undefined;
  isThere: boolean;
}

/** The repository as it was. */
export interface Base {
  /** Files that changed, by their real path. */
  changed: ReadonlyMap<string, Changed>;
  /** Whether a file is as it was. */
  isUnchanged(file: string): boolean;
  /** Files of the tree as they were; with `deleted`, those that are no longer there too. */
  before(files: readonly TreeFile[], options: { deleted: boolean }): TreeFile[];
  /** The context in which everything is read as it was. */
  context: Context;
}

/** Compares the work tree with the last commit that it has in common with `ref`. Throws `SealError` (see `openGit`, `mergeBase`). */
export async function readBase(ref: string, context: Context): Promise<Base> {
  const git = await openGit('.', context);
  const here = context.files.real('.');
  const differences = await differencesFrom(git, await mergeBase(git, ref));
  const changed = new Map<string, Changed>();
  for (const { path, isThere } of differences) {
    const real = join(git.top, path);
    changed.set(real, { name: relative(here, real), before: undefined, isThere });
  }
  const wanted = differences.flatMap(({ path, before }) => (before === undefined ? [] : [{ path, id: before }]));
  for await (const { of, content } of contentsOf(git, wanted, maxManifestBytes)) {
    const one = changed.get(join(git.top, of.path));
    if (one) one.before = content;
  }
  const tracked = new Set((await trackedFiles(git, context)).map((path) => join(git.top, path)));
  const old = { ...context, files: new FilesBefore(context, changed) };
  const isUnchanged = (file: string) => tracked.has(realOf(file)) && !changed.has(realOf(file));
  // The name itself: where it is a link, the link is what Git knows.
  const realOf = (file: string) => join(context.files.real(dirname(file)), basename(file));
  return {
    changed,
    isUnchanged,
    before(files, { deleted }) {
      const wasThere = files.filter(({ name }) => isUnchanged(name) || changed.get(realOf(name))?.before !== undefined);
      const gone = [...changed.values()].filter(({ isThere, before }) => !isThere && before !== undefined);
      const names = [...wasThere, ...(deleted ? gone.filter(({ name }) => isManifestName(name)) : [])];
      return names.map(({ name }) => ({ name, read: () => old.files.read(name) }));
    },
    context: old,
  };
}

/** Files as they were: what changed is read as it was, and what is new is not there. */
class FilesBefore extends Files {
  readonly #changed: ReadonlyMap<string, Changed>;

  constructor({ cwd, random }: Pick<Context, 'cwd' | 'random'>, changed: ReadonlyMap<string, Changed>) {
    super({ cwd, random });
    this.#changed = changed;
  }

  override async read(path: string): Promise<Uint8Array> {
    const changed = this.#changed.get(this.real(path));
    if (!changed) return super.read(path);
    if (changed.before) return changed.before;
    throw new SealError('FILE_NOT_FOUND', `no such file: ${path}`);
  }

  override above(path: string, name: string): string | undefined {
    const found = super.above(path, name);
    const changed = found === undefined ? undefined : this.#changed.get(join(found, name));
    if (found === undefined || !changed || changed.before !== undefined) return found;
    return dirname(found) === found ? undefined : this.above(found, name);
  }
}

/** What of `findings` is about the change: all of changed files, and of the others what was not found before. */
export function newFindings(findings: readonly Finding[], before: readonly Finding[], base: Base): Finding[] {
  const old = new Map<string, number>();
  for (const finding of before) old.set(identityOf(finding), (old.get(identityOf(finding)) ?? 0) + 1);
  return findings.filter((finding) => {
    const known = old.get(identityOf(finding)) ?? 0;
    old.set(identityOf(finding), known - 1);
    return known <= 0 || !base.isUnchanged(finding.file);
  });
}

/** Which sealed items of changed files were added, removed or sealed again. */
export async function changedItems({ changed }: Base, { files }: Pick<Context, 'files'>): Promise<ItemChange[]> {
  const before: PlacedObject[] = [];
  const after: PlacedObject[] = [];
  for (const { name, before: content, isThere } of changed.values()) {
    if (!isManifestName(name)) continue;
    if (content) before.push(...sealedSecretsOf(content, name));
    if (isThere) after.push(...sealedSecretsOf(await files.read(name), name));
  }
  return itemChanges(before, after);
}

// What is damaged is a finding of its own.
function sealedSecretsOf(bytes: Uint8Array, file: string): PlacedObject[] {
  try {
    const documents = manifestToJudge(bytes, file).documents.filter((one) => maySayKind(one, 'SealedSecret'));
    return documents.flatMap((document) => {
      const told = tellDocument(unread(document));
      return told.kind === 'objects' ? told.objects.map(({ value }) => ({ file, value })) : [];
    });
  } catch (error) {
    if (isSealError(error)) return [];
    throw error;
  }
}

/** The changes as lines for people, in columns. */
export function changeLines(changes: readonly ItemChange[]): string[] {
  if (changes.length === 0) return ['no sealed item changed'];
  const columns: Column<ItemChange>[] = [
    { title: 'change', text: ({ change }) => change },
    { title: 'file', text: ({ file }) => file },
    { title: 'object', text: ({ object }) => object },
    { title: 'item', text: ({ item }) => item },
    { title: 'key', text: ({ keyId = '' }) => keyId.slice(0, 8) },
    { title: 'sealed', text: ({ day = '' }) => day },
  ];
  const { header, line } = layOut(columns, changes);
  return [header, ...changes.map(line)];
}
