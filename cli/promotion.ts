// What it takes to bring a Secret of one environment to another: the two of them, the items that are missing, and the file to write.

import { dirname, join, relative } from 'node:path';
import { UsageError } from '../src/errors.ts';
import { nearest } from '../src/nearest.ts';
import { counterpartOf } from '../src/repository/environments.ts';
import type { Matrix, MatrixRow, PlacedSecret } from '../src/repository/matrix.ts';
import type { Context } from './context.ts';
import { shownWord } from './shown-word.ts';

/** What is asked for. */
export interface PromotionWish {
  /** With its namespace before a slash, where the name alone says too little. */
  name: string;
  from: string;
  to: string;
  /** What `to` may be beside the environments that have something. */
  known: ReadonlySet<string>;
  /** The file of the environment that has none yet. Default: that of `from`, with the environment's folder changed. */
  write?: string | undefined;
  /** Items that are sealed anew even where they are there. */
  named: readonly string[];
}

/** What is to be done. */
export interface Promotion {
  row: MatrixRow;
  /** The Secret of `from` that a new file would be made of. */
  source: PlacedSecret;
  /** The Secret of `to` that is edited; `undefined` where there is none. */
  target: PlacedSecret | undefined;
  /** The file that is written, as people know it. */
  file: string;
  /** Items that `to` lacks, in the order of `from`. */
  missing: readonly string[];
  /** These, and those that are named. */
  wanted: readonly string[];
}

/** Decides what is to be done. Throws `UsageError` where that cannot be told from what is asked for. */
export function promotionOf(matrix: Matrix, wish: PromotionWish, context: Pick<Context, 'files'>): Promotion {
  const { from, to, known, named } = wish;
  checkEnvironment(from, matrix.environments);
  checkEnvironment(to, [...new Set([...matrix.environments, ...known])].sort());
  if (from === to) throw new UsageError(`--from and --to are both ${from}`, { hint: 'name two environments' });
  const row = rowOf(matrix, wish);
  const [source, sourceItems] = sourceIn(row, from);
  const cell = row.cells.get(to);
  const missing = [...sourceItems].filter((item) => !cell?.items.has(item));
  const unknown = named.find((item) => !sourceItems.has(item));
  if (unknown !== undefined) throw noItem(unknown, wish, [...sourceItems]);
  const target = ownPart(cell?.parts ?? []);
  if (cell && !target && missing.length > 0 && !source.isPatch) throw sharedFile(wish, cell.parts);
  if (target && wish.write !== undefined) throw thereAlready(wish, target);
  const file = target?.file ?? fileFor(source, wish, context);
  return { row, source, target, file, missing, wanted: [...new Set([...missing, ...named])] };
}

function checkEnvironment(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const meant = nearest(name, known);
  throw new UsageError(`there is no environment ${name} in the repository`, {
    hint: meant ? `did you mean ${meant}?` : `there is: ${known.join(', ') || 'none'}`,
  });
}

function rowOf({ rows }: Matrix, { name, from }: PromotionWish): MatrixRow {
  const [bare, namespace] = partsOf(name);
  const found = rows.filter((row) => {
    const [part] = row.cells.get(from)?.parts ?? [];
    return row.name === bare && part && (namespace === undefined || part.namespace === namespace);
  });
  const [row, other] = found;
  if (!row) throw noSecret(rows, { name, from });
  if (!other) return row;
  const parts = found.flatMap(({ cells }) => cells.get(from)?.parts ?? []);
  throw new UsageError(`${from} has ${found.length} SealedSecrets named ${bare}`, {
    hint: [
      'name it with its namespace, NAMESPACE/NAME; or set the items of each: seal set FILE KEY',
      ...parts.slice(0, 9).map(({ file, line, ...part }) => `${file}:${line}: ${part.namespace ?? ''}/${bare}`),
    ],
  });
}

/** `db` or `shop/db`. */
function partsOf(name: string): [string, string | undefined] {
  const at = name.lastIndexOf('/');
  return at === -1 ? [name, undefined] : [name.slice(at + 1), name.slice(0, at)];
}

function noSecret(rows: readonly MatrixRow[], { name, from }: Pick<PromotionWish, 'name' | 'from'>): UsageError {
  const known = rows.filter(({ cells }) => cells.has(from)).map((row) => row.name);
  const meant = nearest(name, known);
  return new UsageError(`${from} has no SealedSecret named ${shownWord(name)}`, {
    hint: meant ? `did you mean ${meant}?` : `it has: ${[...new Set(known)].slice(0, 20).join(', ') || 'none'}`,
  });
}

function sourceIn(row: MatrixRow, from: string): [PlacedSecret, ReadonlySet<string>] {
  const cell = row.cells.get(from);
  const source = cell?.parts.find(({ isPatch }) => !isPatch) ?? cell?.parts[0];
  if (!cell || !source) throw new TypeError('a row that has the environment');
  const own = ownPart(cell.parts);
  // What a patch adds to a base that both have is made as a patch again.
  return [own?.isPatch && !source.isOwn ? own : source, new Set(cell.items.keys())];
}

/** What belongs to one environment alone, and may be edited for it. */
function ownPart(parts: readonly PlacedSecret[]): PlacedSecret | undefined {
  return parts.find(({ isOwn }) => isOwn) ?? parts.find(({ environments }) => environments.length === 1);
}

function sharedFile({ name, to }: PromotionWish, [part]: readonly PlacedSecret[]): UsageError {
  const others = part?.environments.filter((environment) => environment !== to) ?? [];
  return new UsageError(`Secret ${name} of ${to} is in ${part?.file}, which ${others.join(', ')} has as well`, {
    hint: 'give it a patch of its own in the Kustomization of the environment, then seal set PATCH KEY',
  });
}

function thereAlready({ name, to }: PromotionWish, { file }: PlacedSecret): UsageError {
  return new UsageError(`${to} has Secret ${name} already, in ${file}`, { hint: 'leave out -w' });
}

function noItem(item: string, { name, from, to }: PromotionWish, known: readonly string[]): UsageError {
  const meant = nearest(item, known);
  return new UsageError(`Secret ${name} of ${from} has no item ${item}`, {
    hint: meant ? `did you mean ${meant}?` : `to give ${to} an item that ${from} does not have: seal set FILE ${item}`,
  });
}

function fileFor(source: PlacedSecret, { from, to, write }: PromotionWish, { files }: Pick<Context, 'files'>): string {
  if (write !== undefined) return write;
  const path = counterpartOf(source.path, { from, to });
  if (path !== undefined) {
    const real = files.real(source.file);
    // What leads to the top of the repository, and is the same for both.
    const top = real.slice(0, real.length - source.path.length);
    return relative(files.real('.'), join(dirname(join(top, 'any')), path));
  }
  throw new UsageError(`${source.file} is in no folder of ${from}, so that its place in ${to} cannot be told`, {
    hint: 'name the file with -w FILE',
  });
}
