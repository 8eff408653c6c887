// The one table from what was thrown to how the object stands and when it is looked at again.

import { isSealError, type SealError } from '../../src/errors.ts';
import { isApiError } from '../../src/kube/errors.ts';
import { adviceOf, type Reason } from '../../src/kube/reasons.ts';
import type { Result, Stalled, Waiting } from '../engine/outcome.ts';
import type { Verdict } from '../status/conditions.ts';

/** How a failed look ends. */
export interface Failure {
  verdict: Verdict;
  result: Result;
  /** Fields of the status beside the conditions. Default: as they are. */
  fields?: Readonly<Record<string, unknown>>;
  /** The controller's own fault: to be logged. */
  isBug?: boolean;
}

const stalled = (reason: string, message: string): Failure => ({
  verdict: {
    ready: 'False',
    reason,
    message,
    beside: 'Stalled',
    ...(reason === 'Drifted' && { notes: { Drifted: message } }),
  },
  result: { next: 'rest' },
});

const trying = (ready: 'False' | 'Unknown', reason: Reason, message: string, afterMs?: number): Failure => ({
  verdict: { ready, reason, message, beside: 'Reconciling' },
  result: { next: 'retry', ...(afterMs !== undefined && { afterMs }) },
});

/** Never throws, and never lets the text of an error through that is not ours. */
export function failureOf(error: unknown): Failure {
  if (!isSealError(error)) {
    return {
      ...trying('Unknown', 'InternalError', 'the controller failed unexpectedly; its log says where'),
      isBug: true,
    };
  }
  if (isStalled(error)) return stalled(error.reason, textOf(error));
  if (isWaiting(error)) {
    const { reason, afterMs } = error;
    return {
      verdict: { ready: 'Unknown', reason, message: textOf(error), beside: 'Reconciling' },
      result: { next: 'again', afterMs },
    };
  }
  return isApiError(error) ? apiFailure(error) : sealFailure(error);
}

const isStalled = (error: SealError): error is Stalled => error.code === 'STALLED';
const isWaiting = (error: SealError): error is Waiting => error.code === 'WAITING';

/** Message and advice in one sentence, as a condition shows it. */
export function textOf({ message, hints }: SealError): string {
  return hints.length > 0 ? `${message}; ${hints.join('; ')}` : message;
}

/** As `textOf`; an error without advice of its own gets what helps against the reason. */
export const advised = (error: SealError, reason: Reason): string =>
  error.hints.length > 0 ? textOf(error) : `${error.message}; ${adviceOf(reason)}`;

function apiFailure(error: SealError & { status: number; retryAfterMs: number | undefined }): Failure {
  const { status, retryAfterMs } = error;
  if (status === 409) return trying('Unknown', 'Conflict', advised(error, 'Conflict'));
  if (status === 401) return trying('Unknown', 'ApiUnavailable', advised(error, 'ApiUnavailable'));
  if (status === 403) return trying('False', 'Forbidden', advised(error, 'Forbidden'));
  // The namespace may be on its way: a GitOps engine creates it in the same breath.
  if (status === 404) return trying('Unknown', 'ApiUnavailable', advised(error, 'ApiUnavailable'));
  // 408 and 410 come from what stands before the API server, or from one that has lost its place: neither is about the object.
  if ([0, 408, 410, 429].includes(status) || status >= 500) {
    return trying('Unknown', 'ApiUnavailable', advised(error, 'ApiUnavailable'), retryAfterMs);
  }
  return stalled('Rejected', textOf(error));
}

const reasonsByCode: Readonly<Record<string, Reason>> = {
  NO_KEY_OPENS: 'CannotOpen',
  VALUE_DAMAGED: 'ValueDamaged',
};

function sealFailure(error: SealError): Failure {
  const isTemplate = error.code.startsWith('TEMPLATE');
  return stalled(reasonsByCode[error.code] ?? (isTemplate ? 'TemplateError' : 'InvalidSpec'), textOf(error));
}
