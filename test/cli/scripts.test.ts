// Plays every text script of `scripts/`.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { clusterFolder } from './cluster-folder.ts';
import { Folder } from './harness.ts';
import { putOnPath } from './on-path.ts';
import { buildProgram, type Program } from './program.ts';
import { parseScript, play, type Script, type Stage } from './script.ts';
import { online, sealingCluster } from './sealing-cluster.ts';
import { smallKubectl } from './small-kubectl.ts';

const scripts = join(import.meta.dirname, 'scripts');

describe('stories', () => {
  // Hooks are processes of Git's own, and call the program that is on the PATH.
  let program: Promise<Program> | undefined;
  afterAll(async () => (await program)?.remove());

  for (const name of readdirSync(scripts).sort()) {
    test(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      const script = parseScript(readFileSync(join(scripts, name), 'utf8'));
      if (runsHooks(script)) program ??= buildProgram();
      const built = runsHooks(script) ? await program : undefined;
      await stages[script.cluster ?? 'none']((stage) => {
        if (built) stage.folder.searchPath = putOnPath(built, stage.folder);
        return play(script, stage);
      });
    });
  }
});

function runsHooks({ steps }: Script): boolean {
  return steps.some(({ command }) => /^git .*\bcommit\b/.test(command));
}

type Work = (stage: Stage) => Promise<void>;

const stages = { none: alone, cluster: onCluster, 'cluster with keys old and newest': onSealingCluster } as const;

async function alone(work: Work): Promise<void> {
  const folder = new Folder();
  await work({ folder }).finally(() => folder.remove());
}

async function onCluster(work: Work): Promise<void> {
  const { folder, kube, callOptions, close } = await clusterFolder();
  const kubectl = (argv: readonly string[]) => smallKubectl(argv, { kube, folder });
  await work({ folder, kubectl, options: callOptions }).finally(close);
}

async function onSealingCluster(work: Work): Promise<void> {
  const { folder, close } = await sealingCluster('ours');
  const options = { ...online, env: { KUBECONFIG: join(folder.path, 'kubeconfig') } };
  await work({ folder, options }).finally(close);
}
