// Plays every text script of `scripts/`.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { Folder } from './harness.ts';
import { parseScript, play } from './script.ts';

const scripts = join(import.meta.dirname, 'scripts');

describe('stories', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(() => folder.remove());

  for (const name of readdirSync(scripts).sort()) {
    test(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      await play(parseScript(readFileSync(join(scripts, name), 'utf8')), folder);
    });
  }
});
