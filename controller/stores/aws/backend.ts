// AWS Secrets Manager or Parameter Store as a backend of stores, read and searched under one identity.

import type { AwsProvider } from '../../../src/kube/external-secrets.ts';
import type { References } from '../references.ts';
import {
  type Backend,
  type Find,
  type Found,
  type Limits,
  type ReadOutcome,
  type ReadRequest,
  StoreError,
} from '../store.ts';
import { BatchedReads } from './batches.ts';
import type { AwsConnections, SharedKeys } from './connections.ts';
import { assuming, firstKeys } from './keys.ts';
import { ParameterStoreOperations } from './parameter-store.ts';
import { titles } from './refusals.ts';
import type { AwsRetries } from './retries.ts';
import { SecretsManagerOperations } from './secrets-manager.ts';
import { serviceOptions } from './service.ts';
import { type AwsConsumer, type AwsSettings, awsSettings, isReferent } from './settings.ts';

export interface AwsBackendOptions {
  /** `spec.provider.aws` of the store. */
  provider: AwsProvider;
  /** Where its Secrets and service accounts are found, and for whom. */
  references: References;
  /** What session tags tell about the user of the store. */
  consumer: AwsConsumer;
  /** Shared by all backends of the process. */
  connections: AwsConnections;
  /** `spec.retrySettings` of the store. Default: one more attempt. */
  retries?: AwsRetries | undefined;
  /** Ends looking up what the settings refer to. */
  signal: AbortSignal;
}

/**
 * The backend of one store. Credentials and the service account's role are read here, once: when one of them changes, make
 * another backend and close this one. Nothing is sent to AWS yet. Throws `StoreError`, mostly `Invalid`.
 *
 * A store whose credentials are those of its users, looked at for nobody in particular, validates as `unknown` and reads nothing.
 */
export async function awsBackend(options: AwsBackendOptions): Promise<Backend> {
  const { provider: aws, references, consumer, connections, signal } = options;
  const settings = awsSettings(aws, consumer);
  if (isReferent(aws, references)) return new UnknownAws(settings);
  const { sdk, dependencies } = connections;
  const { provider, region } = settings;
  const now = () => dependencies.clock.now();
  const sourceOptions = { sdk, provider, region, references, now, signal };
  const source = assuming(await firstKeys(aws, sourceOptions), settings.roles, sourceOptions);
  return new AwsBackend(settings, connections, connections.share(source, { provider, region }), options.retries);
}

class AwsBackend implements Backend {
  readonly provider: AwsSettings['provider'];
  readonly identity: string;
  readonly destination: string;
  readonly #keys: SharedKeys;
  readonly #reads: BatchedReads;

  constructor(
    { provider, service, region, prefix }: AwsSettings,
    { sdk, dependencies: { clock } }: AwsConnections,
    keys: SharedKeys,
    retries: AwsRetries | undefined,
  ) {
    const endpoint = sdk.endpointOf(service === 'SecretsManager' ? 'secretsmanager' : 'ssm') ?? '';
    const options = serviceOptions({ clock, sdk, prefix }, keys.session);
    const scope = { provider, region, retries };
    this.#keys = keys;
    const Operations = service === 'SecretsManager' ? SecretsManagerOperations : ParameterStoreOperations;
    this.#reads = new BatchedReads(new Operations(options, scope), options);
    this.provider = provider;
    // AWS counts calls by account: credentials stand for it.
    this.destination = `${provider} ${region} ${endpoint} ${keys.key}`;
    this.identity = `${this.destination} ${JSON.stringify(prefix)}`;
  }

  get limits(): Limits {
    return this.#reads.limits;
  }

  batchSize(request: ReadRequest): number {
    return this.#reads.batchSize(request);
  }

  read(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]> {
    return this.#reads.read(requests, signal);
  }

  list(find: Find, signal: AbortSignal): Promise<readonly Found[]> {
    return this.#reads.list(find, signal);
  }

  /** As the reference: that credentials can be had. The services themselves have no question that needs no permission. */
  async validate(signal: AbortSignal): Promise<'valid'> {
    await this.#keys.session.get(signal);
    return 'valid';
  }

  close(): Promise<void> {
    return this.#keys.release();
  }
}

/** A cluster store seen by nobody: whoever uses it brings the credentials. */
class UnknownAws implements Backend {
  readonly provider: AwsSettings['provider'];
  readonly identity: string;
  readonly destination: string;

  constructor({ provider, region }: AwsSettings) {
    this.provider = provider;
    this.destination = `${provider} ${region}`;
    this.identity = `${this.destination} of whoever uses it`;
  }

  batchSize(): number {
    return 1;
  }

  read(): Promise<never> {
    const message = `${titles[this.provider]}: the credentials are in the namespace of whoever uses the store`;
    return Promise.reject(new StoreError('Invalid', message, { provider: this.provider }));
  }

  list(): Promise<never> {
    return this.read();
  }

  async validate(): Promise<'unknown'> {
    return 'unknown';
  }

  async close(): Promise<void> {}
}
