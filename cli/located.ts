// Errors told again with more: where it happened, or one more way out.

import { isSealError, SealError } from '../src/errors.ts';

/** The same error with `where: ` in front of its message, unless it names that file already. Anything foreign stays as it is. */
export function located(error: unknown, where: string): unknown {
  const file = where.replace(/:\d+$/, '');
  if (!isSealError(error) || error.message.startsWith(`${file}:`) || error.message.startsWith(`${file} `)) return error;
  const { code, message, hints, outcome } = error;
  return Object.assign(new SealError(code, `${where}: ${message}`, { hint: hints, cause: error }), { outcome });
}

/** The same error with one more hint. Anything foreign stays as it is. */
export function hinted(error: unknown, hint: string): unknown {
  if (!isSealError(error)) return error;
  const { code, message, hints, outcome } = error;
  return Object.assign(new SealError(code, message, { hint: [...hints, hint], cause: error }), { outcome });
}
