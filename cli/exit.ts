// How a call ends: the one table from outcome to exit code.

import { type ErrorOutcome, isSealError, SealError } from '../src/errors.ts';

/** Exit codes of every command but `seal kubeseal`, which keeps the reference's 0, 1 and 2. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  finding: 3,
  unreachable: 4,
  interrupted: 130,
} as const;

/** The exit code that an error thrown by a command asks for. */
export function exitCodeOf(error: unknown): number {
  const outcome: ErrorOutcome = isSealError(error) ? error.outcome : 'failed';
  return exitCodes[outcome];
}

/** Ends a call with the code for findings and not another word: what was found stands on standard output. */
export class Found extends SealError {
  override readonly outcome: ErrorOutcome = 'finding';
  constructor() {
    super('FOUND', 'the check found something');
  }
}
