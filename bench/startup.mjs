// How long a command takes to start: beside Node itself, which is the floor, and beside kubeseal.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { part } from '../test/e2e/tools/build.mjs';
import { ms, times } from './support/figures.mjs';
import { makeKeyPair } from './support/keys.mjs';
import { secret, yaml } from './support/manifests.mjs';
import { interleaved } from './support/processes.mjs';

/** @type {import('./run.mjs').Benchmark} */
export async function startup({ program, folder, quick }) {
  const cert = join(folder, 'startup.crt');
  const file = join(folder, 'startup.yaml');
  await writeFile(cert, (await makeKeyPair()).certificate);
  await writeFile(file, yaml(secret('db', 'shop')));
  const rounds = quick ? 10 : 40;
  const node = process.execPath;
  const took = interleaved(
    {
      floor: [node, '-e', '0'],
      version: [node, program, '--version'],
      seal: [node, program, '--cert', cert, file],
      kubeseal: [await part('kubeseal'), '--cert', cert, '-f', file],
    },
    rounds,
  );
  const reference = `\`node -e 0\` ${ms(took.floor)}, kubeseal ${ms(took.kubeseal)} (same run)`;
  const row = (/** @type {string} */ what, /** @type {number} */ ours, /** @type {string} */ aim) => ({
    what: `${what}, median of ${rounds}`,
    ours: ms(ours),
    reference,
    ratio: `${times(ours, took.floor)} of Node`,
    aim,
  });
  return [
    row('`seal --version`', took.version, '≤ 1.5 ×'),
    row('seal one 4-key Secret from a file', took.seal, '≤ 2 ×'),
  ];
}
