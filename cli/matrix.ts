// Reading a repository as a matrix of environments: names, items and days of every SealedSecret, and never a value.

import { dirname } from 'node:path/posix';
import { manifestToJudge, unread } from '../src/manifest/documents.ts';
import { isSealedSecret } from '../src/manifest/kinds.ts';
import { type ManifestObject, maySayKind, problemOf } from '../src/manifest/objects.ts';
import { tellDocument } from '../src/manifest/tell.ts';
import { sealedViewOf } from '../src/repository/check/sealed.ts';
import { configurationFile } from '../src/repository/configuration.ts';
import { belongingOf, environmentIn } from '../src/repository/environments.ts';
import { type Matrix, matrixOf, type PlacedSecret } from '../src/repository/matrix.ts';
import type { Context } from './context.ts';
import { type Place, Places } from './places.ts';
import { readRepository } from './repository.ts';
import { filesOfTree, readTree, type TreeFile, warnOfNone } from './tree.ts';
import { Progress, warn } from './ui.ts';

/** How a repository is read. */
export interface MatrixOptions {
  /** The branch that rules see. Default: the one that is checked out. */
  branch?: string | undefined;
  /** Show a progress bar where there is a terminal. */
  progress: boolean;
}

/** A matrix, and how much was looked at. */
export interface ReadMatrix {
  matrix: Matrix;
  /** What could become an environment: clusters, and folders in which nothing is sealed yet. */
  known: ReadonlySet<string>;
  checked: { values: number; files: number };
}

/** Reads the tracked files of the repository that the working folder is in. Throws `SealError`. */
export async function readMatrix({ branch, progress }: MatrixOptions, context: Context): Promise<ReadMatrix> {
  const files = await filesOfTree([], context);
  warnOfNone(files, [], context);
  const places = new Places(
    files.map(({ name }) => name),
    { branch, withPins: false },
    context,
  );
  const bar = new Progress(context, { label: 'reading', total: files.length, enabled: progress });
  const found: { place: Place; objects: SealedObject[] }[] = [];
  for await (const each of sealedObjects(files, places, () => bar.step(), context)) found.push(each);
  bar.end();
  const { names, ruled } = await namesOf(branch, context);
  const folders = found.flatMap(({ place }) => environmentIn(dirname(place.path), names) ?? []);
  const known = new Set([...names, ...folders]);
  const secrets = found.flatMap(({ place, objects }) => objects.map((object) => placed(object, place, known)));
  const values = secrets.reduce((sum, { items }) => sum + items.size, 0);
  const empty = files.flatMap(({ name }) => environmentIn(dirname(name)) ?? []);
  return {
    matrix: matrixOf(secrets, ruled),
    known: new Set([...known, ...empty]),
    checked: { values, files: files.length },
  };
}

type SealedObject = Pick<PlacedSecret, 'line' | 'document' | 'name' | 'namespace' | 'items'>;

// Only what is told of an object is kept, never its text.
async function* sealedObjects(files: readonly TreeFile[], places: Places, onFile: () => void, context: Context) {
  const seen = new Set<string>();
  for await (const read of readTree(files, manifestToJudge)) {
    onFile();
    // A link and what it leads to are one Secret.
    const identity = (await context.files.identity(read.file)) ?? read.file;
    if (seen.has(identity)) continue;
    seen.add(identity);
    if ('error' in read) {
      warn(context, `${read.error.message}; left out`);
      continue;
    }
    const documents = read.manifest.documents.filter((document) => maySayKind(document, 'SealedSecret'));
    const objects = documents.flatMap((document) => objectsIn(unread(document), context));
    const place = objects.length === 0 ? undefined : await places.of(read.file);
    if (place) yield { place, objects };
  }
}

function objectsIn(document: ReturnType<typeof unread>, context: Context): SealedObject[] {
  const told = tellDocument(document);
  if (told.kind === 'damaged') warn(context, `${problemOf(document)?.message ?? document.file}; left out`);
  if (told.kind !== 'objects') return [];
  return told.objects.filter(({ value }) => isSealedSecret(value)).flatMap((object) => summaryOf(object));
}

function summaryOf(object: ManifestObject): SealedObject[] {
  const view = sealedViewOf({ object });
  if (view?.name === undefined) return [];
  const { name, namespace, items } = view;
  const lines = new Map(items.map((item) => [item.name, item.record] as const));
  return [{ line: object.line, document: object.document.index, name, namespace, items: lines }];
}

function placed(object: SealedObject, { file, path, renames, rule, isPatch }: Place, known: ReadonlySet<string>) {
  const roots = renames.map(({ root }) => root);
  const cluster = rule?.cluster;
  return { ...object, ...belongingOf({ path, roots, cluster }, known), file, path, isPatch, cluster };
}

/** What the configuration calls clusters, and the environments that its rules name. */
async function namesOf(branch: string | undefined, context: Context) {
  const home = context.files.above('any', configurationFile);
  if (home === undefined) return { names: new Set<string>(), ruled: [] };
  const { configuration } = await readRepository(home, context, { branch });
  const names = new Set(configuration.clusters.keys());
  return { names, ruled: configuration.rules.flatMap(({ path }) => environmentIn(dirname(path), names) ?? []) };
}
