// `seal status` against the embedded API server with the real controller.

import { beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/objects.ts';
import { type Resource, resources } from '../../src/kube/resources.ts';
import { clusterFolder, clusterForTests, ourDefinitions, until } from './cluster-folder.ts';

const { cluster, scene, namespace } = clusterForTests();
beforeAll(async () => {
  await scene.create(await scene.seal({ name: 'db', values: { password: 's3cret', user: 'admin' }, withRecord: true }));
  await scene.create(await scene.seal({ name: 'lost', sealedName: 'db', values: { password: 's3cret' } }));
  await cluster.kube.create(resources.secretStore, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata: { name: 'other', namespace },
    spec: { provider: { fake: { data: [] } } },
  } as never);
  await until(
    () => cluster.seal(['status', '-n', namespace, '--json']),
    ({ stdout }) => !/NotObserved/.test(stdout),
  );
});

describe('seal status', () => {
  test('has a line for each object, the kinds in order', async () => {
    const { code, stdout, stderr } = await cluster.seal(['status', '-n', namespace]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/\d+s/g, 'Ns').split(/ {2,}/));
    expect(lines).toEqual([
      ['KIND', 'NAME', 'READY', 'AGE', 'SOURCE', 'KEY'],
      ['SealedSecret', 'db', 'True', 'Ns', '2 sealed items', expect.stringMatching(/^[0-9a-f]{8}$/)],
      ['SealedSecret', 'lost', 'False: CannotOpen', 'Ns', '1 sealed item'],
      ['SecretStore', 'other', 'False: UnsupportedProvider', 'Ns', 'fake'],
    ]);
  });

  test('counts what was put right', async () => {
    await cluster.kube.mergePatch(resources.secret, { namespace, name: 'db' }, { data: { password: 'eA==' } });
    const { stdout } = await until(
      () => cluster.seal(['status', '-n', namespace, '--json']),
      (told) => /"repaired": 1/.test(told.stdout),
    );
    expect(JSON.parse(stdout)).toMatchObject({
      objects: [{ name: 'db', repaired: 1, lastRepair: expect.any(String) }, { name: 'lost', repaired: 0 }, {}],
      absent: [],
      denied: [],
    });
  });

  test('follows changes with a line for each, and ends with 130', async () => {
    const watching = cluster.begin(['status', '-n', namespace, '--watch']);
    await watching.says(/lost .*CannotOpen/);
    await scene.create(await scene.seal({ name: 'late', values: { password: 's3cret' } }));
    await watching.says(/late +True/);
    await cluster.kube.delete(resources.sealedSecret, { namespace, name: 'late' });
    await watching.says(/late +Unknown: Gone/);
    const { code, stdout } = await watching.interrupt();
    expect(code).toBe(130);
    expect(stdout.match(/ db /g)).toHaveLength(1);
  });

  test('draws everything anew on a terminal', async () => {
    const watching = cluster.begin(['status', '-n', namespace, '-w'], { terminal: { out: true } });
    await watching.says(/CannotOpen/);
    await scene.create(await scene.seal({ name: 'later', values: { password: 's3cret' } }));
    await watching.says(/\[HKIND.*later +True.*\[J/s);
    await cluster.kube.delete(resources.sealedSecret, { namespace, name: 'later' });
    expect((await watching.interrupt()).code).toBe(130);
  });

  test('ends when nobody reads what it writes', async () => {
    const { SealError } = await import('../../src/errors.ts');
    let isClosed = false;
    const outcome = cluster.seal(['status', '-n', namespace, '--watch'], {
      onWrite(text) {
        if (isClosed) throw new SealError('OUTPUT_CLOSED', 'nobody reads the output');
        if (/lost/.test(text)) isClosed = true;
      },
    });
    await until(async () => isClosed, Boolean);
    await scene.create(await scene.seal({ name: 'unread', values: { password: 's3cret' } }));
    expect((await outcome).code).toBe(1);
    await cluster.kube.delete(resources.sealedSecret, { namespace, name: 'unread' });
  });

  test('names what it may not list, once, and shows the rest', async () => {
    const rules = [{ apiGroups: ['bitnami.com'], resources: ['sealedsecrets'], verbs: ['list', 'watch'] }];
    const kubeconfig = await cluster.kubeconfigFor('reader', rules, namespace);
    const { code, stdout, stderr } = await cluster.seal(['status', '-n', namespace, '--kubeconfig', kubeconfig]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SealedSecret +db /m);
    expect(stderr).toBe(
      'warning: may not be listed: ExternalSecret, VaultStaticSecret, ClusterExternalSecret, SecretStore, ClusterSecretStore, VaultAuth, VaultAuthGlobal, VaultConnection, SecretTransformation\n',
    );
    expect(stdout).not.toMatch(/REPAIRED/);
  });

  test('ends with 4 where nothing may be listed, or no server is there', async () => {
    const kubeconfig = await cluster.kubeconfigFor('nobody', []);
    const denied = await cluster.seal(['status', '-A', '--kubeconfig', kubeconfig]);
    expect([denied.code, denied.stdout]).toEqual([4, '']);
    expect(denied.stderr).toMatch(/^seal: .*may not list/m);
    const { readFileSync, writeFileSync } = await import('node:fs');
    const text = readFileSync(`${cluster.folder.path}/kubeconfig`, 'utf8');
    writeFileSync(`${cluster.folder.path}/nowhere`, text.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'));
    for (const flags of [[], ['--watch'], ['--json']])
      expect((await cluster.seal(['status', '-A', '--kubeconfig', 'nowhere', ...flags])).code).toBe(4);
  });

  test('takes labels and fields, and says so where nothing is there', async () => {
    const some = await cluster.seal(['status', '-A', '--field-selector', 'metadata.name=lost']);
    expect(some.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(some.stdout).toMatch(/^KIND +NAMESPACE +NAME/);
    const none = await cluster.seal(['status', '-n', namespace, '-l', 'app=none']);
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: `nothing of our kinds is in namespace ${namespace}\n` });
    expect((await cluster.seal(['status', '-A', '-n', 'x'])).code).toBe(2);
    expect((await cluster.seal(['status', '-n', 'No Name'])).code).toBe(2);
  });
});

test('a connection that broke off is told of, stays in sight on a screen, and goes when it is back', async () => {
  let isAway = true;
  const intercept = ({ query }: { query: URLSearchParams }) =>
    isAway && query.get('watch') === 'true' ? ('reset' as const) : undefined;
  const at = await clusterFolder({ controller: false, definitions: ['sealedsecrets', 'externalsecrets'], intercept });
  const metadata = { namespace: 'default', name: 'db' };
  await at.kube.create(resources.sealedSecret, {
    ...{ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata },
    spec: { encryptedData: { a: 'AgB' } },
  });
  const lines = at.begin(['status', '-A', '--watch']);
  const screen = at.begin(['status', '-A', '--watch'], { terminal: { out: true, rows: 10 } });
  await Promise.all([lines, screen].map((each) => each.says(/the connection broke off/)));
  isAway = false;
  await screen.says(/broke off.*\[HKIND(?:(?!broke off).)*\[J/s);
  const [told, drawn] = await Promise.all([lines.interrupt(), screen.interrupt()]);
  expect(told.stderr).toMatch(/^warning: the connection broke off/m);
  expect(drawn.stderr).not.toMatch(/broke off/);
  await at.close();
});

test('kinds that are not installed are named, and a cluster without any is said to be', async () => {
  const some = await clusterFolder({ definitions: ['sealedsecrets'], settings: { kinds: ['sealedsecrets'] } });
  const { stderr, code } = await some.seal(['status', '-A']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^not installed: ExternalSecret, VaultStaticSecret, .*SecretTransformation$/m);
  await some.close();
  const none = await clusterFolder({ definitions: [], controller: false });
  const { code: failed, stderr: said } = await none.seal(['status', '-A']);
  expect(failed).toBe(1);
  expect(said).toMatch(/^seal: the cluster has none of the kinds/);
  await none.close();
});

test('what the reference operators write is told, in the version that they serve', async () => {
  const at = await clusterFolder({ definitions: ['sealedsecrets', 'vaultconnections'], controller: false });
  const [external] = ourDefinitions(['externalsecrets']) as (KubeObject & { spec: { versions: { name: string }[] } })[];
  if (!external) throw new Error('no definition');
  const versions = external.spec.versions
    .filter(({ name }) => name === 'v1beta1')
    .map((one) => ({ ...one, served: true, storage: true }));
  await at.kube.create(resources.customResourceDefinition, {
    ...external,
    spec: { ...external.spec, versions },
  } as KubeObject);
  const beta = { ...resources.externalSecret, version: 'v1beta1' };
  const make = async (resource: Resource, spec: object, status: object) => {
    const name = { namespace: 'default', name: 'db' };
    await at.kube.create(resource, {
      apiVersion: `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: name,
      spec,
    } as never);
    await at.kube.mergePatch(resource, name, { status }, { subresource: 'status' });
  };
  const ready = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' };
  await make(
    resources.sealedSecret,
    { encryptedData: { a: 'AgB' } },
    {
      observedGeneration: 1,
      conditions: [{ type: 'Synced', status: 'False', message: 'no key could decrypt secret (a)' }],
    },
  );
  await make(
    beta,
    { secretStoreRef: { name: 'vault' }, data: [{ secretKey: 'a', remoteRef: { key: 'a' } }] },
    { refreshTime: new Date().toISOString(), conditions: [ready] },
  );
  await make(resources.vaultConnection, { address: 'https://vault.example' }, { valid: true });
  const { code, stdout } = await at.seal(['status']);
  expect(code).toBe(0);
  expect(
    stdout
      .replaceAll(/\d+s/g, 'Ns')
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['KIND', 'NAME', 'READY', 'AGE', 'SOURCE', 'REFRESHED', 'NEXT'],
    ['SealedSecret', 'db', 'False', 'Ns', '1 sealed item'],
    ['ExternalSecret', 'db', 'True', 'Ns', 'SecretStore/vault', 'Ns ago', 'in 59m'],
    ['VaultConnection', 'db', 'True', 'Ns', 'https://vault.example'],
    [''],
  ]);
  expect((await at.seal(['why', 'sealedsecret/db', '-n', 'default'])).stdout).toMatch(/a cannot be opened by anybody/);
  expect((await at.seal(['wait', 'es/db', 'vaultconnection/db', '-n', 'default'])).code).toBe(0);
  await at.close();
});
