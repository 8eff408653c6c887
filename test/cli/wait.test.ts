// `seal wait` against the embedded API server with the real controller.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { standingOf } from '../../cli/waiting.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { printManifest } from '../../src/manifest/print.ts';
import { type ClusterFolder, clusterForTests } from './cluster-folder.ts';

describe('an object', () => {
  const object = (status: object, rest: object = {}) =>
    ({
      apiVersion: 'a/v1',
      kind: 'SealedSecret',
      metadata: { name: 'db', generation: 2 },
      spec: { a: 1 },
      status,
      ...rest,
    }) as KubeObject;
  const ready = (status: string) => ({ type: 'Ready', status, reason: 'R', message: 'm' });
  const stalled = { type: 'Stalled', status: 'True', reason: 'CannotOpen', message: 'm' };
  it.each<[string, KubeObject | undefined, unknown]>([
    ['is waited for while it is not there', undefined, { is: 'waiting', why: 'it is not there' }],
    ['is ready for its generation', object({ observedGeneration: 2, conditions: [ready('True')] }), { is: 'ready' }],
    [
      'is waited for while it is ready for an earlier one',
      object({ observedGeneration: 1, conditions: [ready('True')] }),
      { is: 'waiting', why: 'nobody has looked at it as it is now' },
    ],
    [
      'has failed when it is stalled',
      object({ observedGeneration: 2, conditions: [ready('False'), stalled] }),
      { is: 'failed', why: 'CannotOpen: m' },
    ],
    [
      'has not failed by what was stalled an edit ago',
      object({ observedGeneration: 1, conditions: [ready('False'), stalled] }),
      { is: 'waiting', why: 'nobody has looked at it as it is now' },
    ],
    [
      'is waited for while it is tried again',
      object({ observedGeneration: 2, conditions: [ready('False')] }),
      { is: 'waiting', why: 'R: m' },
    ],
    [
      'has failed when it is paused',
      object({ observedGeneration: 2, conditions: [ready('Unknown'), { type: 'Paused', status: 'True' }] }),
      { is: 'failed', why: 'R: m' },
    ],
  ])('%s', (_, given, expected) => {
    expect(standingOf(given)).toEqual(expected);
  });

  it('is waited for until it is what the file says', () => {
    const live = object({ observedGeneration: 2, conditions: [ready('True')] });
    const other = { ...live, spec: { a: 2 } } as KubeObject;
    expect(standingOf(live, live)).toEqual({ is: 'ready' });
    expect(standingOf(live, other)).toEqual({ is: 'waiting', why: 'the cluster has another version than the file' });
  });
});

function kubeconfigOf({ folder }: ClusterFolder) {
  const whole = parse(readFileSync(join(folder.path, 'kubeconfig'), 'utf8'));
  return { whole, server: whole.clusters[0].cluster, context: whole.contexts[0].context };
}

describe('seal wait', () => {
  const { cluster, scene, namespace } = clusterForTests();
  const values = { password: 's3cret' };

  test('ends when the object is ready, however late it comes', async () => {
    const waiting = cluster.begin(['wait', 'sealedsecret/late', '-n', namespace]);
    await waiting.says(/waiting for SealedSecret .*\/late: it is not there/);
    await scene.create(await scene.seal({ name: 'late', values }));
    expect(await waiting.outcome).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/SealedSecret .*\/late is ready\n$/),
    });
  });

  test('of a file waits for what the file says, an older version that is ready is not it', async () => {
    const old = await scene.seal({ name: 'filed', values: { password: 'hunter2' } });
    const next = await scene.seal({ name: 'filed', values });
    writeFileSync(join(cluster.folder.path, 'filed.yaml'), printManifest(next, 'yaml'));
    await scene.create(old);
    expect((await cluster.seal(['wait', 'sealedsecret/filed', '-n', namespace])).code).toBe(0);
    const waiting = cluster.begin(['wait', 'filed.yaml']);
    await waiting.says(/another version than the file/);
    await scene.apply(next);
    expect((await waiting.outcome).code).toBe(0);
    const secret = await scene.getSecret('filed');
    expect(secret?.data?.password).toBe(Buffer.from('s3cret').toString('base64'));
  });

  test('waits for each file in the cluster that its rule names, and not in the one of the kubeconfig', async () => {
    const { server, ...config } = kubeconfigOf(cluster);
    const clusters = [
      { name: 'real', cluster: server },
      { name: 'none', cluster: { server: 'https://127.0.0.1:1' } },
    ];
    const context = (name: string, at: string) => ({ name, context: { ...config.context, cluster: at } });
    const contexts = [context('elsewhere', 'none'), context('one', 'real'), context('two', 'real')];
    const both = { ...config.whole, clusters, contexts, 'current-context': 'elsewhere' };
    writeFileSync(join(cluster.folder.path, 'several'), JSON.stringify(both));
    const object = await scene.seal({ name: 'ruled', values });
    await scene.create(object);
    for (const name of ['one', 'two']) {
      mkdirSync(join(cluster.folder.path, 'ruled', name), { recursive: true });
      writeFileSync(join(cluster.folder.path, 'ruled', name, 'db.yaml'), printManifest(object, 'yaml'));
    }
    const rules = 'rules: [{path: one/**, cluster: one}, {path: two/**, cluster: two}]';
    const settings = 'clusters: {one: {controller: {context: one}}, two: {controller: {context: two}}}';
    writeFileSync(join(cluster.folder.path, 'ruled/.sealwright.yaml'), `version: 1\n${settings}\n${rules}\n`);
    const env = { KUBECONFIG: join(cluster.folder.path, 'several') };
    const told = await cluster.seal(['wait', 'ruled', '--json'], { env });
    expect(told).toMatchObject({ code: 0, stderr: expect.stringContaining('/ruled of cluster two is ready') });
    const row = { kind: 'SealedSecret', namespace, name: 'ruled', ready: true };
    expect(JSON.parse(told.stdout)).toEqual({ objects: ['one', 'two'].map((name) => ({ ...row, cluster: name })) });
    expect((await cluster.seal(['why', 'ruled/one/db.yaml'], { env })).stdout).toMatch(/is Ready$/m);
    expect((await cluster.seal(['wait', 'ruled', '--context', 'elsewhere'], { env })).code).toBe(4);
  });

  test('fails with the reason as soon as one is stalled', async () => {
    const waiting = cluster.begin(['wait', 'sealedsecret/lost', 'sealedsecret/never', '-n', namespace, '--json']);
    await waiting.says(/never: it is not there/);
    await scene.create(await scene.seal({ name: 'lost', sealedName: 'other', values }));
    const { code, stdout, stderr } = await waiting.outcome;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /seal: SealedSecret .*\/lost is not ready: CannotOpen: .*\nhint: seal why sealedsecret\/lost -n .* says more\n$/,
    );
    expect(JSON.parse(stdout)).toEqual({
      objects: [
        { kind: 'SealedSecret', namespace, name: 'lost', ready: false, reason: expect.stringMatching(/^CannotOpen: /) },
        { kind: 'SealedSecret', namespace, name: 'never', ready: false, reason: 'it is not there' },
      ],
    });
    await cluster.kube.delete(resources.sealedSecret, { namespace, name: 'lost' });
  });

  test('fails with the last reason when the time is up', async () => {
    const { code, stdout, stderr } = await cluster.seal([
      'wait',
      'es/none',
      '-n',
      namespace,
      '--timeout',
      '200ms',
      '--no-progress',
    ]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^seal: waited 0\.2 s in vain for ExternalSecret .*\/none: it is not there\n/);
  });

  test('takes all that is there, and says when nothing is', async () => {
    // Others leave what is never ready.
    const own = await cluster.house.scene();
    await own.create(await own.seal({ values }));
    expect((await cluster.seal(['wait', '--all', '-n', own.namespace])).code).toBe(0);
    const none = await cluster.seal(['wait', '--all', '-n', 'default']);
    const later =
      'hint: what is still to come is waited for by its name or its file: seal wait KIND/NAME, seal wait FILE\n';
    expect([none.code, none.stderr]).toEqual([
      1,
      `seal: nothing of our kinds is in namespace default\nhint: of another namespace: -n NAMESPACE; of every one: -A\n${later}`,
    ]);
    const labelled = await cluster.seal(['wait', '--all', '-A', '-l', 'app=none']);
    expect([labelled.code, labelled.stderr]).toEqual([
      1,
      `seal: nothing of our kinds with the labels app=none is in the cluster\n${later}`,
    ]);
    const rules = [{ apiGroups: ['bitnami.com'], resources: ['sealedsecrets'], verbs: ['list'] }];
    const kubeconfig = await cluster.kubeconfigFor('lister', rules);
    const partly = await cluster.seal(['wait', '--all', '-n', 'default', '--kubeconfig', kubeconfig]);
    expect([partly.code, partly.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^seal: nothing of our kinds .*\nhint: may not be listed: ExternalSecret, VaultStaticSecret/,
      ),
    ]);
  });

  test('ends with 130 when it is interrupted, and with 4 where it may not look', async () => {
    const waiting = cluster.begin(['wait', 'sealedsecret/none', '-n', namespace]);
    await waiting.says(/it is not there/);
    expect((await waiting.interrupt()).code).toBe(130);
    const denied = await cluster.kubeconfigFor('stranger', []);
    const refused = await cluster.seal(['wait', 'sealedsecret/none', '-n', namespace, '--kubeconfig', denied]);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining(`: kubectl --kubeconfig ${denied} auth can-i get sealedsecrets.bitnami.com -n `),
    ]);
    const blind = await cluster.kubeconfigFor('blind', [
      { apiGroups: ['bitnami.com'], resources: ['sealedsecrets'], verbs: ['get'] },
    ]);
    expect((await cluster.seal(['wait', 'sealedsecret/none', '-n', namespace, '--kubeconfig', blind])).code).toBe(4);
  });

  test.each([
    [[], /nothing is named/],
    [['--all', 'sealedsecret/db'], /exclude each other/],
    [['sealedsecret/db', '-A'], /are for --all/],
    [['sealedsecret/db', '--timeout', '5'], /--timeout cannot be "5"/],
    [['sealedsecret/db', '--timeout', '-5s'], /--timeout cannot be/],
    [['--all', '--timeout', '9999h'], /--timeout cannot be/],
  ])('a mistake is told in one line: %o', async (argv, said) => {
    const { code, stdout, stderr } = await cluster.seal(['wait', ...argv]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
  });
});
