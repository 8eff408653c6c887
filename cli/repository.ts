// What `.sealwright.yaml` says about a file: its rule, and the certificate of a cluster; loaded only where there is one.

import { dirname, join, relative, resolve, sep } from 'node:path';
import { isSealError, SealError, UsageError } from '../src/errors.ts';
import { nearest } from '../src/nearest.ts';
import {
  type ClusterSettings,
  type Configuration,
  configurationFile,
  parseConfiguration,
  type Rule,
} from '../src/repository/configuration.ts';
import { asksForBranch, isPlainPlace, ruleFor } from '../src/repository/rules.ts';
import { type Certificate, chooseCertificate, isExpired, lastDay, parseCertificates } from '../src/seal/certificate.ts';
import { shellPath } from '../src/shell-words.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';
import { type CertificateOptions, certificateToSealWith } from './sealing-certificate.ts';
import { warn } from './ui.ts';

/** A repository's configuration, and where it is. */
export interface Repository {
  configuration: Configuration;
  /** Absolute path of the folder that it rules. */
  folder: string;
  /** What to call the configuration in messages: its path from the working folder. */
  file: string;
  branch: string | undefined;
}

/** What the configuration says about one file. */
export interface RuledFile {
  repository: Repository;
  /** Relative to the configuration's folder, with `/` between its parts. */
  path: string;
  /** None: no rule covers the file. */
  rule: Rule | undefined;
  /** Plain Secrets are meant to be there. */
  isPlain: boolean;
  /** No file has a name yet: this holds for one of the working folder. Default: false. */
  isUnnamed?: boolean;
}

/** Reads the configuration in `folder`. `branch` is what the caller says is checked out; default: what Git says. */
export async function readRepository(
  folder: string,
  context: Context,
  { branch }: { branch?: string | undefined } = {},
): Promise<Repository> {
  const file = relative(context.files.real('.'), join(folder, configurationFile));
  const configuration = parseConfiguration(await context.files.read(join(folder, configurationFile)), { file });
  const asked = branch ?? (asksForBranch(configuration) ? await branchOf(folder, context) : undefined);
  return { configuration, folder, file, branch: asked };
}

/** What `repository` says about the file at `path`. */
export function ruledFile(repository: Repository, path: string, { files }: Context): RuledFile {
  const below = relative(repository.folder, files.real(path)).split(sep).join('/');
  const { configuration, branch } = repository;
  return {
    repository,
    path: below,
    rule: ruleFor(configuration, { path: below, branch }),
    isPlain: isPlainPlace(configuration, below),
  };
}

/** The branch that is checked out; `undefined` outside of Git and for a detached head. No Git is run: a hook asks often. */
async function branchOf(folder: string, { files }: Context): Promise<string | undefined> {
  const top = files.above(join(folder, configurationFile), '.git') ?? (await files.enclosing(folder, '.git'));
  if (top === undefined) return undefined;
  const git = join(top, '.git');
  const read = async (path: string) => new TextDecoder().decode(await files.read(path)).trim();
  try {
    // In a linked work tree it is a file that names the folder.
    const home = (await files.kind(git)) === 'file' ? resolve(top, (await read(git)).replace(/^gitdir: */, '')) : git;
    return /^ref: refs\/heads\/(.+)$/.exec(await read(join(home, 'HEAD')))?.[1];
  } catch (error) {
    if (isSealError(error)) return undefined;
    throw error;
  }
}

/**
 * The certificate that seals for a cluster: the pinned ones, else its controller's. An expired one is refused, or with
 * `allowExpired` warned about. Throws `UsageError` for a name that the configuration does not have.
 */
export async function certificateOfCluster(
  repository: Repository,
  name: string,
  options: CertificateOptions & { allowExpired?: boolean },
  context: Context,
): Promise<Certificate> {
  const all = await pinnedCertificates(repository, name, context);
  if (all.length === 0) return certificateToSealWith(askingFor(clusterOf(repository, name), options), context);
  const now = context.clock.now();
  try {
    const certificate = chooseCertificate(all, { now, allowExpired: options.allowExpired });
    if (isExpired(certificate, now))
      warn(context, `cluster ${name}: the certificate expired on ${lastDay(certificate)}`);
    return certificate;
  } catch (error) {
    throw located(error, `cluster ${name}`);
  }
}

/** Throws `UsageError` for a name that the configuration does not have. */
export function clusterOf({ configuration, file }: Repository, name: string): ClusterSettings {
  const cluster = configuration.clusters.get(name);
  if (!cluster) throw noCluster(name, [...configuration.clusters.keys()], file);
  return cluster;
}

/** All certificates that are pinned for a cluster, in the order of its files; none: its controller is asked. Throws as `clusterOf`. */
export async function pinnedCertificates(
  repository: Repository,
  name: string,
  context: Context,
): Promise<Certificate[]> {
  const { certificates, problems } = await readPins(repository, name, context);
  const [first] = problems;
  if (first) throw first.error;
  return certificates;
}

/** A pinned file that cannot be used: what is wrong, and the 1-based line of the configuration that names the file. */
export interface PinProblem {
  line: number;
  error: SealError;
}

/** The same, with what is wrong told file by file. Throws as `clusterOf`. */
export async function readPins(
  repository: Repository,
  name: string,
  context: Context,
): Promise<{ certificates: Certificate[]; problems: PinProblem[] }> {
  const { certificates: paths, certificateLines, line } = clusterOf(repository, name);
  const read = await Promise.all(
    paths.map(async (path, index) => {
      const place = { ...repository, name, line: certificateLines[index] ?? line };
      try {
        return { certificates: await pinned(path, place, context), problems: [] };
      } catch (error) {
        if (!isSealError(error)) throw error;
        return { certificates: [], problems: [{ line: place.line, error }] };
      }
    }),
  );
  return {
    certificates: read.flatMap(({ certificates }) => certificates),
    problems: read.flatMap(({ problems }) => problems),
  };
}

/** The options with which a cluster's controller is asked; what was given on the command line stays. */
export function askingFor<T extends CertificateOptions>(
  { controller }: Pick<ClusterSettings, 'controller'>,
  options: T,
): T {
  const wanted: CertificateOptions = {
    context: controller?.context,
    controllerName: controller?.name,
    controllerNamespace: controller?.namespace,
  };
  return { ...options, ...fallbacks<CertificateOptions>(options, wanted) };
}

/** What was asked for on the command line stays. */
function fallbacks<T extends object>(options: T, wanted: Partial<T>): Partial<T> {
  return Object.fromEntries(
    Object.entries(wanted).filter(([key]) => options[key as keyof T] === undefined),
  ) as Partial<T>;
}

interface PinnedPlace extends Pick<Repository, 'folder' | 'file'> {
  /** Of the cluster. */
  name: string;
  line: number;
}

async function pinned(path: string, place: PinnedPlace, { files, streams }: Context): Promise<Certificate[]> {
  const { name, line, folder, file } = place;
  const shown = join(dirname(file), path);
  try {
    return await parseCertificates(new TextDecoder().decode(await files.read(join(folder, path))));
  } catch (error) {
    const { file: output } = streams.out;
    if (output !== undefined && output === (await files.identity(join(folder, path))))
      throw emptied(error, shown, name);
    if (!isSealError(error) || error.code !== 'FILE_NOT_FOUND') throw located(error, shown);
    throw new SealError(error.code, `no such file: ${shown}, the certificate of cluster ${name}`, {
      hint: [
        `${file}:${line} names it`,
        ...(error.hints.length > 0
          ? error.hints
          : [`seal cert --pin ${name} fetches it, or takes it from --cert FILE`]),
      ],
      cause: error,
    });
  }
}

// `seal cert > sealing.pem`, where that file is the pinned one.
function emptied(cause: unknown, shown: string, cluster: string): SealError {
  return new SealError('NO_CERTIFICATE', `${shown} is empty`, {
    hint: [
      `the shell empties the file that > names before it is read; Git may have what it was: git restore ${shellPath(shown)}`,
      `to bring it up to date: seal cert --pin ${cluster}`,
    ],
    cause,
  });
}

function noCluster(name: string, known: readonly string[], file: string): UsageError {
  const meant = nearest(name, known);
  return new UsageError(`there is no cluster ${name} in ${file}`, {
    hint: meant ? `did you mean ${meant}?` : `clusters: ${known.join(', ') || 'none is defined'}`,
  });
}
