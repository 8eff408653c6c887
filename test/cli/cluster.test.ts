// Commands that meet a cluster: the embedded one, with the controller in this process.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { systemClock } from '../../src/kube/system-clock.ts';
import { Running as RunningIn } from './cluster-folder.ts';
import { type CallOptions, Folder } from './harness.ts';

const real: CallOptions = { clock: systemClock, fetch: (url, init) => fetch(url, init) };
const plain = (name: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: team}\nstringData: {password: s3cret}\n`;

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

class Running extends RunningIn {
  constructor(argv: readonly string[]) {
    super(folder, argv, real);
  }
}

describe('the demo', () => {
  test('tells the whole story, verifies every step and shows no value', async () => {
    const { code, stdout, stderr } = await folder.seal(['demo'], real);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/its values equal what was sealed, byte for byte/);
    expect(stdout).toMatch(/ms later the values are as sealed again/);
    expect(stdout).toMatch(/Ready=False, CannotOpen/);
    expect(stdout).toMatch(/Every step was verified/);
  });
});

describe('a development cluster', () => {
  test('applies a folder, follows its changes and ends with 0 when it is interrupted', async () => {
    const sealed = await folder.seal(['--cert', 'certs/rsa2048.crt'], { stdin: plain('first') });
    mkdirSync(join(folder.path, 'manifests'));
    writeFileSync(join(folder.path, 'manifests', 'first.yaml'), sealed.stdout);
    const dev = new Running([
      'dev',
      'manifests',
      '--private-key',
      'keys/rsa2048-pkcs8.key',
      '--write-kubeconfig',
      'kubeconfig',
    ]);
    await dev.says(/ready team\/first/);

    // Sealed for this cluster: nothing but the kubeconfig is given.
    const second = await folder.seal(['--kubeconfig', 'kubeconfig'], { ...real, stdin: plain('second') });
    expect(second.stderr).toBe('');
    writeFileSync(join(folder.path, 'manifests', 'second.yaml'), second.stdout);
    await dev.says(/ready team\/second/);

    const { code, stdout } = await dev.interrupt();
    expect([code, stdout]).toEqual([0, 'kubeconfig\n']);
  });

  test('serves its certificate to seal cert and to kubeseal alike', async () => {
    const dev = new Running(['dev', '--private-key', 'keys/rsa2048-pkcs8.key', '--write-kubeconfig', 'kubeconfig']);
    await dev.says(/the API server is at/);
    const ours = await folder.seal(['cert', '--kubeconfig', 'kubeconfig', '--info', '--json'], real);
    expect(JSON.parse(ours.stdout)).toMatchObject({
      source: 'kube-system/sealed-secrets-controller',
      bits: 2048,
      expired: false,
    });
    const theirs = await folder.seal(['kubeseal', '--fetch-cert', '--kubeconfig', 'kubeconfig'], real);
    const plainCert = await folder.seal(['cert', '--kubeconfig', 'kubeconfig'], real);
    expect(theirs.stdout).toBe(plainCert.stdout);
    await dev.interrupt();
  });

  test('has its certificate pinned through the context that the configuration names', async () => {
    const dev = new Running(['dev', '--private-key', 'keys/rsa2048-pkcs8.key', '--write-kubeconfig', 'kubeconfig']);
    await dev.says(/the API server is at/);
    const context = parse(readFileSync(join(folder.path, 'kubeconfig'), 'utf8'))['current-context'];
    const configuration = `version: 1\nclusters:\n  here: {controller: {context: ${context}}}\n`;
    writeFileSync(join(folder.path, '.sealwright.yaml'), configuration);
    const found = await folder.seal(['cert', '--cluster', 'here', '--kubeconfig', 'kubeconfig', '--info'], real);
    expect([found.code, found.stderr]).toEqual([0, '']);
    const pinned = await folder.seal(['cert', '--pin', 'here', '--kubeconfig', 'kubeconfig'], real);
    expect([pinned.code, pinned.stdout]).toEqual([0, '']);
    expect(pinned.stderr).toMatch(/sealing\.pem: \+ key [0-9a-f]{8}, .* from kube-system\/sealed-secrets-controller\n/);
    await dev.interrupt();

    // The cluster is gone, and what is pinned goes on sealing.
    const asked = await folder.seal(['cert', '--cluster', 'here', '--info', '--json'], real);
    expect(JSON.parse(asked.stdout)).toMatchObject({ source: 'cluster here', bits: 2048 });
    const again = await folder.seal(['cert', '--pin', 'here', '--kubeconfig', 'kubeconfig'], real);
    expect(again.code).toBe(4);
  });

  test('gives its certificate to a repository that is set up', async () => {
    const dev = new Running(['dev', '--private-key', 'keys/rsa2048-pkcs8.key', '--write-kubeconfig', 'kubeconfig']);
    await dev.says(/the API server is at/);
    const context = parse(readFileSync(join(folder.path, 'kubeconfig'), 'utf8'))['current-context'];
    mkdirSync(join(folder.path, 'environments', 'here'), { recursive: true });
    const argv = ['init', '--yes', '--fetch', `here=${context}`, '--kubeconfig', 'kubeconfig'];
    expect(await folder.seal(argv, real)).toMatchObject({ code: 0 });
    expect(parse(readFileSync(join(folder.path, '.sealwright.yaml'), 'utf8'))).toEqual({
      version: 1,
      clusters: { here: { certificates: ['clusters/here/sealing.pem'], controller: { context } } },
      rules: [{ path: 'environments/here/**', cluster: 'here' }],
    });
    await dev.interrupt();
    const sealed = await folder.seal(['-w', 'environments/here/db.yaml'], { stdin: plain('db') });
    expect([sealed.code, sealed.stderr]).toEqual([0, '']);
  });

  test('a file that cannot be applied is told and the others are', async () => {
    mkdirSync(join(folder.path, 'manifests'));
    writeFileSync(join(folder.path, 'manifests', 'bad.yaml'), 'kind: [\n');
    writeFileSync(
      join(folder.path, 'manifests', 'odd.yaml'),
      'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\n',
    );
    writeFileSync(
      join(folder.path, 'manifests', 'good.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n',
    );
    const dev = new Running([
      'dev',
      'manifests',
      '--private-key',
      'keys/rsa2048-pkcs8.key',
      '--write-kubeconfig',
      'kubeconfig',
    ]);
    await dev.says(/applied ConfigMap default\/good/);
    const { stderr } = await dev.interrupt();
    expect(stderr).toMatch(/warning: manifests\/bad\.yaml:\d+:\d+: not valid YAML/);
    expect(stderr).toMatch(
      /warning: manifests\/odd\.yaml: Widget w is left out: the cluster serves no Widget of example\.org\/v1/,
    );
  });
});

describe('the controller', () => {
  test('runs as a command against a kubeconfig, and stops in order', async () => {
    const dev = new Running(['dev', '--private-key', 'keys/rsa2048-pkcs8.key', '--write-kubeconfig', 'kubeconfig']);
    await dev.says(/the API server is at/);
    const addresses = ['--listen-address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];
    const controller = new Running([
      'controller',
      '--kubeconfig',
      'kubeconfig',
      '--controller-namespace',
      'kube-system',
      ...addresses,
    ]);
    await controller.says(/"reconciling"/);
    const { code, stderr } = await controller.interrupt();
    expect(code).toBe(0);
    for (const line of stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
    await dev.interrupt();
  });

  test('a setting that makes no sense stops it at once with one line', async () => {
    const outcome = await folder.seal(['controller', '--key-size', '1000', '--kubeconfig', 'none'], real);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/^seal: --key-size "1000" /);
  });

  test('the kubeconfig of a development cluster is YAML that says who the administrator is', async () => {
    const dev = new Running(['dev', '--private-key', 'keys/rsa2048-pkcs8.key', '--write-kubeconfig', 'kubeconfig']);
    await dev.says(/the API server is at/);
    expect(parse(readFileSync(join(folder.path, 'kubeconfig'), 'utf8'))).toMatchObject({ kind: 'Config' });
    expect(statSync(join(folder.path, 'kubeconfig')).mode & 0o777).toBe(0o600);
    await dev.interrupt();
  });
});
