// The file that people start, around a command of a few words: with V8's form of it, without, and with a damaged one.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';

const command = `(function(require,importLate){importLate('./lib/late.js').then(({ word }) => {
  const { basename } = require('node:path');
  console.log(word, basename(new Error().stack.match(/at .*?([^ (]*command.cjs:\\d+)/)[1]));
})})`;
const cacheName = `command-${process.version}-${process.platform}-${process.arch}.cache`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealwright-start-'));
  copyFileSync(join(import.meta.dirname, '..', '..', 'cli', 'start.cjs'), join(folder, 'seal.cjs'));
  writeFileSync(join(folder, 'command.cjs'), command);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib', 'late.js'), "export const word = 'late';");
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (...flags: string[]) =>
  execFileSync(process.execPath, [...flags, join(folder, 'seal.cjs')], { encoding: 'utf8', stdio: 'pipe' });
const expected = 'late command.cjs:3\n';

test.skipIf(process.platform === 'win32')(
  'what people start may be started, also after another build behind `npm link`',
  () => {
    // The build copies these files with their mode.
    for (const file of ['cli/start.cjs', 'cli/kubectl-complete.cjs']) expect(statSync(file).mode & 0o111).toBe(0o111);
  },
);

test('the command runs, imports its late parts, and has its file and line in stack traces', () => {
  expect(start()).toBe(expected);
});

test("V8's form of the command is used where it is of this very program and Node", () => {
  const made = new Script(command, { filename: 'command.cjs' }).createCachedData();
  writeFileSync(join(folder, cacheName), made);
  expect(start()).toBe(expected);
  const probe = `const script = require(${JSON.stringify(join(folder, 'seal.cjs'))}); console.log(script.cachedDataRejected)`;
  expect(execFileSync(process.execPath, ['-e', probe], { encoding: 'utf8' })).toBe(`false\n${expected}`);
});

test('a form that is damaged, of other flags or of another program is left aside without a word', () => {
  writeFileSync(join(folder, cacheName), 'not what V8 made');
  expect(start()).toBe(expected);
  writeFileSync(join(folder, cacheName), new Script('0').createCachedData());
  expect(start()).toBe(expected);
  writeFileSync(join(folder, cacheName), new Script(command).createCachedData());
  expect(start('--no-opt')).toBe(expected);
});
