// Going over the files of a tree with every check, a document at a time.

import { setImmediate } from 'node:timers/promises';
import { isSealError, type SealError } from '../src/errors.ts';
import { type Manifest, type ManifestDocument, manifestToJudge, unread } from '../src/manifest/documents.ts';
import { maySayKind, textOf } from '../src/manifest/objects.ts';
import { tellDocument } from '../src/manifest/tell.ts';
import { checks } from '../src/repository/check/checks.ts';
import { deployingKinds } from '../src/repository/check/deployments.ts';
import { Duplicates } from '../src/repository/check/duplicates.ts';
import { Identities } from '../src/repository/check/identity.ts';
import { definedKinds, References } from '../src/repository/check/references.ts';
import { sealedViewOf } from '../src/repository/check/sealed.ts';
import type { FileSubject, WholeCheck } from '../src/repository/check/subject.ts';
import { type Finding, findingOf, sortFindings } from '../src/repository/finding.ts';
import { checkFindings } from '../src/repository/findings/check.ts';
import type { Context } from './context.ts';
import { Places } from './places.ts';
import { readTree, type TreeFile } from './tree.ts';

/** What came of a check. */
export interface Checked {
  /** As in `sortFindings`. */
  findings: Finding[];
  /** How much was looked at. */
  checked: { values: number; documents: number; files: number; certificates: number };
  /** Configurations whose rules with a branch were left out, because none is known. */
  withoutBranch: readonly string[];
}

/** How a tree is checked. */
export interface CheckingOptions {
  /** The branch that rules see. Default: the one that is checked out. */
  branch?: string | undefined;
  /** Called after each file. */
  onFile?: () => void;
  /** Where else in the repository there may be what these files refer to; asked when something is missing. Default: nowhere. */
  elsewhere?: () => Promise<readonly TreeFile[]>;
  /** As in `PlacesOptions`. */
  listed?: readonly string[];
}

/** Checks files. Throws `SealError` where the configuration cannot be used. */
export async function checkTree(
  files: readonly TreeFile[],
  options: CheckingOptions,
  context: Context,
): Promise<Checked> {
  const places = new Places(
    files.map(({ name }) => name),
    options,
    context,
  );
  const run = new Run();
  for await (const read of readTree(files, manifestToJudge)) {
    const subject = await places.of(read.file);
    if (subject && 'error' in read) run.unreadable(read.file, read.error);
    else if (subject && 'manifest' in read)
      await run.manifest(read.manifest, { ...subject, isSingle: read.manifest.documents.length === 1 });
    options.onFile?.();
  }
  if (options.elsewhere && run.isInDoubt) await run.lookUp(await options.elsewhere(), options, context);
  const checked = { ...run.counts, certificates: await places.certificates() };
  const findings = sortFindings([...run.findings(), ...(await places.problems())]);
  return { findings, checked, withoutBranch: await places.withoutBranch() };
}

const documentsAtOnce = 100;

/** Kinds that decide about objects in other files. */
const decisiveKinds = [...definedKinds, ...deployingKinds];

/** One pass over all files. */
export class Run {
  readonly counts = { values: 0, documents: 0, files: 0 };
  readonly #findings: Finding[] = [];
  readonly #identities = new Identities();
  readonly #references = new References();
  readonly #whole: WholeCheck[] = [this.#identities, this.#references, new Duplicates()];

  findings(): Finding[] {
    return sortFindings([...this.#findings, ...this.#whole.flatMap((check) => check.findings())]);
  }

  /** Whether files that are not checked could show that something is right after all. */
  get isInDoubt(): boolean {
    return this.#references.isDangling || this.#identities.isInDoubt;
  }

  unreadable(file: string, { message, hints }: SealError): void {
    const [hint] = hints;
    this.counts.files += 1;
    this.#findings.push(
      findingOf(checkFindings.unreadable, { file, line: 1, message, ...(hint !== undefined && { hint }) }),
    );
  }

  async manifest({ documents }: Manifest, subject: FileSubject): Promise<void> {
    this.counts.files += 1;
    for (const document of documents) {
      this.counts.documents += 1;
      // Signals are heard in between.
      if (this.counts.documents % documentsAtOnce === 0) await setImmediate();
      this.#document(unread(document), subject);
    }
  }

  /** Takes note of what other files define. */
  async lookUp(files: readonly TreeFile[], options: CheckingOptions, context: Context): Promise<void> {
    const places = new Places(
      files.map(({ name }) => name),
      options,
      context,
    );
    for await (const read of readTree(files, manifestToJudge)) {
      if (!('manifest' in read)) continue;
      const documents = read.manifest.documents.filter((one) => decisiveKinds.some((kind) => maySayKind(one, kind)));
      const subject = documents.length > 0 ? await places.of(read.file) : undefined;
      if (subject) for (const document of documents) this.#define(unread(document), subject);
    }
  }

  #define(document: ManifestDocument, subject: FileSubject): void {
    const told = tellDocument(document);
    for (const object of told.kind === 'objects' ? told.objects : []) {
      this.#references.define({ ...subject, object });
      this.#identities.define({ ...subject, object });
    }
    if (told.kind === 'other') this.#references.defineText(textOf(document));
  }

  #document(document: ManifestDocument, subject: FileSubject): void {
    const { file } = subject;
    try {
      const told = tellDocument(document);
      if (told.kind === 'damaged') {
        const { line, phrase } = told.damage;
        const message = `not valid ${document.format === 'json' ? 'JSON' : 'YAML'}: ${phrase}`;
        this.#findings.push(findingOf(checkFindings.unreadable, { file, line, message }));
      }
      if (told.kind === 'objects') for (const object of told.objects) this.#object({ ...subject, object });
      if (told.kind === 'other') this.#references.defineText(textOf(document));
    } catch (error) {
      if (!isSealError(error)) throw error;
      const { message, hints } = error;
      const [hint] = hints;
      const place = /^.*?:(\d+):\d+: (.*)$/s.exec(message.slice(file.length)) ?? [];
      const [, line = document.line, phrase = message] = place;
      const said = { file, line: Number(line), message: phrase, ...(hint !== undefined && { hint }) };
      this.#findings.push(findingOf(checkFindings.plainSecret, said));
    }
  }

  #object(subject: Parameters<(typeof checks)[number]>[0]): void {
    this.counts.values += sealedViewOf(subject)?.items.length ?? 0;
    for (const check of checks) this.#findings.push(...check(subject));
    for (const check of this.#whole) check.see(subject);
  }
}
