// The one error base: a stable code for programs, one lower-case phrase for people, hints for the way out.

/** What a `SealError` carries beside its message. */
export interface SealErrorOptions {
  /** Advice, one line each, naming the flag or command that helps. Never a secret value. */
  hint?: string | readonly string[];
  /** The error that led here; shown with `--debug` only. */
  cause?: unknown;
}

/** How the command ends when an error of this class reaches the top; `cli/exit.ts` maps it to a number. */
export type ErrorOutcome = 'failed' | 'usage' | 'finding' | 'unreachable';

const brand = Symbol.for('sealwright.error');

/** Base of every error meant for people. The message is one lower-case phrase that names the thing and never a value. */
export class SealError extends Error {
  /** Stable and documented, for programs: `SCREAMING_SNAKE`. */
  readonly code: string;
  readonly hints: readonly string[];
  readonly outcome: ErrorOutcome = 'failed';
  // The command and its lazily loaded parts are separate bundles, so class identity cannot tell ours from others.
  readonly [brand] = true;

  constructor(code: string, message: string, { hint = [], cause }: SealErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hints = typeof hint === 'string' ? [hint] : hint;
  }
}

/** The call itself was wrong: flags, arguments, combinations. */
export class UsageError extends SealError {
  override readonly outcome: ErrorOutcome = 'usage';
  constructor(message: string, options?: SealErrorOptions) {
    super('USAGE', message, options);
  }
}

/** Bytes or text that are not what their format says. */
export class FormatError extends SealError {}

/** A sealed value that no key opens, or that is damaged. Opaque on purpose: it never says which check failed. */
export class OpenError extends SealError {}

/** A certificate that cannot be used to seal. */
export class CertificateError extends SealError {}

/** Whether `error` is one of ours, whichever bundle made it. */
export function isSealError(error: unknown): error is SealError {
  return typeof error === 'object' && error !== null && brand in error;
}

/** The message of anything thrown, for wrapping outward. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
