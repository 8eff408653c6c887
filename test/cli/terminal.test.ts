// The program on a real terminal, by util-linux' `script`: hidden prompts, editors, interrupts, and what they leave behind.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Folder } from './harness.ts';
import { buildProgram, type Program } from './program.ts';

const sealed = `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec:
  encryptedData:
    password: AgBold
`;
const interruptKey = '\x03';

let program: Program;
let folder: Folder;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());
beforeEach(() => {
  folder = new Folder();
  writeFileSync(join(folder.path, 'db.yaml'), sealed);
});
const children = new Set<ChildProcess>();
afterEach(() => {
  // Those of a test that failed: an editor would stay for minutes.
  for (const child of children) child.kill();
  children.clear();
  folder.remove();
});

const textOf = (name: string) => readFileSync(join(folder.path, name), 'utf8');
const untouched = () => {
  expect(textOf('db.yaml')).toBe(sealed);
  expect(readdirSync(folder.path).filter((name) => name.startsWith('.seal-'))).toEqual([]);
};

/** A program in the folder that stands for an editor. */
function editor(script: string): string {
  const path = join(folder.path, 'editor.sh');
  writeFileSync(path, `#!/bin/sh\n${script}`);
  chmodSync(path, 0o755);
  return path;
}

interface Terminal {
  child: ChildProcess;
  /** Everything that was shown so far. */
  shown(): string;
  /** Resolves with the match once that is on the screen. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  type(keys: string): void;
  ended: Promise<number | null>;
}

function environment(extra: Record<string, string>) {
  return { PATH: process.env.PATH ?? '', HOME: folder.path, TERM: 'xterm', ...extra };
}

function onTerminal(argv: readonly string[], env: Record<string, string> = {}): Terminal {
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  // Without a terminal of its own, `script` makes one of no width.
  const command = `stty cols 100 rows 30; exec ${[process.execPath, program.path, ...argv].map(quote).join(' ')}`;
  return watched(
    spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd: folder.path,
      env: environment(env),
    }),
  );
}

function watched(child: ChildProcess): Terminal {
  children.add(child);
  let text = '';
  let look = () => {};
  const add = (chunk: Buffer) => {
    text += chunk.toString();
    look();
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    child,
    ended,
    shown: () => text,
    type: (keys) => child.stdin?.write(keys),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
        };
        look();
        void ended.then(() => reject(new Error(`it ended without ${pattern}:\n${text}`)));
      }),
  };
}

const withCert = ['--cert', 'certs/rsa2048.crt'];

describe('a value that is asked for', () => {
  test('is not shown while it is typed, and is what was typed', async () => {
    const terminal = onTerminal(['set', 'db.yaml', 'password', ...withCert]);
    await terminal.until(/Value of password/);
    terminal.type('hunter2\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).not.toContain('hunter2');
    const { stdout } = await folder.seal(['unseal', 'db.yaml', '--private-key', 'keys/rsa2048-pkcs8.key']);
    expect(stdout).toContain(`password: ${Buffer.from('hunter2').toString('base64')}\n`);
  });

  test('may be refused with Ctrl-C: 130, and nothing is left behind', async () => {
    const terminal = onTerminal(['set', 'db.yaml', 'password', ...withCert]);
    await terminal.until(/Value of password/);
    terminal.type(`hunt${interruptKey}`);
    expect(await terminal.ended).toBe(130);
    expect(terminal.shown()).not.toContain('hunt');
    untouched();
  });
});

describe('seal promote', () => {
  const production = 'environments/production/db.yaml';
  const argv = ['promote', 'db', '--from', 'staging', '--to', 'production', '-n', 'live', ...withCert];

  beforeEach(() => {
    for (const name of ['staging', 'production'])
      mkdirSync(join(folder.path, 'environments', name), { recursive: true });
    writeFileSync(join(folder.path, 'environments/staging/db.yaml'), `${sealed}    token: AgBstaging\n`);
    const there = sealed.replace('name: db', 'name: cache').replace('shop', 'live');
    writeFileSync(join(folder.path, 'environments/production/cache.yaml'), there);
  });

  test('shows what is missing, then asks for each value without showing it', async () => {
    const terminal = onTerminal(argv);
    await terminal.until(/token +✓ +✗ missing, asked for/);
    await terminal.until(/Value of password/);
    terminal.type('hunter2\r');
    await terminal.until(/Value of token/);
    terminal.type('t0ken\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).not.toMatch(/hunter2|t0ken/);
    const { stdout } = await folder.seal(['unseal', production, '--private-key', 'keys/rsa2048-pkcs8.key']);
    expect(stdout).toContain(`password: ${Buffer.from('hunter2').toString('base64')}\n`);
    expect(stdout).toContain(`token: ${Buffer.from('t0ken').toString('base64')}\n`);
  });

  test('may be given up with Ctrl-C between two values: 130, and no file', async () => {
    const terminal = onTerminal(argv);
    await terminal.until(/Value of password/);
    terminal.type('hunter2\r');
    await terminal.until(/Value of token/);
    terminal.type(interruptKey);
    expect(await terminal.ended).toBe(130);
    expect(readdirSync(join(folder.path, 'environments/production'))).toEqual(['cache.yaml']);
  });
});

describe('an editor', () => {
  const edit = (EDITOR: string) => onTerminal(['edit', 'db.yaml', ...withCert], { EDITOR });

  test('has the terminal, its arguments, and what it saves is sealed', async () => {
    const path = editor('printf "speak: " >&2; read answer; sed -i "s/<sealed>/$1-$answer/" "$2"\n');
    const terminal = edit(`${path} friend`);
    await terminal.until(/speak: /);
    terminal.type('mellon\r');
    expect(await terminal.ended).toBe(0);
    const { stdout } = await folder.seal(['unseal', 'db.yaml', '--private-key', 'keys/rsa2048-pkcs8.key']);
    expect(stdout).toContain(`password: ${Buffer.from('friend-mellon').toString('base64')}\n`);
  });

  test.each([
    [
      'fails',
      'echo "$1"; echo "password: n3w" > "$1"; exit 3\n',
      1,
      /the editor \(\S+\) ended with 3; nothing was changed/,
    ],
    ['saves nonsense', 'echo "$1"; echo "password: {a" > "$1"\n', 1, /what was saved: line \d: not valid YAML/],
    ['takes its file away', 'echo "$1"; rm "$1"\n', 1, /the buffer is empty; nothing was changed/],
  ])('that %s changes nothing and leaves nothing', async (_, script, code, says) => {
    const terminal = edit(editor(script));
    expect(await terminal.ended).toBe(code);
    expect(terminal.shown()).toMatch(says);
    const buffer = /^(\S+items\.yaml)\r?$/m.exec(terminal.shown())?.[1] ?? '';
    expect(buffer).not.toBe('');
    expect(existsSync(dirname(buffer))).toBe(false);
    untouched();
  });

  test('that is not installed is named, with a way out', async () => {
    const terminal = edit('no-such-editor --wait');
    expect(await terminal.ended).toBe(1);
    expect(terminal.shown()).toMatch(
      /the editor \(no-such-editor\) ended with 127; nothing was changed\r\n.*hint:.* it is not installed/,
    );
    untouched();
  });

  test('that is interrupted with Ctrl-C ends all: 130, and no buffer is left', async () => {
    const terminal = edit(editor('echo "password: n3w" > "$1"; echo "at $1"; exec sleep 600\n'));
    const [, buffer = ''] = await terminal.until(/at (\S+)\r?\n/);
    expect(readFileSync(buffer, 'utf8')).toBe('password: n3w\n');
    terminal.type(interruptKey);
    expect(await terminal.ended).toBe(130);
    expect(existsSync(dirname(buffer))).toBe(false);
    untouched();
  });

  test('that means something else by Ctrl-C goes on', async () => {
    const terminal = edit(editor('trap "echo heard" INT; echo ready; read answer; sed -i "s/<sealed>/n3w/" "$1"\n'));
    await terminal.until(/ready/);
    terminal.type(interruptKey);
    await terminal.until(/heard/);
    terminal.type('\r');
    expect(await terminal.ended).toBe(0);
    expect(textOf('db.yaml')).toMatch(/password: AQ/);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is ended by %s to seal: %i, and no buffer is left', async (signal, code) => {
    const path = editor('echo "password: n3w" > "$1"; echo "at $1"; exec sleep 600\n');
    const { child, until, ended } = watched(
      spawn(process.execPath, [program.path, 'edit', 'db.yaml', ...withCert], {
        cwd: folder.path,
        env: environment({ EDITOR: path }),
      }),
    );
    const [, buffer = ''] = await until(/at (\S+)\n/);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(existsSync(dirname(buffer))).toBe(false);
    untouched();
  });

  test('runs too where standard input is no terminal', async () => {
    const path = editor('sed -i "s/<sealed>/n3w/" "$1"\n');
    const env = environment({ EDITOR: path });
    execFileSync(process.execPath, [program.path, 'edit', 'db.yaml', ...withCert], {
      cwd: folder.path,
      env,
      stdio: 'pipe',
    });
    expect(textOf('db.yaml')).toMatch(/password: AQ/);
  });
});

describe('seal init', () => {
  const [enter, down] = ['\r', '\x1b[B'];

  beforeEach(() => {
    execFileSync('git', ['init', '--quiet'], { cwd: folder.path, env: environment({}) });
    for (const place of ['clusters/production', 'clusters/staging', 'environments/test'])
      mkdirSync(join(folder.path, place), { recursive: true });
  });

  /** Answers the questions up to the hook. */
  async function answered(): Promise<Terminal> {
    const terminal = onTerminal(['init']);
    await terminal.until(/Which cluster opens the secrets of test/);
    terminal.type(down + enter);
    await terminal.until(/Where is the certificate of production/);
    terminal.type(enter);
    await terminal.until(/File or address/);
    terminal.type(`certs/none.pem${enter}`);
    // A mistake costs no more than the same question again.
    await terminal.until(/no such file: certs\/none\.pem[\s\S]*Where is the certificate of production/);
    terminal.type(enter);
    await terminal.until(/no such file[\s\S]*File or address/);
    terminal.type(`certs/rsa2048.crt${enter}`);
    await terminal.until(/Where is the certificate of staging/);
    terminal.type(down + enter);
    await terminal.until(/Keep plain secrets out of commits/);
    return terminal;
  }

  test('asks, and writes what was answered', async () => {
    const terminal = await answered();
    terminal.type(enter);
    await terminal.until(/readably in git diff/);
    terminal.type('n');
    await terminal.until(/Run the checks in CI/);
    terminal.type(enter);
    expect(await terminal.ended).toBe(0);
    expect(textOf('.sealwright.yaml')).toContain('path: environments/test/**\n    cluster: staging\n');
    expect(textOf('.git/hooks/pre-commit')).toContain('seal scan --staged');
    expect(existsSync(join(folder.path, 'clusters/production/sealing.pem'))).toBe(true);
    expect([existsSync(join(folder.path, '.gitattributes')), existsSync(join(folder.path, '.github'))]).toEqual([
      false,
      false,
    ]);
    expect(terminal.shown()).toMatch(/certificate of staging: missing/);
  });

  test('asks no more about what is there', async () => {
    execFileSync(
      process.execPath,
      [program.path, 'init', '--yes', '--cert', 'test=certs/rsa2048.crt', '--ci', 'github'],
      {
        cwd: folder.path,
        env: environment({}),
        stdio: 'pipe',
      },
    );
    const terminal = onTerminal(['init']);
    for (const name of ['production', 'staging']) {
      await terminal.until(new RegExp(`Where is the certificate of ${name}`));
      terminal.type(down + enter);
    }
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toMatch(/nothing was changed: all of it is there/);
  });

  test('given up with Ctrl-C has written nothing', async () => {
    const before = folder.snapshot();
    const terminal = await answered();
    terminal.type(interruptKey);
    expect(await terminal.ended).toBe(130);
    expect(folder.snapshot()).toEqual(before);
  });
});
