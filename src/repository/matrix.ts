// Which items of which Secret exist in which environment: sealed files of a whole repository, side by side.

import type { RecordLine } from '../seal/record.ts';
import { shellWord } from '../shell-words.ts';
import type { Belonging } from './environments.ts';
import { type Finding, findingOf, sortFindings } from './finding.ts';
import { matrixFindings } from './findings/matrix.ts';

/** One SealedSecret of one file, without its values. */
export interface PlacedSecret extends Belonging {
  /** What findings call its file. */
  file: string;
  /** The same from the top of the repository, with `/` between its parts. */
  path: string;
  /** 1-based. */
  line: number;
  /** The document of the file that it is in, from 0. */
  document: number;
  name: string;
  namespace: string | undefined;
  /** It is only laid over another one by a Kustomization. */
  isPatch: boolean;
  /** The cluster of its rule. */
  cluster: string | undefined;
  /** Item → its line in the seal record, where it has one. */
  items: ReadonlyMap<string, RecordLine | undefined>;
}

/** A Secret of one environment. */
export interface MatrixCell {
  /** What it is made of: the environment's own first. */
  parts: readonly PlacedSecret[];
  /** Of all parts; what is the environment's own wins. */
  items: ReadonlyMap<string, RecordLine | undefined>;
}

/** One Secret in all environments. */
export interface MatrixRow {
  name: string;
  /** What tells it from another of its name: a namespace or a folder. Empty where nothing is needed. */
  place: string;
  /** By environment; without those that do not have it. */
  cells: ReadonlyMap<string, MatrixCell>;
  /** Every item that it has anywhere, in the order in which they are met. */
  items: readonly string[];
}

/** All Secrets of a repository. */
export interface Matrix {
  /** In order of name. */
  environments: readonly string[];
  rows: readonly MatrixRow[];
}

/** Puts Secrets side by side. `environments`: those that are known to exist, whether or not anything is in them. */
export function matrixOf(secrets: readonly PlacedSecret[], environments: Iterable<string> = []): Matrix {
  const placed = secrets.filter((secret) => secret.environments.length > 0);
  const names = new Set([...environments, ...placed.flatMap((secret) => secret.environments)]);
  const rows = [...groupsOf(placed, ({ name }) => name)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, group]) => rowsOf(name, group));
  return { environments: [...names].sort(), rows };
}

// What tells Secrets of one name apart, the plainest first.
const tellings: readonly ((secret: PlacedSecret) => string)[] = [
  () => '',
  ({ namespace = '' }) => namespace,
  ({ place }) => place,
  ({ place, namespace = '' }) => `${place} ${namespace}`.trim(),
  ({ file }) => file,
];

/** The way of telling that leaves no environment with two of a kind, and makes the fewest rows. */
function rowsOf(name: string, secrets: readonly PlacedSecret[]): MatrixRow[] {
  const ways = tellings.map((keyOf) => [...groupsOf(secrets, keyOf)]);
  const clear = ways.filter((groups) => groups.every(([, group]) => isOneEach(group)));
  const [best = ways.at(-1) ?? []] = clear.sort((a, b) => a.length - b.length);
  return best.map(([place, group]) => rowOf(name, place, group));
}

function isOneEach(secrets: readonly PlacedSecret[]): boolean {
  const taken = secrets.filter(({ isPatch }) => !isPatch).flatMap(({ environments }) => environments);
  return new Set(taken).size === taken.length;
}

function rowOf(name: string, place: string, secrets: readonly PlacedSecret[]): MatrixRow {
  const cells = new Map<string, MatrixCell>();
  for (const environment of [...new Set(secrets.flatMap(({ environments }) => environments))].sort()) {
    const parts = secrets.filter(({ environments }) => environments.includes(environment));
    cells.set(environment, cellOf(parts.sort((a, b) => Number(b.isOwn) - Number(a.isOwn))));
  }
  return { name, place, cells, items: itemsOf(cells) };
}

function itemsOf(cells: MatrixRow['cells']): string[] {
  return [...new Set([...cells.values()].flatMap(({ items }) => [...items.keys()]))];
}

/** The same of some environments alone, in the order in which they are named. */
export function narrowed({ rows }: Matrix, environments: readonly string[]): Matrix {
  const kept = rows.map((row): MatrixRow => {
    const cells = new Map(environments.flatMap((name) => cellEntries(row, name)));
    return { ...row, cells, items: itemsOf(cells) };
  });
  return { environments, rows: kept.filter(({ cells }) => cells.size > 0) };
}

function cellOf(parts: readonly PlacedSecret[]): MatrixCell {
  const items = new Map(parts.toReversed().flatMap((part) => [...part.items]));
  return { parts, items };
}

function cellEntries({ cells }: MatrixRow, name: string): [string, MatrixCell][] {
  const cell = cells.get(name);
  return cell ? [[name, cell]] : [];
}

/** What is missing where, at the line of the Secret that lacks it, or of one that another environment lacks. */
export function gapsOf({ environments, rows }: Matrix): Finding[] {
  return sortFindings(rows.flatMap((row) => environments.flatMap((environment) => gapsIn(row, environment))));
}

function gapsIn(row: MatrixRow, environment: string): Finding[] {
  const cell = row.cells.get(environment);
  const missing = row.items.filter((item) => !cell?.items.has(item));
  const [others] = [...row.cells].filter(([name]) => name !== environment);
  const [here] = cell?.parts ?? [];
  if (!others || missing.length === 0) return [];
  const [from, { parts }] = others;
  const [there] = parts;
  if (here) return missing.map((item) => itemGap(row, { item, environment, here }));
  if (!there) return [];
  const message = `Secret ${row.name} is missing in ${environment}, and is in ${from}`;
  const hint = promoting(row, from, environment);
  return [findingOf(matrixFindings.missingSecret, { file: there.file, line: there.line, message, hint })];
}

function itemGap(
  row: MatrixRow,
  { item, environment, here }: { item: string; environment: string; here: PlacedSecret },
): Finding {
  const [from = ''] = [...row.cells].find(([, cell]) => cell.items.has(item)) ?? [];
  const message = `${item} of Secret ${row.name} is missing in ${environment}, and is in ${from}`;
  const hint = promoting(row, from, environment);
  return findingOf(matrixFindings.missingItem, { file: here.file, line: here.line, message, hint });
}

function promoting({ name, place, cells }: MatrixRow, from: string, to: string): string {
  const namespace = place === '' ? undefined : cells.get(from)?.parts[0]?.namespace;
  return `seal promote ${shellWord(namespace ? `${namespace}/${name}` : name)} --from ${shellWord(from)} --to ${shellWord(to)}`;
}

function groupsOf<T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group) group.push(thing);
    else groups.set(key, [thing]);
  }
  return groups;
}
