// From the answers of a Vault server to our error classes; what the server wrote is read, never repeated.

import type { SealErrorOptions } from '../../../src/errors.ts';
import { parseRetryAfter } from '../../../src/kube/retry-after.ts';
import { StoreError, type StoreErrorClass, type StoreErrorSubject } from '../store.ts';
import type { Answer, NoAnswer } from './transport.ts';

/** What an exchange was about, in the user's words. */
export interface Subject {
  /** Such as `reading 'db/password'` or `logging in by kubernetes`. */
  doing: string;
  key?: string | undefined;
  /** The path asked for, such as `secret/data/db`. */
  path: string;
  /** The server's address. */
  server: string;
}

/** A `StoreError` of this provider. */
export function vaultError(
  errorClass: StoreErrorClass,
  message: string,
  facts: SealErrorOptions & {
    key?: string | undefined;
    retryAfterMs?: number | undefined;
    about?: StoreErrorSubject | undefined;
  } = {},
): StoreError {
  return new StoreError(errorClass, message, { ...facts, provider: 'vault' });
}

/** The error of an exchange that brought no answer. */
export function unanswered(error: NoAnswer, { doing, key }: Subject): StoreError {
  const needsPerson = error.code === 'redirected' || error.code === 'too-large';
  const hint = hints[error.code];
  return vaultError(needsPerson ? 'Invalid' : 'Unavailable', `vault: ${doing}: ${error.message}${detail(error)}`, {
    key,
    ...(hint && { hint }),
    ...(error.code === 'tls' && { about: 'trust' }),
  });
}

const detail = ({ code, detail }: NoAnswer) => (code === 'tls' && detail ? ` (${detail})` : '');

const hints: Partial<Record<NoAnswer['code'], string>> = {
  tls: 'the authority of its certificate goes into caBundle or caProvider of the store',
  redirected: 'name the server that answers by itself, or let its standby nodes forward requests',
};

/** The error of an answer that is neither a value nor told apart by its body (`kv.ts`, `login.ts`). */
export function refused(answer: Answer, { doing, key, path, server }: Subject, now: Date): StoreError {
  const { status } = answer;
  const error = (
    errorClass: StoreErrorClass,
    what: string,
    facts: SealErrorOptions & { retryAfterMs?: number | undefined; about?: StoreErrorSubject } = {},
  ) => vaultError(errorClass, `vault: ${doing}: ${what}`, { key, ...facts });
  if (status === 401 || status === 403) {
    const hint = `a policy of its token has to allow 'read' on ${path}`;
    return error('Denied', `permission denied on ${path}`, { hint });
  }
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], now);
  if (status === 429) return error('Throttled', `${server} asks for fewer requests`, { retryAfterMs });
  if (status === 412) return error('Unavailable', `${server} has not caught up with the login yet`);
  if (status === 503 || status === 501)
    return error('Unavailable', `${server} is ${condition(answer)}`, { retryAfterMs });
  if (status >= 500 || status === 472 || status === 473) {
    return error('Unavailable', `${server} answered with status ${status}`, { retryAfterMs });
  }
  if (status === 404)
    return error('Invalid', `there is no engine at ${path}, or no such namespace`, { about: 'engine' });
  if (status === 405) return error('Invalid', `${path} does not support the operation`);
  return error('Invalid', `${server} answered ${path} with status ${status}`);
}

function condition({ status, text }: Answer): string {
  if (status === 501) return 'not initialised';
  // OpenBao seals namespaces one by one.
  if (/namespace is sealed/i.test(text)) return 'up, but the namespace is sealed';
  return /\bsealed\b/i.test(text) ? 'sealed' : 'not ready: sealed, or without an active node';
}
