// `seal reseal` over a tree: file after file, each written whole as soon as its values are there, so that a second run does the rest.

import type { Rotated } from '../keys/sealing-client.ts';
import { isSealError, type OpenError, type SealError } from '../src/errors.ts';
import { noKeyOpens } from '../src/seal/hybrid.ts';
import { itemsError } from '../src/seal/open-failures.ts';
import { sealedValuesOf } from '../src/seal/sealed-secret.ts';
import { sealedEnvelope } from '../src/seal/value.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';
import { Portions } from './portions.ts';
import { replaceFiles } from './replacing.ts';
import { resealedText, type StaleFile, type StaleSealed, staleIn } from './resealed-files.ts';
import type { Resealer, ResealerOf } from './resealing.ts';
import { checkRecord, type Ruling } from './ruling.ts';
import { problemTeller, sealedFiles } from './sealed-tree.ts';
import { filesOfTree, warnOfNone } from './tree.ts';
import { hint, note, Progress, warn } from './ui.ts';

/** What became of the values of one SealedSecret. */
export interface ResealedItems {
  file: string;
  /** 1-based. */
  line: number;
  namespace?: string;
  name: string;
  items: readonly string[];
}

/** What was done, or would be. */
export interface ResealReport {
  /** Sealed again, or with `check` what would be. */
  resealed: ResealedItems[];
  /** What does not open and stays as it is. */
  failed: ResealedItems[];
  /** Files that could not be read, edited or written. */
  problems: number;
}

export interface ResealOptions {
  resealerOf: ResealerOf;
  ruling: Ruling;
  namespace: string | undefined;
  /** Change nothing. */
  check: boolean;
  /** Write record lines. */
  record: boolean;
  progress: boolean;
}

const valuesAtOnce = 64;

/** Goes over the tree. Throws what keeps it from going on; what is written by then stays. */
export async function resealTree(
  paths: readonly string[],
  options: ResealOptions,
  context: Context,
): Promise<ResealReport> {
  const files = await filesOfTree(paths, context);
  warnOfNone(files, paths, context);
  const problems = problemTeller(context);
  const progress = new Progress(context, { label: 'resealing', total: files.length, enabled: options.progress });
  const work = new Work(options, context, progress, problems.tell);
  const portions = new Portions<Resealer, StaleFile>(valuesAtOnce, (resealer, portion) => work.do(resealer, portion));
  const { ruling, namespace } = options;
  const tree = { ruling, namespace, onProblem: problems.tell, onFile: () => progress.step() };
  try {
    for await (const file of sealedFiles(files, tree)) {
      checkRecord(file.ruled, options.record);
      const resealer = await options.resealerOf(file.ruled);
      const stale = staleIn(file, resealer.certificate);
      const weight = stale.stale.reduce((sum, { asked }) => sum + asked.values.size, 0);
      if (stale.stale.length > 0) await portions.add(resealer, stale, weight);
    }
    await portions.flush();
  } finally {
    progress.end();
  }
  return { ...work.report, problems: problems.count };
}

/** The portions of one run, and what came of them. */
class Work {
  readonly report: Omit<ResealReport, 'problems'> = { resealed: [], failed: [] };
  readonly #options: ResealOptions;
  readonly #context: Context;
  readonly #progress: Progress;
  readonly #onProblem: (error: SealError) => void;

  constructor(options: ResealOptions, context: Context, progress: Progress, onProblem: (error: SealError) => void) {
    this.#options = options;
    this.#context = context;
    this.#progress = progress;
    this.#onProblem = onProblem;
  }

  async do(resealer: Resealer, files: readonly StaleFile[]): Promise<void> {
    const all = files.flatMap(({ stale }) => stale);
    const answers = await resealer.reseal(all.map((each) => askedOf(each, this.#options.check)));
    let at = 0;
    for (const file of files) {
      this.#context.signal.throwIfAborted();
      const rotated = answers.slice(at, at + file.stale.length);
      at += file.stale.length;
      await this.#finish(file, rotated, resealer);
    }
  }

  async #finish(file: StaleFile, rotated: readonly Rotated[], resealer: Resealer): Promise<void> {
    this.#progress.end();
    this.#tellFailures(file, rotated);
    const { check } = this.#options;
    const resealed = file.stale.flatMap((each, index) => {
      const items = [...(rotated[index]?.values.keys() ?? []), ...(check ? each.known : [])];
      return items.length > 0 ? [placed(file, each, inOrder(each, items))] : [];
    });
    if (resealed.length === 0 || (!check && !(await this.#write(file, rotated, resealer)))) return;
    this.report.resealed.push(...resealed);
    const names = resealed.flatMap(({ items }) => items).join(', ');
    if (!check)
      note(this.#context, `${file.file}: sealed ${names} again under key ${resealer.certificate.keyId.slice(0, 8)}`);
  }

  /** Returns whether the file is written. One that cannot be does not keep the others from it. */
  async #write(file: StaleFile, rotated: readonly Rotated[], { certificate }: Resealer): Promise<boolean> {
    const { record } = this.#options;
    try {
      const now = this.#context.clock.now();
      const { text, recordLeftOut } = resealedText(file, rotated, { certificate, record, now });
      const was = new TextEncoder().encode(file.manifest.text);
      await replaceFiles([{ path: file.file, was, content: text }], this.#context.files);
      if (recordLeftOut) {
        warn(this.#context, `${file.file}: the seal record is left out: annotations come from an alias or a merge key`);
        hint(this.#context, 'write them out to have it');
      }
      return true;
    } catch (error) {
      if (!isSealError(error)) throw error;
      this.#onProblem(error);
      return false;
    }
  }

  #tellFailures(file: StaleFile, rotated: readonly Rotated[]): void {
    for (const [index, each] of file.stale.entries()) {
      const failed = [...(rotated[index]?.failed ?? []), ...each.odd];
      if (failed.length === 0) continue;
      this.report.failed.push(placed(file, each, inOrder(each, failed)));
      const sealed = new Map(sealedValuesOf(each.sealedSecret));
      const errors = new Map(failed.map((item) => [item, failureOf(sealed.get(item))]));
      const error = located(itemsError(each.sealedSecret, errors), `${file.file}:${each.object.line}`);
      if (isSealError(error)) warn(this.#context, error.message, error.hints);
    }
  }
}

// What anyone can see is wrong with a value is told; of all else there is only that it does not open.
function failureOf(sealed: unknown): OpenError {
  try {
    sealedEnvelope(sealed);
    return noKeyOpens();
  } catch (error) {
    if (!isSealError(error)) throw error;
    return error;
  }
}

// To say what would be done, what the record tells need not be opened.
function askedOf({ asked, known }: StaleSealed, check: boolean) {
  if (!check) return asked;
  const told = new Set(known);
  return { ...asked, values: new Map([...asked.values].filter(([item]) => !told.has(item))) };
}

function inOrder({ sealedSecret: { spec } }: StaleSealed, items: readonly string[]): string[] {
  const places = new Map(Object.keys(spec.encryptedData ?? {}).map((item, place) => [item, place]));
  const placeOf = (item: string) => places.get(item) ?? -1;
  return items.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placed({ file }: StaleFile, { object, sealedSecret, sealedFor }: StaleSealed, items: string[]): ResealedItems {
  const { namespace } = sealedFor;
  return { file, line: object.line, ...(namespace && { namespace }), name: sealedSecret.metadata.name ?? '', items };
}
