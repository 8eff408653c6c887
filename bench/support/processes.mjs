// Runs programs as a benchmark does: nothing in the environment that slows one side, times from start to exit.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { fileURLToPath } from 'node:url';
import { elapsed, median } from './figures.mjs';

const peakHook = fileURLToPath(new URL('peak-memory.cjs', import.meta.url));

/** Our environment without what would only cost one side time (NODE_EXTRA_CA_CERTS: 25 to 45 ms on Node 20). */
export function plainEnvironment(extra = {}) {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
  return { ...env, KUBECONFIG: devNull, ...extra };
}

/**
 * One call from start to exit, in milliseconds. Throws when it fails.
 * @param {[string, ...string[]]} command
 * @param {{ input?: string, cwd?: string }} [options]
 */
export function timeCall([program, ...args], { input = '', cwd } = {}) {
  const startedAt = performance.now();
  const { status, stderr, error } = spawnSync(program, args, {
    input,
    cwd,
    env: plainEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe'],
    timeout: 300_000,
  });
  const took = elapsed(startedAt);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return took;
}

/**
 * Calls every command in turn, `rounds` times, so that a slow moment of the machine is shared; medians in milliseconds.
 * @template {Record<string, [string, ...string[]]>} C
 * @param {C} commands
 * @param {number} rounds
 * @returns {Record<keyof C, number>}
 */
export function interleaved(commands, rounds) {
  const names = Object.keys(commands);
  const samples = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  for (const name of names) timeCall(commands[name]);
  for (let round = 0; round < rounds; round++) for (const name of names) samples[name].push(timeCall(commands[name]));
  return /** @type {any} */ (Object.fromEntries(names.map((name) => [name, median(samples[name])])));
}

/**
 * The most memory that a Node program ever held, in bytes. Not for timing.
 * @param {string[]} args of node
 * @param {string} [input]
 */
export function peakMemory(args, input = '') {
  const { status, stderr } = spawnSync(process.execPath, ['--require', peakHook, ...args], {
    input,
    env: plainEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe'],
    timeout: 300_000,
  });
  const [, kilobytes] = /peak-memory (\d+)\n$/.exec(stderr.toString()) ?? [];
  if (status !== 0 || kilobytes === undefined) throw new Error(`no peak of memory: ${stderr}`);
  return Number(kilobytes) * 1024;
}

/** Resident memory of a process now, in bytes. @param {number} pid */
export function residentMemory(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Processor time that a process has used, in milliseconds. @param {number} pid */
export function processorTime(pid) {
  // After the name, which may hold blanks: utime and stime are fields 14 and 15, in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The processes whose arguments name `text`, such as a folder that only they use, and not `other`. @param {string} text @param {string} other */
export function processesNaming(text, other) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return line.includes(text) && !line.includes(other);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/**
 * The output of a call that must succeed.
 * @param {[string, ...string[]]} command
 * @param {string} [input]
 * @returns {Promise<string>}
 */
export function outputOf([program, ...args], input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: plainEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
    /** @type {{ out: Buffer[], err: Buffer[] }} */
    const chunks = { out: [], err: [] };
    child.stdout.on('data', (chunk) => chunks.out.push(chunk));
    child.stderr.on('data', (chunk) => chunks.err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks.out).toString());
      else reject(new Error(`${program} ended with ${code}: ${Buffer.concat(chunks.err)}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
