// Keys to sign requests with: static ones, a service account's role, or the SDK's chain; then the roles to assume, one after another.

import { utf8Text } from '../../../src/encoding/bytes.ts';
import type { AwsProvider } from '../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import type { Lease } from '../fetch/session.ts';
import type { KeySelector, References } from '../references.ts';
import { StoreError } from '../store.ts';
import { type AwsStoreProvider, awsError, refusedBy, titles } from './refusals.ts';
import type { AwsKeys, AwsSdk, StsCredentials } from './sdk.ts';
import type { AssumedRole } from './settings.ts';

/** Where keys come from. */
export interface KeySource {
  /** What tells this source from others, without anything secret. */
  readonly identity: readonly unknown[];
  /** What tells it from others and is secret: only ever digested. */
  readonly secrets: readonly SecretBytes[];
  /** Keys that are valid now. Throws `StoreError`. */
  open(signal: AbortSignal): Promise<Lease<AwsKeys>>;
}

export interface KeySourceOptions {
  sdk: AwsSdk;
  provider: AwsStoreProvider;
  region: string;
  references: References;
  now: () => Date;
  signal: AbortSignal;
}

// Trust policies may name the reference's session, so it stays when a cluster moves over.
const webIdentitySession = 'external-secrets-provider-aws';
const roleSession = 'sealwright';
const defaultAudience = 'sts.amazonaws.com';

/** The first keys of a store, before any role. Secrets and the service account are read here, once. Throws `StoreError`. */
export async function firstKeys({ auth }: Pick<AwsProvider, 'auth'>, options: KeySourceOptions): Promise<KeySource> {
  if (auth?.jwt) return webIdentity(auth.jwt, options);
  if (auth?.secretRef) return staticKeys(auth.secretRef, options);
  return { identity: ['default'], secrets: [], open: (signal) => defaultKeys(options, signal) };
}

/** `source` followed by the roles. Nothing is assumed before `open`. */
export function assuming(source: KeySource, roles: readonly AssumedRole[], options: KeySourceOptions): KeySource {
  if (roles.length === 0) return source;
  return {
    identity: [...source.identity, roles.map(({ tags, ...role }) => [role, Object.entries(tags).sort()])],
    secrets: source.secrets,
    async open(signal) {
      let lease = await source.open(signal);
      for (const role of roles) lease = await assume(role, lease.value, options, signal);
      return lease;
    },
  };
}

async function staticKeys(
  secretRef: NonNullable<NonNullable<AwsProvider['auth']>['secretRef']>,
  { references, provider, signal }: KeySourceOptions,
): Promise<KeySource> {
  const { accessKeyIDSecretRef, secretAccessKeySecretRef, sessionTokenSecretRef } = secretRef;
  const get = async (selector: KeySelector) =>
    utf8Text((await references.secret(selector, { signal })).reveal()).trim();
  if (!accessKeyIDSecretRef || !secretAccessKeySecretRef) {
    const message = `${titles[provider]}: auth.secretRef needs accessKeyIDSecretRef and secretAccessKeySecretRef`;
    throw new StoreError('Invalid', message, { provider });
  }
  const [accessKeyId, secretAccessKey, sessionToken] = await Promise.all([
    get(accessKeyIDSecretRef),
    get(secretAccessKeySecretRef),
    sessionTokenSecretRef && get(sessionTokenSecretRef),
  ]);
  const value = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  const secret = new SecretBytes(new TextEncoder().encode(JSON.stringify(value)));
  return { identity: ['static'], secrets: [secret], open: async () => ({ value }) };
}

async function webIdentity(
  { serviceAccountRef }: NonNullable<NonNullable<AwsProvider['auth']>['jwt']>,
  { sdk, provider, region, references, now, signal: resolving }: KeySourceOptions,
): Promise<KeySource> {
  const invalid = (message: string, hint?: string) =>
    new StoreError('Invalid', `${titles[provider]}: ${message}`, { provider, ...(hint && { hint }) });
  if (!serviceAccountRef) throw invalid('auth.jwt needs serviceAccountRef');
  const { metadata } = await references.serviceAccount(serviceAccountRef, resolving);
  const annotations = metadata.annotations ?? {};
  const arn = annotations['eks.amazonaws.com/role-arn'];
  const account = `${metadata.namespace}/${metadata.name}`;
  if (!arn) {
    throw invalid(`service account '${account}' names no role`, 'annotate it with eks.amazonaws.com/role-arn');
  }
  const audience = annotations['eks.amazonaws.com/audience'] || defaultAudience;
  const audiences = [audience, ...(serviceAccountRef.audiences ?? [])];
  const doing = `assuming the role '${arn}' as service account '${account}'`;
  return {
    identity: ['web-identity', account, metadata.uid, arn, audiences],
    secrets: [],
    async open(signal) {
      const token = await references.serviceAccountToken(serviceAccountRef, { audiences, signal });
      const subject = { provider, doing, action: 'sts:AssumeRoleWithWebIdentity' };
      const input = { RoleArn: arn, RoleSessionName: webIdentitySession, WebIdentityToken: utf8Text(token.reveal()) };
      try {
        const { Credentials } = await sdk.assumeRoleWithWebIdentity({ provider, region }, input, signal);
        return leaseOf(Credentials, subject, now());
      } catch (error) {
        signal.throwIfAborted();
        throw refusedBy(error, subject, now());
      }
    },
  };
}

async function defaultKeys(
  { sdk, provider, region, now }: KeySourceOptions,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const subject = { provider, doing: "looking for the controller's own credentials", action: 'sts:AssumeRole' };
  try {
    const value = await sdk.defaultKeys({ provider, region });
    return { value, lifetimeMs: lifetimeOf(value.expiration, now()) };
  } catch (error) {
    signal.throwIfAborted();
    throw refusedBy(error, subject, now());
  }
}

async function assume(
  { arn, externalId, tags, transitiveTagKeys }: AssumedRole,
  keys: AwsKeys,
  { sdk, provider, region, now }: KeySourceOptions,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const subject = { provider, doing: `assuming the role '${arn}'`, action: 'sts:AssumeRole' };
  const sessionTags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const input = {
    RoleArn: arn,
    RoleSessionName: roleSession,
    ...(externalId && { ExternalId: externalId }),
    ...(sessionTags.length > 0 && { Tags: sessionTags }),
    ...(transitiveTagKeys.length > 0 && { TransitiveTagKeys: [...transitiveTagKeys] }),
  };
  try {
    const { Credentials } = await sdk.assumeRole({ provider, region, keys }, input, signal);
    return leaseOf(Credentials, subject, now());
  } catch (error) {
    signal.throwIfAborted();
    throw refusedBy(error, subject, now());
  }
}

function leaseOf(
  credentials: StsCredentials | undefined,
  subject: { provider: AwsStoreProvider; doing: string },
  now: Date,
): Lease<AwsKeys> {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey) throw awsError('Unavailable', subject, 'AWS answered without keys');
  const value = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken && { sessionToken: SessionToken }),
    ...(Expiration && { expiration: Expiration }),
  };
  return { value, lifetimeMs: lifetimeOf(Expiration, now) };
}

// Where our clock is wrong, keys that are good look spent: without a floor each request would ask for others.
const shortestLifeMs = 60_000;

const lifetimeOf = (expiration: Date | undefined, now: Date) =>
  expiration && Math.max(shortestLifeMs, expiration.getTime() - now.getTime());
