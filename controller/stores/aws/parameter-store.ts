// Parameter Store: current values by ten, versions and labels one by one, decrypted; tags as metadata.

import type { Parameter, ParameterMetadata, ParameterStringFilter } from '@aws-sdk/client-ssm';
import { LRUCache } from 'lru-cache';
import { SecretBytes } from '../../../src/redact.ts';
import { type Find, type Found, isStoreError, type ReadOutcome, type ReadRequest, type RemoteValue } from '../store.ts';
import { type Matches, matcherOf, sorted, tagsValue } from './find.ts';
import { type AwsSubject, awsError, isActionRefused, refusedBy } from './refusals.ts';
import type { AwsSdk, ClientScope } from './sdk.ts';
import type { AwsService, ServiceOptions } from './service.ts';

const provider = 'aws-parameter-store';
// GetParameters takes no more.
const batchLimit = 10;

// GetParameters is refused as a whole for one name that the identity may not read: such names go alone for a while, and
// where it keeps being refused all the same, the action itself is what is missing.
const aloneMs = 15 * 60_000;
const refusalsInARow = 3;

type Client = Awaited<ReturnType<AwsSdk['ssm']>>;

/** The operations of a backend on the Parameter Store. */
export class ParameterStoreService implements AwsService {
  // AWS's default quota is 40 calls a second for an account and region.
  readonly limits = { concurrency: 8, perSecond: 40 };
  readonly #options: ServiceOptions;
  readonly #client: () => Promise<Client>;
  readonly #aloneUntilMs = new LRUCache<string, number>({ max: 10_000 });
  #noBatchUntilMs = 0;
  #refusals = 0;

  constructor(options: ServiceOptions, scope: ClientScope) {
    this.#options = options;
    let client: Promise<Client> | undefined;
    this.#client = () => {
      client ??= options.sdk.ssm(scope, options.keys);
      return client;
    };
  }

  batchSize(request: ReadRequest): number {
    const now = this.#options.clock.monotonicMs();
    const aloneUntilMs = this.#aloneUntilMs.get(this.#options.nameOf(request)) ?? 0;
    if (request.version || request.metadata || now < Math.max(this.#noBatchUntilMs, aloneUntilMs)) return 1;
    return batchLimit;
  }

  async read(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]> {
    const [only] = requests;
    if (only && requests.length === 1) return [await this.#readOne(only, signal)];
    return this.#readMany(requests, signal);
  }

  async list(find: Find, signal: AbortSignal): Promise<readonly Found[]> {
    const subject = { provider, doing: 'listing parameters', action: 'ssm:DescribeParameters' } as const;
    // Both operations keep to the path themselves, and `/` also means names without a slash.
    const matches = matcherOf({ ...find, path: undefined }, subject);
    const isTagged = Object.keys(find.tags ?? {}).length > 0;
    if (isTagged) return this.#described(find, matches, subject, signal);
    try {
      return await this.#byPath(find, matches, signal);
    } catch (error) {
      // The reference's way out: names from DescribeParameters, then each value by itself.
      if (!isStoreError(error) || error.class !== 'Denied') throw error;
      return this.#described(find, matches, subject, signal);
    }
  }

  // Brings the values along.
  async #byPath({ path = '/' }: Find, matches: Matches, signal: AbortSignal): Promise<readonly Found[]> {
    const subject = {
      provider,
      doing: `listing parameters below '${path}'`,
      action: 'ssm:GetParametersByPath',
    } as const;
    const { module, client } = await this.#client();
    const found: Found[] = [];
    let token: string | undefined;
    do {
      const input = {
        Path: path,
        Recursive: true,
        WithDecryption: true,
        MaxResults: 10,
        ...(token && { NextToken: token }),
      };
      const page = await this.#options.call(
        () => client.send(new module.GetParametersByPathCommand(input), { abortSignal: signal }),
        subject,
        signal,
      );
      for (const parameter of page.Parameters ?? []) {
        const { Name = '' } = parameter;
        if (matches(Name)) found.push({ name: Name, key: Name, value: valueIn(parameter, { key: Name }) });
      }
      token = page.NextToken;
    } while (token);
    return sorted(found);
  }

  async #described(find: Find, matches: Matches, subject: AwsSubject, signal: AbortSignal): Promise<readonly Found[]> {
    const { module, client } = await this.#client();
    const described: ParameterMetadata[] = [];
    let token: string | undefined;
    do {
      const input = { ParameterFilters: filtersOf(find), MaxResults: 50, ...(token && { NextToken: token }) };
      const page = await this.#options.call(
        () => client.send(new module.DescribeParametersCommand(input), { abortSignal: signal }),
        subject,
        signal,
      );
      described.push(...(page.Parameters ?? []));
      token = page.NextToken;
    } while (token);
    const names = described.flatMap(({ Name }) => (Name !== undefined && matches(Name) ? [Name] : []));
    return sorted(names.map((name) => ({ name, key: name })));
  }

  async #readMany(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]> {
    const { module, client } = await this.#client();
    const subject = { provider, doing: 'reading a batch of parameters', action: 'ssm:GetParameters' } as const;
    const names = [...new Set(requests.map((request) => this.#options.nameOf(request)))];
    const input = { Names: names, WithDecryption: true };
    const { Parameters = [], InvalidParameters = [] } = await this.#options.call(
      () => client.send(new module.GetParametersCommand(input), { abortSignal: signal }),
      subject,
      signal,
      (error) => this.#rememberRefusal(error),
    );
    this.#refusals = 0;
    return Promise.all(
      requests.map((request) => {
        const name = this.#options.nameOf(request);
        const parameter = Parameters.find(({ Name, ARN }) => Name === name || ARN === name);
        if (parameter) return valueIn(parameter, request);
        return InvalidParameters.includes(name) ? notFound(request) : this.#readOne(request, signal);
      }),
    );
  }

  #rememberRefusal(error: unknown): void {
    if (!isActionRefused(error) || ++this.#refusals < refusalsInARow) return;
    this.#noBatchUntilMs = this.#options.clock.monotonicMs() + aloneMs;
  }

  async #readOne(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    try {
      return await (request.metadata ? this.#tags(request, signal) : this.#value(request, signal));
    } catch (error) {
      if (!isStoreError(error)) throw error;
      if (error.class === 'Denied') {
        this.#aloneUntilMs.set(this.#options.nameOf(request), this.#options.clock.monotonicMs() + aloneMs);
      }
      return error;
    }
  }

  async #value(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const subject = subjectOf(request, 'ssm:GetParameter');
    const { module, client } = await this.#client();
    const name = this.#options.nameOf(request);
    const input = { Name: request.version ? `${name}:${request.version}` : name, WithDecryption: true };
    const { Parameter: parameter = {} } = await this.#options.call(
      () => client.send(new module.GetParameterCommand(input), { abortSignal: signal }),
      subject,
      signal,
    );
    return valueIn(parameter, request);
  }

  async #tags(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const subject = subjectOf(request, 'ssm:ListTagsForResource');
    const { module, client } = await this.#client();
    const input = { ResourceType: 'Parameter', ResourceId: this.#options.nameOf(request) } as const;
    const { TagList = [] } = await this.#options.call(
      () => client.send(new module.ListTagsForResourceCommand(input), { abortSignal: signal }),
      subject,
      signal,
    );
    return tagsValue(TagList);
  }
}

function subjectOf({ key }: ReadRequest, action: string) {
  return { provider, doing: `reading '${key}'`, key, action } as const;
}

function notFound(request: ReadRequest): ReadOutcome {
  return refusedBy({ name: 'ParameterNotFound' }, subjectOf(request, 'ssm:GetParameters'), new Date(0));
}

function valueIn({ Value, Version }: Parameter, request: ReadRequest): RemoteValue {
  if (Value === undefined) throw awsError('Invalid', subjectOf(request, ''), 'it has no value');
  const version = Version === undefined ? {} : { version: String(Version) };
  return { bytes: new SecretBytes(new TextEncoder().encode(Value)), rules: 'aws', ...version };
}

function filtersOf({ path, tags = {} }: Find): ParameterStringFilter[] {
  const filters: ParameterStringFilter[] = path ? [{ Key: 'Path', Option: 'Recursive', Values: [path] }] : [];
  for (const [key, value] of Object.entries(tags)) {
    filters.push({ Key: `tag:${key}`, Option: 'Equals', Values: [value] });
  }
  return filters;
}
