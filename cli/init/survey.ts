// What `seal init` finds before it asks: the repository, its environments, and what is set up already.

import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { isJsonObject } from '../../src/manifest/kinds.ts';
import { configurationFile } from '../../src/repository/configuration.ts';
import {
  type Environment,
  environmentParents,
  environmentsOf,
  sharedParents,
  unnamableFolders,
} from '../../src/repository/layout.ts';
import { parseCertificates } from '../../src/seal/certificate.ts';
import type { Context } from '../context.ts';
import type { Files } from '../files.ts';
import { findGit, type Git } from '../git.ts';
import { type Repository, readRepository } from '../repository.ts';

/** What was found. Nothing was changed. */
export interface Survey {
  /** Where the configuration is or comes to be: absolute. */
  folder: string;
  git: Git | undefined;
  /** None: there is no configuration yet. */
  repository: Repository | undefined;
  environments: Environment[];
  /** Folders that are none, since no cluster can be called as they are. */
  unnamable: string[];
}

/** Looks at the repository that the working folder is in: from the configuration above it, else Git's top, else from here. */
export async function survey(context: Context): Promise<Survey> {
  const { files } = context;
  const git = await findGit('.', context);
  // Not of the configuration itself: it may be a link to somewhere else.
  const configured = files.above('any', configurationFile);
  const folder = configured ?? git?.top ?? files.real('.');
  const repository = configured === undefined ? undefined : await readRepository(configured, context);
  const folders = await foldersOf(folder, files);
  return { folder, git, repository, environments: environmentsOf(folders), unnamable: unnamableFolders(folders) };
}

/** A path of the survey as people know it: from the working folder. */
export function shownFrom(folder: string, path: string, files: Files): string {
  return relative(files.real('.'), join(folder, path)) || '.';
}

async function foldersOf(top: string, files: Files): Promise<string[]> {
  const parents = [...environmentParents, ...sharedParents].filter((parent) => !parent.includes('*'));
  const apps = await childrenOf(top, 'apps', files);
  const all = [...parents, ...apps.map((app) => `${app}/overlays`)];
  const found = (await Promise.all([...new Set(all)].map((parent) => childrenOf(top, parent, files)))).flat();
  const isCertificatesOnly = await Promise.all(found.map((folder) => holdsCertificatesOnly(join(top, folder), files)));
  return found.filter((_, index) => !isCertificatesOnly[index]);
}

// Pinning makes such a folder for a cluster that has none: that makes it no environment.
async function holdsCertificatesOnly(folder: string, files: Files): Promise<boolean> {
  // What a call that was killed has left behind is hidden.
  const entries = (await files.entries(folder)).filter(({ name }) => !name.startsWith('.'));
  return entries.length > 0 && entries.every(({ name, kind }) => kind === 'file' && /\.pem$/i.test(name));
}

async function childrenOf(top: string, parent: string, files: Files): Promise<string[]> {
  const place = join(top, parent);
  if ((await files.kind(place)) !== 'folder') return [];
  return (await files.entries(place)).flatMap(({ name, kind }) => (kind === 'folder' ? [`${parent}/${name}`] : []));
}

/**
 * A PEM file in the folder of a cluster that is a sealing certificate by its name and its content, relative to `top`. Others may be
 * authorities, under which nothing must be sealed.
 */
export async function certificateFileOf(cluster: string, top: string, files: Files): Promise<string | undefined> {
  const folder = `clusters/${cluster}`;
  for (const { name, kind } of await files.entries(join(top, folder))) {
    if (kind !== 'file' || !/seal.*\.(?:pem|crt|cert)$/i.test(name)) continue;
    if (await isCertificate(join(top, folder, name), files)) return `${folder}/${name}`;
  }
  return undefined;
}

async function isCertificate(path: string, files: Files): Promise<boolean> {
  const found = await parseCertificates(new TextDecoder().decode(await files.read(path))).catch(() => []);
  return found.length > 0;
}

/** The namespace that Kustomize gives to everything in the one folder that a glob covers. */
export async function namespaceFor(glob: string, top: string, files: Files): Promise<string | undefined> {
  const folder = glob.replace(/\/\*\*$/, '');
  const path = join(top, folder, 'kustomization.yaml');
  if (folder.includes('*') || (await files.kind(path)) !== 'file') return undefined;
  try {
    const value: unknown = parse(new TextDecoder().decode(await files.read(path)), { logLevel: 'silent' });
    const namespace = isJsonObject(value) ? value.namespace : undefined;
    return typeof namespace === 'string' && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)
      ? namespace
      : undefined;
  } catch {
    // Whatever is wrong with it is not for us to tell.
    return undefined;
  }
}
