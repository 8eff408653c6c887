// A kill between any two calls to the file system leaves the old file or the new one, whole.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyRegistry } from '../../keys/registry.ts';
import { openValue, sealValue } from '../../src/seal/value.ts';
import { testKey } from '../controller/support/house.ts';
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

/** Loaded before the program: kills the process at the call with this number, of those that are named or of all. */
const killer = `
const fs = require('node:fs');
let left = Number(process.env.KILL_AT);
const named = process.env.KILL_CALLS?.split(',');
const step = (name) => { if (!named || named.includes(name)) if (left-- === 0) process.kill(process.pid, 'SIGKILL'); };
const wrap = (object, names) => {
  for (const name of names) {
    const original = object[name];
    object[name] = function (...args) { step(name); return original.apply(this, args); };
  }
};
wrap(fs, ['openSync', 'closeSync', 'readFileSync', 'unlinkSync', 'writeFileSync', 'renameSync', 'mkdirSync']);
wrap(fs, ['statSync', 'fstatSync', 'fchmodSync', 'fchownSync', 'fsync', 'accessSync', 'readlinkSync']);
wrap(fs.realpathSync, ['native']);
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
}, 180_000);

const promoted = 'environments/production/db.yaml';
const cert = ['--cert', 'certs/rsa2048.crt', '--no-record'];
const otherCommands = [
  { what: 'unset', argv: ['unset', 'db.yaml', 'password'], path: 'db.yaml', isNew: /encryptedData:\n {4}\{\}\n$/ },
  { what: 'edit', argv: ['edit', 'db.yaml', ...cert], path: 'db.yaml', isNew: /password: AQ\S{300,} # why\n$/ },
  {
    what: 'promote',
    argv: ['promote', 'db', '--from', 'staging', '--to', 'production', 'password=x', '-n', 'live', ...cert],
    path: promoted,
    isNew: /^# ours\n.*namespace: live\}\nspec:\n {2}encryptedData:\n {4}password: AQ\S{300,} # why\n$/s,
  },
];

test.each(otherCommands)('seal $what, killed at every call that writes', ({ argv, path, isNew }) => {
  const old = path === promoted ? undefined : sealed;
  mkdirSync(join(folder.path, 'environments/staging'), { recursive: true });
  writeFileSync(join(folder.path, 'environments/staging/db.yaml'), sealed);
  writeFileSync(join(folder.path, '.sealwright.yaml'), 'version: 1\nclusters: {production: {certificates: [a.pem]}}\n');
  // Where the buffer was: nobody takes it away after a kill that cannot be seen.
  const editor = join(folder.path, 'editor.sh');
  writeFileSync(editor, '#!/bin/sh\necho "$1" >> buffers\nsed -i "s/<sealed>/n3w/" "$1"\n', { mode: 0o755 });
  const calls = 'openSync,writeFileSync,fchmodSync,fsync,closeSync,renameSync,mkdirSync';
  const outcomes: string[] = [];
  for (let at = 0, isDone = false; !isDone; at++) {
    expect(at).toBeLessThan(200);
    rmSync(join(folder.path, path), { force: true });
    if (old !== undefined) writeFileSync(join(folder.path, path), old);
    const env = { PATH: process.env.PATH ?? '', HOME: folder.path, KILL_AT: String(at), KILL_CALLS: calls };
    const { status, signal } = spawnSync(
      process.execPath,
      ['--require', join(folder.path, 'killer.cjs'), program.path, ...argv],
      { cwd: folder.path, env: { ...env, EDITOR: editor } },
    );
    isDone = signal === null;
    if (isDone) expect(status).toBe(0);
    const full = join(folder.path, path);
    const text = existsSync(full) ? readFileSync(full, 'utf8') : undefined;
    if (text !== old) expect(text).toMatch(isNew);
    outcomes.push(text === old ? 'old' : 'new');
  }
  const buffers = existsSync(join(folder.path, 'buffers')) ? readFileSync(join(folder.path, 'buffers'), 'utf8') : '';
  for (const buffer of buffers.split('\n').filter(Boolean)) rmSync(dirname(buffer), { recursive: true, force: true });
  expect(outcomes.indexOf('new')).toBeGreaterThan(2);
  expect(outcomes.slice(outcomes.indexOf('new'))).not.toContain('old');
});

// What happens between these calls, the test above tells of one file.
test('seal reseal over a tree, killed at every flush and rename: each file is old or new, and a second run does the rest', async () => {
  const { certificate } = await testKey('rsa2048');
  const sealedFor = { scope: 'strict', namespace: 'shop', name: 'db' } as const;
  const old = sealed.replace('AgBold', await sealValue(Buffer.from('s3cret'), { certificate, sealedFor }));
  const names = ['tree/a.yaml', 'tree/b.yaml'];
  mkdirSync(join(folder.path, 'tree'));
  const keys = ['--private-key', 'keys/rsa2048-pkcs8.key', '--private-key', 'keys/other2048-pkcs8.key'];
  const argv = ['reseal', 'tree', '--no-record', '--cert', 'certs/other2048.crt', ...keys];
  const states = new Set<string>();
  for (let at = 0, isDone = false; !isDone; at++) {
    expect(at).toBeLessThan(300);
    for (const name of names) writeFileSync(join(folder.path, name), old);
    const { status, signal } = spawnSync(
      process.execPath,
      ['--require', join(folder.path, 'killer.cjs'), program.path, ...argv],
      {
        cwd: folder.path,
        env: { PATH: process.env.PATH ?? '', HOME: folder.path, KILL_AT: String(at), KILL_CALLS: 'fsync,renameSync' },
      },
    );
    isDone = signal === null;
    if (isDone) expect(status).toBe(0);
    const texts = names.map((name) => readFileSync(join(folder.path, name), 'utf8'));
    const opened = await Promise.all(texts.map(openedBy));
    states.add(opened.join());
    const again = await folder.seal(argv);
    expect(again.code).toBe(0);
    for (const [index, name] of names.entries()) {
      const now = readFileSync(join(folder.path, name), 'utf8');
      if (opened[index] === 'other2048') expect(now).toBe(texts[index]);
      expect(await openedBy(now)).toBe('other2048');
    }
  }
  expect([...states]).toEqual(['rsa2048,rsa2048', 'other2048,rsa2048', 'other2048,other2048']);

  /** Which key alone opens the value of a file that is otherwise as it was. */
  async function openedBy(text: string): Promise<string> {
    const value = /password: (\S+) # why\n$/.exec(text)?.[1] ?? '';
    expect(text.replace(value, 'AgBold')).toBe(sealed);
    for (const name of ['rsa2048', 'other2048'] as const) {
      const opener = new KeyRegistry([await testKey(name)]);
      if (await openValue(value, { opener, sealedFor }).catch(() => undefined)) return name;
    }
    return 'none';
  }
});
