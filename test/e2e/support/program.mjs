// Runs other programs for tests and benchmarks: to their end with a time limit, or in the background until stopped.
import { spawn } from 'node:child_process';
import { createSupervisor } from './supervise.mjs';

/** @typedef {import('./supervise.mjs').Program} Program */

/**
 * @typedef {object} Result
 * @property {string} stdout
 * @property {string} stderr
 * @property {number | null} code the exit code; null when a signal ended it
 * @property {boolean} timedOut true when the time limit ended it
 */

/**
 * Runs a program to its end. A failing exit code is a result, not an error; a program that cannot start rejects.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ input?: string | Uint8Array, env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs?: number }} [options]
 *   `input` is what it reads (default: nothing), `env` replaces the environment (default: ours), `timeoutMs` ends it
 *   by SIGKILL (default 60,000)
 * @returns {Promise<Result>}
 */
export function run(command, args, { input = '', env = process.env, cwd, timeoutMs = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: 'pipe' });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ stdout: stdout(), stderr: stderr(), code, timedOut });
    });
    // A program that ends without reading its input is no error of ours.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** @type {import('./supervise.mjs').Supervisor | undefined} */
let supervisor;

/**
 * Starts a program in the background, such as `seal controller`. It is stopped when this process ends, however it ends.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ name?: string, env?: NodeJS.ProcessEnv, cwd?: string }} [options] `env` replaces the environment (default: ours)
 * @returns {Promise<Program>} rejects when it cannot start
 */
export function start(command, args, options) {
  supervisor ??= createSupervisor();
  return supervisor.start(command, args, options);
}

/** @param {NodeJS.ReadableStream} stream @returns {() => string} the text so far */
function collect(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
