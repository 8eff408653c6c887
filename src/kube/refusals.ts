// What a Kubernetes API server refuses, and what keeps us from reaching it, in the user's words.

import { ApiError, type ApiErrorFacts, type CallSubject } from './errors.ts';
import type { Status } from './objects.ts';
import type { Resource } from './resources.ts';

/** The error for an answer of 400 and above. `body` is what the server sent; only its structure is used. */
export function refusal(
  subject: CallSubject,
  answer: { status: number; body: Uint8Array; retryAfterMs?: number | undefined },
): ApiError {
  return statusError(subject, parseStatus(answer.body, answer.status), answer.retryAfterMs);
}

/** The error for a Status object, as an answer or inside a watch event of type ERROR. */
export function statusError(subject: CallSubject, status: Partial<Status>, retryAfterMs?: number): ApiError {
  const code = status.code ?? 500;
  const seconds = status.details?.retryAfterSeconds;
  const facts: ApiErrorFacts = {
    status: code,
    reason: status.reason || reasons[code] || 'Unknown',
    retryAfterMs: retryAfterMs ?? (typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : undefined),
    details: safeDetails(status.details),
  };
  const { name, message, hint } = describe(subject, facts, status.message ?? '');
  return new ApiError(name, message, facts, hint === undefined ? {} : { hint });
}

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function parseStatus(body: Uint8Array, code: number): Partial<Status> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status') {
      return { ...(parsed as Partial<Status>), code };
    }
  } catch {
    // Proxies and unknown paths answer in plain text; the number says enough.
  }
  return { code };
}

function safeDetails(details: Status['details'] = {}): NonNullable<ApiErrorFacts['details']> {
  const { name, group, kind, causes } = details;
  return {
    ...(name && { name }),
    ...(group && { group }),
    ...(kind && { kind }),
    // A cause's message quotes the offending value.
    ...(causes && {
      causes: causes.map(({ reason, field }) => ({ ...(reason && { reason }), ...(field && { field }) })),
    }),
  };
}

interface Description {
  name: string;
  message: string;
  hint?: string | string[];
}

function describe(subject: CallSubject, facts: ApiErrorFacts, said: string): Description {
  const what = objectName(subject);
  switch (facts.status) {
    case 401:
      return {
        name: 'KUBE_UNAUTHORIZED',
        message: `the cluster at ${subject.server} does not accept your credentials`,
        hint: 'log in again, or choose another context with --context',
      };
    case 403:
      return describeForbidden(subject, said);
    case 404:
      return describeMissing(subject, facts, what);
    case 409:
      return facts.reason === 'AlreadyExists'
        ? { name: 'KUBE_ALREADY_EXISTS', message: `${what} already exists` }
        : {
            name: 'KUBE_CONFLICT',
            message: `${what} was changed by someone else meanwhile${conflictingFields(facts)}`,
          };
    case 410:
      return { name: 'KUBE_GONE', message: `the cluster no longer remembers where ${verbing(subject)} ${what} began` };
    case 422:
      return {
        name: 'KUBE_INVALID',
        message: `the cluster does not accept ${what}${faults(facts)}${quoted(subject, said)}`,
      };
    case 429:
      return { name: 'KUBE_THROTTLED', message: `the cluster at ${subject.server} has too many requests` };
    default:
      return facts.status >= 500
        ? {
            name: 'KUBE_SERVER',
            message: `the cluster failed to ${subject.verb} ${what} (${facts.status} ${facts.reason})`,
          }
        : {
            name: 'KUBE_REFUSED',
            message: `the cluster refused to ${subject.verb} ${what} (${facts.status} ${facts.reason})${quoted(subject, said)}`,
          };
  }
}

function describeForbidden(subject: CallSubject, said: string): Description {
  // RBAC's own words (apiserver/pkg/endpoints/handlers/responsewriters, 1.36); admission plugins word theirs freely.
  const who = /User "([^"]*)" cannot \w+ resource/.exec(said)?.[1];
  const what = objectName(subject);
  if (who === undefined) {
    const { refuser, hint } = refusing(said);
    const message = `${refuser} forbids to ${subject.verb} ${what}${quoted(subject, said)}`;
    return { name: 'KUBE_FORBIDDEN', message, ...(hint !== undefined && { hint }) };
  }
  return {
    name: 'KUBE_FORBIDDEN',
    message: `${who} may not ${subject.verb} ${what}`,
    hint: subject.resource
      ? `ask for a role that allows it; to check: kubectl${subject.reach ?? ''} auth can-i ${subject.verb} ${qualified(subject.resource)}${inNamespace(subject)}`
      : 'ask for a role that allows it',
  };
}

// Who it is, and what helps where no right and no policy does.
function refusing(said: string): { refuser: string; hint?: string } {
  const webhook = /admission webhook "([^"]*)" denied/.exec(said)?.[1];
  if (webhook !== undefined) return { refuser: `the admission webhook ${webhook}` };
  const quota = /exceeded quota: ([^,\s]+)/.exec(said)?.[1];
  if (quota !== undefined) return { refuser: `the quota ${quota}`, hint: 'raise the quota, or make room in it' };
  if (!/because it is being terminated/.test(said)) return { refuser: 'the cluster' };
  return {
    refuser: 'a namespace that is being deleted',
    hint: 'nothing is made there until it is gone and there anew',
  };
}

function describeMissing(subject: CallSubject, facts: ApiErrorFacts, what: string): Description {
  // For an object, or the namespace to create it in, the server names what is missing; for an unknown resource it cannot.
  if (facts.details?.name === undefined && subject.resource !== undefined && subject.resource.group !== '') {
    return {
      name: 'KUBE_NO_RESOURCE',
      message: `the cluster at ${subject.server} has no ${qualified(subject.resource)} (${subject.resource.version})`,
      hint: 'install its custom resource definition first',
    };
  }
  const missing = facts.details?.kind === 'namespaces' ? `namespace ${facts.details.name}` : what;
  return { name: 'KUBE_NOT_FOUND', message: `${missing} is not in the cluster` };
}

function objectName({ resource, namespace, name }: CallSubject): string {
  if (!resource) return name ?? 'this';
  if (name === undefined) return `${qualified(resource)}${namespace ? ` in namespace ${namespace}` : ''}`;
  return `${resource.kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

const qualified = ({ group, plural }: Resource) => (group === '' ? plural : `${plural}.${group}`);
const inNamespace = ({ namespace }: CallSubject) => (namespace ? ` -n ${namespace}` : '');
const verbing = ({ verb }: CallSubject) => (verb === 'watch' ? 'the watch of' : 'the list of');

function faults({ details }: ApiErrorFacts): string {
  const words = (details?.causes ?? []).flatMap(({ field, reason = '' }) =>
    field ? [`${field} ${faultWords[reason] ?? 'is not valid'}`] : [],
  );
  return words.length > 0 ? `: ${[...new Set(words)].slice(0, 5).join(', ')}` : '';
}

// metav1.CauseType: the words beside it quote values, the type does not.
const faultWords: Record<string, string> = {
  FieldValueRequired: 'is required',
  FieldValueForbidden: 'may not be set or changed',
  FieldValueTooLong: 'is too long',
  FieldValueTooMany: 'has too many items',
  FieldValueDuplicate: 'is there twice',
  FieldValueNotSupported: 'is not one of the allowed values',
  FieldValueTypeInvalid: 'has the wrong type',
  FieldValueNotFound: 'names something that is not there',
};

function conflictingFields({ details }: ApiErrorFacts): string {
  const fields = details?.causes?.filter(({ reason }) => reason === 'FieldManagerConflict').map(({ field }) => field);
  return fields && fields.length > 0 ? ` (${fields.slice(0, 5).join(', ')})` : '';
}

// The server's free text helps with our own kinds, but about a Secret it may quote the Secret.
function quoted({ resource }: CallSubject, said: string): string {
  if (!resource || resource.plural === 'secrets' || said === '') return '';
  const line = said.split('\n', 1)[0] ?? '';
  return `: ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`;
}

/** The error for a call that got no answer: refused, reset, timed out, not trusted. */
export function unreachable(server: string, cause: unknown): ApiError {
  const code = rootCode(cause);
  const { reason, message, hint } = explain(server, code);
  const name = reason === 'NotTrusted' ? 'KUBE_NOT_TRUSTED' : 'KUBE_UNREACHABLE';
  return new ApiError(name, message, { status: 0, reason }, { cause, ...(hint && { hint }) });
}

/** The error for an answer that is not what was asked for, such as a proxy's page. `what` was expected. */
export function badData(server: string, what: string, cause?: unknown): ApiError {
  const message = `the cluster at ${server} sent something else than ${what}`;
  return new ApiError('KUBE_BAD_DATA', message, { status: 502, reason: 'BadData' }, { cause });
}

/** The `code` of the innermost error that has one: undici and Node wrap the telling one. */
export function rootCode(error: unknown): string {
  let code = '';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') code = at.code;
    // Happy Eyeballs gathers one error for each address.
    if (at instanceof AggregateError && at.errors.length > 0) code = rootCode(at.errors[0]) || code;
  }
  return code;
}

const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME|^ERR_SSL_|^ERR_OSSL_|EPROTO/;

/** Whether the handshake failed, so that a changed CA or client certificate may help. */
export function isHandshakeFailure(error: unknown): boolean {
  return untrusted.test(rootCode(error));
}

function explain(server: string, code: string): { reason: string; message: string; hint?: string } {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      reason: 'NotTrusted',
      message: `the certificate of ${server} is for another name`,
      hint: 'name the one it carries with --tls-server-name, or in the kubeconfig with tls-server-name',
    };
  }
  if (code === 'CERT_HAS_EXPIRED') return { reason: 'NotTrusted', message: `the certificate of ${server} has expired` };
  if (untrusted.test(code)) {
    return {
      reason: 'NotTrusted',
      message: `the certificate of ${server} is not trusted (${code})`,
      hint: 'give the authority with --certificate-authority FILE, or in the kubeconfig',
    };
  }
  const why = unreachableWords[code] ?? (code === '' ? '' : code);
  return {
    reason: 'Unreachable',
    message: `cannot reach the cluster at ${server}${why === '' ? '' : `: ${why}`}`,
    hint: 'check that it runs and that the context is right (--context, --kubeconfig)',
  };
}

const unreachableWords: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'connection closed',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'name lookup failed',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
  KUBE_TIMEOUT: 'no answer in time',
  KUBE_SILENT: 'the stream fell silent',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to the network',
};
