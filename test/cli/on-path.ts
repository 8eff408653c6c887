// The built program as `seal` on the PATH, for what other programs call.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Folder } from './harness.ts';
import type { Program } from './program.ts';

/** Puts `seal` into `bin` of the folder; the value of `PATH` that finds it there. */
export function putOnPath({ path: program }: Program, { path: folder }: Folder): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  writeFileSync(join(bin, 'seal'), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(program)} "$@"\n`);
  chmodSync(join(bin, 'seal'), 0o755);
  return `${bin}:${process.env.PATH ?? ''}`;
}
