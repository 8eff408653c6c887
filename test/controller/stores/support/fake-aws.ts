// A small AWS on loopback: the operations that the backends use, answers as AWS writes them, refusals on demand.
//
// Recorded from AWS's public API references (Secrets Manager, Systems Manager, STS; protocol awsJson1_1 and awsQuery) and held
// against moto by the end-to-end suite, which runs the same backends.
import type { ServerResponse } from 'node:http';
import { type Loopback, loopback, type Received } from '../../../support/loopback.ts';

/** A refusal: its name, and what else may come with it. */
export interface Refusal {
  name: string;
  status?: number;
  message?: string;
  headers?: Record<string, string>;
}

export interface FakeSecret {
  text?: string;
  binary?: Uint8Array;
  /** The version with the stage AWSPREVIOUS. */
  previous?: string;
  tags?: Record<string, string>;
  deleted?: boolean;
  /** Of this one alone. */
  refusal?: Refusal;
}

export interface FakeAws {
  url: string;
  secrets: Map<string, FakeSecret>;
  parameters: Map<string, string>;
  /** Operation → what it answers with in place of its answer; a function may decide for each call. */
  refusals: Map<string, Refusal | (() => Refusal | undefined)>;
  /** Operation → answers later, or never. */
  silent: Set<string>;
  /** How long roles last. */
  lifetimeMs: number;
  /** Every operation in order, with its input. */
  readonly calls: { operation: string; input: Record<string, unknown>; accessKeyId: string }[];
  readonly requests: Received[];
  readonly connections: number;
  close(): Promise<void>;
}

type Operation = (aws: FakeAws, input: Record<string, unknown>) => unknown;

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCdEf`;
const notFound: Refusal = {
  name: 'ResourceNotFoundException',
  message: "Secrets Manager can't find the specified secret.",
};
const marked: Refusal = {
  name: 'InvalidRequestException',
  message: "You can't perform this operation on the secret because it was marked for deletion.",
};

function secretOf(aws: FakeAws, id: string): { name: string; secret: FakeSecret } {
  for (const [name, secret] of aws.secrets) {
    if (![name, arnOf(name), arnOf(name).slice(0, -7)].includes(id)) continue;
    if (secret.refusal) throw secret.refusal;
    if (secret.deleted) throw marked;
    return { name, secret };
  }
  throw notFound;
}

function entryOf(aws: FakeAws, id: string) {
  const { name, secret } = secretOf(aws, id);
  const { text, binary } = secret;
  return {
    ARN: arnOf(name),
    Name: name,
    VersionId: '11111111-2222-3333-4444-555555555555',
    VersionStages: ['AWSCURRENT'],
    CreatedDate: 1_767_225_600.123,
    ...(text !== undefined && { SecretString: text }),
    ...(binary && { SecretBinary: Buffer.from(binary).toString('base64') }),
  };
}

const tagsOf = (tags: Record<string, string> = {}) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const operations: Record<string, Operation> = {
  GetSecretValue(aws, { SecretId, VersionStage }) {
    const entry = entryOf(aws, String(SecretId));
    if (VersionStage !== 'AWSPREVIOUS') return entry;
    const { previous } = secretOf(aws, String(SecretId)).secret;
    if (previous === undefined) throw notFound;
    return { ...entry, VersionStages: ['AWSPREVIOUS'], SecretString: previous };
  },
  BatchGetSecretValue(aws, { SecretIdList }) {
    const SecretValues: unknown[] = [];
    const Errors: unknown[] = [];
    for (const SecretId of SecretIdList as string[]) {
      try {
        SecretValues.push(entryOf(aws, SecretId));
      } catch (refusal) {
        const { name, message } = refusal as Refusal;
        Errors.push({ SecretId, ErrorCode: name, Message: message });
      }
    }
    // The order of the answer is not that of the question.
    return { SecretValues: SecretValues.reverse(), Errors };
  },
  DescribeSecret(aws, { SecretId }) {
    const [name, secret] = [...aws.secrets].find(([one]) => one === SecretId) ?? [];
    if (!name) throw notFound;
    return { ARN: arnOf(name), Name: name, Tags: tagsOf(secret?.tags), ...(secret?.deleted && { DeletedDate: 1e9 }) };
  },
  ListSecrets(aws, { NextToken }) {
    const all = [...aws.secrets].filter(([, { deleted }]) => !deleted);
    const from = Number(NextToken ?? 0);
    const SecretList = all
      .slice(from, from + 2)
      .map(([Name, { tags }]) => ({ Name, ARN: arnOf(Name), Tags: tagsOf(tags) }));
    return { SecretList, ...(from + 2 < all.length && { NextToken: String(from + 2) }) };
  },
  GetParameter(aws, { Name }) {
    const [name = '', version] = String(Name).split(':');
    const Value = aws.parameters.get(name);
    if (Value === undefined) throw { name: 'ParameterNotFound' };
    return { Parameter: { Name: name, Value, Version: Number(version ?? 1) } };
  },
  GetParameters(aws, { Names }) {
    const names = Names as string[];
    const there = names.filter((name) => aws.parameters.has(name));
    return {
      Parameters: there.map((Name) => ({ Name, Value: aws.parameters.get(Name), Version: 1 })),
      InvalidParameters: names.filter((name) => !aws.parameters.has(name)),
    };
  },
  GetParametersByPath(aws, { Path, Recursive }) {
    const below = [...aws.parameters].filter(([name]) => {
      const rest = name.startsWith(`${Path}/`) ? name.slice(String(Path).length + 1) : '/';
      return Recursive || !rest.includes('/');
    });
    const under = below.filter(([name]) => name.startsWith(Path === '/' ? '/' : `${Path}/`));
    return { Parameters: under.map(([Name, Value]) => ({ Name, Value, Version: 1 })) };
  },
  AssumeRole: (aws, { RoleArn }) => credentials(aws, 'AssumeRole', String(RoleArn)),
  AssumeRoleWithWebIdentity: (aws, { RoleArn }) => credentials(aws, 'AssumeRoleWithWebIdentity', String(RoleArn)),
};

let issued = 0;

function credentials(aws: FakeAws, operation: string, arn: string): string {
  const expiration = new Date(Date.now() + aws.lifetimeMs).toISOString();
  const keys = `<AccessKeyId>ASIA${++issued}.${arn.split('/').pop()}</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>token-${issued}</SessionToken><Expiration>${expiration}</Expiration>`;
  return `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result><Credentials>${keys}</Credentials></${operation}Result></${operation}Response>`;
}

function parse({ headers, body }: Received): { operation: string; input: Record<string, unknown> } {
  const target = headers['x-amz-target'];
  if (target) return { operation: String(target).split('.')[1] ?? '', input: JSON.parse(body) };
  const input = Object.fromEntries(new URLSearchParams(body));
  return { operation: input.Action ?? '', input };
}

function refuse(
  response: ServerResponse,
  { name, status = 400, message = 'refused', headers = {} }: Refusal,
  isXml: boolean,
) {
  response.writeHead(status, { 'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.1', ...headers });
  if (!isXml) return response.end(JSON.stringify({ __type: name, message, Message: message }));
  return response.end(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );
}

/** Starts one. What it holds may be changed at any time. */
export async function fakeAws(): Promise<FakeAws> {
  const server: Loopback = await loopback((request, response) => {
    const { operation, input } = parse(request);
    const accessKeyId = /Credential=([^/]+)/.exec(String(request.headers.authorization ?? ''))?.[1] ?? '';
    aws.calls.push({ operation, input, accessKeyId });
    if (aws.silent.has(operation)) return;
    const isXml = !request.headers['x-amz-target'];
    const planned = aws.refusals.get(operation);
    const refusal = typeof planned === 'function' ? planned() : planned;
    if (refusal) return void refuse(response, refusal, isXml);
    try {
      const answer = operations[operation]?.(aws, input);
      if (answer === undefined) return void refuse(response, { name: 'UnknownOperationException' }, isXml);
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
      response.writeHead(200, { 'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.1' }).end(text);
    } catch (thrown) {
      refuse(response, thrown as Refusal, isXml);
    }
  });
  const aws: FakeAws = {
    url: server.url,
    secrets: new Map(),
    parameters: new Map(),
    refusals: new Map(),
    silent: new Set(),
    lifetimeMs: 3_600_000,
    calls: [],
    requests: server.requests,
    get connections() {
      return server.connections;
    },
    close: () => server.close(),
  };
  return aws;
}
