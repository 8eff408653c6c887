// The AWS SDK behind one door: loaded when the first store needs it, with our transport, endpoints and a small retry.

import type * as SecretsManagerModule from '@aws-sdk/client-secrets-manager';
import type * as SsmModule from '@aws-sdk/client-ssm';
import type { AssumeRoleCommandInput, AssumeRoleWithWebIdentityCommandInput } from '@aws-sdk/client-sts';
import type { Environment } from '../proxy.ts';
import type { Provider } from '../store.ts';
import { type AwsRetries, attemptsOf, fixedPace } from './retries.ts';
import type { AwsTransport } from './transport.ts';

/** What AWS requests are signed with. */
export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** What STS calls keys. */
export interface StsCredentials {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
  Expiration?: Date | undefined;
}

/** For whom a client works, and where. */
export interface ClientScope {
  provider: Provider;
  region: string;
  /** As `spec.retrySettings` of the store. Default: one more attempt; longer patience is the fetch layer's. */
  retries?: AwsRetries | undefined;
}

export interface AwsSdkOptions {
  transport: AwsTransport;
  environment: Environment;
  /** The SDK's default chain, for tests. Default: environment, web identity, Pod Identity, instance. */
  defaultKeys?: ((scope: ClientScope) => Promise<AwsKeys>) | undefined;
}

/** The SDK's client of Secrets Manager. */
export type SecretsManager = SecretsManagerModule.SecretsManagerClient;
/** The SDK's client of the Parameter Store. */
export type Ssm = SsmModule.SSMClient;

/** Endpoints of test servers and private gateways, by the reference's variables. */
const endpointVariables = {
  secretsmanager: 'AWS_SECRETSMANAGER_ENDPOINT',
  ssm: 'AWS_SSM_ENDPOINT',
  sts: 'AWS_STS_ENDPOINT',
} as const;

/** Makes clients. Nothing of the SDK is loaded before the first one. */
export class AwsSdk {
  readonly #options: AwsSdkOptions;

  constructor(options: AwsSdkOptions) {
    this.#options = options;
  }

  /** The endpoint that the environment names for a service; undefined for the SDK's own rules. */
  endpointOf(service: keyof typeof endpointVariables): string | undefined {
    return this.#options.environment[endpointVariables[service]] || undefined;
  }

  /** `keys` is asked before every request, so that renewed ones are used at once. */
  async secretsManager(scope: ClientScope, keys: () => Promise<AwsKeys>) {
    const module = await import('@aws-sdk/client-secrets-manager');
    return { module, client: new module.SecretsManagerClient(this.#config('secretsmanager', scope, keys)) };
  }

  /** As `secretsManager`, for the Parameter Store. */
  async ssm(scope: ClientScope, keys: () => Promise<AwsKeys>) {
    const module = await import('@aws-sdk/client-ssm');
    return { module, client: new module.SSMClient(this.#config('ssm', scope, keys)) };
  }

  async assumeRole(
    { keys, ...scope }: ClientScope & { keys: AwsKeys },
    input: AssumeRoleCommandInput,
    signal: AbortSignal,
  ): Promise<{ Credentials?: StsCredentials | undefined }> {
    const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
    const client = new STSClient(this.#config('sts', scope, async () => keys));
    return client.send(new AssumeRoleCommand(input), { abortSignal: signal });
  }

  async assumeRoleWithWebIdentity(
    scope: ClientScope,
    input: AssumeRoleWithWebIdentityCommandInput,
    signal: AbortSignal,
  ): Promise<{ Credentials?: StsCredentials | undefined }> {
    const { STSClient, AssumeRoleWithWebIdentityCommand } = await import('@aws-sdk/client-sts');
    // The call carries its own proof and is not signed; without any keys the SDK would look for some.
    const client = new STSClient(this.#config('sts', scope, async () => ({ accessKeyId: '', secretAccessKey: '' })));
    return client.send(new AssumeRoleWithWebIdentityCommand(input), { abortSignal: signal });
  }

  /** Keys of the controller itself. A new chain each time: a chain remembers, and sessions are remembered by us. */
  async defaultKeys(scope: ClientScope): Promise<AwsKeys> {
    if (this.#options.defaultKeys) return this.#options.defaultKeys(scope);
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    const endpoint = this.endpointOf('sts');
    return fromNodeProviderChain({
      // Containers without an instance role must not wait for a metadata service that is not there.
      timeout: 2_000,
      maxRetries: 1,
      clientConfig: {
        region: scope.region,
        requestHandler: this.#options.transport.handlerFor(scope.provider),
        ...(endpoint && { endpoint }),
      },
    })();
  }

  #config(service: keyof typeof endpointVariables, scope: ClientScope, keys: () => Promise<AwsKeys>) {
    const { provider, region, retries } = scope;
    const { intervalMs } = retries ?? {};
    const endpoint = this.endpointOf(service);
    const maxAttempts = attemptsOf(retries);
    return {
      region,
      maxAttempts,
      ...(intervalMs !== undefined && { retryStrategy: fixedPace(maxAttempts, intervalMs) }),
      // Sessions know when keys end; the SDK's own memory would hold on to refused ones.
      credentials: Object.assign(keys, { memoized: true }),
      requestHandler: this.#options.transport.handlerFor(provider),
      ...(endpoint && { endpoint }),
    };
  }
}
