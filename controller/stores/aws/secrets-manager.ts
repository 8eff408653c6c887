// Secrets Manager: current values by twenty where the identity may, stages and versions one by one, tags as metadata.

import type {
  APIErrorType,
  Filter,
  GetSecretValueCommandInput,
  SecretListEntry,
  SecretValueEntry,
} from '@aws-sdk/client-secrets-manager';
import { SecretBytes } from '../../../src/redact.ts';
import type { Find, Found, ReadOutcome, ReadRequest, RemoteValue } from '../store.ts';
import { isStoreError } from '../store.ts';
import { matcherOf, sorted, tagsValue } from './find.ts';
import { awsError, isActionRefused, refusedBy, refusedItem } from './refusals.ts';
import type { AwsSdk, ClientScope } from './sdk.ts';
import type { AwsService, ServiceOptions } from './service.ts';

const provider = 'aws-secrets-manager';
// BatchGetSecretValue takes no more, and only current versions.
const batchLimit = 20;
// Long enough not to ask twice for every read, short enough to notice a better policy.
const deniedBatchMs = 15 * 60_000;

type Client = Awaited<ReturnType<AwsSdk['secretsManager']>>;

/** The operations of a backend on Secrets Manager. */
export class SecretsManagerService implements AwsService {
  readonly limits = { concurrency: 8 };
  readonly #options: ServiceOptions;
  readonly #client: () => Promise<Client>;
  #noBatchUntilMs = 0;

  constructor(options: ServiceOptions, scope: ClientScope) {
    this.#options = options;
    let client: Promise<Client> | undefined;
    this.#client = () => {
      client ??= options.sdk.secretsManager(scope, options.keys);
      return client;
    };
  }

  batchSize({ version, metadata }: ReadRequest): number {
    if (version || metadata || this.#options.clock.monotonicMs() < this.#noBatchUntilMs) return 1;
    return batchLimit;
  }

  async read(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]> {
    const [only] = requests;
    if (only && requests.length === 1) return [await this.#readOne(only, signal)];
    return this.#readMany(requests, signal);
  }

  async list(find: Find, signal: AbortSignal): Promise<readonly Found[]> {
    const subject = { provider, doing: 'listing secrets', action: 'secretsmanager:ListSecrets' } as const;
    const matches = matcherOf(find, subject);
    const { module, client } = await this.#client();
    const entries: SecretListEntry[] = [];
    let token: string | undefined;
    do {
      const input = { MaxResults: 100, Filters: filtersOf(find), ...(token && { NextToken: token }) };
      const page = await this.#options.call(
        () => client.send(new module.ListSecretsCommand(input), { abortSignal: signal }),
        subject,
        signal,
      );
      entries.push(...(page.SecretList ?? []));
      token = page.NextToken;
    } while (token);
    const names = entries.flatMap(({ Name, Tags = [] }) => (Name !== undefined && matches(Name, Tags) ? [Name] : []));
    return sorted(names.map((name) => ({ name, key: name })));
  }

  async #readOne(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    try {
      return await (request.metadata ? this.#tags(request, signal) : this.#value(request, signal));
    } catch (error) {
      if (isStoreError(error)) return error;
      throw error;
    }
  }

  async #value(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const subject = subjectOf(request, 'secretsmanager:GetSecretValue');
    const { module, client } = await this.#client();
    const input = { SecretId: this.#options.nameOf(request), ...selectorOf(request.version) };
    const answer = await this.#options.call(
      () => client.send(new module.GetSecretValueCommand(input), { abortSignal: signal }),
      subject,
      signal,
    );
    return valueIn(answer, request);
  }

  async #tags(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const subject = subjectOf(request, 'secretsmanager:DescribeSecret');
    const { module, client } = await this.#client();
    const input = { SecretId: this.#options.nameOf(request) };
    const { Tags, DeletedDate } = await this.#options.call(
      () => client.send(new module.DescribeSecretCommand(input), { abortSignal: signal }),
      subject,
      signal,
    );
    // Described it still is; but what its value is not given for should not give its tags either.
    if (DeletedDate) throw refusedBy({ name: 'InvalidRequestException' }, subject, this.#options.clock.now());
    return tagsValue(Tags ?? []);
  }

  async #readMany(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]> {
    const { module, client } = await this.#client();
    const subject = {
      provider,
      doing: 'reading a batch of secrets',
      action: 'secretsmanager:BatchGetSecretValue',
    } as const;
    const ids = [...new Set(requests.map((request) => this.#options.nameOf(request)))];
    const answer = await this.#options.call(
      () => client.send(new module.BatchGetSecretValueCommand({ SecretIdList: ids }), { abortSignal: signal }),
      subject,
      signal,
      (error) => this.#rememberRefusal(error),
    );
    const { SecretValues = [], Errors = [] } = answer;
    return Promise.all(
      requests.map((request) => {
        const id = this.#options.nameOf(request);
        const entry = SecretValues.find((value) => isNamed(value, id));
        if (entry) return valueIn(entry, request);
        const error = Errors.find(({ SecretId }) => SecretId === id);
        // In neither list, as a partial ARN may be: asked for by itself.
        return error ? this.#itemError(error, request) : this.#readOne(request, signal);
      }),
    );
  }

  #itemError({ ErrorCode = '', Message = '' }: APIErrorType, request: ReadRequest): ReadOutcome {
    return refusedItem(ErrorCode, Message, subjectOf(request, 'secretsmanager:GetSecretValue'));
  }

  #rememberRefusal(error: unknown): void {
    if (isActionRefused(error)) this.#noBatchUntilMs = this.#options.clock.monotonicMs() + deniedBatchMs;
  }
}

function subjectOf({ key }: ReadRequest, action: string) {
  return { provider, doing: `reading '${key}'`, key, action } as const;
}

// `uuid/…` is a version's id, anything else a stage's name, as in the reference.
function selectorOf(version: string | undefined): Pick<GetSecretValueCommandInput, 'VersionId' | 'VersionStage'> {
  if (!version) return { VersionStage: 'AWSCURRENT' };
  return version.startsWith('uuid/') ? { VersionId: version.slice('uuid/'.length) } : { VersionStage: version };
}

function isNamed({ Name, ARN }: SecretValueEntry, id: string): boolean {
  // A complete ARN is the name and six characters after a partial one.
  return Name === id || ARN === id || (id.startsWith('arn:') && ARN?.slice(0, -'-123456'.length) === id);
}

function valueIn(
  { SecretString, SecretBinary, VersionId }: Pick<SecretValueEntry, 'SecretString' | 'SecretBinary' | 'VersionId'>,
  request: ReadRequest,
): RemoteValue {
  const bytes = SecretString === undefined ? SecretBinary : new TextEncoder().encode(SecretString);
  if (!bytes) throw awsError('Invalid', subjectOf(request, ''), 'it has neither text nor bytes');
  return { bytes: new SecretBytes(bytes), rules: 'aws', ...(VersionId && { version: VersionId }) };
}

// Filters only narrow: AWS matches beginnings of words, so everything is held against the find again.
function filtersOf({ path, tags = {} }: Find): Filter[] {
  const filters: Filter[] = path ? [{ Key: 'name', Values: [path] }] : [];
  for (const [key, value] of Object.entries(tags)) {
    filters.push({ Key: 'tag-key', Values: [key] });
    if (value) filters.push({ Key: 'tag-value', Values: [value] });
  }
  return filters;
}
