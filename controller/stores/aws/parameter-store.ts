// The operations of the Parameter Store: current values by ten, versions and labels one by one, decrypted; tags as metadata.

import type { Parameter, ParameterStringFilter } from '@aws-sdk/client-ssm';
import { SecretBytes } from '../../../src/redact.ts';
import { type Find, type Found, isStoreError, type ReadRequest, type RemoteValue } from '../store.ts';
import { type Matches, matcherOf, sorted, tagsValue } from './find.ts';
import { type AwsSubject, awsError, readingFrom, refusedBy } from './refusals.ts';
import type { AwsSdk, ClientScope } from './sdk.ts';
import {
  type AwsOperations,
  allPages,
  type OnRefusal,
  type OutcomeOf,
  onceMade,
  type ServiceOptions,
} from './service.ts';

const provider = 'aws-parameter-store';
const subjectOf = readingFrom(provider);

/** What a backend of the Parameter Store asks AWS for. */
export class ParameterStoreOperations implements AwsOperations {
  // AWS's default quota is 40 calls a second for an account and region.
  readonly limits = { concurrency: 8, perSecond: 40 };
  // GetParameters takes no more, and is refused as a whole for one name that the identity may not read.
  readonly batch = { limit: 10, isSpoiltByOne: true };
  readonly #options: ServiceOptions;
  readonly #client: () => ReturnType<AwsSdk['ssm']>;

  constructor(options: ServiceOptions, scope: ClientScope) {
    this.#options = options;
    this.#client = onceMade(() => options.sdk.ssm(scope, options.keys));
  }

  async list(find: Find, signal: AbortSignal): Promise<readonly Found[]> {
    const subject = { provider, doing: 'listing parameters', action: 'ssm:DescribeParameters' } as const;
    // Both operations keep to the path themselves, and `/` also means names without a slash.
    const matches = await matcherOf({ ...find, path: undefined }, subject);
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

  async value(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const { module, client } = await this.#client();
    const name = this.#options.nameOf(request);
    const input = { Name: request.version ? `${name}:${request.version}` : name, WithDecryption: true };
    const get = () => client.send(new module.GetParameterCommand(input), { abortSignal: signal });
    const { Parameter: parameter = {} } = await this.#options.call(get, subjectOf(request, 'ssm:GetParameter'), signal);
    return valueIn(parameter, request);
  }

  async tags(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue> {
    const { module, client } = await this.#client();
    const input = { ResourceType: 'Parameter', ResourceId: this.#options.nameOf(request) } as const;
    const get = () => client.send(new module.ListTagsForResourceCommand(input), { abortSignal: signal });
    const { TagList = [] } = await this.#options.call(get, subjectOf(request, 'ssm:ListTagsForResource'), signal);
    return tagsValue(TagList);
  }

  async many(names: readonly string[], signal: AbortSignal, onRefusal: OnRefusal): Promise<OutcomeOf> {
    const subject = { provider, doing: 'reading a batch of parameters', action: 'ssm:GetParameters' } as const;
    const { module, client } = await this.#client();
    const input = { Names: [...names], WithDecryption: true };
    const get = () => client.send(new module.GetParametersCommand(input), { abortSignal: signal });
    const { Parameters = [], InvalidParameters = [] } = await this.#options.call(get, subject, signal, onRefusal);
    return (request, name) => {
      const parameter = Parameters.find(({ Name, ARN }) => Name === name || ARN === name);
      if (parameter) return valueIn(parameter, request);
      if (!InvalidParameters.includes(name)) return undefined;
      return refusedBy({ name: 'ParameterNotFound' }, subjectOf(request, 'ssm:GetParameters'), new Date(0));
    };
  }

  // Brings the values along.
  async #byPath({ path = '/' }: Find, matches: Matches, signal: AbortSignal): Promise<readonly Found[]> {
    const doing = `listing parameters below '${path}'`;
    const subject = { provider, doing, action: 'ssm:GetParametersByPath' } as const;
    const { module, client } = await this.#client();
    const all = { Path: path, Recursive: true, WithDecryption: true, MaxResults: 10 };
    const parameters = await allPages(async (token) => {
      const input = { ...all, ...(token && { NextToken: token }) };
      const get = () => client.send(new module.GetParametersByPathCommand(input), { abortSignal: signal });
      const { Parameters = [], NextToken } = await this.#options.call(get, subject, signal);
      return { items: Parameters.filter(({ Name = '' }) => matches(Name)), next: NextToken };
    });
    const found = (parameter: Parameter) => {
      const { Name: name = '' } = parameter;
      return { name, key: name, value: valueIn(parameter, { key: name }) };
    };
    return sorted(parameters.map(found));
  }

  async #described(find: Find, matches: Matches, subject: AwsSubject, signal: AbortSignal): Promise<readonly Found[]> {
    const { module, client } = await this.#client();
    const described = await allPages(async (token) => {
      const input = { ParameterFilters: filtersOf(find), MaxResults: 50, ...(token && { NextToken: token }) };
      const describe = () => client.send(new module.DescribeParametersCommand(input), { abortSignal: signal });
      const { Parameters = [], NextToken } = await this.#options.call(describe, subject, signal);
      return { items: Parameters, next: NextToken };
    });
    const names = described.flatMap(({ Name }) => (Name !== undefined && matches(Name) ? [Name] : []));
    return sorted(names.map((name) => ({ name, key: name })));
  }
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
