// `seal status`, `why`, `wait` and `adopt` against a real API server, with the controller under exactly the rights that we ship.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SealedSecret, Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { watchForever } from '../../src/kube/watch.ts';
import { printManifest } from '../../src/manifest/print.ts';
import { type CallOptions, Folder } from '../cli/harness.ts';
import { type House, houseOn, type Scene, storeKey, testKey } from '../controller/support/house.ts';
import { describeOnCluster, eventually } from './support/real.ts';
import { stageOn } from './support/sealed-stage.ts';

describeOnCluster('on a real API server', (cluster) => {
  let house: House;
  let scene: Scene;
  let namespace: string;
  const folder = new Folder();
  beforeAll(async () => {
    const stage = await stageOn(cluster);
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage);
    await (await house.start()).ready;
    scene = await house.scene();
    namespace = scene.namespace;
  });
  afterAll(async () => {
    await house.end();
    folder.remove();
  });
  const seal = (argv: readonly string[], options: CallOptions = {}) =>
    folder.seal(argv, {
      ...{ clock: systemClock, fetch: (url: string, init?: object) => fetch(url, init) },
      ...options,
      env: { KUBECONFIG: cluster.kubeconfig },
    });
  const make = async (name: string, rest: Partial<Parameters<Scene['seal']>[0]> = {}) =>
    scene.create(await scene.seal({ name, values: { password: 's3cret' }, withRecord: true, ...rest }));
  const codeOf = async (name: string) => {
    const { stdout, stderr } = await seal(['why', `sealedsecret/${name}`, '-n', namespace, '--json']);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout).diagnoses[0].code;
  };

  it('status has the columns of what is there', async () => {
    await make('db');
    await make('lost', { withRecord: false, sealedName: 'other' });
    await seal(['wait', 'sealedsecret/db', '-n', namespace]);
    await scene.getSecret('db');
    const { code, stdout } = await eventually(async () => {
      const told = await seal(['status', '-n', namespace]);
      expect(told.stdout).toMatch(/lost +False/);
      return told;
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^KIND +NAME +READY +AGE +SOURCE .*KEY$/m);
    expect(stdout).toMatch(/^SealedSecret +db +True +\d+s +1 sealed item +[0-9a-f]{8}$/m);
    expect(stdout).toMatch(/^SealedSecret +lost +False: CannotOpen +\d+s +1 sealed item$/m);
  });

  it('status counts repairs by the events of the real server', async () => {
    await house.kube.mergePatch(resources.secret, { namespace, name: 'db' }, { data: { password: 'eA==' } });
    await eventually(async () => {
      const { stdout } = await seal(['status', '-n', namespace, '--field-selector', 'metadata.name=db', '--json']);
      expect(JSON.parse(stdout).objects[0]).toMatchObject({ repaired: 1 });
      return true;
    });
  });

  it('why tells each planted fault', async () => {
    await make('foreign', { certificate: (await testKey('other2048')).certificate });
    await make('renamed', { sealedName: 'old' });
    const held = await scene.seal({ name: 'held', values: { password: 's3cret' } });
    await house.kube.create<Secret>(resources.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'held' },
    });
    await scene.create(held);
    const told = async (name: string, code: string) =>
      eventually(async () => {
        expect(await codeOf(name)).toBe(code);
        return true;
      });
    await told('foreign', 'OtherKey');
    await told('renamed', 'OtherName');
    await told('held', 'SecretOfNobody');
    expect(await codeOf('lost')).toBe('Unrecorded');
    expect(await codeOf('db')).toBe('Healthy');
    expect(await codeOf('dbb')).toBe('NotThere');
  });

  it('wait ends when the cluster has what the file says', async () => {
    const object = await scene.seal({ name: 'filed', values: { password: 's3cret' }, withRecord: true });
    writeFileSync(join(folder.path, 'filed.yaml'), printManifest(object, 'yaml'));
    const waiting = seal(['wait', 'filed.yaml', '--timeout', '30s']);
    await scene.create(object);
    expect((await waiting).code).toBe(0);
    const failed = await seal(['wait', 'sealedsecret/lost', '-n', namespace]);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('CannotOpen')]);
  });

  it('adopt takes a Secret over with its uid and its data at every moment', async () => {
    const data = { password: Buffer.from('s3cret').toString('base64') };
    const before = await house.kube.create<Secret>(resources.secret, {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data },
      metadata: { namespace, name: 'adopted', labels: { app: 'shop' } },
    });
    const args = ['--into', 'adopted.yaml', '--cert', 'certs/rsa2048.crt'];
    const { code } = await seal(['adopt', 'secret/adopted', '-n', namespace, ...args]);
    expect(code).toBe(0);
    const manifest: SealedSecret = parse(readFileSync(join(folder.path, 'adopted.yaml'), 'utf8'));
    const seen = new Set<string>();
    const stop = new AbortController();
    const look = ({ metadata, data: has }: Secret) => seen.add(`${metadata.uid} ${JSON.stringify(has)}`);
    const watching = watchForever<Secret>({
      ...{ api: house.kube, resource: resources.secret, namespace, fieldSelector: 'metadata.name=adopted' },
      ...{ clock: systemClock, random: Math.random, signal: stop.signal },
      handler: { onAdd: look, onUpdate: look, onDelete: () => seen.add('gone') },
    });
    await cluster.kubectlOk(['apply', '-f', join(folder.path, 'adopted.yaml')]);
    expect(manifest.metadata.namespace).toBe(namespace);
    expect((await seal(['wait', 'adopted.yaml'])).code).toBe(0);
    const after = await house.kube.get<Secret>(resources.secret, { namespace, name: 'adopted' });
    stop.abort();
    await watching;
    expect(after.metadata).toMatchObject({
      uid: before.metadata.uid,
      ownerReferences: [{ kind: 'SealedSecret', controller: true }],
    });
    expect([...seen]).toEqual([`${before.metadata.uid} ${JSON.stringify(data)}`]);
  });
});
