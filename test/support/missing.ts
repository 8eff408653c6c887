// What this machine lacks for a test: a skipped one says what.

import { spawnSync } from 'node:child_process';

/** The first of these programs that is not installed, in words; undefined where all are. */
export function missingProgram(...programs: readonly string[]): string | undefined {
  const missing = programs.find((one) => spawnSync(one, ['--version'], { stdio: 'ignore' }).error !== undefined);
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** Why a file that may not be read cannot be had; undefined where it can. */
export const mayReadAll = process.getuid?.() === 0 ? 'root may read everything' : undefined;

/** A test's title with why it is skipped, where it is. */
export const titled = (title: string, missing: string | undefined) =>
  missing === undefined ? title : `${title} (skipped: ${missing})`;
