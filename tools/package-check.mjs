// Tests the package as a package: pack, install into an empty folder, run the command, import the public API, lint the manifest.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'sealwright-package-'));
const run = (command, args, cwd = folder) => execFileSync(command, args, { cwd, encoding: 'utf8' });

function check(isTrue, what) {
  if (!isTrue) throw new Error(`package: ${what}`);
}

try {
  const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], root));
  const names = files.map(({ path }) => path);
  // Without its thread the command works, only slower: nothing else would tell.
  const needed = ['dist/seal.cjs', 'dist/session-keys-thread.cjs', 'LICENSE'];
  const missing = needed.filter((name) => !names.includes(name));
  check(missing.length === 0, `${missing.join(' and ')} is missing from the archive`);
  check(!names.some((name) => /^(test|bench|tools)\//.test(name)), 'tests or tools are in the archive');

  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  run('npm', ['install', '--no-save', '--prefer-offline', '--ignore-scripts', join(folder, filename)]);
  const installed = (bin, ...args) => run(join(folder, 'node_modules', '.bin', bin), args).trim();
  const completed = installed('kubectl_complete-seal', 'unsea');
  check(/^unseal\t.*\n:0$/.test(completed), `kubectl_complete-seal answers “${completed}”`);
  for (const bin of Object.keys(manifest.bin).filter((name) => !name.includes('complete'))) {
    const printed = installed(bin, '--version');
    check(
      printed.includes(manifest.version),
      `${bin} --version prints “${printed}”, package.json says ${manifest.version}`,
    );
  }
  const exported = run('node', ['-e', "import('sealwright').then((api) => console.log(Object.keys(api).join(' ')))"]);
  check(exported.trim() !== '', 'the public API is empty');

  const { messages, pkg } = await publint({ pkgDir: root, strict: true });
  for (const message of messages) console.error(formatMessage(message, pkg));
  check(messages.length === 0, `publint found ${messages.length} problems`);
  console.log(`package: ${names.length} files; exports ${exported.trim().split(' ').length} names`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
