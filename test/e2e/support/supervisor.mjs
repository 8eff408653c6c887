// Keeps background programs of a test run: starts them when told to, and stops exactly those when its own input ends.
//
// A process of its own, driven by supervise.mjs in lines of JSON. Its input ends when its user asks for a stop and also
// when its user dies in any way, SIGKILL included, so that a crashed test run leaves no server behind. It runs in a
// session of its own: Ctrl-C reaches the test run first, and the order of stopping stays ours.
//
//   in:  {"id": 1, "command": "/path", "args": ["…"], "env": {…}, "cwd": "/", "log": "/path/etcd.log"}
//   out: {"id": 1, "pid": 123}   {"id": 1, "end": {"code": 1, "signal": null}}   {"id": 1, "error": "spawn … ENOENT"}
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Time for an orderly end before a program is killed. Short: nothing in these servers is worth keeping. */
const graceMs = 1_000;

/** Removed at the end. */
const [folder] = process.argv.slice(2);
const programs = [];

process.on('SIGTERM', () => stopAll());
process.on('SIGINT', () => stopAll());
// Writing to a user that has died must not keep us from cleaning up after it.
process.stdout.on('error', () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => start(JSON.parse(line)));
lines.on('close', () => stopAll());

function start({ id, command, args, env, cwd, log }) {
  const file = openSync(log, 'a');
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', file, file] });
  closeSync(file);
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(tell({ id, error: error.message })));
    child.on('exit', (code, signal) => resolve(tell({ id, end: { code, signal } })));
  });
  programs.push({ child, ended });
  if (child.pid) tell({ id, pid: child.pid });
}

let stopping = false;

async function stopAll() {
  if (stopping) return;
  stopping = true;
  for (const { child } of programs) child.kill('SIGTERM');
  const timer = setTimeout(() => {
    for (const { child } of programs) child.kill('SIGKILL');
  }, graceMs);
  await Promise.all(programs.map(({ ended }) => ended));
  clearTimeout(timer);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
