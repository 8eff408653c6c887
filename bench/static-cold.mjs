// Many VaultStaticSecrets at once: from the start of the controller to all Secrets, and a minute in which nothing changes.
import { coldRun, cpuRow } from './external-cold.mjs';
import { mb, ms, times } from './support/figures.mjs';
import { startFront, vaultCalls } from './support/front.mjs';
import { staticSecrets, staticStage, staticVault } from './support/static.mjs';

/** @type {import('./run.mjs').Benchmark} */
export async function staticCold({ quick, stage, say }) {
  const count = quick ? 300 : 1000;
  const on = await staticStage(await stage());
  const bao = await staticVault(on, count);
  const front = await startFront(bao.plainUrl);
  try {
    await on.connect(front.url);
    await on.createStatic(staticSecrets(count));
    const run = await coldRun(on, { count, front, say });
    const [cold, minute] = [run.asked, run.askedAgain].map(vaultCalls);
    const quoted = 'quoted for 1,000';
    return [
      {
        what: `${count} VaultStaticSecrets, refreshAfter 30s, login by kubernetes, cold: start of the controller → all Secrets there (settled)`,
        ours: `${ms(run.took)} (${ms(run.settledMs)})`,
        reference: `VSO 16–19 s (${quoted})`,
        ratio: `${times(16_000 * (count / 1000), run.took)} as fast as 16 s`,
        aim: '≤ 10 s for 1,000',
      },
      cpuRow(run),
      {
        what: 'calls to OpenBao, cold',
        ours: describe(cold),
        reference: `VSO 2,064 reads of values (${quoted})`,
        ratio: times(cold.reads, 2.064 * count),
        aim: `≤ ${Math.round(1.01 * count)} reads of values, 1 login`,
      },
      {
        what: 'calls to OpenBao in a minute when nothing changes',
        ours: describe(minute),
        reference: '',
        ratio: `${((minute.reads + minute.metadata) / count).toFixed(2)} an object`,
        aim: '',
      },
      {
        what: `memory with ${count} VaultStaticSecrets, after that minute`,
        ours: mb(run.memory),
        reference: `VSO 105 MB (${quoted})`,
        ratio: times(run.memory / 1e6, 105),
        aim: '< 120 MB',
      },
    ];
  } finally {
    front.close();
    await bao.stop();
    await on.clear();
  }
}

/** `1000 reads of values, 0 of metadata, 1 login, 0 others` @param {ReturnType<typeof vaultCalls>} calls */
export const describe = ({ reads, metadata, logins, others }) =>
  `${reads} reads of values, ${metadata} of metadata, ${logins} logins, ${others} others`;
