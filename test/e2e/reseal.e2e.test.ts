// Verifying and resealing through the real API server's service proxy: the real kubeseal, seal kubeseal and seal itself.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { KeyRegistry } from '../../keys/registry.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { sealSecret } from '../../src/seal/seal.ts';
import { openItems } from '../../src/seal/unseal.ts';
import { Folder } from '../cli/harness.ts';
import { keyFrom, online, type SealingKey, storeSealingKey } from '../cli/sealing-cluster.ts';
import { houseOn } from '../controller/support/house.ts';
import { describeBehindProxy, eventually, hostAddress, kubeseal } from './support/real.ts';
import { stageOn } from './support/sealed-stage.ts';

const address = hostAddress() ?? '';

describeBehindProxy('through the service proxy of a real API server', (cluster) => {
  let old: SealingKey;
  let newest: SealingKey;
  let kubeconfig: string;
  let bind: () => Promise<unknown>;
  const folder = new Folder();
  const cleanups: (() => Promise<unknown> | unknown)[] = [() => folder.remove()];

  beforeAll(async () => {
    old = await keyFrom('rsa2048', '2026-01-01');
    newest = await keyFrom('other2048', '2026-10-01');
    const stage = await stageOn(cluster);
    const house = houseOn(stage, { settings: { 'listen-address': [`${address}:0`], 'opening-rate': ['10000'] } });
    cleanups.unshift(() => house.end());
    for (const pair of [old, newest]) await storeSealingKey(stage.user, pair);
    await cluster.applyDeploy('rbac/service-proxier.yaml');
    await cluster.applyDeploy('services.yaml');
    const controller = await house.start();
    await controller.ready;
    const port = Number(new URL(controller.urls.api).port);
    const service = { namespace: 'kube-system', service: 'sealed-secrets-controller' };
    cleanups.unshift(await cluster.serveBehind({ ...service, address, port }));
    const namespace = await cluster.freshNamespace('developers');
    await cluster.kubectlOk(['create', 'serviceaccount', 'developer', '-n', namespace]);
    kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'developer');
    const role = [
      'rolebinding',
      'e2e-resealer',
      '--role=sealwright-resealer',
      `--serviceaccount=${namespace}:developer`,
    ];
    bind = () => cluster.kubectlOk(['create', ...role, '-n', 'kube-system']);
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  async function sealed(name: string, { certificate }: SealingKey = old): Promise<SealedSecret> {
    const labels = { app: 'db' };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop', labels } } as const;
    const stringData = { user: 'admin', password: 's3cret' };
    const templateData = { url: 'postgres://{{ .user }}@db' };
    return sealSecret({ ...secret, stringData }, { certificate, now: new Date(), record: false, templateData });
  }

  async function openedByNewest(object: SealedSecret): Promise<Record<string, string>> {
    const { values } = await openItems(object, { opener: new KeyRegistry([newest]) });
    return Object.fromEntries([...values].map(([item, value]) => [item, Buffer.from(value.reveal()).toString()]));
  }

  /** The same call of the real tool and of ours. */
  async function both(args: string[], input: string) {
    const theirs = await kubeseal(args, { kubeconfig, input, cwd: folder.path });
    const ours = await folder.seal(['kubeseal', ...args, '--kubeconfig', kubeconfig], { ...online, stdin: input });
    return { theirs, ours };
  }

  it('nobody may, before somebody has said who', async () => {
    const input = JSON.stringify(await sealed('db'));
    const { theirs, ours } = await both(['--validate'], input);
    expect([theirs.code, ours.code]).toEqual([1, 1]);
    writeFileSync(join(folder.path, 'a.json'), input);
    const verify = await folder.seal(['verify', 'a.json', '--kubeconfig', kubeconfig], online);
    expect([verify.code, verify.stderr]).toEqual([4, expect.stringContaining('sealwright-resealer')]);
    await bind();
    await eventually(async () => (await kubeseal(['--validate'], { kubeconfig, input })).code === 0);
  });

  it('--validate is silent and 0 where all open, and 1 with the name of the first that does not', async () => {
    const good = await sealed('db');
    const moved = { ...(await sealed('other')), metadata: { name: 'moved', namespace: 'shop' } };
    const cases: [input: string, code: number][] = [
      [JSON.stringify(good), 0],
      [stringify(good), 0],
      [`${stringify(good)}---\n${stringify(await sealed('db', newest))}`, 0],
      [JSON.stringify(moved), 1],
      [`${stringify(good)}---\n${stringify(moved)}`, 1],
      [JSON.stringify({ ...good, kind: 'Secret', apiVersion: 'v1' }), 1],
      ['', 0],
    ];
    for (const [input, code] of cases) {
      const { theirs, ours } = await both(['--validate'], input);
      expect([theirs.code, ours.code, theirs.stdout, ours.stdout]).toEqual([code, code, '', '']);
      expect(ours.stderr === '').toBe(theirs.stderr === '');
      if (input.includes('moved')) {
        for (const { stderr } of [theirs, ours])
          expect(stderr).toContain('error: unable to decrypt sealed secret: moved\n');
      }
    }
  });

  it('--re-encrypt prints what opens under the newest key alone, with its template, labels and all', async () => {
    const object = await sealed('db');
    for (const format of ['json', 'yaml']) {
      const { theirs, ours } = await both(['--re-encrypt', '-o', format], stringify(object));
      for (const { code, stdout } of [theirs, ours]) {
        expect(code).toBe(0);
        const answer = (format === 'json' ? JSON.parse(stdout) : parse(stdout)) as SealedSecret;
        expect(await openedByNewest(answer)).toEqual({ user: 'admin', password: 's3cret' });
        expect(answer.spec.template).toMatchObject({
          metadata: { labels: { app: 'db' } },
          data: { url: 'postgres://{{ .user }}@db' },
        });
        expect(answer.metadata).toMatchObject({ name: 'db', namespace: 'shop' });
      }
    }
    const moved = { ...object, metadata: { ...object.metadata, name: 'moved' } };
    const { theirs, ours } = await both(['--re-encrypt'], JSON.stringify(moved));
    expect([theirs.code, ours.code, theirs.stdout, ours.stdout]).toEqual([1, 1, '', '']);
    expect(theirs.stderr).toContain('error: unable to rotate secret');
    expect(ours.stderr).toContain('error: unable to rotate secret');
  });

  it('--re-encrypt -f writes into that file; ours keeps what is beside the values', async () => {
    const object = await sealed('db');
    const text = `# ours\n${stringify(object)}`;
    for (const name of ['theirs.yaml', 'ours.yaml']) writeFileSync(join(folder.path, name), text);
    const theirs = await kubeseal(['--re-encrypt', '-f', 'theirs.yaml'], { kubeconfig, cwd: folder.path });
    const ours = await folder.seal(['kubeseal', '--re-encrypt', '-f', 'ours.yaml', '--kubeconfig', kubeconfig], online);
    expect([theirs.code, theirs.stdout, ours.code, ours.stdout]).toEqual([0, '', 0, '']);
    const written = ['theirs.yaml', 'ours.yaml'].map((name) => readFileSync(join(folder.path, name), 'utf8'));
    for (const each of written)
      expect(await openedByNewest(parse(each))).toEqual({ user: 'admin', password: 's3cret' });
    const fresh = (parse(written[1] ?? '') as SealedSecret).spec.encryptedData ?? {};
    const expected = Object.entries(object.spec.encryptedData ?? {}).reduce(
      (so, [item, value]) => so.replace(value, fresh[item] ?? ''),
      text,
    );
    expect(written[1]).toBe(expected);
  });

  it('seal verify and seal reseal do the same for a tree', async () => {
    mkdirSync(join(folder.path, 'tree'));
    for (const name of ['a', 'b', 'c'])
      writeFileSync(join(folder.path, 'tree', `${name}.yaml`), stringify(await sealed(name)));
    const verified = await folder.seal(['verify', 'tree', '--kubeconfig', kubeconfig], online);
    expect(verified.code).toBe(0);
    expect(verified.stdout.match(/: yes\n/g)).toHaveLength(6);
    const resealed = await folder.seal(['reseal', 'tree', '--kubeconfig', kubeconfig], online);
    expect(resealed).toMatchObject({ code: 0, stderr: expect.stringContaining('6 values in 3 files sealed again') });
    for (const name of ['a', 'b', 'c']) {
      const object = parse(readFileSync(join(folder.path, 'tree', `${name}.yaml`), 'utf8'));
      expect(await openedByNewest(object)).toEqual({ user: 'admin', password: 's3cret' });
    }
    expect(await folder.seal(['reseal', 'tree', '--check', '--kubeconfig', kubeconfig], online)).toMatchObject({
      code: 0,
    });
  });
});
