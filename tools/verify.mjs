// The one gate: format, lint, types (with and without Node), layers, tests, generated files, the package; then a clean tree.

import { spawnSync } from 'node:child_process';

const steps = [
  ['format and lint', ['npx', 'biome', 'ci', '--error-on-warnings', '.']],
  ['types', ['npx', 'tsc', '-p', 'tsconfig.json']],
  ['types without Node', ['npx', 'tsc', '-p', 'tsconfig.browser.json']],
  ['layers', ['node', 'tools/layers.mjs']],
  ['tests', ['npm', 'test', '--silent']],
  ['generated files', ['node', 'tools/generate.mjs', '--check']],
  ['package', ['node', 'tools/package-check.mjs']],
  ['clean tree', ['node', 'tools/clean-tree.mjs']],
];

let failed = 0;
for (const [name, [command, ...args]] of steps) {
  const started = process.hrtime.bigint();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = Number((process.hrtime.bigint() - started) / 100_000_000n) / 10;
  if (status !== 0) failed += 1;
  console.log(`verify: ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
}
console.log(`verify: ${steps.length - failed} steps ok, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
