// Checking what was rendered: a stream from somewhere else, or what the user's renderer makes of each Kustomization.

import { dirname } from 'node:path';
import { isSealError } from '../src/errors.ts';
import { type Manifest, manifestToJudge, unread } from '../src/manifest/documents.ts';
import { isJsonObject, type JsonObject } from '../src/manifest/kinds.ts';
import { textOf } from '../src/manifest/objects.ts';
import { tellDocument } from '../src/manifest/tell.ts';
import { identityFindings } from '../src/repository/check/identity.ts';
import { noPins } from '../src/repository/check/pins.ts';
import type { FileSubject, Subject } from '../src/repository/check/subject.ts';
import { type Finding, findingOf, sortFindings } from '../src/repository/finding.ts';
import { schemaFindings } from '../src/repository/findings/schema.ts';
import { type Checked, type CheckingOptions, Run } from './checking.ts';
import type { Context } from './context.ts';
import { Places } from './places.ts';
import { type Rendered, type Renderer, renderAll } from './rendering.ts';
import { filesOfRepository, type TreeFile } from './tree.ts';

/** What was rendered already: its bytes, and what to call it. */
export interface RenderedInput {
  name: string;
  bytes: Uint8Array;
}

/** Nothing changes it any more on its way to the cluster. */
const settled = { renames: [], isPatch: false, isSingle: false } as const;

/**
 * Checks a stream of manifests under the rule that files of the working folder have. Throws `SealError` where it is no text, and
 * where the configuration cannot be used.
 */
export async function checkRendered(
  { name, bytes }: RenderedInput,
  options: CheckingOptions,
  context: Context,
): Promise<Checked> {
  const places = new Places([], options, context);
  const place = await places.of('rendered.yaml');
  const none = { path: name, rule: undefined, ruleName: '', pins: noPins, now: context.clock.now() };
  const subject: FileSubject = { ...(place ?? none), ...settled, file: name };
  const manifest = manifestToJudge(bytes, name);
  const run = new Run();
  await run.manifest(manifest, subject);
  if (run.isInDoubt) await run.lookUp(await filesOfRepository(context), options, context);
  const found = run.findings().map((finding) => withSource(finding, manifest));
  const findings = sortFindings([...found, ...(await places.problems())]);
  const checked = { ...run.counts, certificates: await places.certificates() };
  return { findings, checked, withoutBranch: await places.withoutBranch() };
}

/** Says which file of a chart a document was made of, where Helm says so. Nobody mends what was rendered. */
function withSource(found: Finding, { file, documents }: Manifest): Finding {
  const finding = found.hint?.includes(file) ? { ...found, hint: 'mend the file that this was rendered from' } : found;
  const document = documents.findLast(({ line }) => line <= finding.line);
  const source = document && /^# Source: (\S.*?)\r?$/m.exec(textOf(document).slice(0, 4096))?.[1];
  return source ? { ...finding, message: `${finding.message} (${source})` } : finding;
}

/** How Kustomizations are rendered. */
export interface RenderingOptions extends CheckingOptions {
  renderer: Renderer;
  /** Called after each Kustomization. */
  onRendered?: () => void;
}

/**
 * Renders every Kustomization among `files` that nothing else takes in, and checks what each object is called then, under the rule
 * of the Kustomization. Findings stand at the Kustomization. Throws `SealError` where the renderer cannot be run.
 */
export async function checkRenderings(
  files: readonly TreeFile[],
  { renderer, onRendered, ...options }: RenderingOptions,
  context: Context,
): Promise<Finding[]> {
  const places = new Places(
    files.map(({ name }) => name),
    options,
    context,
  );
  const subjects = new Map<string, FileSubject>();
  for (const file of await places.roots()) {
    const place = await places.of(file);
    if (place) subjects.set(dirname(file), { ...place, ...settled });
  }
  const findings: Finding[] = [];
  await renderAll(renderer, [...subjects.keys()], context, (rendered) => {
    const subject = subjects.get(rendered.folder);
    if (subject) findings.push(...findingsOf(rendered, subject));
    onRendered?.();
  });
  return findings;
}

function findingsOf({ output, failure, hint }: Rendered, subject: FileSubject): Finding[] {
  if (!output) return [notRendered(subject, failure ?? 'it printed nothing', hint)];
  try {
    const { documents } = manifestToJudge(output, subject.file);
    return documents.flatMap((document) => {
      const told = tellDocument(unread(document));
      if (told.kind === 'objects') return told.objects.flatMap((object) => findingsOfObject({ ...subject, object }));
      return told.kind === 'damaged' ? [notRendered(subject, `what it prints is no YAML: ${told.damage.phrase}`)] : [];
    });
  } catch (error) {
    if (!isSealError(error)) throw error;
    return [notRendered(subject, error.message)];
  }
}

function notRendered({ file }: FileSubject, why: string, hint?: string): Finding {
  const message = `cannot be rendered: ${why}`;
  return findingOf(schemaFindings.notRendered, { file, line: 1, message, ...(hint !== undefined && { hint }) });
}

function findingsOfObject(subject: Subject): Finding[] {
  return identityFindings(subject).map((finding) => ({
    ...finding,
    line: 1,
    message: `${titleOf(subject.object.value)}: ${finding.message} (line ${finding.line} of what it renders)`,
  }));
}

function titleOf({ kind, metadata }: JsonObject): string {
  const { namespace, name } = isJsonObject(metadata) ? metadata : {};
  return `${kind} ${[namespace, name].filter((part) => typeof part === 'string').join('/')}`;
}
