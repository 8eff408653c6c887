// Fails when the checks before it left the work tree other than the last commit: something generated was not committed. Links are
// no part of the tree: where they lead to is not in it.

import { execFileSync } from 'node:child_process';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' });

const changes = git('status', '--porcelain');
if (changes !== '') {
  console.error(`the work tree differs from the last commit:\n${changes}commit what was generated, or ignore it`);
  process.exitCode = 1;
}
for (const [, link] of git('ls-files', '--stage').matchAll(/^120000 [^\t]*\t(.*)$/gm)) {
  console.error(`${link} is a symbolic link: commit what it leads to, or take it out`);
  process.exitCode = 1;
}
