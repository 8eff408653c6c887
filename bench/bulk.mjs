// Sealing many: a thousand files in one call beside a thousand calls of kubeseal, and one stream of a thousand Secrets.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { part } from '../test/e2e/tools/build.mjs';
import { mb, median, ms, times } from './support/figures.mjs';
import { makeKeyPair } from './support/keys.mjs';
import { secrets, yaml, yamlStream } from './support/manifests.mjs';
import { peakMemory, timeCall } from './support/processes.mjs';

/** @type {import('./run.mjs').Benchmark} */
export async function files({ program, folder, quick }) {
  const count = quick ? 200 : 1000;
  const calls = count / 10;
  const cert = await certificateIn(folder);
  const all = secrets(count, 'shop');
  const plain = join(folder, 'plain');
  await mkdir(plain);
  await Promise.all(all.map((one) => writeFile(join(plain, `${one.metadata.name}.yaml`), yaml(one))));
  const kubeseal = await part('kubeseal');
  /** @type {{ ours: number[], theirs: number[] }} */
  const took = { ours: [], theirs: [] };
  // Nothing is removed in between: for minutes ext4 steps over every file that it has just deleted to make a new one.
  const copies = [1, 2, 3].map((round) => join(folder, `work-${round}`));
  for (const work of copies) await cp(plain, work, { recursive: true });
  for (const work of copies) {
    took.ours.push(timeCall([process.execPath, program, '-i', '--cert', cert, work]));
    let sum = 0;
    for (let i = 0; i < calls; i++) {
      sum += timeCall([kubeseal, '--cert', cert, '-o', 'yaml', '-f', join(plain, `db-${i}.yaml`)]);
    }
    took.theirs.push(sum * (count / calls));
  }
  const [ours, theirs] = [median(took.ours), median(took.theirs)];
  return [
    {
      what: `seal ${count} files × 4 values in one call, median of 3`,
      ours: ms(ours),
      reference: `${count} kubeseal calls ${ms(theirs)} (same run, ${calls} calls × ${count / calls}, median of 3)`,
      ratio: `${(theirs / ours).toFixed(1)} × faster`,
      aim: '≥ 8 × faster',
    },
  ];
}

/** @type {import('./run.mjs').Benchmark} */
export async function stream({ program, folder, quick }) {
  const count = quick ? 200 : 1000;
  const cert = await certificateIn(folder);
  const input = yamlStream(secrets(count, 'shop'));
  const call = [program, '--cert', cert];
  const took = [1, 2, 3, 4, 5].map(() => timeCall([process.execPath, ...call], { input }));
  const perSecond = (count * 4) / (median(took) / 1000);
  const [peak, ...more] = [1, 4, 16].map((times) => peakMemory(call, yamlStream(secrets(count * times, 'shop'))));
  return [
    {
      what: `seal ${count} Secrets × 4 values in one call, median of 5`,
      ours: `${Math.round(perSecond)} values/s (${ms(median(took))})`,
      reference: '8,000 values/s (the aim)',
      ratio: times(perSecond, 8000),
      aim: '≥ 8,000 values/s',
    },
    {
      what: `peak memory of that call, with ${count * 4} and with ${count * 16} Secrets`,
      ours: [peak, ...more].map(mb).join(', '),
      reference: `the input alone has ${mb(input.length * 16)} at last`,
      ratio: more.map((one) => times(one, peak)).join(', '),
      aim: 'flat',
    },
  ];
}

async function certificateIn(/** @type {string} */ folder) {
  const cert = join(folder, 'bulk.crt');
  await writeFile(cert, (await makeKeyPair()).certificate);
  return cert;
}
