// What the API server is asked for, counted by its own audit log: cold, at rest, after a restart, at repairs.
import { setTimeout as pause } from 'node:timers/promises';
import { byVerb } from '../test/e2e/support/audit.mjs';
import { ms } from './support/figures.mjs';
import { sealed, secrets } from './support/manifests.mjs';
import { controllerUser, inParallel, namespace } from './support/stage.mjs';

const quietMs = 5_000;
const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** @type {import('./run.mjs').Benchmark} */
export async function restart({ program, folder, quick, auditedStage, say }) {
  const count = quick ? 200 : 1000;
  const on = await auditedStage();
  const { cluster } = on;
  const since = async (/** @type {number} */ from) => {
    const { all: made, writes: written } = await calls(cluster, from);
    return { text: describe(made), writes: written };
  };
  const all = await sealed(secrets(count, namespace), { program, folder, certificate: on.newest.certificate });
  await on.createAll(all);
  let controller = await on.startController();
  try {
    let from = 0;
    await controller.ready();
    await controller.settled(count);
    // Events follow at their own, slower pace.
    await untilQuiet(cluster);
    const cold = await since(from);
    from = cluster.auditPosition();
    await pause(quietMs * 2);
    const idle = await since(from);
    await controller.stop();

    from = cluster.auditPosition();
    controller = await on.startController();
    const ready = await controller.ready();
    const settled = await controller.settled(count);
    await pause(quietMs);
    const restarted = { ...(await since(from)), opened: await controller.metric('sealwright_unseal_total') };
    say(
      `restart: ready ${ms(ready)}, settled ${ms(settled)}, ${restarted.opened} openings, ${restarted.writes} writes`,
    );

    from = cluster.auditPosition();
    const some = all.slice(0, 100).map(({ metadata }) => metadata.name);
    await inParallel(some, (name) => on.deleteSecret(name));
    await untilQuiet(cluster);
    const repaired = await since(from);

    // Repairs must leave nothing behind that a later start would have to open again.
    await controller.stop();
    from = cluster.auditPosition();
    controller = await on.startController();
    await controller.ready();
    await controller.settled(count);
    await untilQuiet(cluster);
    const afterwards = { ...(await since(from)), opened: await controller.metric('sealwright_unseal_total') };
    const row = (/** @type {string} */ what, /** @type {string} */ ours) => ({
      what,
      ours,
      reference: '',
      ratio: '–',
      aim: '',
    });
    return [
      {
        what: `restart with ${count} unchanged: openings and writes`,
        ours: `${restarted.opened} and ${restarted.writes}`,
        reference: '5,000 writes with 5,000 (quoted)',
        ratio: '–',
        aim: '0 and 0',
      },
      {
        what: 'that restart: start → settled (ready)',
        ours: `${ms(settled)} (${ms(ready)})`,
        reference: '199 s with 5,000 (quoted)',
        ratio: '–',
        aim: '≤ 5 s with 5,000',
      },
      row(`API calls: ${count} cold`, cold.text),
      row(`API calls: ${(quietMs * 2) / 1000} s at rest`, idle.text),
      row(`API calls: restart with ${count} unchanged`, restarted.text),
      row('API calls: 100 deleted Secrets repaired', repaired.text),
      {
        what: 'restart after those repairs: openings and writes',
        ours: `${afterwards.opened} and ${afterwards.writes}`,
        reference: '',
        ratio: '–',
        aim: '0 and 0',
      },
    ];
  } finally {
    await controller.stop();
    await on.clear();
  }
}

/** What the controller has asked for from this place of the audit log on. @param {number} from */
export async function calls(cluster, from) {
  const all = await cluster.apiCalls({ from, user: controllerUser });
  return { all, writes: all.filter(isWrite).reduce((sum, { count }) => sum + count, 0) };
}

/** Resolves when the controller has asked nothing for a while. */
export async function untilQuiet(cluster) {
  for (let from = cluster.auditPosition(); ; from = cluster.auditPosition()) {
    await pause(quietMs);
    if ((await cluster.apiCalls({ from, user: controllerUser })).length === 0) return;
  }
}

/** The Lease is not counted: it is how replicas know of each other. */
function isWrite({ verb, resource }) {
  return writes.includes(verb) && !resource.startsWith('leases');
}

/** `patch 2000 (secrets 1000, sealedsecrets.bitnami.com/status 1000), list 3 (…)` */
export function describe(all) {
  const verbs = Object.entries(byVerb(all)).sort(([, a], [, b]) => b - a);
  const resources = (/** @type {string} */ verb) => {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const call of all.filter((one) => one.verb === verb)) {
      const name = call.resource.replace(
        /\.(bitnami\.com|external-secrets\.io|secrets\.hashicorp\.com|events\.k8s\.io)/,
        '',
      );
      counts.set(name, (counts.get(name) ?? 0) + call.count);
    }
    return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  };
  return verbs.map(([verb, count]) => `${verb} ${count} (${resources(verb)})`).join(', ') || 'none';
}
