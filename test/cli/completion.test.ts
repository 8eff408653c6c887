// What shells offer: the words of the table, and three real shells that ask for them.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { missingProgram, titled } from '../support/missing.ts';
import { Folder } from './harness.ts';
import { buildProgram, type Program } from './program.ts';

const sealed = `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec:
  encryptedData:
    password: AgB
    username: AgB
    $(reboot): AgB
`;
const configuration = `version: 1
clusters:
  production: {certificates: [a.pem]}
  staging: {certificates: [b.pem]}
rules: []
`;

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  writeFileSync(join(folder.path, 'db.yaml'), sealed);
  writeFileSync(join(folder.path, 'my file.yaml'), sealed);
  writeFileSync(join(folder.path, '.sealwright.yaml'), configuration);
  mkdirSync(join(folder.path, 'deep'));
});
afterEach(() => folder.remove());

/** What is offered after `seal`, the last word being begun. */
async function offered(...words: string[]) {
  const { code, stdout, stderr } = await folder.seal(['completion', '--for', 'bash', '--', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [paths, ...lines] = stdout.trimEnd().split('\n');
  return { paths, words: lines.map((line) => line.split('\t')[0]) };
}

describe('offered are', () => {
  test('the commands, and files for the default one', async () => {
    expect(await offered('')).toEqual({ paths: ':files', words: [...Object.keys(commands), 'help'] });
    expect((await offered('uns')).words).toEqual(['unset', 'unseal']);
    expect((await offered('help', 'cer')).words).toEqual(['cert']);
  });

  test('the options of the command, those of all commands, and none that is hidden or there already', async () => {
    expect((await offered('set', 'db.yaml', '--')).words).toEqual(
      expect.arrayContaining(['--from-file', '--cert', '--no-record', '--no-progress', '--help']),
    );
    const given = ['set', '--cert', 'a.pem', '--from-file', 'x', '--no-record'];
    const { words } = await offered(...given, '--');
    expect(words).not.toContain('--cert');
    expect(words).not.toContain('--no-record');
    expect(words).toContain('--from-file');
    expect((await offered('kubeseal', '--')).words).not.toContain('--logtostderr');
    expect((await offered('--al')).words).toEqual(['--allow-empty-data', '--allow-expired']);
  });

  test.each([[['--scope', '']], [['seal', '--scope', '']], [['--no-progress', 'seal', '--scope', '']]])(
    'the values of an option: %j',
    async (words) => {
      expect(await offered(...words)).toEqual({ paths: ':none', words: ['strict', 'namespace-wide', 'cluster-wide'] });
    },
  );

  test('the value behind a sign of equality', async () => {
    expect(await offered('--scope=n')).toEqual({ paths: ':none', words: ['--scope=namespace-wide'] });
    expect((await offered('--cert=')).paths).toBe(':files');
  });

  test('files where an option or an argument takes one, and folders where it takes one', async () => {
    expect(await offered('set', '--cert', '')).toEqual({ paths: ':files', words: [] });
    expect(await offered('set', '-n', '')).toEqual({ paths: ':none', words: [] });
    expect(await offered('edit', '')).toEqual({ paths: ':files', words: [] });
    expect(await offered('dev', '')).toEqual({ paths: ':folders', words: [] });
  });

  test('clusters of the repository, from a folder of it too, but not for kubeseal', async () => {
    expect((await offered('set', '--cluster', '')).words).toEqual(['production', 'staging']);
    expect((await offered('set', '--cluster=s')).words).toEqual(['--cluster=staging']);
    expect((await offered('cert', '--pin', '')).words).toEqual(['production', 'staging']);
    expect((await offered('kubeseal', '--cluster', '')).words).toEqual([]);
  });

  test('items of the file that are not named yet, and nothing that a shell would run', async () => {
    expect((await offered('unset', 'db.yaml', '')).words).toEqual(['password', 'username']);
    expect((await offered('set', 'db.yaml', 'password', 'u')).words).toEqual(['username']);
    expect((await offered('set', 'missing.yaml', '')).words).toEqual([]);
    writeFileSync(join(folder.path, 'broken.yaml'), 'a: [');
    expect((await offered('set', 'broken.yaml', '')).words).toEqual([]);
  });

  test('words alone after two dashes', async () => {
    expect(await offered('edit', '--', '--')).toEqual({ paths: ':files', words: [] });
  });

  test('nothing where the configuration is broken', async () => {
    writeFileSync(join(folder.path, '.sealwright.yaml'), 'clusters: [');
    expect(await offered('set', '--cluster', '')).toEqual({ paths: ':none', words: [] });
  });

  test('for every command, with a line of help each', async () => {
    for (const name of Object.keys(commands)) {
      const { stdout } = await folder.seal(['completion', '--for', 'zsh', '--', name, '--']);
      expect(stdout, name).toMatch(/^:none\n(--[\w-]+\t.+\n)+$/);
    }
  });

  test('to kubectl in the form of Cobra', async () => {
    const { stdout } = await folder.seal(['completion', '--for', 'kubectl', '--', '--scope', 'c']);
    expect(stdout).toBe('cluster-wide\t\n:4\n');
    expect((await folder.seal(['completion', '--for', 'kubectl', '--', 'edit', ''])).stdout).toBe(':0\n');
  });

  test('no script for a shell that has none', async () => {
    expect(await folder.seal(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
    expect(await folder.seal(['completion'])).toMatchObject({ code: 2, stdout: '' });
  });
});

// There are others of that name, which know none of these options.
const missingScript =
  spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'script of util-linux is not installed';
const interactive: Record<string, { argv: string[]; load: string }> = {
  bash: { argv: ['--norc', '--noprofile', '-i'], load: 'source <(seal completion bash)' },
  zsh: { argv: ['-f', '-i'], load: 'autoload -Uz compinit; compinit -u -D; source <(seal completion zsh)' },
  fish: { argv: ['--no-config', '-i'], load: 'seal completion fish | source' },
};

describe.each(Object.entries(interactive))('a real %s', (shell, { argv, load }) => {
  const missing = missingProgram(shell) ?? missingScript;
  let program: Program;
  let terminal: ChildProcess | undefined;
  let closed: Promise<unknown> | undefined;
  let shown = '';
  beforeAll(async () => {
    program = await buildProgram();
  });
  afterAll(() => program.remove());

  /** Starts the shell in the folder, with `seal` on its path. */
  async function start(): Promise<void> {
    const bin = join(folder.path, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'seal'), `#!/bin/sh\nexec '${process.execPath}' '${program.path}' "$@"\n`);
    chmodSync(join(bin, 'seal'), 0o755);
    const env = { PATH: `${bin}:${process.env.PATH}`, HOME: folder.path, TERM: 'dumb', PS1: '> ' };
    const command = `stty cols 200 rows 50; exec ${shell} ${argv.join(' ')}`;
    shown = '';
    terminal = spawn('script', ['--quiet', '--flush', '--command', command, '/dev/null'], {
      cwd: folder.path,
      env,
      // The shell has the fourth too: all are closed when it has written its history and ended.
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    closed = once(terminal, 'close');
    terminal.stdout?.on('data', (chunk) => {
      // Some ring the bell as they complete.
      shown += String(chunk).replaceAll('\u0007', '');
    });
    type(`${load}; echo read''y\r`);
    await until(/ready/);
  }
  afterEach(async () => {
    // Asked to end, `script` gives the shell two seconds more; without its terminal that ends by itself.
    terminal?.kill('SIGKILL');
    await closed;
  });

  const type = (keys: string) => terminal?.stdin?.write(keys);
  const until = (pattern: RegExp) => expect.poll(() => shown).toMatch(pattern);

  test.skipIf(missing).each([
    ['a command', 'unsea', /unseal /],
    ['an option', 'unset db.yaml --docu', /unset db\.yaml --document /],
    ['a value', 'seal --scope namesp', /--scope namespace-wide /],
    ['a value behind a sign of equality', 'seal --scope=namesp', /--scope=namespace-wide /],
    ['a cluster', 'set db.yaml --cluster prod', /--cluster production /],
    ['an item', 'set db.yaml passw', /set db\.yaml password /],
    ['a file', 'edit db', /edit db\.yaml /],
    ['a file of an option', 'set db.yaml --cert=certs/rsa20', /--cert=certs\/rsa2048\.crt /],
    ['a folder', 'dev dee', /dev deep\//],
    ['a file with a blank in its name', 'edit my\\ fi', /edit my\\ file\.yaml /],
    ['an item of such a file', 'set my\\ file.yaml passw', /file\.yaml password /],
    ['an item of a file in quotes', "set 'my file.yaml' passw", /file\.yaml' password /],
  ])(titled('completes %s', missing), async (_, begun, expected) => {
    await start();
    shown = '';
    // Behind a space, so that what is typed on is told apart from what was completed.
    type(`seal ${begun}\t`);
    await until(expected);
  });
});

test('the script for bash is one that bash takes without a word', async () => {
  const { stdout } = await folder.seal(['completion', 'bash']);
  expect(execFileSync('bash', ['-n'], { input: stdout }).toString()).toBe('');
});
