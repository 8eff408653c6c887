// Starts background programs under a supervisor process, which stops them when asked and when this process dies.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const supervisorFile = fileURLToPath(new URL('supervisor.mjs', import.meta.url));

/**
 * How a program ended: its exit code, or the signal that ended it.
 * @typedef {{ code: number | null, signal: string | null }} End
 */

/**
 * @typedef {object} Program
 * @property {number} pid
 * @property {() => string} output everything it has written so far, both streams in the order of writing
 * @property {() => End | undefined} end how it ended; undefined while it runs
 * @property {Promise<End>} ended settles when it has ended, never rejects
 * @property {(signal?: NodeJS.Signals, graceMs?: number) => Promise<End>} stop sends the signal (default SIGTERM), then
 *   SIGKILL after `graceMs` (default 10,000), and waits for the end
 */

/**
 * @typedef {object} Supervisor
 * @property {string} folder a fresh folder, removed after the stop
 * @property {(command: string, args: string[], options?: { name?: string, env?: NodeJS.ProcessEnv, cwd?: string }) => Promise<Program>} start
 *   rejects when the program cannot be started; `env` replaces the environment (default: ours)
 * @property {() => Promise<void>} stop stops what still runs and removes the folder
 */

/** @returns {Supervisor} */
export function createSupervisor() {
  const folder = mkdtempSync(join(tmpdir(), 'sealwright-e2e-'));
  const child = spawn(process.execPath, [supervisorFile, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  const listeners = new Map();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    listeners.get(message.id)?.(message);
  });
  child.stdin.on('error', () => {});
  const whileAwake = keeperOf(child);
  let count = 0;
  return {
    folder,
    start(command, args, { name = 'program', env = process.env, cwd = process.cwd() } = {}) {
      const id = ++count;
      const log = join(folder, `${name}-${id}.log`);
      const program = programOf(log, whileAwake, (listener) => listeners.set(id, listener));
      child.stdin.write(`${JSON.stringify({ id, command, args, env, cwd, log })}\n`);
      return whileAwake(program);
    },
    async stop() {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}

/**
 * The supervisor keeps its user alive only while the user waits for it: when the user has nothing left to do, both go.
 * @returns {<T>(waitedFor: Promise<T>) => Promise<T>}
 */
function keeperOf(child) {
  for (const handle of [child, child.stdin, child.stdout]) handle.unref();
  let waiting = 0;
  return async (waitedFor) => {
    if (waiting++ === 0) child.stdout.ref();
    try {
      return await waitedFor;
    } finally {
      if (--waiting === 0) child.stdout.unref();
    }
  };
}

/** @returns {Promise<Program>} settles when the supervisor has told the process id, or why there is none */
function programOf(log, whileAwake, listen) {
  return new Promise((resolve, reject) => {
    /** @type {End | undefined} */
    let end;
    let tellEnd;
    const ended = new Promise((settle) => {
      tellEnd = settle;
    });
    const program = (pid) => ({
      pid,
      output: () => readFileSync(log, 'utf8'),
      end: () => end,
      ended,
      async stop(signal = 'SIGTERM', graceMs = 10_000) {
        if (end) return end;
        process.kill(pid, signal);
        const timer = setTimeout(() => process.kill(pid, 'SIGKILL'), graceMs);
        const told = await whileAwake(ended);
        clearTimeout(timer);
        return told;
      },
    });
    listen((message) => {
      if (message.error) reject(new Error(message.error));
      if (message.pid) resolve(program(message.pid));
      if (message.end) {
        end = message.end;
        tellEnd(end);
      }
    });
  });
}
