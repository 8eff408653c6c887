// A kill between any two calls to the file system leaves the old file or the new one, whole.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder } from './harness.ts';
import { buildProgram, type Program } from './program.ts';

const sealed = `# ours
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec:
  encryptedData:
    password: AgBold # why
`;

/** Loaded before the program: kills the process at the call with this number. */
const killer = `
const fs = require('node:fs');
let left = Number(process.env.KILL_AT);
const step = () => { if (left-- === 0) process.kill(process.pid, 'SIGKILL'); };
const wrap = (object, names) => {
  for (const name of names) {
    const original = object[name];
    object[name] = function (...args) { step(); return original.apply(this, args); };
  }
};
const open = fs.promises.open;
wrap(fs, ['openSync', 'closeSync', 'readFileSync', 'unlinkSync', 'writeFileSync', 'renameSync']);
wrap(fs.promises, ['stat', 'realpath', 'readlink', 'access', 'rename', 'mkdir']);
fs.promises.open = async (...args) => {
  step();
  const handle = await open(...args);
  wrap(handle, ['writeFile', 'stat', 'chown', 'chmod', 'sync', 'close']);
  return handle;
};
`;

let program: Program;
let folder: Folder;
beforeAll(async () => {
  program = await buildProgram();
  folder = new Folder();
  writeFileSync(join(folder.path, 'killer.cjs'), killer);
});
afterAll(() => {
  program.remove();
  folder.remove();
});

test('seal set, killed at every call', () => {
  const expected = /^AQ[A-Za-z0-9+/]{300,}={0,2}$/;
  const path = join(folder.path, 'db.yaml');
  const outcomes: ('old' | 'new')[] = [];
  for (let at = 0, isDone = false; !isDone; at++) {
    expect(at).toBeLessThan(200);
    writeFileSync(path, sealed);
    const argv = [
      '--require',
      join(folder.path, 'killer.cjs'),
      program.path,
      'set',
      'db.yaml',
      'password',
      '--no-record',
    ];
    const { status, signal } = spawnSync(process.execPath, [...argv, '--cert', 'certs/rsa2048.crt'], {
      cwd: folder.path,
      env: { PATH: process.env.PATH ?? '', HOME: folder.path, KILL_AT: String(at) },
      input: 's3cret',
    });
    isDone = signal === null;
    if (isDone) expect(status).toBe(0);
    const text = readFileSync(path, 'utf8');
    const value = /password: (\S+) # why\n$/.exec(text)?.[1] ?? '';
    expect(text.replace(value, 'AgBold')).toBe(sealed);
    if (value !== 'AgBold') expect(value).toMatch(expected);
    outcomes.push(value === 'AgBold' ? 'old' : 'new');
  }
  // Old until the rename, new ever after.
  expect(outcomes.indexOf('new')).toBeGreaterThan(8);
  expect(outcomes.slice(outcomes.indexOf('new'))).not.toContain('old');
});
