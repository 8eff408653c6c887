// `npm run bench [name…] [--quick] [--large] [--profile DIR]`: runs benchmarks and prints one table.
//
// Benchmarks are ratios: both sides run in one call on one machine. What is marked "quoted" was measured elsewhere, on
// the tools named, and stands there for orientation. `--quick` takes fewer samples, `--large` adds what takes minutes,
// `--profile DIR` lets every controller write a CPU profile.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { files, stream } from './bulk.mjs';
import { restart } from './calls.mjs';
import { check } from './check.mjs';
import { cold, keys } from './cold.mjs';
import { externalRestart } from './external-calls.mjs';
import { aws, vault } from './external-cold.mjs';
import { externalApply, externalDrift } from './external-latency.mjs';
import { neighbour, outage, throttle } from './external-trouble.mjs';
import { apply, drift } from './latency.mjs';
import { startup } from './startup.mjs';
import { staticRestart } from './static-calls.mjs';
import { staticCold } from './static-cold.mjs';
import { staticApply, staticShared, staticVersion } from './static-latency.mjs';
import { elapsed, ms } from './support/figures.mjs';
import { openStage } from './support/stage.mjs';

/** A line of the table. @typedef {{ what: string, ours: string, reference: string, ratio: string, aim: string }} Row */

/**
 * What a benchmark may use.
 * @typedef {object} Bench
 * @property {string} program the built `seal`
 * @property {string} folder for its files
 * @property {boolean} quick fewer samples
 * @property {boolean} large also what takes minutes
 * @property {() => Promise<import('./support/stage.mjs').Stage>} stage a real cluster, shared; leave it as it was
 * @property {() => Promise<import('./support/stage.mjs').Stage>} auditedStage another one, which logs every call
 * @property {(line: string) => void} say progress, on standard error
 */

/** @typedef {(bench: Bench) => Promise<Row[]>} Benchmark */

/** In the order of the table. @type {Record<string, Benchmark>} */
const benchmarks = {
  ...{ startup, files, stream, check, apply, drift, cold, keys },
  ...{ vault, aws, 'external-apply': externalApply, 'external-drift': externalDrift, throttle, neighbour },
  ...{
    static: staticCold,
    'static-apply': staticApply,
    'static-version': staticVersion,
    'static-shared': staticShared,
  },
  ...{ restart, 'external-restart': externalRestart, 'static-restart': staticRestart, outage },
};

/** Those that use the cluster with an audit log. */
const audited = ['restart', 'external-restart', 'static-restart', 'outage'];

const { values: flags, positionals: names } = parseArgs({
  options: { quick: { type: 'boolean' }, large: { type: 'boolean' }, profile: { type: 'string' } },
  allowPositionals: true,
});

const say = (/** @type {string} */ line) => process.stderr.write(`bench: ${line}\n`);

/** A copy, so that a build in between does not change what is measured. @param {string} folder */
function copyOfProgram(folder) {
  const dist = fileURLToPath(new URL('../dist', import.meta.url));
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, 'dist', 'seal.cjs');
}

/** @param {{ program: string, audit?: boolean }} options */
function lazyStage({ program, audit = false }) {
  /** @type {Promise<import('./support/stage.mjs').Stage> | undefined} */
  let opening;
  return {
    open: () => {
      opening ??= openStage({ program, audit, profile: flags.profile });
      return opening;
    },
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}

/** @param {string[]} wanted @param {string} folder */
async function runAll(wanted, folder) {
  const program = copyOfProgram(folder);
  const [stage, loud] = [lazyStage({ program }), lazyStage({ program, audit: true })];
  const { quick = false, large = false } = flags;
  /** @type {Row[]} */
  const rows = [];
  try {
    for (const name of wanted) {
      const startedAt = performance.now();
      say(`${name} …`);
      const own = mkdtempSync(join(folder, `${name}-`));
      rows.push(
        ...(await benchmarks[name]({
          ...{ program, folder: own, quick, large, say },
          ...{ stage: stage.open, auditedStage: loud.open },
        })),
      );
      say(`${name} took ${ms(elapsed(startedAt))}`);
      // The audit log slows its own cluster alone, but a second API server takes its share of the machine.
      if (name === wanted.findLast((one) => !audited.includes(one))) await stage.close();
    }
  } finally {
    await Promise.all([stage.close(), loud.close()]);
  }
  return rows;
}

/** @param {Row[]} rows */
function table(rows) {
  const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|');
  const lines = rows.map(({ what, ours, reference, ratio, aim }) => [what, ours, reference, ratio, aim].map(cell));
  const head = ['what', 'ours', 'reference', 'ratio', 'aim'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  say(`there is no ${unknown.join(', ')}: one of ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}
const [load = 0] = loadavg();
if (load > 0.5)
  say(`the machine is busy (load ${load.toFixed(1)}): times on the clock say little, ratios of one run more`);
const folder = mkdtempSync(join(tmpdir(), 'sealwright-bench-'));
// However this ends; what it started ends with it too.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const startedAt = performance.now();
const rows = await runAll(names.length > 0 ? names : Object.keys(benchmarks), folder);
const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), load ${load.toFixed(1)} at the start`;
console.log(`${machine}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(`\n${table(rows)}\n\nin ${ms(elapsed(startedAt))}`);
