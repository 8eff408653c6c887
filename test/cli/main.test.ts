// The program as a process: descriptors, signals and exit codes, on the real `cli/main.ts`.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Folder } from './harness.ts';
import { buildProgram, type Program } from './program.ts';

const root = join(import.meta.dirname, '..', '..');
const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: s3cret}\n';
const withCert = ['--cert', 'certs/rsa2048.crt'];

let built: Program;
let program: string;
beforeAll(async () => {
  built = await buildProgram();
  program = built.path;
});
afterAll(() => built.remove());

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function start(argv: readonly string[], stdio: ('pipe' | number)[] = ['pipe', 'pipe', 'pipe']): ChildProcess {
  // The machine's own kubeconfig and variables stay out.
  const env = { PATH: process.env.PATH ?? '', HOME: folder.path };
  return spawn(process.execPath, [program, ...argv], { cwd: folder.path, env, stdio });
}

function ended(child: ChildProcess): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text.stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...text })));
}

async function call(argv: readonly string[], stdin: string): Promise<Ended> {
  const child = start(argv);
  child.stdin?.end(stdin);
  return ended(child);
}

describe('the program', () => {
  test('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await call(['--version'], '')).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  test('seals from a pipe to a pipe', async () => {
    const { code, stdout, stderr } = await call(withCert, secret);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/kind: SealedSecret/);
  });

  test('takes a large input and gives a large output whole', async () => {
    const many = Array.from({ length: 300 }, (_, index) => secret.replace('db', `db${index}`)).join('---\n');
    const { code, stdout } = await call(withCert, many);
    expect(code).toBe(0);
    expect(stdout.match(/^kind: SealedSecret$/gm)).toHaveLength(300);
  });

  // From an archive nobody can tell what belongs to the repository.
  test.skipIf(!existsSync(join(root, '.git')))('finds no plain secret in its own repository', async () => {
    const trust = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };
    const env = { PATH: process.env.PATH ?? '', HOME: folder.path, ...trust };
    const child = spawn(process.execPath, [program, 'scan', '--strict', '--json'], { cwd: root, env });
    const { code, stdout, stderr } = await ended(child);
    expect([JSON.parse(stdout).findings, code, stderr]).toEqual([[], 0, '']);
  });

  test('ends quietly when nobody reads its output', async () => {
    const child = start(withCert);
    child.stdout?.destroy();
    child.stdin?.end(secret);
    expect(await ended(child)).toMatchObject({ code: 1, stderr: '' });
  });

  test('ends quietly when the reader of a long output goes away', async () => {
    const many = Array.from({ length: 600 }, (_, index) => secret.replace('db', `db${index}`)).join('---\n');
    const child = start(withCert);
    child.stdin?.end(many);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await ended(child)).toMatchObject({ code: 1, signal: null, stderr: '' });
  });

  test('says so when the output is full', async () => {
    const child = start(withCert, ['pipe', openSync('/dev/full', 'w'), 'pipe']);
    child.stdin?.end(secret);
    const { code, stderr } = await ended(child);
    expect([code, stderr]).toEqual([1, 'seal: cannot write standard output: no space left\n']);
  });

  test('says that > emptied the file that it was to read', async () => {
    writeFileSync(join(folder.path, 'a.yaml'), secret);
    const child = start(['a.yaml', ...withCert], ['pipe', openSync(join(folder.path, 'a.yaml'), 'w'), 'pipe']);
    child.stdin?.end();
    const { code, stderr } = await ended(child);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'seal: a.yaml is empty\nhint: the shell empties the file that > names before it is read; to seal in place: -i\n',
    );
  });

  test.each([
    ['set', ['set', 'db.yaml', 'password']],
    ['set --from-file', ['set', 'link.yaml', '--from-file', 'password=-']],
    ['set of several', ['set', './other.yaml', './db.yaml', 'password']],
    ['create --force', ['create', 'db', '-n', 'shop', '--prompt', 'password', '-w', 'db.yaml', '--force']],
  ])('that is read and is the file that is sealed into is no value: %s', async (_, argv) => {
    const sealed = `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n${secret.slice(secret.indexOf('metadata')).replace('stringData', 'spec')}`;
    for (const name of ['db.yaml', 'other.yaml']) writeFileSync(join(folder.path, name), sealed);
    symlinkSync('db.yaml', join(folder.path, 'link.yaml'));
    const child = start([...argv, ...withCert], [openSync(join(folder.path, 'db.yaml'), 'r'), 'pipe', 'pipe']);
    const { code, stdout, stderr } = await ended(child);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^seal: standard input is \S+\.yaml itself, and what is read from it is a value\nhint: leave out < to be asked/,
    );
    expect(readFileSync(join(folder.path, 'db.yaml'), 'utf8')).toBe(sealed);
    // Another file is a value as any.
    const other = start(
      ['set', 'db.yaml', 'a', ...withCert],
      [openSync(join(folder.path, 'other.yaml'), 'r'), 'pipe', 'pipe'],
    );
    expect((await ended(other)).code).toBe(0);
  });

  test('says that > emptied the certificate that is pinned', async () => {
    const clusters =
      'clusters: {production: {certificates: [pinned.pem]}}\nrules: [{path: "**", cluster: production}]\n';
    writeFileSync(join(folder.path, '.sealwright.yaml'), `version: 1\n${clusters}`);
    const child = start(['cert'], ['pipe', openSync(join(folder.path, 'pinned.pem'), 'w'), 'pipe']);
    expect(await ended(child)).toMatchObject({
      code: 1,
      stderr:
        'seal: pinned.pem is empty\nhint: the shell empties the file that > names before it is read; Git may have what it was: git restore pinned.pem\nhint: to bring it up to date: seal cert --pin production\n',
    });
  });

  test('is ended by an interrupt while it waits for input', async () => {
    const child = start(withCert);
    const end = ended(child);
    child.stdin?.write('# waiting\n');
    child.kill('SIGINT');
    const { code, signal, stdout } = await end;
    expect(code === 130 || signal === 'SIGINT').toBe(true);
    expect(stdout).toBe('');
  });

  test('is ended by an interrupt while it waits for a pipe that is named like a file', async () => {
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const child = start(['pipe', ...withCert]);
    const end = ended(child);
    // It opens as soon as the program reads.
    const writer = await open(pipe, 'w');
    child.kill('SIGINT');
    const { code, signal, stdout } = await end;
    await writer.close();
    expect(code === 130 || signal === 'SIGINT').toBe(true);
    expect(stdout).toBe('');
  });

  test('ends with 130 at an interrupt in the middle of work, and leaves files as they were', async () => {
    writeFileSync(join(folder.path, 'a.yaml'), secret);
    let child: ChildProcess | undefined;
    // A server that never answers interrupts at the moment it is asked.
    const server = createServer(() => child?.kill('SIGINT'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    child = start(['-i', 'a.yaml', '--cert', `http://127.0.0.1:${(server.address() as AddressInfo).port}/cert.pem`]);
    const { code, stdout, stderr } = await ended(child);
    server.closeAllConnections();
    server.close();
    expect([code, stdout, stderr]).toEqual([130, '', '']);
    expect(readFileSync(join(folder.path, 'a.yaml'), 'utf8')).toBe(secret);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.seal'))).toEqual([]);
  });
});
