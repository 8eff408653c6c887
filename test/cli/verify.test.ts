// seal verify, against our controller behind the embedded API server and against one that answers as Sealed Secrets does.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { online, type SealingCluster, sealingCluster } from './sealing-cluster.ts';

async function sealedFile(at: SealingCluster, name: string, cert: string, values: Record<string, string>) {
  const stringData = Object.entries(values).map(([item, value]) => `  ${item}: ${JSON.stringify(value)}\n`);
  const stdin = `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: shop}\nstringData:\n${stringData.join('')}`;
  const { stdout, stderr } = await at.folder.seal(['--cert', cert], { stdin });
  expect(stderr).toBe('');
  return stdout;
}

const kubeconfig = ['--kubeconfig', 'kubeconfig'];

describe.each(['ours', 'reference'] as const)('a controller as %s', (kind) => {
  let at: SealingCluster;
  beforeAll(async () => {
    at = await sealingCluster(kind);
    mkdirSync(join(at.folder.path, 'env'));
    const write = (name: string, text: string) => writeFileSync(join(at.folder.path, 'env', name), text);
    const good = await sealedFile(at, 'good', 'old.crt', { user: 'admin', password: 's3cret' });
    const foreign = await sealedFile(at, 'foreign', 'certs/second2048.crt', { token: 'hunter2' });
    write('good.yaml', `# first\n---\n${good}`);
    write('mixed.yaml', good.replace('name: good', 'name: mixed').replace(/user: \S+/, 'user: AgA='));
    write('both.yaml', `${good}---\n${foreign}---\nkind: ConfigMap\n`);
    write('chart.yaml', 'kind: SealedSecret\n{{ if .Values.x }}\n');
    write('notes.json', '{"kind": "nothing"}\n');
  });
  afterAll(() => at.close());

  test('says yes for each item that opens', async () => {
    const { code, stdout, stderr } = await at.folder.seal(['verify', 'env/good.yaml', ...kubeconfig], online);
    expect(stderr).toMatch(
      /^(the controller .* is asked about one SealedSecret at a time.*\n)?2 of 2 values open in the cluster\n$/,
    );
    expect(stdout).toBe('env/good.yaml:3: shop/good password: yes\nenv/good.yaml:3: shop/good user: yes\n');
    expect(code).toBe(0);
  });

  test('says no for each that does not, and ends with 3', async () => {
    const { code, stdout } = await at.folder.seal(['verify', 'env', '--json', ...kubeconfig], online);
    expect(JSON.parse(stdout)).toEqual({
      results: [
        { file: 'env/both.yaml', line: 1, namespace: 'shop', name: 'good', items: { user: true, password: true } },
        {
          file: 'env/both.yaml',
          line: expect.any(Number),
          namespace: 'shop',
          name: 'foreign',
          items: { token: false },
        },
        { file: 'env/good.yaml', line: 3, namespace: 'shop', name: 'good', items: { user: true, password: true } },
        // Sealed for another name.
        { file: 'env/mixed.yaml', line: 1, namespace: 'shop', name: 'mixed', items: { user: false, password: false } },
      ],
    });
    expect(code).toBe(3);
  });

  test('sends neither template nor anything but what a value is bound to', async () => {
    const before = at.requests.length;
    await at.folder.seal(['verify', 'env/good.yaml', ...kubeconfig], online);
    const sent = at.requests.slice(before).filter(({ method }) => method === 'POST');
    expect(sent.length).toBeGreaterThan(0);
    for (const { body } of sent) expect(body).not.toContain('template');
  });
});

describe('what cannot be asked', () => {
  test('a cluster that is not there ends with 4', async () => {
    const at = await sealingCluster('ours');
    try {
      writeFileSync(join(at.folder.path, 'a.yaml'), await sealedFile(at, 'a', 'old.crt', { a: 'x' }));
      const text = (at.cluster.kubeconfig as string).replace(at.cluster.url, 'https://127.0.0.1:1');
      writeFileSync(join(at.folder.path, 'gone'), text);
      const { code, stdout, stderr } = await at.folder.seal(['verify', 'a.yaml', '--kubeconfig', 'gone'], online);
      expect([code, stdout]).toEqual([4, '']);
      expect(stderr).toMatch(/^seal: /);
    } finally {
      await at.close();
    }
  });

  test('a controller that is told to answer nothing says so', async () => {
    const at = await sealingCluster('ours', { 'opening-rate': ['0'] });
    try {
      writeFileSync(join(at.folder.path, 'a.yaml'), await sealedFile(at, 'a', 'old.crt', { a: 'x' }));
      const { code, stderr } = await at.folder.seal(['verify', 'a.yaml', ...kubeconfig], online);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^seal: the controller kube-system\/sealed-secrets-controller answers nothing about sealed values\nhint: /,
      );
    } finally {
      await at.close();
    }
  });

  test('a file without a namespace is warned about, unless -n names it', async () => {
    const at = await sealingCluster('ours');
    try {
      const text = await sealedFile(at, 'a', 'old.crt', { a: 'x' });
      writeFileSync(join(at.folder.path, 'a.yaml'), text.replace(/\n {2}namespace: shop/, ''));
      const without = await at.folder.seal(['verify', 'a.yaml', ...kubeconfig], online);
      expect([without.code, without.stdout]).toEqual([1, '']);
      expect(without.stderr).toMatch(/warning: a\.yaml:1: the SealedSecret has no namespace/);
      const given = await at.folder.seal(['verify', 'a.yaml', '-n', 'shop', ...kubeconfig], online);
      expect([given.code, given.stdout]).toEqual([0, 'a.yaml:1: shop/a a: yes\n']);
    } finally {
      await at.close();
    }
  });
});
