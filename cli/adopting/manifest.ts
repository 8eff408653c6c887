// The SealedSecret of a live Secret, and the file that it is written into.

import { isDeepStrictEqual } from 'node:util';
import { FormatError, isSealError } from '../../src/errors.ts';
import type { SealedSecret, Secret } from '../../src/kube/objects.ts';
import { isNeverCopied, isTracking, objectAnnotations } from '../../src/kube/secret-rules.ts';
import { type Manifest, parseManifest } from '../../src/manifest/documents.ts';
import { isManifestName } from '../../src/manifest/file-name.ts';
import { isJsonObject } from '../../src/manifest/kinds.ts';
import { objectsOf, problemOf } from '../../src/manifest/objects.ts';
import { printManifest } from '../../src/manifest/print.ts';
import { annotationsOfScope } from '../../src/seal/scope.ts';
import { type SealOptions, sealSecret } from '../../src/seal/seal.ts';
import { shellPath } from '../../src/shell-words.ts';

// Said about the Secret itself by whoever applied or watched it: nothing for the one that is made of it.
const aboutTheLive = [
  /^kubectl\.kubernetes\.io\//,
  /^helm\.sh\//,
  /^sealedsecrets\.bitnami\.com\//,
  /^sealwright\.dev\//,
];
// By which Argo CD knows its repositories and clusters.
const keptAlways = 'argocd.argoproj.io/secret-type';

const isKept = (name: string) =>
  name === keptAlways || (!isTracking(name) && !isNeverCopied(name) && !aboutTheLive.some((one) => one.test(name)));

const kept = (map: Record<string, string> | undefined) =>
  Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => isKept(name)));

/** What of a live Secret a manifest says: values, type, and the labels and annotations that people wrote. */
function writtenSecret({ metadata, type, immutable, data }: Secret): Secret {
  const { name = '', namespace = '' } = metadata;
  const [labels, annotations] = [kept(metadata.labels), kept(metadata.annotations)];
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels, annotations },
    ...(type !== undefined && { type }),
    ...(immutable === true && { immutable }),
    ...(data && { data }),
  };
}

/** Sealed, with the leave to take over a Secret that nobody owns. Throws `FormatError`. */
export async function adopted(secret: Secret, options: SealOptions): Promise<SealedSecret> {
  const { scope = 'strict' } = options;
  const sealed = await sealSecret(writtenSecret(secret), { ...options, scope });
  const { annotations = {}, ...metadata } = sealed.metadata;
  const scoped = annotationsOfScope(scope);
  const leave = { ...scoped, [objectAnnotations.adopt]: 'true', ...annotations };
  // The scope is said on the SealedSecret, not on what it makes.
  const template = sealed.spec.template;
  const inner = template?.metadata;
  const templated = Object.fromEntries(
    Object.entries(inner?.annotations ?? {}).filter(([name]) => !Object.hasOwn(scoped, name)),
  );
  const { annotations: _, ...bare } = inner ?? {};
  return {
    ...sealed,
    metadata: { ...metadata, annotations: leave },
    spec: {
      ...sealed.spec,
      template: {
        ...template,
        metadata: { ...bare, ...(Object.keys(templated).length > 0 && { annotations: templated }) },
      },
    },
  };
}

/** The file as it was read; `undefined`: there is none yet. */
export interface TargetFile {
  path: string;
  bytes: Uint8Array | undefined;
}

/**
 * The text of the file with the SealedSecret in it: as its last document, every byte before it as it was. Throws `FormatError` where
 * the file has this Secret already, is no manifest, or cannot take another document.
 */
export function withDocument({ path, bytes }: TargetFile, sealed: SealedSecret): string {
  const format = /\.json$/i.test(path) ? 'json' : 'yaml';
  if (bytes === undefined || bytes.byteLength === 0) return printManifest(sealed, format);
  const manifest = parseManifest(bytes, { file: path });
  checkIsManifest(manifest);
  checkRoom(manifest, sealed);
  const text = appended(manifest.text, printManifest(sealed, 'yaml'));
  checkUnchanged(manifest, parseManifest(text, { file: path }));
  return text;
}

/** A certificate or a text is spoilt by a manifest at its end, and whoever looks for manifests does not look there. */
function checkIsManifest({ file, documents }: Manifest): void {
  const objects = documents.flatMap(readable);
  const isOther = documents.some((document) => !problemOf(document) && isNoObject(document.read().value));
  if (!isOther && (objects.length > 0 || isManifestName(file))) return;
  throw new FormatError('NO_MANIFEST', `${file} is there already and is no manifest`, {
    hint: 'name another file, such as db.yaml',
  });
}

const isNoObject = (value: unknown) => value !== null && value !== undefined && !isJsonObject(value);

function checkRoom({ file, format, documents }: Manifest, { metadata }: SealedSecret): void {
  if (format === 'json' && documents.length > 0)
    throw new FormatError('NO_ROOM', `${file} is JSON and holds a manifest already`, { hint: 'name another file' });
  for (const { value, line } of documents.flatMap(readable)) {
    const { name, namespace } = isJsonObject(value.metadata) ? value.metadata : {};
    const isSame = name === metadata.name && (!namespace || namespace === metadata.namespace);
    if (!isSame || (value.kind !== 'Secret' && value.kind !== 'SealedSecret')) continue;
    throw new FormatError('ALREADY_THERE', `${file}:${line} is ${value.kind} ${name} already`, {
      hint:
        value.kind === 'Secret'
          ? `seal it where it stands: seal -i ${shellPath(file)}`
          : `change its values: seal set ${shellPath(file)} KEY`,
    });
  }
}

// Templates of charts are no YAML, and may stand beside it.
function readable(document: Manifest['documents'][number]) {
  try {
    return objectsOf(document);
  } catch (error) {
    if (isSealError(error)) return [];
    throw error;
  }
}

function appended(text: string, document: string): string {
  const lineBreak = /\r\n/.test(text) ? '\r\n' : '\n';
  const added = document.replaceAll('\n', lineBreak);
  const ends = text.endsWith('\n') ? '' : lineBreak;
  const isBegun = /(^|\n)---[ \t]*\r?\n?$/.test(text);
  return `${text}${ends}${isBegun ? '' : `---${lineBreak}`}${added}`;
}

// A line end after the last line may become part of a text that has no end of its own.
function checkUnchanged({ file, documents: before }: Manifest, { documents: after }: Manifest): void {
  const values = (documents: Manifest['documents']) =>
    documents.map((document) => readable(document).map(({ value }) => value));
  const old = values(before).filter((objects) => objects.length > 0);
  const now = values(after).filter((objects) => objects.length > 0);
  if (now.length === old.length + 1 && isDeepStrictEqual(now.slice(0, -1), old)) return;
  throw new FormatError('NO_ROOM', `${file} cannot take another document without a change of what is in it`, {
    hint: 'end its last line with a line break, or name another file',
  });
}
