// A repository of its own for each test, and Git and our own view of it.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Files } from '../../cli/files.ts';
import { openGit } from '../../cli/git.ts';
import { Folder } from './harness.ts';

/** What tests of the file begin with: an empty repository, anew for each. */
export function gitFolder() {
  let current: Folder;
  beforeEach(async () => {
    current = new Folder();
    rmSync(join(current.path, 'certs'), { recursive: true });
    rmSync(join(current.path, 'keys'), { recursive: true });
    await git('init', '-q', '-b', 'main');
  });
  afterEach(() => current.remove());
  const run: Folder['run'] = (program, args, given) => current.run(program, args, given);
  const folder = {
    get path() {
      return current.path;
    },
    run,
  };

  /** What commands have of the outside, with `cwd` and variables as a hook would have them. */
  function context({ cwd = folder.path, env = {} }: { cwd?: string; env?: Record<string, string> } = {}) {
    return { cwd, env: { HOME: folder.path, ...env }, files: new Files({ cwd, random: () => 'x' }), run };
  }

  const git = (...args: string[]) => current.git(...args);
  const write = (name: string, content = name) => current.write(name, content);
  const open = () => openGit(folder.path, context());
  return { folder, context, git, write, open };
}
