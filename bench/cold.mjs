// Many SealedSecrets at once: from nothing to all Secrets, beside what RSA alone costs, under this Node and the image's; with one key and
// with twelve.

import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { elapsed, mb, median, ms, times } from './support/figures.mjs';
import { makeKeyPair } from './support/keys.mjs';
import { sealed, secrets } from './support/manifests.mjs';
import { nodes, openingUnder } from './support/nodes.mjs';
import { processorTime, residentMemory } from './support/processes.mjs';
import { namespace } from './support/stage.mjs';

const valuesEach = 4;

/** @type {import('./run.mjs').Benchmark} */
export async function cold({ program, folder, quick, large, stage, say }) {
  const count = large ? 5000 : quick ? 200 : 1000;
  const on = await stage();
  const all = await sealed(secrets(count, namespace), { program, folder, certificate: on.newest.certificate });
  const measured = [];
  for (const node of await nodes(say)) {
    await on.createAll(all);
    measured.push(await coldUnder(node, { on, count, large, say }));
  }
  return [...measured.flatMap(({ rows }) => rows), ...besideEachOther(measured)];
}

/** The aim was set with Node 20, whose RSA takes more than twice as long as that of later ones. */
function besideEachOther([own, image]) {
  if (!own || !image) return [];
  return [
    {
      what: `${image.node.name}: start of the controller → all Secrets there, against RSA as ${own.node.name} does it`,
      ours: ms(image.took),
      reference: `RSA alone ${ms(own.limit)} (same run)`,
      ratio: `${times(image.took, own.limit)} of RSA`,
      aim: '≤ 1.5 ×, which was set with Node 20',
    },
  ];
}

/** @param {import('./support/nodes.mjs').Node} node */
async function coldUnder(node, { on, count, large, say }) {
  const before = await openingUnder(node);
  const serversBefore = on.serverTime();
  const { took, controller, fromReady } = await untilAllThere(on, count, { node: node.path });
  try {
    await controller.settled(count);
    const settledMs = elapsed(controller.startedAt);
    const cpu = processorTime(controller.pid);
    const serversCpu = on.serverTime() - serversBefore;
    const after = await openingUnder(node);
    const opened = await controller.metric('sealwright_unseal_total');
    await pause(3000);
    const memory = residentMemory(controller.pid);
    // The quicker of both: where the machine was busier once, that must not flatter us.
    const opening = Math.min(before.alone, after.alone);
    const limit = limitMs(count, opening);
    const together = (before.together + after.together) / 2;
    say(
      `${node.name}: ${ms(took)} from the start (${ms(fromReady)} from ready), settled ${ms(settledMs)}, ${opened} openings`,
    );
    /** @type {import('./run.mjs').Row[]} */
    const rows = [
      {
        what: `${count} SealedSecrets × ${valuesEach} values, cold, ${node.name}: start of the controller → all Secrets there (settled)`,
        ours: `${ms(took)} (${ms(settledMs)})`,
        reference: `RSA alone ${ms(limit)} (${opening.toFixed(2)} ms an opening ÷ ${cores()} × ${count * valuesEach}, same run); Sealed Secrets 49 s, 598 s at its defaults (quoted for 1,000)`,
        ratio: `${times(took, limit)} of RSA`,
        aim: '≤ 1.5 ×',
      },
      {
        what: `${node.name}: the same against RSA on two cores as busy as they were just before and after`,
        ours: ms(took),
        reference: `${ms(together * count * valuesEach)} (${together.toFixed(2)} ms for each opening, same run)`,
        ratio: `${times(took, together * count * valuesEach)} of RSA`,
        aim: '',
      },
      {
        what: `${node.name}: processor time of that, the controller's; beside it the API server's and etcd's on the same cores`,
        ours: `${ms(cpu)}; ${ms(serversCpu)}`,
        reference: `RSA ${ms(opening * count * valuesEach)} (same run)`,
        ratio: `${times(cpu, opening * count * valuesEach)} of RSA`,
        aim: '',
      },
      {
        what: `${node.name}: memory after ${count} SealedSecrets`,
        ours: mb(memory),
        reference: '124 MB with 5,000 (quoted)',
        ratio: '–',
        aim: '≤ 150 MB with 5,000',
      },
      ...(large ? await memoryWithForeign(on, controller, node) : []),
    ];
    return { node, rows, took, limit };
  } finally {
    await controller.stop();
    await on.clear();
  }
}

/** Ten thousand Secrets of 4 KiB that are none of our business. */
async function memoryWithForeign(on, controller, node) {
  const data = { blob: Buffer.alloc(4096, 'x').toString('base64') };
  const foreign = Array.from({ length: 10_000 }, (_, i) => ({ metadata: { name: `foreign-${i}` }, data }));
  await on.createAll(foreign, on.secretsPath);
  await pause(10_000);
  return [
    {
      what: `${node.name}: the same with 10,000 foreign Secrets of 4 KiB`,
      ours: mb(residentMemory(controller.pid)),
      reference: '158 MB (quoted)',
      ratio: '–',
      aim: '≤ 150 MB',
    },
  ];
}

/** @type {import('./run.mjs').Benchmark} */
export async function keys({ program, folder, quick, stage, say }) {
  const count = quick ? 100 : 300;
  const on = await stage();
  const oldest = await makeKeyPair(360);
  const ring = [oldest];
  for (let age = 330; age > 0; age -= 30) ring.push(await makeKeyPair(age));
  const how = { program, folder, certificate: oldest.certificate, record: false };
  const all = await sealed(secrets(count, namespace), how);
  /** @type {Record<'one' | 'twelve', number[]>} */
  const took = { one: [], twelve: [] };
  const rounds = quick ? 1 : 3;
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [name, pairs] of /** @type {const} */ ([
        ['one', [oldest]],
        ['twelve', ring],
      ])) {
        await on.setKeys(pairs);
        await on.createAll(all);
        // All of these keys are due for renewal, and making one takes a core for seconds, by chance few or many.
        const run = await untilAllThere(on, count, { args: ['--key-renew-period', '0'] });
        took[name].push(run.fromReady);
        say(
          `${pairs.length} keys: ${ms(run.fromReady)}, ${await run.controller.metric('sealwright_unseal_total')} openings`,
        );
        await run.controller.stop();
        await on.clear();
      }
    }
  } finally {
    await on.setKeys([on.newest]);
  }
  const [one, twelve] = [median(took.one), median(took.twelve)];
  return [
    {
      what: `${count} with ${ring.length} keys, values without a record under the oldest: ready → all there, median of ${rounds}`,
      ours: `${ms(twelve)}; with one key ${ms(one)}`,
      reference: '57 s, 10 × slower than with one (quoted)',
      ratio: times(twelve, one),
      aim: '≤ 1.1 ×',
    },
  ];
}

/** Starts a controller, under this Node or another, and waits until `count` Secrets have come. */
async function untilAllThere(on, count, { node = process.execPath, args = [] } = {}) {
  const watch = await on.watchSecrets();
  let there = 0;
  const last = watch.next((one) => one.type === 'ADDED' && ++there === count, 600_000);
  const controller = await on.startController(args, node);
  try {
    const ready = await controller.ready();
    const { at } = await last;
    const took = at - controller.startedAt;
    return { took, controller, fromReady: took - ready };
  } catch (error) {
    await controller.stop();
    throw error;
  } finally {
    watch.close();
  }
}

/** As the aims count: two cores at most. */
const cores = () => Math.min(2, availableParallelism());

const limitMs = (/** @type {number} */ count, /** @type {number} */ opening) =>
  (count * valuesEach * opening) / cores();
