// Plays the text scripts that need a cluster: the embedded one with our controller, its keys `old` and `newest` in the folder.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { parseScript, play } from './script.ts';
import { type SealingCluster, sealingCluster } from './sealing-cluster.ts';

const scripts = join(import.meta.dirname, 'cluster-scripts');

describe('stories with a cluster', () => {
  let at: SealingCluster;
  beforeEach(async () => {
    at = await sealingCluster('ours');
  });
  afterEach(() => at.close());

  for (const name of readdirSync(scripts).sort()) {
    test(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      await play(parseScript(readFileSync(join(scripts, name), 'utf8')), { folder: at.folder });
    });
  }
});
