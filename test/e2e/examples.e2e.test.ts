// The examples of every command, as `--help` and the documents show them, run by a real bash in a repository that has what they name.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { generateKeyPair } from '../../keys/generate.ts';
import { keySecret } from '../../keys/storage.ts';
import { sealSecret } from '../../src/seal/seal.ts';
import { Folder } from '../cli/harness.ts';

const program = resolve(import.meta.dirname, '../../dist/seal.cjs');

/** They go on until they are interrupted, or tell a long story; each has tests of its own. */
const notRun = ['controller', 'dev', 'demo'];

/** Ends that are not the example's fault: 3, there are findings in what stands here; 4, the cluster or the store that is asked does not answer. */
const mayEnd: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['check', 'matrix', 'scan'].map((name) => [name, 3])),
  ...Object.fromEntries(
    ['adopt', 'cert', 'create', 'init', 'promote', 'reseal', 'set', 'status', 'verify', 'wait', 'why'].map((name) => [
      name,
      4,
    ]),
  ),
};

const plain = {
  apiVersion: 'v1' as const,
  kind: 'Secret' as const,
  metadata: { name: 'db', namespace: 'shop' },
  stringData: { password: 's3cret', old_password: 'older', token: 'robot-token' },
};
const manifest = JSON.stringify(plain);
const contexts = ['prod', 'staging-admin'];
const kubeconfig = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'prod',
  clusters: [{ name: 'down', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'nobody', user: {} }],
  contexts: contexts.map((name) => ({ name, context: { cluster: 'down', user: 'nobody' } })),
};
const configuration = {
  version: 1,
  clusters: {
    ...Object.fromEntries(
      ['production', 'edge', 'disaster-recovery'].map((name) => [name, { certificates: ['pinned.pem'] }]),
    ),
    staging: { certificates: ['staging.pem'] },
  },
  rules: [
    { path: 'environments/production/**', cluster: 'production', namespace: 'shop' },
    { path: 'environments/staging/**', cluster: 'staging', namespace: 'shop' },
    { path: '**', cluster: 'production', namespace: 'shop' },
  ],
};
/** These ask more than once, and here is no terminal (test/cli/terminal.test.ts has one), or fetch from a server that is not here. */
const elsewhere = [
  'seal init',
  'seal init --yes --cert production=https://example.org/cert.pem',
  'seal create db -n shop --prompt username --prompt password -w db.yaml',
];

/** What `seal create` makes. */
const created = ['db.yaml', 'environments/production/db.yaml', 'environments/staging/db.yaml'];

/** Programs of others that examples call: what they would print, in short. */
const others = {
  kubectl: `case "$*" in *'create secret'*) echo '${manifest}';; *'get secret'*) cat ring.json;; *) cat > /dev/null;; esac`,
  helm: `echo '${manifest}' | seal --cert sealing.pem`,
  code: 'exit 0',
  vault: 'printf s3cret',
  jq: 'cat > /dev/null',
};

let files: Record<string, string>;
let folder: Folder;

beforeAll(async () => {
  const [pair, staging] = await Promise.all([1, 2].map(() => generateKeyPair({ now: new Date(), bits: 2048 })));
  if (!pair || !staging) throw new Error('two key pairs');
  const keySecrets = [pair, staging].map((one) => keySecret('kube-system', one));
  const privateKey = Buffer.from(keySecrets[0]?.data?.['tls.key'] ?? '', 'base64').toString();
  const keys = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: keySecrets });
  const sealedAs = async (name: string, { certificate } = pair) => {
    const secret = { ...plain, metadata: { ...plain.metadata, name } };
    return JSON.stringify(await sealSecret(secret, { certificate, now: new Date() }));
  };
  const sealed = await sealedAs('db');
  files = {
    ...Object.fromEntries(['db', 'base', 'ours', 'theirs'].map((name) => [`${name}.yaml`, sealed])),
    ...Object.fromEntries(
      ['sealing', 'pinned', 'production', 'edge'].map((name) => [`${name}.pem`, pair.certificate.pem]),
    ),
    'staging.pem': staging.certificate.pem,
    'environments/production/db.yaml': sealed,
    'environments/production/shop.yaml': await sealedAs('shop'),
    'environments/staging/db.yaml': await sealedAs('db', staging),
    'environments/staging/shop.yaml': await sealedAs('shop', staging),
    'environments/dr/db.yaml': sealed,
    'web.crt': pair.certificate.pem,
    'web.key': privateKey,
    'server.key': privateKey,
    'keys.yaml': keys,
    'ring.json': keys,
    'chart/values.yaml': '',
    token: 'robot-token',
    kubeconfig: JSON.stringify(kubeconfig),
    '.sealwright.yaml': JSON.stringify(configuration),
  };
});
beforeEach(() => {
  folder = new Folder();
  for (const [name, content] of Object.entries(files)) put(name, content);
  put('bin/seal', `exec '${process.execPath}' '${program}' "$@"`, 0o755);
  for (const [name, script] of Object.entries(others)) put(`bin/${name}`, script, 0o755);
  mkdirSync(join(folder.path, '.config/fish/completions'), { recursive: true });
  mkdirSync(join(folder.path, '.zfunc'));
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder.path, env: environment(), stdio: 'ignore' });
  git('init', '--initial-branch=main');
  git('add', 'environments', 'pinned.pem', 'staging.pem', '.sealwright.yaml');
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--message=first');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
});
afterEach(() => folder.remove());

function put(name: string, content: string, mode?: number): void {
  const path = join(folder.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, mode === undefined ? content : `#!/bin/sh\n${content}\n`);
  if (mode !== undefined) chmodSync(path, mode);
}

const environment = () => ({
  PATH: `${join(folder.path, 'bin')}:${process.env.PATH}`,
  HOME: folder.path,
  KUBECONFIG: join(folder.path, 'kubeconfig'),
  GIT_CONFIG_NOSYSTEM: '1',
  EDITOR: 'true',
});

/** Runs a script with a value on standard input. */
async function bash(script: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: folder.path,
    env: environment(),
    stdio: ['pipe', 'ignore', 'pipe'],
    timeout: 60_000,
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end('s3cret');
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

describe.each(Object.entries(commands).filter(([name]) => !notRun.includes(name)))(
  'the examples of %s',
  (name, entry) => {
    test('do what they say', async () => {
      const { spec } = await entry.load();
      expect(spec.examples.length).toBeGreaterThan(0);
      for (const { run } of spec.examples.filter((example) => !elsewhere.includes(example.run))) {
        // What the default command seals is plain.
        if (name === 'seal') put('db.yaml', manifest);
        // What is created is not there yet.
        if (name === 'create') for (const path of created) rmSync(join(folder.path, path), { force: true });
        const { code, stderr } = await bash(run);
        expect([0, mayEnd[name]], `$ ${run}\n${stderr}`).toContain(code);
      }
    });
  },
);
