// What ships: the built program under the image's Node, with the image's flags and environment and the Deployment's arguments, on a real
// API server with the rights that we ship.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resources } from '../../src/kube/resources.ts';
import { type House, houseOn, storeKey } from '../controller/support/house.ts';
import { freePorts } from './support/free-ports.mjs';
import { describeOnCluster, eventually, type Program, start } from './support/real.ts';
import { stageOn } from './support/sealed-stage.ts';
import { part } from './tools/build.mjs';
import { asInImage, imageEnvironment, imageNode } from './tools/image.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the Deployment gives to the program, and the namespace that a pod would tell it. */
function deployed(): string[] {
  const { metadata, spec } = parse(readFileSync(join(root, 'deploy/deployment.yaml'), 'utf8'));
  const [{ args, env }] = spec.template.spec.containers;
  if (env !== undefined) throw new Error('the Deployment has an environment, which is not given here');
  return [...args, '--controller-namespace', metadata.namespace];
}

describeOnCluster('the image', (cluster) => {
  let node: string;
  let app: string;
  let house: House;
  let kubeconfig: string;
  let running: Program | undefined;
  let metrics: string;

  beforeAll(async () => {
    node = await part('node');
    // As in the image: what is built, and no libraries beside it.
    app = mkdtempSync(join(tmpdir(), 'sealwright-image-'));
    if (!existsSync(join(root, 'dist/seal.cjs'))) throw new Error('dist/seal.cjs is not there: npm run build');
    cpSync(join(root, 'dist'), join(app, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(app, 'package.json'));
    const stage = await stageOn(cluster);
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage);
    kubeconfig = await cluster.serviceAccountKubeconfig('kube-system', 'sealwright');
  });
  afterAll(async () => {
    await running?.stop();
    await house?.end();
    rmSync(app, { recursive: true, force: true });
  });

  const run = async (tracing: string[] = []) => {
    const [api, health] = await freePorts(2);
    const here = ['--kubeconfig', kubeconfig, '--listen-address', `127.0.0.1:${api}`];
    const all = asInImage(join(app, 'dist/seal.cjs'), [
      ...deployed(),
      ...here,
      '--metrics-address',
      `127.0.0.1:${health}`,
    ]);
    running = await start(node, [...tracing, ...all], {
      name: 'image',
      env: imageEnvironment,
      cwd: app,
    });
    metrics = `http://127.0.0.1:${health}`;
    await eventually(async () => (await fetch(`${metrics}/readyz`)).ok, { what: 'a ready controller' });
  };
  const metric = async (name: string) => {
    const lines = (await (await fetch(`${metrics}/metrics`)).text()).split('\n');
    const values = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };

  it('has the Node that the Dockerfile names', () => {
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(`v${imageNode}`);
  });

  it('unseals, repairs, and starts again without opening anything', async () => {
    const scene = await house.scene();
    const values = { username: 'admin', password: 's3cret' };
    await run();
    await scene.create(await scene.seal({ values }));
    await scene.untilReady('True', 'Unsealed');
    expect(await scene.values()).toEqual(values);
    expect(await metric('sealwright_unseal_total')).toBe(2);

    await scene.editSecret({ password: 'hunter2' });
    await scene.untilValues(values);
    await scene.deleteSecret();
    await scene.untilValues(values);
    await scene.untilReady('True', 'Unsealed');
    expect(await metric('sealwright_unseal_total')).toBe(2);

    const before = await scene.getSecret();
    expect(await running?.stop()).toEqual({ code: 0, signal: null });
    await run();
    await eventually(async () => (await metric('sealwright_reconcile_total')) > 0, { what: 'a look at what is there' });
    expect(await metric('sealwright_unseal_total')).toBe(0);
    expect((await scene.getSecret())?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(running?.output()).not.toMatch(/"level":"(warn|error|fatal)"|s3cret|hunter2|Warning/);
  });

  it('gives back what memory is free once a flood is over', async () => {
    const namespace = await cluster.freshNamespace();
    const names = Array.from({ length: 1_100 }, (_, index) => `foreign-${index}`);
    const { kube } = house;
    await running?.stop();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let name = names.pop(); name; name = names.pop()) {
          await kube.create(resources.secret, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } });
        }
      }),
    );
    await run(['--trace-gc']);
    const asked = () => /Mark-Compact \(reduce\).* testing;/.test(running?.output() ?? '');
    await eventually(asked, { what: 'a collection that was asked for' });
  });
});
