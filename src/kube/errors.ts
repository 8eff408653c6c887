// The errors of talking to a cluster, and the questions that callers ask of them.

import { type ErrorOutcome, isSealError, SealError, type SealErrorOptions } from '../errors.ts';
import type { Resource } from './resources.ts';

/** What a call was about, for its error's message and for metrics. */
export interface CallSubject {
  /** RBAC's word: get, list, watch, create, update, patch, delete. */
  verb: string;
  /** The server's address without credentials or path. */
  server: string;
  /** Flags by which kubectl reaches the same server, as ` --context NAME`. Default: none are needed. */
  reach?: string | undefined;
  resource?: Resource | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
}

/** What the API server said, without its free text, which may quote the object that was sent. */
export interface ApiErrorFacts {
  /** HTTP status, or 0 when no answer came. */
  status: number;
  /** metav1.StatusReason such as `NotFound`, `AlreadyExists`, `Conflict`, `Expired`; ours where no answer came. */
  reason: string;
  /** When the server wants to be asked again. */
  retryAfterMs?: number | undefined;
  /** Which object, and which fields were at fault. */
  details?: { name?: string; group?: string; kind?: string; causes?: { reason?: string; field?: string }[] };
}

/** A call to the API server that failed. `outcome` is `unreachable` (exit 4) for no answer, 401 and 403. */
export class ApiError extends SealError {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly details: NonNullable<ApiErrorFacts['details']>;
  override readonly outcome: ErrorOutcome;

  constructor(code: string, message: string, facts: ApiErrorFacts, options?: SealErrorOptions) {
    super(code, message, options);
    this.status = facts.status;
    this.reason = facts.reason;
    this.retryAfterMs = facts.retryAfterMs;
    this.details = facts.details ?? {};
    this.outcome = [0, 401, 403].includes(facts.status) ? 'unreachable' : 'failed';
  }
}

/** No usable address or credentials for a cluster: kubeconfig, context, plugin, service account. */
export class ClusterConfigError extends SealError {
  override readonly outcome: ErrorOutcome = 'unreachable';
  constructor(message: string, options?: SealErrorOptions) {
    super('KUBE_CONFIG', message, options);
  }
}

/** Whether `error` is an answer, or the lack of one, from an API server; true across bundles. */
export function isApiError(error: unknown): error is ApiError {
  return isSealError(error) && 'status' in error && 'reason' in error;
}

const hasStatus = (status: number) => (error: unknown) => isApiError(error) && error.status === status;

/** The object, or the whole resource, is not there. */
export const isNotFound = hasStatus(404);
/** RBAC, admission or quota refused. */
export const isForbidden = hasStatus(403);
/** A resourceVersion or continue token that the server has forgotten. */
export const isGone = hasStatus(410);
/** The server does not accept the object (field validation, immutability). */
export const isInvalid = hasStatus(422);

/** The object changed meanwhile, a precondition failed or another manager owns a field; not "already exists". */
export function isConflict(error: unknown): boolean {
  return isApiError(error) && error.status === 409 && error.reason !== 'AlreadyExists';
}

/** Whether an object of that name is there already. */
export function isAlreadyExists(error: unknown): boolean {
  return isApiError(error) && error.status === 409 && error.reason === 'AlreadyExists';
}

/** The server does not know this resource: its CRD is not installed (yet). A missing object is not that. */
export function isMissingResource(error: unknown): boolean {
  return isApiError(error) && error.code === 'KUBE_NO_RESOURCE';
}
