// The operations of Secrets Manager: current values by twenty, stages and versions one by one, tags as metadata.

import type {
  Filter,
  GetSecretValueCommandInput,
  SecretListEntry,
  SecretValueEntry,
} from '@aws-sdk/client-secrets-manager';
import { SecretBytes } from '../../../src/redact.ts';
import type { Find, Found, ReadRequest, RemoteValue } from '../store.ts';
import { matcherOf, sorted, tagsValue } from './find.ts';
import { awsError, readingFrom, refusedBy, refusedItem } from './refusals.ts';
import type { AwsSdk, ClientScope } from './sdk.ts';
import {
  type AwsOperations,
  allPages,
  type OnRefusal,
  type OutcomeOf,
  onceMade,
  type ServiceOptions,
} from './service.ts';

const provider = 'aws-secrets-manager';
const subjectOf = readingFrom(provider);

/** What a backend of Secrets Manager asks AWS for. */
export class SecretsManagerOperations implements AwsOperations {
  readonly limits = { concurrency: 8 };
  // BatchGetSecretValue takes no more, and only current versions; what it may not read it names.
  readonly batch = { limit: 20, isSpoiltByOne: false };
  readonly #options: ServiceOptions;
  readonly #client: () => ReturnType<AwsSdk['secretsManager']>;

  constructor(options: ServiceOptions, scope: ClientScope) {
    this.#options = options;
    this.#client = onceMade(() => options.sdk.secretsManager(scope, options.keys));
  }

  async list(find: Find, signal: AbortSignal): Promise<readonly Found[]> {
    const subject = { provider, doing: 'listing secrets', action: 'secretsmanager:ListSecrets' } as const;
    const matches = await matcherOf(find, subject);
    const { module, client } = await this.#client();
    const entries = await allPages(async (token) => {
      const input = { MaxResults: 100, Filters: filtersOf(find), ...(token && { NextToken: token }) };
      const list = () => client.send(new module.ListSecretsCommand(input), { abortSignal: signal });
      const { SecretList = [], NextToken } = await this.#options.call(list, subject, signal);
      return { items: SecretList, next: NextToken };
    });
    const named = ({ Name, Tags = [] }: SecretListEntry) => (Name !== undefined && matches(Name, Tags) ? [Name] : []);
    return sorted(entries.flatMap(named).map((name) => ({ name, key: name })));
  }

  async value(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const { module, client } = await this.#client();
    const input = { SecretId: this.#options.nameOf(request), ...selectorOf(request.version) };
    const get = () => client.send(new module.GetSecretValueCommand(input), { abortSignal: signal });
    return valueIn(await this.#options.call(get, subjectOf(request, 'secretsmanager:GetSecretValue'), signal), request);
  }

  async tags(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const subject = subjectOf(request, 'secretsmanager:DescribeSecret');
    const { module, client } = await this.#client();
    const input = { SecretId: this.#options.nameOf(request) };
    const describe = () => client.send(new module.DescribeSecretCommand(input), { abortSignal: signal });
    const { Tags = [], DeletedDate } = await this.#options.call(describe, subject, signal);
    // Described it still is; but what its value is not given for should not give its tags either.
    if (DeletedDate) throw refusedBy({ name: 'InvalidRequestException' }, subject, this.#options.clock.now());
    return tagsValue(Tags);
  }

  async many(names: readonly string[], signal: AbortSignal, onRefusal: OnRefusal): Promise<OutcomeOf> {
    const action = 'secretsmanager:BatchGetSecretValue';
    const subject = { provider, doing: 'reading a batch of secrets', action } as const;
    const { module, client } = await this.#client();
    const input = { SecretIdList: [...names] };
    const get = () => client.send(new module.BatchGetSecretValueCommand(input), { abortSignal: signal });
    const { SecretValues = [], Errors = [] } = await this.#options.call(get, subject, signal, onRefusal);
    return (request, name) => {
      const entry = SecretValues.find((value) => isNamed(value, name));
      if (entry) return valueIn(entry, request);
      const error = Errors.find(({ SecretId }) => SecretId === name);
      const { ErrorCode = '', Message = '' } = error ?? {};
      return error && refusedItem(ErrorCode, Message, subjectOf(request, 'secretsmanager:GetSecretValue'));
    };
  }
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
