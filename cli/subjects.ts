// The objects that the arguments of `seal why` and `seal wait` name: KIND/NAME, or the manifests of a file or a folder.

import { dirname, join, relative } from 'node:path';
import { type FormatError, UsageError } from '../src/errors.ts';
import type { KubeObject } from '../src/kube/objects.ts';
import { manifestToJudge } from '../src/manifest/documents.ts';
import { isJsonObject } from '../src/manifest/kinds.ts';
import { type ManifestObject, problemOf } from '../src/manifest/objects.ts';
import { tellDocument } from '../src/manifest/tell.ts';
import { nearest } from '../src/nearest.ts';
import type { FileSubject } from '../src/repository/check/subject.ts';
import { lineOf } from '../src/repository/field-places.ts';
import type { Rename } from '../src/repository/kustomizations.ts';
import { parseRecord, recordAnnotation } from '../src/seal/record.ts';
import type { Context } from './context.ts';
import { kindNamed, kindOfObject, type StateKind, stateKinds } from './kinds.ts';
import { noSuchFile } from './missing-file.ts';
import { Places } from './places.ts';
import { filesOfTree, readTree } from './tree.ts';

/** One object that is meant. */
export interface Named {
  kind: StateKind;
  name: string;
  /** None: cluster-scoped, or a manifest that names none, nor does anything around it. */
  namespace: string | undefined;
  manifest?: NamedManifest;
}

/** The manifest that an object was named by. */
export interface NamedManifest {
  file: string;
  line: number;
  object: KubeObject;
  /** What the repository says about the file. */
  place: FileSubject | undefined;
  /** `overlays/prod/kustomization.yaml:4 sets namespace: shop`, where the name or namespace is not the manifest's own. */
  renamedBy: string | undefined;
}

/**
 * Throws `UsageError` for what is neither, `SealError` for files that cannot be read. `namespace` is for objects that are named
 * without one.
 */
export async function namedObjects(
  words: readonly string[],
  { namespace, branch }: { namespace: string | undefined; branch?: string | undefined },
  context: Context,
): Promise<Named[]> {
  const found: Named[] = [];
  for (const word of words) {
    const isMissing = (await context.files.kind(word)) === 'missing';
    const addressed = isMissing ? addressOf(word, namespace) : undefined;
    if (isMissing && !addressed && /^[a-z0-9-]+$/.test(word))
      throw await noSuchFile(word, context, [`an object is named with its kind: sealedsecret/${word}`]);
    found.push(...(addressed ? [addressed] : await inFiles(word, { namespace, branch }, context)));
  }
  return found;
}

function addressOf(word: string, namespace: string | undefined): Named | undefined {
  const [, first = '', name = ''] = /^([^/]+)\/([^/]+)$/.exec(word) ?? [];
  const kind = kindNamed(first);
  if (kind && name !== '') return { kind, name, namespace: kind.versions[0].namespaced ? namespace : undefined };
  if (/[./]/.test(name) || (name === '' && /[./]/.test(word))) return undefined;
  if (name === '' && kindNamed(word))
    throw new UsageError(`${word} names a kind, and no object`, { hint: `${word}/NAME` });
  if (name === '') return undefined;
  if (/^secrets?$/i.test(first))
    throw new UsageError(`${word}: a Secret is judged by what makes it`, {
      hint: `sealedsecret/${name}, externalsecret/${name} …`,
    });
  const meant = nearest(
    first.toLowerCase(),
    stateKinds.flatMap(({ words }) => words),
  );
  throw new UsageError(`there is no kind ${first}, and no file ${word}`, {
    hint: meant
      ? `did you mean ${meant}/${name}?`
      : `kinds: ${stateKinds.map(({ kind }) => kind.toLowerCase()).join(', ')}`,
  });
}

async function inFiles(
  path: string,
  { namespace, branch }: { namespace: string | undefined; branch?: string | undefined },
  context: Context,
): Promise<Named[]> {
  const files = await filesOfTree([path], context);
  const places = new Places(
    files.map(({ name }) => name),
    { branch },
    context,
  );
  const isOne = (await context.files.kind(path)) === 'file';
  const found: Named[] = [];
  let problem: FormatError | undefined;
  for await (const read of readTree(files, manifestToJudge)) {
    if ('error' in read) {
      if (isOne) throw read.error;
      continue;
    }
    const place = await places.of(read.file);
    for (const document of read.manifest.documents) {
      const told = tellDocument(document);
      if (told.kind !== 'objects') problem ??= problemOf(document);
      const objects = told.kind === 'objects' ? told.objects : [];
      for (const object of objects) {
        const named = await fromManifest(object, { file: read.file, place, namespace }, context);
        if (named) found.push(named);
      }
    }
  }
  if (found.length > 0) return found;
  if (isOne && problem) throw problem;
  throw new UsageError(`no object of our kinds is in ${path}`, {
    hint: `kinds: ${stateKinds.map(({ kind }) => kind).join(', ')}`,
  });
}

async function fromManifest(
  object: ManifestObject,
  { file, place, namespace }: { file: string; place: FileSubject | undefined; namespace: string | undefined },
  context: Context,
): Promise<Named | undefined> {
  const { value, line } = object;
  const kind = kindOfObject(value);
  const { metadata } = value;
  if (!kind || !isJsonObject(metadata) || typeof metadata.name !== 'string' || place?.isPatch) return undefined;
  const kubeObject = value as unknown as KubeObject;
  const own = { name: metadata.name, namespace: kubeObject.metadata.namespace || place?.rule?.namespace || namespace };
  const way = wayOf(place?.renames ?? [], kubeObject, own);
  const renamed = way
    ? { name: `${way.prefix}${own.name}${way.suffix}`, namespace: way.namespace ?? own.namespace }
    : own;
  const renamedBy = way && (await saying(way, own, { file, context }));
  const manifest = { file, line, object: kubeObject, place, renamedBy };
  const { namespaced } = kind.versions[0];
  return { kind, name: renamed.name, namespace: namespaced ? renamed.namespace : undefined, manifest };
}

/** Of several ways to a cluster the one that the values are sealed for, else the first; none where nobody can say what it does. */
function wayOf(
  renames: readonly Rename[],
  { metadata }: KubeObject,
  own: { name: string; namespace: string | undefined },
): Rename | undefined {
  const certain = renames.filter(({ isCertain }) => isCertain);
  const labels = new Set(
    [...parseRecord(metadata.annotations?.[recordAnnotation]).values()].map((line) => line.sealedFor),
  );
  const fitting = certain.find(({ namespace = own.namespace, prefix, suffix }) => {
    return labels.has(`${namespace}/${prefix}${own.name}${suffix}`) || labels.has(namespace ?? '');
  });
  return fitting ?? certain[0];
}

async function saying(
  { namespace, prefix, suffix, saidBy }: Rename,
  own: { namespace: string | undefined },
  { file, context }: { file: string; context: Context },
): Promise<string | undefined> {
  const says = [
    ...(namespace !== undefined && namespace !== own.namespace ? [[saidBy.namespace, 'namespace', namespace]] : []),
    ...(prefix === '' ? [] : [[saidBy.prefix, 'namePrefix', prefix]]),
    ...(suffix === '' ? [] : [[saidBy.suffix, 'nameSuffix', suffix]]),
  ];
  const parts = await Promise.all(
    says.map(
      async ([path = '', field = '', text]) => `${await placed(path, field, { file, context })} sets ${field}: ${text}`,
    ),
  );
  return parts.length === 0 ? undefined : parts.join(', ');
}

// Paths of Kustomizations start at the top of the repository.
async function placed(path: string, field: string, { file, context: { files } }: { file: string; context: Context }) {
  const folder = files.real(dirname(file));
  const top =
    (await files.enclosing(folder, '.git')) ?? files.above(join(folder, 'any'), '.sealwright.yaml') ?? files.real('.');
  const shown = relative(files.real('.'), join(top, path)) || path;
  for await (const read of readTree([{ name: shown, read: () => files.read(join(top, path)) }], manifestToJudge)) {
    if ('error' in read) continue;
    for (const document of read.manifest.documents) {
      const told = tellDocument(document);
      const [object] = told.kind === 'objects' ? told.objects : [];
      if (object && Object.hasOwn(object.value, field)) return `${shown}:${lineOf(document, object.node, [field])}`;
    }
  }
  return shown;
}
