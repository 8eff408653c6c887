// The real `cli/main.ts` as one file, for tests that need a process.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** A built program. */
export interface Program {
  path: string;
  remove(): void;
}

/** Builds it into a folder of its own; seconds. */
export async function buildProgram(): Promise<Program> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const built = mkdtempSync(join(cache, 'program-'));
  const path = join(built, 'seal.cjs');
  const entry = { absWorkingDir: root, entryPoints: ['cli/main.ts'], outfile: path };
  await build({ ...entry, bundle: true, platform: 'node', format: 'cjs', packages: 'external', logLevel: 'error' });
  return { path, remove: () => rmSync(built, { recursive: true, force: true }) };
}
