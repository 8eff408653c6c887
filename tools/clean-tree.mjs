// Fails when the checks before it left the work tree other than the last commit: something generated was not committed.

import { execFileSync } from 'node:child_process';

const changes = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
if (changes !== '') {
  console.error(`the work tree differs from the last commit:\n${changes}commit what was generated, or ignore it`);
  process.exitCode = 1;
}
