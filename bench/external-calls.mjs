// What the API server and the provider are asked for by ExternalSecrets, each counted on the server's side: cold, at rest, after a restart.
import { setTimeout as pause } from 'node:timers/promises';
import { calls, describe, untilQuiet } from './calls.mjs';
import { externalSecrets, externalStage, vaultWith } from './support/external.mjs';
import { ms } from './support/figures.mjs';
import { startFront, vaultCalls } from './support/front.mjs';

const quietMs = 5_000;

/** @type {import('./run.mjs').Benchmark} */
export async function externalRestart({ quick, auditedStage, say }) {
  const count = quick ? 300 : 1000;
  const keys = 10;
  const on = await externalStage(await auditedStage());
  const { cluster } = on;
  const bao = await vaultWith(keys);
  const front = await startFront(bao.plainUrl);
  await bao.storeAt(on, 'vault', front.url);
  await on.createExternal(externalSecrets(count, { store: 'vault', key: (i) => `remote-${i % keys}`, interval: '1h' }));
  let from = cluster.auditPosition();
  let controller = await on.startController();
  try {
    await controller.settled(count);
    // Events follow at their own, slower pace.
    await untilQuiet(cluster);
    const cold = await calls(cluster, from);
    from = cluster.auditPosition();
    await pause(quietMs * 2);
    const idle = await calls(cluster, from);
    await controller.stop();

    front.take();
    from = cluster.auditPosition();
    controller = await on.startController();
    const settled = await controller.settled(count);
    await pause(quietMs);
    const restarted = await calls(cluster, from);
    const { reads } = vaultCalls(front.take());
    say(`restart: settled ${ms(settled)}, ${reads} reads, ${restarted.writes} writes`);
    return [
      {
        what: `${count} ExternalSecrets, cold: writes to the API server`,
        ours: `${cold.writes}: ${describe(cold.all)}`,
        reference: 'ESO 4,000 reads and 4,000 writes (quoted for 1,000)',
        ratio: '–',
        aim: `≤ ${Math.round(3.1 * count)} writes`,
      },
      {
        what: `${(quietMs * 2) / 1000} s at rest`,
        ours: describe(idle.all),
        reference: '',
        ratio: '–',
        aim: '0 writes',
      },
      {
        what: `restart with ${count} settled ExternalSecrets: reads of Vault, writes, start → settled`,
        ours: `${reads}, ${restarted.writes}, ${ms(settled)}`,
        reference: '',
        ratio: '–',
        aim: '0, 0',
      },
      { what: 'API calls of that restart', ours: describe(restarted.all), reference: '', ratio: '–', aim: '' },
    ];
  } finally {
    await controller.stop();
    front.close();
    await bao.stop();
    await on.clear();
  }
}
