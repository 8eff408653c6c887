// From what AWS refuses with to our error classes; what AWS wrote is never repeated, since it names request ids and callers.

import type { SealErrorOptions } from '../../../src/errors.ts';
import { parseRetryAfter } from '../../../src/kube/retry-after.ts';
import { isStoreError, type Provider, type ReadRequest, StoreError, type StoreErrorClass } from '../store.ts';

/** The stores that are AWS. */
export type AwsStoreProvider = Extract<Provider, `aws-${string}`>;

/** The name of a provider as people write it. */
export const titles = {
  'aws-secrets-manager': 'AWS Secrets Manager',
  'aws-parameter-store': 'AWS Parameter Store',
} as const satisfies Record<AwsStoreProvider, string>;

/** What a call was about, in the user's words. */
export interface AwsSubject {
  provider: AwsStoreProvider;
  /** Such as `reading 'db'` or `assuming the role 'arn:…'`. */
  doing: string;
  key?: string | undefined;
  /** The IAM action that would allow it, such as `secretsmanager:GetSecretValue`. */
  action: string;
}

/** What a provider's calls for one key are about. */
export function readingFrom(provider: AwsStoreProvider) {
  return ({ key }: ReadRequest, action: string): AwsSubject => ({ provider, doing: `reading '${key}'`, key, action });
}

/** A `StoreError` in this provider's words. */
export function awsError(
  errorClass: StoreErrorClass,
  { provider, doing, key }: Omit<AwsSubject, 'action'>,
  what: string,
  facts: SealErrorOptions & { retryAfterMs?: number | undefined } = {},
): StoreError {
  return new StoreError(errorClass, `${titles[provider]}: ${doing}: ${what}`, { ...facts, provider, key });
}

/** Credentials that AWS no longer takes: another set may help. */
export function isStale(error: unknown): boolean {
  return staleNames.has(nameOf(error));
}

/** Whether the very action is refused or unknown, whatever it is about. */
export function isActionRefused(error: unknown): boolean {
  const name = nameOf(error);
  if (accessNames.has(name) || unknownActionNames.has(name)) return true;
  // Gateways in front of AWS refuse without its words.
  return !answers[name] && [403, 501].includes(statusOf(error) ?? 0);
}

/** The `StoreError` of whatever a call of the SDK threw. `Throttled` carries Retry-After where the answer had one. */
export function refusedBy(error: unknown, subject: AwsSubject, now: Date): StoreError {
  if (isStoreError(error)) return error;
  const name = nameOf(error);
  const status = statusOf(error);
  const retryAfterMs = parseRetryAfter(retryAfterOf(error), now);
  if (throttleNames.has(name) || status === 429) {
    return awsError('Throttled', subject, 'AWS asks for fewer requests', { retryAfterMs });
  }
  const known = answers[name];
  if (known) return known(subject, error);
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    const hint = 'give the store credentials by auth.secretRef or auth.jwt, or the controller an identity';
    return awsError('Denied', subject, 'the controller has no AWS credentials of its own', { hint });
  }
  if (name === 'TimeoutError') return awsError('Unavailable', subject, 'AWS did not answer in time');
  if (status === undefined) return awsError('Unavailable', subject, `AWS was not reached (${codeOf(error)})`);
  if (status >= 500) return awsError('Unavailable', subject, `AWS answered with status ${status}`, { retryAfterMs });
  if (status === 403 || status === 401) return denied(subject, error);
  return awsError('Invalid', subject, `AWS refused it (${wordOf(name)})`);
}

/** The `StoreError` of one item of a batch, from its `ErrorCode`. */
export function refusedItem(code: string, message: string, subject: AwsSubject): StoreError {
  return refusedBy({ name: code, message, $metadata: { httpStatusCode: itemStatus(code) } }, subject, new Date(0));
}

type Answer = (subject: AwsSubject, error: unknown) => StoreError;

const denied: Answer = (subject) =>
  awsError('Denied', subject, 'access denied', { hint: `its identity has to be allowed ${subject.action}` });

const refusedKeys: Answer = (subject) => awsError('Denied', subject, 'AWS does not accept the credentials');

const refusedToken: Answer = (subject) =>
  awsError('Denied', subject, "AWS does not accept the service account's token", {
    hint: "the cluster's issuer has to be an identity provider of the account, trusted by the role",
  });

const notFound: Answer = (subject) => awsError('NotFound', subject, 'there is no such key or version');

const decryption: Answer = (subject) =>
  awsError('Denied', subject, 'its KMS key cannot be used', { hint: 'its identity has to be allowed kms:Decrypt' });

// The one state in which a read is refused so; any other cause of this exception belongs to writes.
const deleted: Answer = (subject) =>
  awsError('Deleted', subject, 'it is marked for deletion', { hint: 'restore it, or stop referring to it' });

const answers: Readonly<Record<string, Answer | undefined>> = {
  AccessDeniedException: denied,
  AccessDenied: denied,
  UnauthorizedOperation: denied,
  UnrecognizedClientException: refusedKeys,
  InvalidClientTokenId: refusedKeys,
  InvalidAccessKeyId: refusedKeys,
  InvalidSignatureException: refusedKeys,
  SignatureDoesNotMatch: refusedKeys,
  IncompleteSignature: refusedKeys,
  MissingAuthenticationToken: refusedKeys,
  MissingAuthenticationTokenException: refusedKeys,
  ExpiredToken: refusedKeys,
  ExpiredTokenException: refusedKeys,
  InvalidIdentityToken: refusedToken,
  InvalidIdentityTokenException: refusedToken,
  IDPRejectedClaim: refusedToken,
  IDPRejectedClaimException: refusedToken,
  ResourceNotFoundException: notFound,
  ParameterNotFound: notFound,
  ParameterVersionNotFound: notFound,
  InvalidResourceId: notFound,
  DecryptionFailure: decryption,
  InvalidKeyId: decryption,
  InvalidRequestException: deleted,
  InvalidParameterException: (subject, error) =>
    /marked for deletion/.test(messageOf(error))
      ? deleted(subject, error)
      : awsError('Invalid', subject, 'AWS refused it (InvalidParameterException)'),
};

const staleNames = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);
const accessNames = new Set(['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation']);
const unknownActionNames = new Set(['UnknownOperationException', 'InvalidAction', 'NotImplementedError']);
const throttleNames = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
]);
const unavailableNames = /^Internal|^Service(Unavailable|Failure)|InternalFailure/;

const itemStatus = (code: string) => (unavailableNames.test(code) ? 500 : 400);

// Names come from the server: only what looks like one is shown.
const wordOf = (name: string) => (/^[A-Za-z]{1,60}$/.test(name) ? name : 'for a reason we do not know');

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^[A-Z_]{3,40}$/.test(code) ? code : 'no answer';
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}

function retryAfterOf(error: unknown): string | undefined {
  const { $response } = (error ?? {}) as { $response?: { headers?: Record<string, string> } };
  return $response?.headers?.['retry-after'];
}
