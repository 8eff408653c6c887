// Stores in trouble: down for minutes, too busy, or dead beside one that is well.

import { setTimeout as pause } from 'node:timers/promises';
import { calls, describe } from './calls.mjs';
import { applyEach } from './external-latency.mjs';
import { externalSecrets, externalStage, vaultStore, vaultWith } from './support/external.mjs';
import { elapsed, median, ms, quantile, spread, times } from './support/figures.mjs';
import { startFront } from './support/front.mjs';

const warmUps = 5;

/** @type {import('./run.mjs').Benchmark} */
export async function outage({ quick, auditedStage, say }) {
  const count = quick ? 300 : 1000;
  const keys = 10;
  const [outageMs, interval] = quick ? [40_000, '10s'] : [300_000, '30s'];
  const on = await externalStage(await auditedStage());
  const bao = await vaultWith(keys);
  await bao.storeAt(on, 'vault', bao.url, bao.authority);
  const how = { store: 'vault', key: (i) => `remote-${i % keys}`, interval };
  // Half of them are told to be patient for less than the outage: their Ready must say so.
  const annotations = { 'sealwright.dev/max-staleness': '15s' };
  const half = Math.floor(count / 2);
  await on.createExternal(externalSecrets(half, how));
  await on.createExternal(externalSecrets(count - half, { ...how, prefix: 'strict', annotations }));
  const controller = await on.startController();
  try {
    await controller.settled(count);
    await untilAll(on, isWell);
    // The events of their making are over then, and each was refreshed.
    await pause(quick ? 15_000 : 60_000);
    const before = await on.secretVersions();
    const from = on.cluster.auditPosition();
    await bao.kill();
    await pause(outageMs);
    const during = await calls(on.cluster, from);
    const objects = await on.externals();
    const told = objects.filter((one) => condition(one, 'Stale')?.status === 'True').length;
    const strict = objects.filter((one) => one.metadata.name.startsWith('strict'));
    const failed = strict.filter((one) => condition(one, 'Ready')?.status === 'False').length;
    const watch = await on.watchExternals();
    const restarting = performance.now();
    await bao.restart();
    const backAt = performance.now();
    await untilAll(on, isWell);
    const took = elapsed(backAt);
    watch.close();
    const after = await on.secretVersions();
    const touched = Object.keys(before).filter((name) => before[name] !== after[name]).length;
    say(`outage: ${touched} touched, ${told} Stale, back after ${ms(took)} (start-up ${ms(backAt - restarting)})`);
    return [
      {
        what: `${count} ExternalSecrets, refreshed every ${interval}, OpenBao killed for ${ms(outageMs)}: Secrets touched or missing`,
        ours: String(touched + (count - Object.keys(after).length)),
        reference: '',
        ratio: '–',
        aim: '0',
      },
      {
        what: 'its end: told by Stale; by Ready=False where max-staleness was 15 s',
        ours: `${told} of ${count}; ${failed} of ${strict.length}`,
        reference: '',
        ratio: '–',
        aim: 'all',
      },
      {
        what: 'OpenBao unsealed again → all Ready, none Stale',
        ours: ms(took),
        reference: 'ESO up to 7 min of backoff (its settings)',
        ratio: '–',
        aim: '≤ 15 s',
      },
      {
        what: `API calls during the outage`,
        ours: describe(during.all),
        reference: '',
        ratio: '–',
        aim: '',
      },
    ];
  } finally {
    await controller.stop();
    await bao.stop();
    await on.clear();
  }
}

const condition = (object, type) => object.status?.conditions?.find((one) => one.type === type);

const isWell = (object) => condition(object, 'Ready')?.status === 'True' && !condition(object, 'Stale');

async function untilAll(on, wanted) {
  for (;;) {
    if ((await on.externals()).every(wanted)) return;
    await pause(250);
  }
}

/** @type {import('./run.mjs').Benchmark} */
export async function throttle({ quick, stage, say }) {
  const count = quick ? 100 : 300;
  const keys = 50;
  const waitSeconds = 10;
  const on = await externalStage(await stage());
  const bao = await vaultWith(keys);
  const front = await startFront(bao.plainUrl);
  await bao.storeAt(on, 'vault', front.url);
  const controller = await on.startController();
  const watch = await on.watchSecrets();
  try {
    await controller.ready();
    await controller.settled(1);
    front.behave({ does: 'refuse', status: 429, retryAfterSeconds: waitSeconds });
    front.take();
    let there = 0;
    const last = watch.next((one) => one.type === 'ADDED' && one.name.startsWith('app-') && ++there === count, 120_000);
    await on.createExternal(
      externalSecrets(count, { store: 'vault', key: (i) => `remote-${i % keys}`, interval: '1h' }),
    );
    // The front counts with our clock: what came until half a second before the time was up.
    await pause(waitSeconds * 1000);
    const asked = front.take();
    const first = asked[0]?.at ?? Number.NaN;
    const early = asked.filter(({ at }) => at > first + 250 && at < first + waitSeconds * 1000).length;
    front.behave({ does: 'pass' });
    const took = (await last).at - first;
    say(`throttle: ${asked.length - early} refused, ${early} more while waiting, all there after ${ms(took)}`);
    return [
      {
        what: `429 with Retry-After: ${waitSeconds} to all of ${count} ExternalSecrets over ${keys} keys: requests while waiting (refused at first)`,
        ours: `${early} (${asked.length - early})`,
        reference: '',
        ratio: '–',
        aim: '0',
      },
      {
        what: 'the first 429 → all Secrets there',
        ours: ms(took),
        reference: `${waitSeconds} s are asked for`,
        ratio: times(took, waitSeconds * 1000),
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

/** @type {import('./run.mjs').Benchmark} */
export async function neighbour({ quick, stage, say }) {
  const count = quick ? 40 : 100;
  const dead = quick ? 50 : 200;
  const on = await externalStage(await stage());
  const bao = await vaultWith(3 * count + warmUps);
  const silent = await startFront();
  const closed = await startFront();
  closed.close();
  silent.behave({ does: 'hang' });
  await bao.storeAt(on, 'well', bao.url, bao.authority);
  const controller = await on.startController();
  let next = 0;
  const some = (/** @type {string} */ prefix, /** @type {number} */ many) => {
    const first = next;
    next += many;
    return externalSecrets(many, { store: 'well', key: (i) => `remote-${first + i}`, interval: '1h', prefix });
  };
  try {
    await controller.ready();
    await applyEach(on, some('warm', warmUps));
    const alone = await applyEach(on, some('alone', count));
    const credentials = { roleId: 'nobody', secretId: 'nothing' };
    for (const [name, { url }] of Object.entries({ closed, silent })) {
      await vaultStore(on, name, { server: url, ...credentials });
      const key = (/** @type {number} */ i) => `remote-${i}`;
      await on.createExternal(externalSecrets(dead, { store: name, key, interval: '10s', prefix: name }));
    }
    const beside = await applyEach(on, some('beside', count));
    // The first calls to the silent one are given up by then.
    await pause(quick ? 0 : 35_000);
    const later = await applyEach(on, some('later', count));
    say(`neighbour: alone ${spread(alone)}, beside dead ones ${spread(beside)}, later ${spread(later)}`);
    const figures = (/** @type {number[]} */ took) => `${ms(median(took))} / ${ms(quantile(took, 0.99))}`;
    const row = (/** @type {string} */ what, /** @type {number[]} */ took) => ({
      what,
      ours: figures(took),
      reference: `alone ${figures(alone)} (same run)`,
      ratio: `${times(median(took), median(alone))} / ${times(quantile(took, 0.99), quantile(alone, 0.99))}`,
      aim: 'about 1 ×',
    });
    return [
      row(
        `apply → Secret at a healthy store beside ${dead} ExternalSecrets of a store that refuses and ${dead} of one that is silent, p50 / p99 (n=${count})`,
        beside,
      ),
      row('the same half a minute later', later),
    ];
  } finally {
    await controller.stop();
    silent.close();
    await bao.stop();
    await on.clear();
  }
}
