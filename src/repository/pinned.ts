// Pinning a certificate: the text of a PEM file with one more in it, and of a configuration that names the file.

import { FormatError, isSealError } from '../errors.ts';
import { parseManifest } from '../manifest/documents.ts';
import { type Entry, entryOf, insertEntries, type NewEntries } from '../manifest/entries.ts';
import { isEqual } from '../manifest/equal.ts';
import { isJsonObject, type JsonObject } from '../manifest/kinds.ts';
import { applySplices, type Splice } from '../manifest/splice.ts';
import { lineBreakIn } from '../manifest/text.ts';
import { type Certificate, isExpired, parseCertificates } from '../seal/certificate.ts';
import { parseConfiguration } from './configuration.ts';

/** A PEM file after pinning. */
export interface PinnedText {
  text: string;
  /** False: it was there already. */
  isNew: boolean;
  /** Those that had expired, and are gone. */
  dropped: Certificate[];
}

interface Block {
  from: number;
  to: number;
  /** None: not one that can seal, such as an authority's. */
  certificate: Certificate | undefined;
}

/**
 * Adds a certificate to a PEM file, before the first that did not start later, and takes out those that have expired. Every other byte
 * stays, and a second time changes nothing. Throws `CertificateError` for a file that is damaged.
 */
export async function pinnedText(text: string, certificate: Certificate, now: Date): Promise<PinnedText> {
  const blocks = text.trim() === '' ? [] : await blocksOf(text);
  const isNew = blocks.every(({ certificate: each }) => each?.fingerprint !== certificate.fingerprint);
  const gone = blocks.filter(({ certificate: each }) => each && isExpired(each, now));
  const splices: Splice[] = gone.map(({ from, to }) => ({ from, to, text: '' }));
  if (isNew) splices.push(inserted(text, blocks, certificate));
  return {
    text: applySplices(text, splices),
    isNew,
    dropped: gone.flatMap(({ certificate: each }) => each ?? []),
  };
}

async function blocksOf(text: string): Promise<Block[]> {
  // A file that is damaged as a whole is not mended in part.
  await parseCertificates(text).catch((error) => {
    if (!isSealError(error) || !['NO_CERTIFICATE', 'NOT_RSA'].includes(error.code)) throw error;
  });
  const found = text.matchAll(
    /(?<=^\ufeff?)[ \t]*-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----[ \t]*(?:\r\n|\n|$)/gm,
  );
  return Promise.all(
    [...found].map(async ({ index, 0: block }) => {
      const [certificate] = await parseCertificates(block).catch(() => []);
      return { from: index, to: index + block.length, certificate };
    }),
  );
}

function inserted(text: string, blocks: readonly Block[], { pem, notBefore }: Certificate): Splice {
  const lineBreak = lineBreakIn(text, { from: 0, to: text.length });
  const lines = pem.replaceAll('\n', lineBreak);
  const older = blocks.find(({ certificate }) => certificate && certificate.notBefore <= notBefore);
  if (older) return { from: older.from, to: older.from, text: lines };
  const at = blocks.at(-1)?.to ?? text.length;
  const isOpen = at > 0 && !/[\n\ufeff]$/.test(text.slice(0, at));
  return { from: at, to: at, text: isOpen ? lineBreak + lines : lines };
}

/** A cluster that is to be in the configuration. */
export interface PinnedCluster {
  name: string;
  /** The PEM file, relative to the configuration. */
  certificate: string;
}

/**
 * The text of a configuration that names a PEM file for a cluster: a new entry, or `certificates` for one that has a controller
 * alone. Every other byte stays. Throws `FormatError` `CANNOT_EDIT` where that cannot be, and as `parseConfiguration` does.
 */
export function withPinnedCluster(text: string, { file }: { file: string }, cluster: PinnedCluster): string {
  const [document] = parseManifest(text, { file }).documents;
  const { root, value } = document?.read() ?? {};
  if (!document || !root) throw cannotEdit(file, cluster);
  const wanted = withCluster(value, cluster);
  for (const change of waysFor({ key: root, value: root, inFlow: false }, cluster)) {
    const splices = insertEntries(document, change.container, change);
    const edited = splices && applySplices(text, splices);
    if (edited !== undefined && meansTo(edited, { file, wanted })) return edited;
  }
  throw cannotEdit(file, cluster);
}

interface Change {
  container: Entry;
  added: NewEntries;
  as: 'first' | 'last';
}

function* waysFor(whole: Entry, { name, certificate }: PinnedCluster): Generator<Change> {
  const clusters = entryOf(whole.value, 'clusters');
  const own = clusters && entryOf(clusters.value, name);
  const certificates = { certificates: [certificate] };
  const change = own
    ? { container: own, added: certificates }
    : clusters
      ? { container: clusters, added: { [name]: certificates } }
      : { container: whole, added: { clusters: { [name]: certificates } } };
  yield { ...change, as: 'last' };
  yield { ...change, as: 'first' };
}

function withCluster(value: unknown, { name, certificate }: PinnedCluster): JsonObject {
  const configuration = isJsonObject(value) ? value : {};
  const clusters = isJsonObject(configuration.clusters) ? configuration.clusters : {};
  const own = isJsonObject(clusters[name]) ? clusters[name] : {};
  return { ...configuration, clusters: { ...clusters, [name]: { ...own, certificates: [certificate] } } };
}

function meansTo(text: string, { file, wanted }: { file: string; wanted: JsonObject }): boolean {
  try {
    parseConfiguration(text, { file });
    const [document] = parseManifest(text, { file }).documents;
    return isEqual(document?.read().value, wanted);
  } catch {
    return false;
  }
}

function cannotEdit(file: string, { name, certificate }: PinnedCluster): FormatError {
  return new FormatError(
    'CANNOT_EDIT',
    `${file}: cluster ${name} cannot be added without changing something beside it`,
    {
      hint: `write it by hand: clusters: {${name}: {certificates: [${certificate}]}}`,
    },
  );
}
