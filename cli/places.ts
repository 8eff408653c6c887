// What is known of the place of each file of a tree: its rule, the certificates that are pinned, and the Kustomizations around it.

import { basename, dirname, join, relative, sep } from 'node:path';
import { manifestToJudge } from '../src/manifest/documents.ts';
import { tellDocument } from '../src/manifest/tell.ts';
import { noPins, type Pins, pinsOf } from '../src/repository/check/pins.ts';
import type { FileSubject } from '../src/repository/check/subject.ts';
import { configurationFile } from '../src/repository/configuration.ts';
import { type Finding, findingOf } from '../src/repository/finding.ts';
import { checkFindings } from '../src/repository/findings/check.ts';
import { isKustomization, type KustomizationFile, Kustomizations } from '../src/repository/kustomizations.ts';
import { asksForBranch, isPlainPlace, ruleFor } from '../src/repository/rules.ts';
import type { Context } from './context.ts';
import { findGit } from './git.ts';
import { trackedFiles } from './git-files.ts';
import { type PinProblem, type Repository, readPins, readRepository } from './repository.ts';

/** What holds for a file, and where it is. */
export interface Place extends FileSubject {
  /** From the top of the Git work tree, or of what the configuration rules, with `/` between its parts. */
  path: string;
}

/** A repository as its files are checked. */
interface Surroundings {
  repository: Repository | undefined;
  pins: Pins;
  problems: readonly PinProblem[];
}

/** A folder, once for all of its files. */
interface Folder extends Surroundings {
  /** Links followed. */
  real: string;
  /** Where paths of Kustomizations start. */
  top: string;
  kustomizations: Kustomizations;
}

/** How places are looked up. */
export interface PlacesOptions {
  /** As in the rules. Default: the one that is checked out. */
  branch?: string | undefined;
  /** Read the certificates that are pinned. Default: true. */
  withPins?: boolean;
  /** Absolute paths of the files of the repository, Kustomizations among them. Default: those that Git tracks in the work tree. */
  listed?: readonly string[] | undefined;
}

/** Looks up files; every folder, configuration and certificate once. */
export class Places {
  readonly #context: Context;
  readonly #branch: string | undefined;
  readonly #withPins: boolean;
  readonly #known: readonly string[];
  readonly #allListed: readonly string[] | undefined;
  readonly #folders = new Map<string, Promise<Folder>>();
  readonly #repositories = new Map<string, Promise<Surroundings>>();
  readonly #kustomizations = new Map<string, Promise<Kustomizations>>();
  readonly #now: Date;

  /** `files`: all that will be asked for. */
  constructor(files: readonly string[], { branch, withPins = true, listed }: PlacesOptions, context: Context) {
    this.#withPins = withPins;
    this.#context = context;
    this.#branch = branch;
    this.#known = files;
    this.#allListed = listed;
    this.#now = context.clock.now();
  }

  /** How many certificates were compared with so far. */
  async certificates(): Promise<number> {
    const all = await Promise.all(this.#repositories.values());
    return new Set(all.flatMap(({ pins }) => [...pins.owners.keys()])).size;
  }

  /** Pinned certificates that could not be used so far. */
  async problems(): Promise<Finding[]> {
    const all = await Promise.all(this.#repositories.values());
    return all.flatMap(({ repository, problems }) =>
      problems.map(({ line, error: { message, hints } }) => {
        // The first ones say where it is named, as the finding does.
        const hint = hints.at(-1) ?? 'take it from the history, or fetch it: seal cert --pin CLUSTER';
        return findingOf(checkFindings.unusablePin, { file: repository?.file ?? '', line, message, hint });
      }),
    );
  }

  /** Configurations whose rules ask for a branch, where none is known. */
  async withoutBranch(): Promise<string[]> {
    const all = (await Promise.all(this.#repositories.values())).flatMap(({ repository }) => repository ?? []);
    return all
      .filter(({ configuration, branch }) => branch === undefined && asksForBranch(configuration))
      .map(({ file }) => file);
  }

  /** What holds for a file; `undefined` where plain Secrets are meant to be, and nothing is checked. It is taken for a file of one document. */
  async of(file: string): Promise<Place | undefined> {
    const { repository, pins, real, top, kustomizations } = await this.#folder(dirname(file));
    const path = join(real, basename(file));
    const below = repository && slashed(relative(repository.folder, path));
    if (repository && below !== undefined && isPlainPlace(repository.configuration, below)) return undefined;
    const rule = repository && ruleFor(repository.configuration, { path: below ?? '', branch: repository.branch });
    const inRepository = slashed(relative(top, path));
    return {
      file,
      path: inRepository,
      rule,
      ruleName: rule ? `the rule of ${repository?.file}:${rule.line}` : '',
      pins,
      renames: kustomizations.renamesOf(inRepository),
      isPatch: kustomizations.isPatch(inRepository),
      isSingle: true,
      now: this.#now,
    };
  }

  /** Those of the files that are Kustomizations which nothing takes in: what is applied. */
  async roots(): Promise<string[]> {
    const all = this.#known.filter((name) => isKustomization(slashed(name)));
    const found = await Promise.all(
      all.map(async (name) => {
        const { top, real, kustomizations } = await this.#folder(dirname(name));
        return kustomizations.isRoot(slashed(relative(top, real)) || '.') ? [name] : [];
      }),
    );
    return found.flat();
  }

  #folder(name: string): Promise<Folder> {
    return remembered(this.#folders, name, () => this.#look(name));
  }

  async #look(name: string): Promise<Folder> {
    const { files } = this.#context;
    const real = files.real(name);
    const home = files.above(join(real, 'any'), configurationFile);
    const top = (await files.enclosing(real, '.git')) ?? home ?? files.real('.');
    const around = await remembered(this.#repositories, home ?? '', () => this.#surroundings(home));
    return { ...around, real, top, kustomizations: await this.#kustomizationsOf(top) };
  }

  async #surroundings(home: string | undefined): Promise<Surroundings> {
    if (home === undefined) return { repository: undefined, pins: noPins, problems: [] };
    const repository = await readRepository(home, this.#context, { branch: this.#branch });
    if (!this.#withPins) return { repository, pins: noPins, problems: [] };
    const read = await Promise.all(
      [...repository.configuration.clusters.keys()].map(async (name) => {
        return { name, ...(await readPins(repository, name, this.#context)) };
      }),
    );
    const pinned = read.map(({ name, certificates }) => [name, certificates] as const);
    const incomplete = new Set(read.flatMap(({ name, problems }) => (problems.length > 0 ? [name] : [])));
    return {
      repository,
      pins: pinsOf(pinned, this.#now, incomplete),
      problems: read.flatMap(({ problems }) => problems),
    };
  }

  #kustomizationsOf(top: string): Promise<Kustomizations> {
    return remembered(this.#kustomizations, top, async () => {
      const { files } = this.#context;
      const here = this.#known.filter((name) => isKustomization(slashed(name))).map((name) => files.real(name));
      const all = [...new Set([...here, ...(await this.#listed(top))])].filter(
        (path) => !relative(top, path).startsWith('..'),
      );
      return new Kustomizations((await Promise.all(all.map((path) => this.#read(path, top)))).flat());
    });
  }

  // A base is taken in by overlays that may be anywhere, whatever paths are checked.
  async #listed(top: string): Promise<string[]> {
    if (this.#allListed) return this.#allListed.filter((path) => isKustomization(slashed(path)));
    const git = await findGit(top, this.#context);
    if (!git) return (await this.#context.files.manifests(top)).filter(isKustomization);
    return (await trackedFiles(git, this.#context)).filter(isKustomization).map((path) => join(git.top, path));
  }

  // What is damaged is found where it is checked.
  async #read(path: string, top: string): Promise<KustomizationFile[]> {
    try {
      const manifest = manifestToJudge(await this.#context.files.read(path), path);
      const told = manifest.documents.map((document) => tellDocument(document));
      const objects = told.flatMap((one) => (one.kind === 'objects' ? one.objects : []));
      return objects.map(({ value }) => ({ path: slashed(relative(top, path)), value }));
    } catch {
      return [];
    }
  }
}

const slashed = (path: string) => (sep === '/' ? path : path.split(sep).join('/'));

function remembered<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key);
  if (known) return known;
  const made = make();
  map.set(key, made);
  return made;
}
