// ExternalSecrets on an idle cluster: from applying one to its Secret, and from harming a Secret to its repair.

import { setTimeout as pause } from 'node:timers/promises';
import { repairOfDeleted, repairOfEdited } from './latency.mjs';
import { externalSecrets, externalStage, vaultWith } from './support/external.mjs';
import { median, ms, quantile, spread, times } from './support/figures.mjs';
import { startFront, vaultCalls } from './support/front.mjs';

const pauseMs = 50;
const warmUps = 5;

/** @type {import('./run.mjs').Benchmark} */
export async function externalApply({ quick, stage, say }) {
  const count = quick ? 50 : 200;
  const on = await externalStage(await stage());
  // Each its own remote secret, so that each has to be read.
  const bao = await vaultWith(count + warmUps);
  await bao.storeAt(on, 'vault', bao.url, bao.authority);
  const controller = await on.startController();
  try {
    await controller.ready();
    const all = externalSecrets(count + warmUps, { store: 'vault', key: (i) => `remote-${i}`, interval: '1h' });
    const { took, bare } = await appliedBesideBare(on, all, (object) => on.createExternal([object]));
    say(`apply → Secret: ${spread(took)}; a bare Secret: ${spread(bare)}`);
    return [
      {
        what: `ExternalSecret, idle cluster: apply → Secret with a read of OpenBao over TLS, p50 / p99 (n=${count})`,
        ours: `${ms(median(took))} / ${ms(quantile(took, 0.99))}`,
        reference: `a bare Secret, create → watch, ${ms(median(bare))} / ${ms(quantile(bare, 0.99))} (same run); ESO p50 24–33 ms (quoted)`,
        ratio: `${times(median(took), median(bare))} of bare, ${(28 / median(took)).toFixed(1)} × faster than ESO`,
        aim: 'p50 ≤ 20 ms',
      },
    ];
  } finally {
    await controller.stop();
    await bao.stop();
    await on.clear();
  }
}

/**
 * Milliseconds of each of `all` and of bare Secrets, the first five left out; taking turns, so that both see the machine as busy as it is.
 * @param {any} on @param {any[]} all @param {(object: any) => Promise<unknown>} create
 */
export async function appliedBesideBare(on, all, create) {
  /** @type {{ took: number[], bare: number[] }} */
  const samples = { took: [], bare: [] };
  for (const [index, object] of all.entries()) {
    const [took = 0] = await applyEach(on, [object], create);
    const [bare = 0] = await applyEach(on, [{ metadata: { name: `bare-${index}` } }], on.createSecret);
    if (index < warmUps) continue;
    samples.took.push(took);
    samples.bare.push(bare);
  }
  return samples;
}

/**
 * Creates one after another, each when the one before has its Secret; milliseconds of each.
 * @param {import('./support/external.mjs').ExternalStage} on @param {any[]} all
 * @param {(object: any) => Promise<unknown>} [create] default: as ExternalSecrets
 */
export async function applyEach(on, all, create = (object) => on.createExternal([object])) {
  const watch = await on.watchSecrets();
  /** @type {number[]} */
  const took = [];
  try {
    for (const object of all) {
      const { name } = object.metadata;
      const seen = watch.next((one) => one.type === 'ADDED' && one.name === name, 120_000);
      const startedAt = performance.now();
      await Promise.all([create(object), seen]);
      took.push((await seen).at - startedAt);
      await pause(pauseMs);
    }
  } finally {
    watch.close();
  }
  return took;
}

/** @type {import('./run.mjs').Benchmark} */
export async function externalDrift({ quick, stage, say }) {
  const count = quick ? 30 : 100;
  const on = await externalStage(await stage());
  const bao = await vaultWith(count);
  const front = await startFront(bao.plainUrl);
  await bao.storeAt(on, 'vault', front.url);
  const all = externalSecrets(count, { store: 'vault', key: (i) => `remote-${i}`, interval: '1h' });
  const controller = await on.startController();
  const watch = await on.watchSecrets({ full: true });
  try {
    await controller.ready();
    await on.createExternal(all);
    await controller.settled(count);
    await pause(3000);
    front.take();
    /** @type {{ deleted: number[], edited: number[] }} */
    const took = { deleted: [], edited: [] };
    for (const { metadata } of all) {
      took.deleted.push(await repairOfDeleted(on, watch, metadata.name));
      await pause(pauseMs);
      took.edited.push(await repairOfEdited(on, watch, metadata.name));
      await pause(pauseMs);
    }
    const { reads } = vaultCalls(front.take());
    say(`drift: deleted ${spread(took.deleted)}, edited ${spread(took.edited)}, ${reads} reads`);
    return [
      {
        what: `ExternalSecret: deleted Secret is back, p50 / p99 (n=${count})`,
        ours: `${ms(median(took.deleted))} / ${ms(quantile(took.deleted, 0.99))}`,
        reference: 'ESO 74–98 ms, with provider reads (quoted)',
        ratio: `${(86 / median(took.deleted)).toFixed(1)} × faster`,
        aim: 'p99 ≤ 60 ms',
      },
      {
        what: `ExternalSecret: edited Secret is put right, p50 / p99 (n=${count})`,
        ours: `${ms(median(took.edited))} / ${ms(quantile(took.edited, 0.99))}`,
        reference: 'ESO 200–400 ms, with provider reads (quoted)',
        ratio: `${(300 / median(took.edited)).toFixed(1)} × faster`,
        aim: 'p99 ≤ 100 ms',
      },
      {
        what: `reads of OpenBao for those ${2 * count} repairs`,
        ours: String(reads),
        reference: '',
        ratio: '–',
        aim: '0',
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
