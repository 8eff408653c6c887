// VaultStaticSecrets on an idle cluster: applied, harmed, renewed in OpenBao, and beside ExternalSecrets of the same secrets.
import { setTimeout as pause } from 'node:timers/promises';
import { appliedBesideBare } from './external-latency.mjs';
import { repairOfEdited } from './latency.mjs';
import { externalSecrets, externalStage } from './support/external.mjs';
import { median, ms, quantile, spread, times } from './support/figures.mjs';
import { startFront, vaultCalls } from './support/front.mjs';
import { sameIdentity, staticSecrets, staticStage, staticVault } from './support/static.mjs';

const warmUps = 5;

/** @type {import('./run.mjs').Benchmark} */
export async function staticApply({ quick, stage, say }) {
  const count = quick ? 50 : 200;
  const on = await staticStage(await stage());
  const bao = await staticVault(on, count + warmUps);
  await on.connect(bao.url, bao.authority);
  const controller = await on.startController();
  const watch = await on.watchSecrets({ full: true });
  try {
    await controller.ready();
    const { took, bare } = await appliedBesideBare(on, staticSecrets(count + warmUps), (one) => on.createStatic([one]));
    await pause(3000);
    /** @type {number[]} */
    const edited = [];
    for (let index = 0; index < Math.min(count, 100); index++) {
      edited.push(await repairOfEdited(on, watch, `app-${index}`));
      await pause(50);
    }
    say(`static apply: ${spread(took)}; a bare Secret: ${spread(bare)}; edited: ${spread(edited)}`);
    return [
      {
        what: `VaultStaticSecret, idle cluster: apply → Secret with a read of OpenBao over TLS, p50 / p99 (n=${count})`,
        ours: figures(took),
        reference: `a bare Secret, create → watch, ${figures(bare)} (same run); VSO 17 ms / 144 ms (quoted)`,
        ratio: `${times(median(took), median(bare))} of bare, ${(17 / median(took)).toFixed(1)} × faster than VSO`,
        aim: 'p50 ≤ 15 ms',
      },
      {
        what: `VaultStaticSecret: edited Secret is put right, p50 / p99 (n=${edited.length})`,
        ours: figures(edited),
        reference: 'VSO at the next refresh (quoted)',
        ratio: `${times(median(edited), median(bare))} of a bare Secret`,
        aim: 'p99 ≤ 100 ms',
      },
    ];
  } finally {
    watch.close();
    await controller.stop();
    await bao.stop();
    await on.clear();
  }
}

/** @type {import('./run.mjs').Benchmark} */
export async function staticVersion({ quick, stage, say }) {
  const count = quick ? 10 : 30;
  const on = await staticStage(await stage());
  const bao = await staticVault(on, count);
  const front = await startFront(bao.plainUrl);
  await on.connect(front.url);
  const controller = await on.startController();
  const watch = await on.watchSecrets({ full: true });
  try {
    await controller.ready();
    // One after another, so that their refreshes are spread as those of a cluster that has run for a while.
    for (const one of staticSecrets(count)) {
      await on.createStatic([one]);
      await pause(27_000 / count);
    }
    front.take();
    const took = await Promise.all(Array.from({ length: count }, (_, index) => renewed(bao, watch, index)));
    const meanwhile = vaultCalls(front.take());
    await pause(60_000);
    const { reads, metadata, others } = vaultCalls(front.take());
    say(`version: ${spread(took)}`);
    return [
      {
        what: `a new version in OpenBao → Secret, refreshAfter 30s: p50 / longest (n=${count})`,
        ours: `${ms(median(took))} / ${ms(Math.max(...took))}`,
        reference: `reads of values for it: ${meanwhile.reads}`,
        ratio: '–',
        aim: '≤ 30 s',
      },
      {
        what: `requests to OpenBao in the minute after it, for ${count} objects`,
        ours: `${reads + metadata + others}: ${reads} values, ${metadata} metadata, ${others} others`,
        reference: '',
        ratio: `${((reads + metadata + others) / count).toFixed(2)} an object`,
        aim: '',
      },
    ];
  } finally {
    watch.close();
    await controller.stop();
    front.close();
    await bao.stop();
    await on.clear();
  }
}

// Milliseconds from the answer of OpenBao until the Secret carries the new value.
async function renewed(bao, watch, index) {
  const password = `renewed-${index}`;
  const wanted = Buffer.from(password).toString('base64');
  const seen = watch.next((one) => one.name === `app-${index}` && one.data?.password === wanted, 60_000);
  await bao.ok('POST', `secret/data/remote-${index}`, { data: { username: 'renewed', password } });
  const startedAt = performance.now();
  return (await seen).at - startedAt;
}

/** @type {import('./run.mjs').Benchmark} */
export async function staticShared({ quick, stage, say }) {
  const count = quick ? 5 : 20;
  const base = await stage();
  const external = await externalStage(base);
  const on = await staticStage(base, ['externalsecrets']);
  const bao = await staticVault(on, count);
  const front = await startFront(bao.plainUrl);
  await on.connect(front.url);
  await external.store('vault', sameIdentity(front.url));
  const how = { store: 'vault', key: (/** @type {number} */ i) => `remote-${i}`, interval: '1h', prefix: 'external' };
  const watch = await on.watchSecrets();
  const controller = await on.startController();
  try {
    await controller.ready();
    let there = 0;
    const isOurs = (/** @type {string} */ name) => name.startsWith('app-') || name.startsWith('external-');
    const all = watch.next((one) => one.type === 'ADDED' && isOurs(one.name) && ++there === 2 * count, 120_000);
    await Promise.all([
      on.createStatic(staticSecrets(count)),
      external.createExternal(externalSecrets(count, how)),
      all,
    ]);
    const { reads, logins } = vaultCalls(front.take());
    say(`shared: ${reads} reads, ${logins} logins for ${count} pairs`);
    return [
      {
        what: `${count} VaultStaticSecrets and ${count} ExternalSecrets on the same paths with the same identity: reads of values, logins`,
        ours: `${reads}, ${logins}`,
        reference: `VSO and ESO: at least ${2 * count} and 2`,
        ratio: `${(reads / count).toFixed(2)} a path`,
        aim: `${count}, 1`,
      },
    ];
  } finally {
    watch.close();
    await controller.stop();
    front.close();
    await bao.stop();
    await external.clear();
    await on.clear();
  }
}

const figures = (/** @type {number[]} */ took) => `${ms(median(took))} / ${ms(quantile(took, 0.99))}`;
