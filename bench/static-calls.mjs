// What VaultStaticSecrets cost the API server and OpenBao, counted on the servers' side: cold, in a minute at rest, after a restart.
import { setTimeout as pause } from 'node:timers/promises';
import { calls, describe, untilQuiet } from './calls.mjs';
import { describe as describeVault } from './static-cold.mjs';
import { ms, times } from './support/figures.mjs';
import { startFront, vaultCalls } from './support/front.mjs';
import { staticSecrets, staticStage, staticVault } from './support/static.mjs';

const minuteMs = 60_000;

/** @type {import('./run.mjs').Benchmark} */
export async function staticRestart({ quick, auditedStage, say }) {
  const count = quick ? 300 : 1000;
  const on = await staticStage(await auditedStage());
  const { cluster } = on;
  const bao = await staticVault(on, count);
  const front = await startFront(bao.plainUrl);
  await on.connect(front.url);
  await on.createStatic(staticSecrets(count));
  let from = cluster.auditPosition();
  let controller = await on.startController();
  try {
    await controller.settled(count);
    // Events follow at their own, slower pace.
    await untilQuiet(cluster);
    const cold = await calls(cluster, from);
    from = cluster.auditPosition();
    await pause(minuteMs);
    const idle = await calls(cluster, from);
    await controller.stop();

    front.take();
    from = cluster.auditPosition();
    controller = await on.startController();
    const settled = await controller.settled(count);
    const atOnce = vaultCalls(front.take());
    await pause(minuteMs);
    const restarted = await calls(cluster, from);
    const later = vaultCalls(front.take());
    say(`static-restart: ${cold.writes} writes cold, ${idle.writes} at rest, restart settled ${ms(settled)}`);
    return [
      {
        what: `${count} VaultStaticSecrets, cold: writes to the API server (without Events)`,
        ours: `${cold.writes} (${cold.writes - eventsIn(cold.all)}): ${describe(cold.all)}`,
        reference: 'VSO 6,164 writes (quoted for 1,000)',
        ratio: times(cold.writes, 6.164 * count),
        aim: `≤ ${Math.round(3.1 * count)}, better ≤ ${Math.round(2.1 * count)}`,
      },
      {
        what: 'a minute when nothing changes: writes to the API server, refreshAfter 30s',
        ours: `${idle.writes}: ${describe(idle.all)}`,
        reference: 'VSO 2,200–2,350 (quoted for 1,000)',
        ratio: '–',
        aim: '0',
      },
      {
        what: `restart with ${count} settled VaultStaticSecrets: start → settled; writes in a minute`,
        ours: `${ms(settled)}; ${restarted.writes}: ${describe(restarted.all)}`,
        reference: 'VSO 23 s (quoted)',
        ratio: times(23_000, settled),
        aim: '≤ 3 s; 0 but tokens of logins',
      },
      {
        what: 'calls to OpenBao of that restart: until settled; in the minute after it',
        ours: `${describeVault(atOnce)}; ${describeVault(later)}`,
        reference: '',
        ratio: '–',
        aim: '0 reads of values, 1 login',
      },
    ];
  } finally {
    await controller.stop();
    front.close();
    await bao.stop();
    await on.clear();
  }
}

const eventsIn = (all) =>
  all.filter(({ resource }) => resource.startsWith('events')).reduce((sum, { count }) => sum + count, 0);
