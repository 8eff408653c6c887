// Pinning certificates: which files of a repository change, and what is said about it.

import { dirname, join, sep } from 'node:path';
import { SealError, UsageError } from '../src/errors.ts';
import { decodeManifest } from '../src/manifest/text.ts';
import { nearest } from '../src/nearest.ts';
import { isClusterName } from '../src/repository/configuration-schema.ts';
import { type PinnedCluster, type PinnedText, pinnedText, withPinnedCluster } from '../src/repository/pinned.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { factsOf, factsPhrase } from './certificate-facts.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';
import type { Replacement } from './replacing.ts';
import { pinnedCertificates, type Repository } from './repository.ts';
import { note, warn } from './ui.ts';

/** A certificate for a cluster of the configuration, or for one that comes into it. */
export interface Pin {
  cluster: string;
  certificate: Certificate;
  /** Where it was taken from, in words. */
  from: string;
}

/** What `seal cert --pin --json` prints. */
export interface PinChange {
  cluster: string;
  /** The PEM file, from the working folder. */
  file: string;
  keyId: string;
  /** SHA-256, hex. */
  fingerprint: string;
  /** False: it was pinned already. */
  added: boolean;
  /** Key ids of certificates that had expired, and went. */
  dropped: string[];
  /** The configuration did not name the file yet. */
  clusterAdded: boolean;
}

/** What is to be written, in an order that leaves nothing named that is not there, and what is to be said. */
export interface Pinning {
  replacements: Replacement[];
  changes: PinChange[];
}

/** Where the certificate of a cluster lies unless the configuration says otherwise, relative to it. */
export const pinnedPath = (cluster: string) => `clusters/${cluster}/sealing.pem`;

/** Prepares pins; nothing is written. Throws `UsageError`, and `FormatError` where a file cannot be changed. */
export async function preparePins(
  repository: Repository,
  pins: readonly Pin[],
  context: Pick<Context, 'files' | 'clock'>,
): Promise<Pinning> {
  const replacements: Replacement[] = [];
  const changes: PinChange[] = [];
  const added: PinnedCluster[] = [];
  for (const pin of pins) {
    const { cluster, certificate } = pin;
    checkClusterName(cluster);
    const [named] = repository.configuration.clusters.get(cluster)?.certificates ?? [];
    const below = named ?? pinnedPath(cluster);
    if (named === undefined) added.push({ name: cluster, certificate: below });
    const file = join(dirname(repository.file), below);
    checkIsWithin([repository.folder], file, context);
    const { replacement, pinned } = await pinInto(file, certificate, context);
    replacements.push(replacement);
    changes.push(changeOf(pin, { file, pinned, clusterAdded: named === undefined }));
  }
  if (added.length > 0) replacements.push(await withClusters(added, repository, context));
  return { replacements: replacements.filter(isChange), changes };
}

/**
 * A link in a repository that somebody else wrote must not lead to a file of ours: throws `SealError` (`OUTSIDE`) unless the real place
 * of `file` is below one of the folders.
 */
export function checkIsWithin(folders: readonly string[], file: string, { files }: Pick<Context, 'files'>): void {
  const place = files.real(file);
  if (folders.some((folder) => place.startsWith(join(files.real(folder), sep)))) return;
  throw new SealError('OUTSIDE', `${file} leads out of the repository`, {
    hint: 'replace the link by what it leads to',
  });
}

/** Throws `UsageError`. */
export function checkClusterName(name: string): void {
  if (isClusterName(name)) return;
  throw new UsageError(`"${name}" cannot be the name of a cluster`, { hint: 'letters, digits, "-", "_" and "."' });
}

async function withClusters(
  clusters: readonly PinnedCluster[],
  { file }: Repository,
  { files }: Pick<Context, 'files'>,
): Promise<Replacement> {
  const was = await files.read(file);
  const content = clusters.reduce(
    (text, cluster) => withPinnedCluster(text, { file }, cluster),
    decodeManifest(was, file),
  );
  return { path: file, was, content };
}

function isChange({ was, content }: Replacement): boolean {
  return was === undefined || !Buffer.from(content).equals(was);
}

async function pinInto(
  path: string,
  certificate: Certificate,
  { files, clock }: Pick<Context, 'files' | 'clock'>,
): Promise<{ replacement: Replacement; pinned: PinnedText }> {
  const was = files.isThere(path) ? await files.read(path) : undefined;
  try {
    const pinned = await pinnedText(was ? decodeManifest(was, path) : '', certificate, clock.now());
    return { replacement: { path, was, content: pinned.text, makeFolders: true }, pinned };
  } catch (error) {
    throw located(error, path);
  }
}

function changeOf(
  { cluster, certificate: { keyId, fingerprint } }: Pin,
  { file, pinned, clusterAdded }: { file: string; pinned: PinnedText; clusterAdded: boolean },
): PinChange {
  const dropped = pinned.dropped.map((certificate) => certificate.keyId);
  return { cluster, file, keyId, fingerprint, added: pinned.isNew, dropped, clusterAdded };
}

/** Says what is about to change, or that nothing is. */
export function tellPin({ certificate, from }: Pin, change: PinChange, context: Context, configuration: string): void {
  const { cluster, file, added, dropped, clusterAdded } = change;
  const facts = factsOf(certificate, file, context.clock.now());
  const what = `${factsPhrase(facts)}, valid until ${facts.notAfter.slice(0, 10)}`;
  if (added) {
    note(context, `${file}: + ${what}, from ${from}`);
    note(context, `${file}:   sha256 ${facts.fingerprint}`);
  }
  for (const keyId of dropped) note(context, `${file}: - key ${keyId.slice(0, 8)}, expired`);
  if (clusterAdded) note(context, `${configuration}: + cluster ${cluster}`);
  if (!added && dropped.length === 0 && !clusterAdded) note(context, `${file}: pinned already (${what})`);
}

/** Warns of what is probably a mistake: a new cluster that is nearly an old one, a certificate that another cluster has too. */
export async function warnOfPin(
  { cluster, certificate }: Pin,
  repository: Repository,
  context: Context,
): Promise<void> {
  const names = [...repository.configuration.clusters.keys()];
  const meant = names.includes(cluster) ? undefined : nearest(cluster, names);
  if (meant) warn(context, `${cluster} is a new cluster`, [`did you mean ${meant}?`]);
  for (const name of names) {
    // Files of other clusters may be missing or damaged: that is not what was asked about.
    const others = name === cluster ? [] : await pinnedCertificates(repository, name, context).catch(() => []);
    if (others.some(({ keyId }) => keyId === certificate.keyId))
      warn(context, `cluster ${name} has the same certificate: values for ${cluster} will open there too`);
  }
}
