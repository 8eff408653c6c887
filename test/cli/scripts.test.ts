// Plays every text script of `scripts/`.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { clusterFolder } from './cluster-folder.ts';
import { Folder } from './harness.ts';
import { parseScript, play, type Stage } from './script.ts';
import { smallKubectl } from './small-kubectl.ts';

const scripts = join(import.meta.dirname, 'scripts');

describe('stories', () => {
  for (const name of readdirSync(scripts).sort()) {
    test(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      const script = parseScript(readFileSync(join(scripts, name), 'utf8'));
      await (script.needsCluster ? onCluster : alone)((stage) => play(script, stage));
    });
  }
});

async function alone(work: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = new Folder();
  await work({ folder }).finally(() => folder.remove());
}

async function onCluster(work: (stage: Stage) => Promise<void>): Promise<void> {
  const { folder, kube, callOptions, close } = await clusterFolder();
  const kubectl = (argv: readonly string[]) => smallKubectl(argv, { kube, folder });
  await work({ folder, kubectl, options: callOptions }).finally(close);
}
