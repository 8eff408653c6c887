// Many ExternalSecrets at once: from the start of the controller to all Secrets, the first refresh after it, and at rest.
import { setTimeout as pause } from 'node:timers/promises';
import { startMoto } from '../test/e2e/support/moto.mjs';
import { awsStore, externalSecrets, externalStage, values, vaultWith } from './support/external.mjs';
import { elapsed, mb, ms, times } from './support/figures.mjs';
import { awsCalls, startFront, vaultCalls } from './support/front.mjs';
import { processorTime, residentMemory } from './support/processes.mjs';
import { inParallel } from './support/stage.mjs';

// Long enough that making everything does not run into the next refresh.
const intervalSeconds = 60;
const interval = `${intervalSeconds}s`;

/** @type {import('./run.mjs').Benchmark} */
export async function vault({ quick, stage, say }) {
  const count = quick ? 300 : 1000;
  const keys = 10;
  const on = await externalStage(await stage());
  const bao = await vaultWith(keys);
  const front = await startFront(bao.plainUrl);
  const shown = (asked) => {
    const { reads, logins, others } = vaultCalls(asked);
    return `${reads} reads, ${logins} logins, ${others} others`;
  };
  try {
    await bao.storeAt(on, 'vault', front.url);
    await on.createExternal(externalSecrets(count, { store: 'vault', key: (i) => `remote-${i % keys}`, interval }));
    const run = await coldRun(on, { count, front, say });
    return [
      {
        what: `${count} ExternalSecrets × 2 entries over ${keys} Vault secrets, cold: start of the controller → all Secrets there (settled)`,
        ours: `${ms(run.took)} (${ms(run.settledMs)})`,
        reference: `ESO 102 s at its defaults, 20 s tuned (quoted for 1,000); as many bare Secrets by a bare client ${ms(run.bare)} (same run)`,
        ratio: `${times(run.took, run.bare)} of bare; ${times(20_000 * (count / 1000), run.took)} as fast as tuned`,
        aim: '≤ 10 s for 1,000',
      },
      cpuRow(run),
      {
        what: 'calls to Vault: cold; the next cycle',
        ours: `${shown(run.asked)}; ${shown(run.askedAgain)}`,
        reference: 'ESO 2,000 reads (quoted for 1,000)',
        ratio: '–',
        aim: `${keys} reads and 1 login; ${keys} reads`,
      },
      memoryRow(run, count),
    ];
  } finally {
    front.close();
    await bao.stop();
    await on.clear();
  }
}

/** @type {import('./run.mjs').Benchmark} */
export async function aws({ quick, stage, say }) {
  const count = quick ? 300 : 1000;
  const on = await externalStage(await stage());
  const moto = await startMoto();
  const front = await startFront(moto.url);
  const shown = (asked) =>
    Object.entries(awsCalls(asked))
      .map(([name, calls]) => `${name} ${calls}`)
      .join(', ') || 'none';
  try {
    const keys = Array.from({ length: count }, (_, index) => `remote-${index}`);
    // One after another: moto answers some of those that come together with 500.
    for (const key of keys) {
      await moto.secrets('CreateSecret', { Name: key, SecretString: JSON.stringify(values(key)) });
    }
    await awsStore(on, 'aws');
    const batches = batchesOf(keys);
    const startedAt = performance.now();
    await inParallel(batches, (ids) => moto.secrets('BatchGetSecretValue', { SecretIdList: ids }));
    const bare = elapsed(startedAt);
    await on.createExternal(externalSecrets(count, { store: 'aws', key: (i) => `remote-${i}`, interval }));
    const run = await coldRun(on, { count, front, say, flags: ['--aws-endpoint', front.url] });
    return [
      {
        what: `${count} ExternalSecrets × 2 entries over ${count} in AWS Secrets Manager, cold: start of the controller → all Secrets there (settled)`,
        ours: `${ms(run.took)} (${ms(run.settledMs)})`,
        reference: `ESO 104 s, 30 s tuned (quoted for 1,000); ${batches.length} batches by a bare client ${ms(bare)}, as many bare Secrets ${ms(run.bare)} (same run)`,
        ratio: `${times(run.took, run.bare)} of bare; ${times(30_000 * (count / 1000), run.took)} as fast as tuned`,
        aim: '≤ 10 s for 1,000',
      },
      cpuRow(run),
      {
        what: 'calls to AWS: cold; the next cycle',
        ours: `${shown(run.asked)}; ${shown(run.askedAgain)}`,
        reference: 'ESO 1,000 reads (quoted for 1,000)',
        ratio: '–',
        aim: `BatchGetSecretValue ${batches.length} each`,
      },
      memoryRow(run, count),
    ];
  } finally {
    front.close();
    await moto.stop();
    await on.clear();
  }
}

function batchesOf(keys) {
  const rest = [...keys];
  const batches = [];
  while (rest.length > 0) batches.push(rest.splice(0, 20));
  return batches;
}

/** Starts a controller, waits for all Secrets `app-…`, and then for a minute. */
export async function coldRun(on, { count, front, say, flags = [] }) {
  const watch = await on.watchSecrets();
  let there = 0;
  const last = watch.next((one) => one.type === 'ADDED' && one.name.startsWith('app-') && ++there === count, 600_000);
  const serversBefore = on.serverTime();
  const controller = await on.startController(...flags);
  try {
    const took = (await last).at - controller.startedAt;
    const cpu = processorTime(controller.pid);
    const serversCpu = on.serverTime() - serversBefore;
    await controller.settled(count);
    const settledMs = elapsed(controller.startedAt);
    const asked = front.take();
    const bare = await bareMs(on, count);
    // From here every object is refreshed once within an interval of as long.
    await pause(intervalSeconds * 1000);
    const askedAgain = front.take();
    say(`${ms(took)} to all there, settled ${ms(settledMs)}, ${asked.length} calls, then ${askedAgain.length}`);
    return { took, settledMs, bare, cpu, serversCpu, asked, askedAgain, memory: residentMemory(controller.pid) };
  } finally {
    watch.close();
    await controller.stop();
  }
}

/** What the API server alone takes for so many Secrets; the controller rests meanwhile. */
async function bareMs(on, count) {
  const data = { username: 'dXNlcg==', password: 'cGFzc3dvcmQ=' };
  const all = Array.from({ length: count }, (_, index) => ({ metadata: { name: `bare-${index}` }, data }));
  const startedAt = performance.now();
  await inParallel(all, on.createSecret);
  return elapsed(startedAt);
}

export const cpuRow = ({ cpu, serversCpu }) => ({
  what: `processor time of that: the controller's; the API server's and etcd's`,
  ours: `${ms(cpu)}; ${ms(serversCpu)}`,
  reference: '',
  ratio: '–',
  aim: '',
});

const memoryRow = ({ memory }, count) => ({
  what: `memory with ${count} ExternalSecrets, after a refresh of all`,
  ours: mb(memory),
  reference: 'ESO 146–157 MB (quoted for 1,000)',
  ratio: '–',
  aim: '≤ 150 MB',
});
