// A Vault or OpenBao server as a backend of stores: KV v1 and v2, read and searched under one identity.

import type { VaultProvider } from '../../../src/kube/external-secrets.ts';
import type { References } from '../references.ts';
import {
  type Backend,
  type Find,
  type Found,
  isStoreError,
  type ReadOutcome,
  type ReadRequest,
  type RemoteValue,
} from '../store.ts';
import type { Connection, VaultConnections } from './connections.ts';
import { findSecrets } from './find.ts';
import { metadataIn, metadataValue, namesIn, valueIn } from './kv.ts';
import { resolveLogin } from './login.ts';
import { type MountCheck, mountCheck } from './mounts.ts';
import { dataPath, foundPlace, type Mounting, metadataPath, type Place, placeOf, segmentsOf } from './paths.ts';
import { type Subject, unanswered, vaultError } from './refusals.ts';
import type { RetrySettings } from './retry.ts';
import type { SendOptions, SessionRequest } from './session.ts';
import { isReferent, serverSettings } from './settings.ts';
import { type Answer, NoAnswer } from './transport.ts';

/** What the backend of one store is made from. */
export interface VaultBackendOptions {
  /** `spec.provider.vault` of the store. */
  provider: VaultProvider;
  /** Where its Secrets, ConfigMaps and service accounts are found, and for whom. */
  references: References;
  /** Shared by all backends of the process. */
  connections: VaultConnections;
  /** `spec.retrySettings` of the store. Default: two retries. */
  retry?: RetrySettings | undefined;
  /** The store is a namespace's own, and may not log in as the controller. Default: false. */
  isNamespaced?: boolean | undefined;
  /** Ends looking up what the settings refer to. */
  signal: AbortSignal;
}

/**
 * The backend of one store. Credentials, CA bundle and client certificate are read here, once: when one of them changes,
 * make another backend and close this one. Nothing is sent to the server yet. Throws `StoreError`, mostly `Invalid`.
 *
 * A store whose credentials are those of its users, looked at for nobody in particular, validates as `unknown` and reads nothing.
 */
export async function vaultBackend(options: VaultBackendOptions): Promise<Backend> {
  const { provider, references, connections, isNamespaced, signal } = options;
  const { clock, ownToken, awsIdentity } = connections.dependencies;
  if (isReferent(provider, references)) return new UnknownVault(provider);
  const server = await serverSettings(provider, references, signal);
  const now = () => clock.now();
  const login = await resolveLogin(provider, { references, ownToken, awsIdentity, isNamespaced, now, signal });
  const connection = await connections.share({ server, login, retry: options.retry ?? {} });
  return new VaultBackend(provider, connection, now);
}

const destinationOf = ({ server, namespace }: VaultProvider) => {
  // OpenBao can seal one namespace: what is down for its users is up for others.
  const below = namespace ? ` namespace ${namespace.replace(/^\/+|\/+$/g, '')}` : '';
  return `vault ${URL.canParse(server) ? new URL(server).origin : server}${below}`;
};

class VaultBackend implements Backend {
  readonly provider = 'vault';
  readonly identity: string;
  readonly destination: string;
  readonly #mounting: Mounting;
  readonly #namespace: string | undefined;
  readonly #server: string;
  readonly #replayIndex: boolean;
  readonly #connection: Connection;
  readonly #now: () => Date;
  readonly #checkMount: MountCheck;

  constructor(provider: VaultProvider, connection: Connection, now: () => Date) {
    const { path, version = 'v2', namespace, readYourWrites = false, forwardInconsistent = false } = provider;
    this.#mounting = { mount: path?.replace(/^\/+|\/+$/g, '') || undefined, version };
    this.#namespace = namespace || undefined;
    this.#server = new URL(provider.server).origin;
    this.#replayIndex = readYourWrites || forwardInconsistent;
    this.#connection = connection;
    this.#now = now;
    this.#checkMount = mountCheck(version, (at, signal) => {
      const subject = { doing: 'asking for the mount', path: at.join('/'), server: this.#server };
      return this.#send(subject, { call: 'mounts', path: at, signal }, { takeRefusal: true });
    });
    this.destination = destinationOf(provider);
    const kv = [version, this.#mounting.mount, this.#namespace, this.#replayIndex];
    this.identity = `${this.destination} ${JSON.stringify(kv)} ${connection.key}`;
  }

  batchSize(): number {
    return 1;
  }

  async read(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]> {
    return Promise.all(requests.map((request) => this.#outcome(request, signal)));
  }

  async list(find: Find, signal: AbortSignal): Promise<readonly Found[]> {
    const { mount } = this.#mounting;
    const below = find.path ? segmentsOf(find.path, badKey(find.path)) : [];
    if (mount === undefined && below.length === 0) throw noMount();
    if (this.#mounting.version === 'v1' && find.tags && Object.keys(find.tags).length > 0) {
      throw vaultError('Invalid', 'vault: finding by tags needs KV v2: KV v1 has no metadata');
    }
    const place = this.#folderOf(find.path ?? '', below);
    const folders = {
      names: (path: readonly string[]) => this.#names({ ...place, path }, signal),
      metadata: (path: readonly string[]) => this.#metadata({ ...place, path }, path.join('/'), signal),
    };
    const keyOf = (path: readonly string[]) => [...(mount === undefined ? place.mount : []), ...path].join('/');
    return findSecrets(find, folders, { root: place.path, prefix: below.join('/'), keyOf, signal });
  }

  async validate(signal: AbortSignal): Promise<'valid'> {
    await this.#connection.session.validate(signal);
    return 'valid';
  }

  close(): Promise<void> {
    return this.#connection.release();
  }

  async #outcome(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    try {
      return await this.#readOne(request, signal);
    } catch (error) {
      if (isStoreError(error)) return error;
      throw error;
    }
  }

  async #readOne({ key, version, metadata, found }: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const place = (found ? foundPlace : placeOf)(key, this.#mounting, badKey(key));
    if (metadata) return metadataValue(await this.#metadata(place, key, signal));
    const path = dataPath(place, this.#mounting.version);
    const subject = this.#subject(key, path);
    // KV v1 has no versions and ignores the word for one, as the reference does.
    const query = version && this.#mounting.version === 'v2' ? { version } : {};
    const answer = await this.#send(subject, { call: 'kv-read', path, query, signal });
    return this.#reading(place, signal, () => valueIn(answer, this.#mounting.version, subject, this.#now()));
  }

  async #metadata(place: Place, key: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { version } = this.#mounting;
    if (version === 'v1') throw vaultError('Invalid', `vault: metadata of '${key}': KV v1 has none`, { key });
    const path = metadataPath(place, version);
    const subject = this.#subject(key, path);
    const answer = await this.#send(subject, { call: 'kv-metadata', path, signal });
    return this.#reading(place, signal, () => metadataIn(answer, subject, this.#now()));
  }

  async #names(place: Place, signal: AbortSignal): Promise<readonly string[]> {
    const path = metadataPath(place, this.#mounting.version);
    const subject = { ...this.#subject(place.path.join('/') || '/', path), doing: `listing '${path.join('/')}/'` };
    // GET, because node-vault's LIST is no method that every proxy knows. The slash at the end says: a folder.
    const answer = await this.#send(subject, { call: 'kv-list', path: [...path, ''], query: { list: 'true' }, signal });
    const names = namesIn(answer, subject, this.#now());
    if (answer.status === 404) await this.#checkMount(place, signal);
    return names;
  }

  /** What `read` makes of an answer. That nothing is there counts only where the engine is what the store says. */
  async #reading<T>(place: Place, signal: AbortSignal, read: () => T): Promise<T> {
    try {
      return read();
    } catch (error) {
      if (isStoreError(error) && error.class === 'NotFound') await this.#checkMount(place, signal);
      throw error;
    }
  }

  async #send(subject: Subject, request: SessionRequest, options?: SendOptions): Promise<Answer> {
    const { session } = this.#connection;
    try {
      return await session.send(
        { ...request, namespace: this.#namespace },
        { replayIndex: this.#replayIndex, ...options },
      );
    } catch (error) {
      throw error instanceof NoAnswer ? unanswered(error, subject) : error;
    }
  }

  /** The folder that a find begins in; the mount itself where it names none. */
  #folderOf(path: string, below: readonly string[]): Place {
    const { mount, version } = this.#mounting;
    if (mount !== undefined && below.length === 0) return { mount: mount.split('/'), path: [] };
    if (mount === undefined && below.length === 1) return { mount: below, path: [] };
    return placeOf(path, { mount, version }, badKey(path));
  }

  #subject(key: string, path: readonly string[]): Subject {
    return { doing: `reading '${key}'`, key, path: path.join('/'), server: this.#server };
  }
}

/** A cluster store seen by nobody: whoever uses it brings the credentials. */
class UnknownVault implements Backend {
  readonly provider = 'vault';
  readonly identity: string;
  readonly destination: string;

  constructor(provider: VaultProvider) {
    this.destination = destinationOf(provider);
    this.identity = `${this.destination} of whoever uses it`;
  }

  batchSize(): number {
    return 1;
  }

  read(): Promise<never> {
    return Promise.reject(
      vaultError('Invalid', 'vault: the credentials are in the namespace of whoever uses the store'),
    );
  }

  list(): Promise<never> {
    return this.read();
  }

  async validate(): Promise<'unknown'> {
    return 'unknown';
  }

  async close(): Promise<void> {}
}

const badKey = (key: string) => (message: string, hint?: string) =>
  vaultError('Invalid', `vault: ${message}`, { key, ...(hint && { hint }) });

const noMount = () =>
  vaultError('Invalid', 'vault: finding needs a mount', {
    hint: 'set spec.provider.vault.path, or find.path to begin with it',
  });
