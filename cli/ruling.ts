// The rules of `.sealwright.yaml` as commands that seal use them: certificate, namespace, scope and policy of each file.

import { join } from 'node:path';
import { FormatError, isSealError, SealError, UsageError } from '../src/errors.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import type { Scope } from '../src/seal/scope.ts';
import { excluding } from './arguments.ts';
import type { Context } from './context.ts';
import type { Repository, RuledFile } from './repository.ts';
import { type CertificateOptions, certificateToSealWith } from './sealing-certificate.ts';
import { warn } from './ui.ts';

/** Values of the options that choose a cluster, its certificate, and how the rules are seen. */
export interface RulingOptions extends CertificateOptions {
  cluster?: string | undefined;
  branch?: string | undefined;
  allowExpired?: boolean;
  /** The one that what is written is meant for. */
  namespace?: string | undefined;
  /** The option that names the cluster. Default: `--cluster`. */
  clusterOption?: string;
}

// The same name as in `src/repository`, which is loaded only where this file is found.
const configurationFile = '.sealwright.yaml';

/** Looks up files, each configuration and certificate once. */
export class Ruling {
  readonly #clusters: readonly string[] | undefined;
  // Without `cluster`, which means a cluster of the kubeconfig further down.
  readonly #options: Omit<RulingOptions, 'cluster' | 'clusterOption'>;
  readonly #clusterOption: string;
  readonly #context: Context;
  readonly #repositories = new Map<string, Promise<Repository>>();
  readonly #certificates = new Map<string, Promise<Certificate>>();

  constructor({ cluster, clusterOption = '--cluster', ...options }: RulingOptions, context: Context) {
    this.#clusterOption = clusterOption;
    this.#clusters = cluster?.split(',').map((name) => name.trim());
    this.#options = options;
    this.#context = context;
  }

  /** What is said about a file; `undefined` where no configuration is above it. No path: a file of the working folder. */
  async about(path: string | undefined): Promise<RuledFile | undefined> {
    const place = path ?? join('.', 'stdin.yaml');
    const folder = this.#context.files.above(place, configurationFile);
    if (folder === undefined) return undefined;
    const { readRepository, ruledFile } = await import('./repository.ts');
    let repository = this.#repositories.get(folder);
    if (!repository) {
      repository = readRepository(folder, this.#context, this.#options);
      this.#repositories.set(folder, repository);
    }
    return { ...ruledFile(await repository, place, this.#context), isUnnamed: path === undefined };
  }

  /** The clusters for which a name with `{cluster}` stands: those of `--cluster`, else all. Throws `UsageError`. */
  async clusters(path: string): Promise<string[]> {
    const { repository } = (await this.about(path)) ?? {};
    if (repository === undefined) throw noConfiguration('{cluster}');
    if (this.#options.cert) throw excluding('--cert', '{cluster}', 'leave out --cert: each cluster has its own');
    const known = [...repository.configuration.clusters.keys()];
    if (known.length === 0)
      throw new UsageError(`${repository.file} has no clusters`, { hint: 'seal cert --pin NAME' });
    const { clusterOf } = await import('./repository.ts');
    for (const name of this.#clusters ?? []) clusterOf(repository, name);
    return [...new Set(this.#clusters ?? known)];
  }

  /** The cluster that a file is sealed for, where one is known: the one in its name, of `--cluster`, of its rule. Throws `UsageError`. */
  cluster(file: RuledFile | undefined, named?: string): string | undefined {
    const { cert } = this.#options;
    const [cluster, ...others] = named === undefined ? (this.#clusters ?? []) : [named];
    if (cert && cluster) throw excluding('--cert', '--cluster');
    if (others.length > 0) throw noPlaceholder(this.#clusters ?? []);
    return cert ? undefined : (cluster ?? file?.rule?.cluster);
  }

  /** Throws `UsageError` where the rule of a file that is to be written says another cluster or namespace than the call. */
  async checkWritten(path: string, named?: string): Promise<void> {
    const file = await this.about(path);
    if (!file?.rule) return;
    const cluster = this.cluster(file, named);
    if (cluster !== undefined && cluster !== file.rule.cluster)
      throw new UsageError(`--cluster ${cluster}: ${meantFor(`cluster ${file.rule.cluster}`, path, file)}`, {
        hint: 'leave out --cluster; to seal with another certificate all the same: --cert FILE',
      });
    const { namespace } = this.#options;
    if (namespace !== undefined && file.rule.namespace !== undefined && namespace !== file.rule.namespace)
      throw new UsageError(`-n ${namespace}: ${meantFor(`namespace ${file.rule.namespace}`, path, file)}`, {
        hint: 'leave out -n, or give the file a rule of its own above that one',
      });
  }

  /** The same error, unless what was given as a certificate and is not there is a cluster's name: then which option takes that. */
  async clusterMeant(error: unknown, file?: RuledFile): Promise<unknown> {
    const { cert = '' } = this.#options;
    if (!isSealError(error) || error.code !== 'FILE_NOT_FOUND') return error;
    const { repository } = file ?? (await this.about(undefined)) ?? {};
    if (!repository?.configuration.clusters.has(cert)) return error;
    const hint = `${cert} is a cluster of ${repository.file}: ${this.#clusterOption} ${cert}`;
    return new SealError(error.code, error.message, { hint, cause: error });
  }

  /** The certificate for a file: of `--cert`, of its `cluster`, else of the cluster that kubectl uses. */
  async certificate(file: RuledFile | undefined, named?: string): Promise<Certificate> {
    const name = this.cluster(file, named);
    const key = name === undefined ? '' : `${file?.repository.folder}\0${name}`;
    const known = this.#certificates.get(key) ?? this.#find(name, file);
    this.#certificates.set(key, known);
    return known;
  }

  async #find(name: string | undefined, file: RuledFile | undefined): Promise<Certificate> {
    if (name === undefined) {
      if (!this.#options.cert && file && file.repository.configuration.rules.length > 0) {
        const what = file.isUnnamed ? 'files of the working folder' : file.path;
        warn(this.#context, `no rule of ${file.repository.file} covers ${what}: asking the cluster of the kubeconfig`);
      }
      return certificateToSealWith(this.#options, this.#context).catch(async (error) => {
        throw await this.clusterMeant(error, file);
      });
    }
    if (!file) throw noConfiguration(this.#clusterOption);
    const { certificateOfCluster } = await import('./repository.ts');
    return certificateOfCluster(file.repository, name, this.#options, this.#context);
  }
}

/** `prod/db.yaml is for cluster production, says the rule of .sealwright.yaml:7`. */
export function meantFor(what: string, path: string, file: Pick<RuledFile, 'rule' | 'repository'>): string {
  return `${path} is for ${what}, says the rule of ${placeOfRule(file)}`;
}

const placeOfRule = ({ rule, repository }: Pick<RuledFile, 'rule' | 'repository'>) =>
  `${repository.file}:${rule?.line}`;

function noConfiguration(what: string): UsageError {
  return new UsageError(`${what} names a cluster of ${configurationFile}, and there is none`, {
    hint: 'give the certificate with --cert FILE, or begin with seal init',
  });
}

function noPlaceholder(clusters: readonly string[]): UsageError {
  return new UsageError(`--cluster names ${clusters.length} clusters, and one file can be for one`, {
    hint: "put {cluster} into its name: -w 'environments/{cluster}/db.yaml'",
  });
}

/** What people are told of the key that sealed: `key 9f2c66d0 of production`; without a cluster where no rule or option named one. */
export function keyTold({ keyId }: Pick<Certificate, 'keyId'>, cluster: string | undefined): string {
  return `key ${keyId.slice(0, 8)}${cluster ? ` of ${cluster}` : ''}`;
}

/**
 * Throws `FormatError` (`FORBIDDEN_SCOPE`) and `UsageError` where the rule's policy does not allow what is about to be done.
 * `isFixed`: the scope is that of a file, and no option changes it. Default: false.
 */
export function checkPolicy(
  file: Pick<RuledFile, 'rule' | 'repository'> | undefined,
  { scope, record, isFixed = false }: { scope: Scope; record: boolean; isFixed?: boolean },
): void {
  if (!file?.rule) return;
  const place = placeOfRule(file);
  if (file.rule.policy.forbidScopes.includes(scope)) {
    throw new FormatError('FORBIDDEN_SCOPE', `the rule of ${place} forbids the scope ${scope}`, {
      hint: isFixed
        ? 'change the scope annotations of the SealedSecret, and seal all of its values again'
        : 'choose another with --scope, or change the scope annotations',
    });
  }
  checkRecord(file, record);
}

/** Throws `UsageError` where the rule's policy asks for the record that is to be left out. */
export function checkRecord(file: Pick<RuledFile, 'rule' | 'repository'> | undefined, record: boolean): void {
  if (record || !file?.rule?.policy.requireRecord) return;
  const place = placeOfRule(file);
  throw new UsageError(`--no-record: the rule of ${place} requires the record`, { hint: 'leave out --no-record' });
}
