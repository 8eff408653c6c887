// An idle cluster: how long from applying a SealedSecret to its Secret, and from harming a Secret to its repair.
import { setTimeout as pause } from 'node:timers/promises';
import { median, ms, quantile, spread } from './support/figures.mjs';
import { sealed, secrets } from './support/manifests.mjs';

/** Between two samples: the status of the one before is written meanwhile, and the cluster idle again. */
const pauseMs = 50;

/** @type {import('./run.mjs').Benchmark} */
export async function apply({ program, folder, quick, stage, say }) {
  const count = quick ? 50 : 200;
  const on = await stage();
  const all = await sealed(secrets(count + 5, 'bench'), { program, folder, certificate: on.newest.certificate });
  const controller = await on.startController();
  const watch = await on.watchSecrets();
  try {
    await controller.ready();
    /** @type {number[]} */
    const took = [];
    for (const [index, object] of all.entries()) {
      const { name } = object.metadata;
      const seen = watch.next((one) => one.type === 'ADDED' && one.name === name);
      const startedAt = performance.now();
      await Promise.all([on.create(object), seen]);
      // The first five warm both sides up.
      if (index >= 5) took.push((await seen).at - startedAt);
      await pause(pauseMs);
    }
    say(`apply → Secret: ${spread(took)}`);
    return [
      {
        what: `apply → Secret on an idle cluster, p50 (n=${count})`,
        ours: ms(median(took)),
        reference: 'Sealed Secrets 41–47 ms (quoted)',
        ratio: `${(44 / median(took)).toFixed(1)} × faster`,
        aim: '≤ 25 ms',
      },
      {
        what: 'the same, p99',
        ours: ms(quantile(took, 0.99)),
        reference: '72–115 ms; 2 s at its default rate limit (quoted)',
        ratio: `${(94 / quantile(took, 0.99)).toFixed(1)} × faster`,
        aim: '≤ 100 ms',
      },
    ];
  } finally {
    watch.close();
    await controller.stop();
    await on.clear();
  }
}

/** @type {import('./run.mjs').Benchmark} */
export async function drift({ program, folder, quick, stage, say }) {
  const count = quick ? 30 : 100;
  const on = await stage();
  const all = await sealed(secrets(count, 'bench'), { program, folder, certificate: on.newest.certificate });
  const controller = await on.startController();
  const watch = await on.watchSecrets({ full: true });
  try {
    await on.createAll(all);
    await controller.ready();
    await controller.settled(count);
    await pause(1000);
    /** @type {{ deleted: number[], edited: number[] }} */
    const took = { deleted: [], edited: [] };
    for (const { metadata } of all) {
      took.deleted.push(await repairOfDeleted(on, watch, metadata.name));
      await pause(pauseMs);
      took.edited.push(await repairOfEdited(on, watch, metadata.name));
      await pause(pauseMs);
    }
    say(`drift: deleted ${spread(took.deleted)}, edited ${spread(took.edited)}`);
    return [
      {
        what: `deleted Secret is back, p50 / p99 (n=${count})`,
        ours: `${ms(median(took.deleted))} / ${ms(quantile(took.deleted, 0.99))}`,
        reference: '43–75 ms (quoted)',
        ratio: `${(59 / median(took.deleted)).toFixed(1)} × faster`,
        aim: 'p99 ≤ 60 ms',
      },
      {
        what: `edited Secret is put right, p50 / p99 (n=${count})`,
        ours: `${ms(median(took.edited))} / ${ms(quantile(took.edited, 0.99))}`,
        reference: 'never (quoted)',
        ratio: '–',
        aim: 'p99 ≤ 100 ms',
      },
    ];
  } finally {
    watch.close();
    await controller.stop();
    await on.clear();
  }
}

/** From just before the deletion of a Secret until it is there again. */
export async function repairOfDeleted(on, watch, name) {
  const back = watch.next((one) => one.type === 'ADDED' && one.name === name);
  const startedAt = performance.now();
  await Promise.all([on.deleteSecret(name), back]);
  return (await back).at - startedAt;
}

/** From just before the edit until the value is as it was. */
export async function repairOfEdited(on, watch, name) {
  const { password } = (await on.secret(name)).data;
  let isEdited = false;
  const repaired = watch.next((one) => {
    if (one.name !== name) return false;
    isEdited ||= one.data?.password === tampered;
    return isEdited && one.data?.password === password;
  });
  const startedAt = performance.now();
  await Promise.all([on.editSecret(name, { password: tampered }), repaired]);
  return (await repaired).at - startedAt;
}

const tampered = Buffer.from('tampered').toString('base64');
