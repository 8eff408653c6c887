// The main job on the real parts, as people type it: kubectl | seal | kubectl apply, and what kubeseal seals, made Secrets by the installed controller.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePorts } from './support/free-ports.mjs';
import {
  describeBehindProxy,
  eventually,
  hostAddress,
  kubeseal,
  kubesealVersions,
  type Program,
  run,
  start,
} from './support/real.ts';

const command = resolve(import.meta.dirname, '../../dist/seal.cjs');

/** A port that was free a moment ago. */
describeBehindProxy('the main job', (cluster) => {
  const folder = mkdtempSync(join(tmpdir(), 'sealwright-main-job-'));
  const certificate = join(folder, 'cluster.pem');
  let namespace = '';
  let controller: Program | undefined;
  let undo: (() => Promise<void>) | undefined;

  const seal = (args: string[], input?: string) =>
    run(process.execPath, [command, ...args], {
      cwd: folder,
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
      ...(input !== undefined && { input }),
    });

  /** A shell with `seal` and `kubectl` on its path. */
  const shell = (script: string) =>
    run('bash', ['-c', `set -euo pipefail; seal() { "${process.execPath}" "${command}" "$@"; }; ${script}`], {
      cwd: folder,
      env: {
        ...process.env,
        KUBECONFIG: cluster.kubeconfig,
        PATH: `${dirname(cluster.kubectlPath)}:${process.env.PATH}`,
      },
    });

  const secretOf = async (name: string): Promise<{ data?: Record<string, string>; type?: string }> =>
    JSON.parse(await cluster.kubectlOk(['get', 'secret', name, '-n', namespace, '-o', 'json']));

  beforeAll(async () => {
    await cluster.applyDeploy('rbac/cluster.yaml');
    await cluster.applyDeploy('services.yaml');
    namespace = await cluster.freshNamespace('shop');
    const address = hostAddress() ?? '';
    const [port = 0] = await freePorts(1, address);
    const kubeconfig = await cluster.serviceAccountKubeconfig('kube-system', 'sealwright');
    const where = ['--controller-namespace', 'kube-system', '--metrics-address', '127.0.0.1:0'];
    controller = await start(
      process.execPath,
      [command, 'controller', '--kubeconfig', kubeconfig, '--listen-address', `${address}:${port}`, ...where],
      { name: 'sealwright-controller' },
    );
    undo = await cluster.serveBehind({ namespace: 'kube-system', service: 'sealed-secrets-controller', address, port });
    const { stdout } = await eventually(async () => {
      const fetched = await seal(['cert']);
      return fetched.code === 0 ? fetched : undefined;
    });
    writeFileSync(certificate, stdout);
  });
  afterAll(async () => {
    await undo?.();
    await controller?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('kubectl create | seal > file, kubectl apply: the Secret is equal', async () => {
    const { code, stderr } = await shell(
      `kubectl create secret generic db-credentials -n ${namespace} --from-literal=username=admin \
         --from-literal=password='p@ss w0rd €' --dry-run=client -o yaml | seal --cert ${certificate} > sealed.yaml
       kubectl apply -f sealed.yaml
       kubectl wait --for=condition=Ready sealedsecret/db-credentials -n ${namespace} --timeout=20s`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { data, type } = await secretOf('db-credentials');
    const values = Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
    expect(Object.fromEntries(values)).toEqual({ username: 'admin', password: 'p@ss w0rd €' });
    expect(type).toBe('Opaque');
  });

  it('kubectl get shows how it stands', async () => {
    const table = await cluster.kubectlOk(['get', 'sealedsecret', 'db-credentials', '-n', namespace]);
    const [header = '', row = ''] = table.split('\n');
    expect(header.split(/\s{2,}/)).toEqual(expect.arrayContaining(['NAME', 'STATUS', 'SYNCED', 'READY', 'AGE']));
    expect(row).toMatch(/^db-credentials\s+Secret db-credentials has 2 items\s+True\s+True\s+/);
  });

  it('seal and kubeseal fetch the same certificate from the controller', async () => {
    const theirs = await kubeseal(['--fetch-cert'], { kubeconfig: cluster.kubeconfig });
    expect(theirs.code).toBe(0);
    expect((await seal(['cert'])).stdout).toBe(theirs.stdout);
  });

  it.each(
    kubesealVersions.flatMap((version) =>
      (['strict', 'namespace-wide', 'cluster-wide'] as const).flatMap((scope) =>
        (['yaml', 'json'] as const).map((format) => ({ version, scope, format })),
      ),
    ),
  )('what kubeseal $version seals $scope in $format becomes a Secret', async ({ version, scope, format }) => {
    const name = `by-kubeseal-${version.replaceAll('.', '-')}-${scope}-${format}`;
    const data = { text: 'Grüße', binary: Buffer.from([0, 255, 10, 13, 128]).toString('base64'), empty: '' };
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels: { team: 'shop' } },
      data: { ...data, text: Buffer.from(data.text).toString('base64') },
    };
    const sealed = await kubeseal(['--cert', certificate, '--scope', scope, '-o', format], {
      input: JSON.stringify(secret),
      version,
    });
    expect(sealed.code).toBe(0);
    expect(parse(sealed.stdout)).toMatchObject({ kind: 'SealedSecret' });
    await cluster.kubectlOk(['apply', '-f', '-'], { input: sealed.stdout });
    const ready = ['wait', '--for=condition=Ready', `sealedsecret/${name}`, '-n', namespace, '--timeout=20s'];
    await cluster.kubectlOk(ready);
    expect(await secretOf(name)).toMatchObject({ data: secret.data, metadata: { labels: { team: 'shop' } } });
  });

  it('a manifest copied under another name is refused, with a message that says what to do', async () => {
    const { stdout } = await run('sed', ['s/db-credentials/copied/', join(folder, 'sealed.yaml')]);
    await cluster.kubectlOk(['apply', '-f', '-'], { input: stdout });
    await cluster.kubectlOk([
      'wait',
      '--for=condition=Stalled',
      'sealedsecret/copied',
      '-n',
      namespace,
      '--timeout=20s',
    ]);
    const text = await cluster.kubectlOk(['describe', 'sealedsecret', 'copied', '-n', namespace]);
    expect(text).toMatch(/CannotOpen/);
    expect(text).not.toContain('p@ss');
    expect((await cluster.kubectl(['get', 'secret', 'copied', '-n', namespace])).code).toBe(1);
  });
});
