// The README's tour, run as it stands: every block marked `tour`, in order, in an empty folder, with the built command.

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeOnCluster, eventually, type Program, run, start } from './support/real.ts';

const root = resolve(import.meta.dirname, '../..');

/** The shell text of each block of the tour, and whether it keeps running beside the others. */
function tour(): { script: string; isBackground: boolean }[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```sh tour( background)?\n([\s\S]*?)^```$/gm)].map(([, background, script = '']) => ({
    script,
    isBackground: background !== undefined,
  }));
}

describeOnCluster('the tour of the README', (cluster) => {
  const folder = mkdtempSync(join(tmpdir(), 'sealwright-tour-'));
  const programs: Program[] = [];
  afterAll(async () => {
    for (const program of programs) await program.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('works as it is written', async () => {
    symlinkSync(join(root, 'dist', 'seal.cjs'), join(folder, 'seal'));
    chmodSync(join(root, 'dist', 'seal.cjs'), 0o755);
    const { PATH = '' } = process.env;
    const env = { ...process.env, PATH: [folder, dirname(cluster.kubectlPath), PATH].join(delimiter), HOME: folder };
    const blocks = tour();
    const background = blocks.filter(({ isBackground }) => isBackground);
    expect(blocks.length - background.length).toBeGreaterThanOrEqual(3);

    for (const { script } of background) {
      programs.push(await start('bash', ['-c', `exec ${script.trim()}`], { name: 'tour', env, cwd: folder }));
    }
    await eventually(() => existsSync(join(folder, 'dev.kubeconfig')), { what: 'the kubeconfig of seal dev' });

    const file = join(folder, 'tour.sh');
    const shown = blocks.filter(({ isBackground }) => !isBackground).map(({ script }) => script);
    writeFileSync(file, ['set -euo pipefail', ...shown].join('\n'));
    const { stdout, stderr, code } = await run('bash', [file], { env, cwd: folder, timeoutMs: 60_000 });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('sealedsecret.bitnami.com/db-credentials condition met');
    expect(stdout).toMatch(/admin/);
    expect(readFileSync(join(folder, 'db-credentials.yaml'), 'utf8')).not.toContain('correct-horse');
  });
});
