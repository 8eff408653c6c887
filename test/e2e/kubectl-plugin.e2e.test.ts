// `kubectl seal`: the real kubectl finds the command, and asks it what may come next.

import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/version.ts';
import { titled } from '../support/missing.ts';
import { run } from './support/program.mjs';
import { MissingPart, part } from './tools/build.mjs';

const dist = resolve(import.meta.dirname, '../../dist');
const found = await part('kubectl').catch((error: unknown) => {
  if (!(error instanceof MissingPart) || process.env.SEALWRIGHT_E2E === 'required') throw error;
  return error;
});
const [kubectl, missing] = typeof found === 'string' ? [found, undefined] : ['', found.message];

describe.skipIf(missing)(titled('kubectl', missing), () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealwright-plugin-'));
  beforeAll(() => {
    for (const [name, file] of [
      ['kubectl-seal', 'seal.cjs'],
      ['kubectl_complete-seal', 'kubectl-complete.cjs'],
    ] as const) {
      // As npm does when it installs them.
      chmodSync(join(dist, file), 0o755);
      symlinkSync(join(dist, file), join(folder, name));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const call = (...args: string[]) => {
    const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter), KUBECONFIG: '/dev/null' };
    return run(kubectl, args, { env, cwd: folder });
  };

  it('runs seal as its plugin', async () => {
    expect(await call('seal', '--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('completes its commands, and offers files beside them', async () => {
    const { stdout } = await call('__complete', 'seal', 'unse');
    expect(stdout).toMatch(/^unset\t.+\nunseal\t.+\n:0\n$/);
  });

  it('completes values, and no files beside them', async () => {
    expect((await call('__complete', 'seal', '--scope', 'n')).stdout).toBe('namespace-wide\n:4\n');
  });
});
