// `seal why` against the embedded API server with the real controller: each fault is planted, and told.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject, SealedSecret, Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { printManifest } from '../../src/manifest/print.ts';
import { recordAnnotation } from '../../src/seal/record.ts';
import type { SealOptions } from '../controller/support/house.ts';
import { testKey } from '../controller/support/house.ts';
import { clusterForTests, until } from './cluster-folder.ts';
import { smallKubectl } from './small-kubectl.ts';

const { cluster, scene, namespace } = clusterForTests();

const diagnosisOf = async (argv: readonly string[]) => {
  const { code, stdout, stderr } = await cluster.seal(['why', ...argv, '--json']);
  if (stdout === '') throw new Error(stderr);
  const { diagnoses } = JSON.parse(stdout);
  return { exit: code, ...diagnoses[0], count: diagnoses.length };
};
const about = (name: string, kind = 'sealedsecret') => diagnosisOf([`${kind}/${name}`, '-n', namespace]);

const looked = (name: string) =>
  until(
    () => scene.getSealed(name),
    (object) => object?.status?.observedGeneration === object?.metadata.generation && object !== undefined,
  );

const make = async (
  name: string,
  rest: Omit<SealOptions, 'name' | 'namespace' | 'values'> = {},
  edit = (object: SealedSecret) => object,
) => {
  await scene.create(edit(await scene.seal({ name, values: { password: 's3cret' }, withRecord: true, ...rest })));
  await looked(name);
};

function write(path: string, content: string): void {
  mkdirSync(dirname(join(cluster.folder.path, path)), { recursive: true });
  writeFileSync(join(cluster.folder.path, path), content);
}

describe('of a SealedSecret in the cluster', () => {
  test('that is well it says so in two lines, and ends with 0', async () => {
    await make('db');
    await until(
      () => about('db'),
      ({ code }) => code === 'Healthy',
    );
    const { code, stdout, stderr } = await cluster.seal(['why', 'SealedSecret/db', '-n', namespace]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      `what:  nothing is wrong: SealedSecret ${namespace}/db is Ready\ncause: Secret db has 1 item; Secret db is there\n`,
    );
    const { namespace: told } = await about('db');
    expect(told).toBe(namespace);
  });

  test('what mends it reaches the cluster that was asked, whatever is current then', async () => {
    const [{ name: context }] = parse(readFileSync(join(cluster.folder.path, 'kubeconfig'), 'utf8')).contexts;
    const path = 'a kubeconfig';
    writeFileSync(join(cluster.folder.path, path), readFileSync(join(cluster.folder.path, 'kubeconfig')));
    const chosen = ['--context', context, '--kubeconfig', path];
    const flags = `--kubeconfig 'a kubeconfig' --context ${context}`;
    write('late.yaml', printManifest(await scene.seal({ name: 'late', values: { a: 'b' } }), 'yaml'));
    expect(await diagnosisOf(['late.yaml', ...chosen])).toMatchObject({
      code: 'NotThere',
      mend: `kubectl ${flags} apply -f late.yaml && seal wait late.yaml ${flags}  # or let the GitOps engine sync`,
    });
    await make('resting', { annotations: { 'sealwright.dev/paused': 'true' } });
    const { mend } = await diagnosisOf(['sealedsecret/resting', '-n', namespace, ...chosen]);
    expect(mend).toMatch(new RegExp(`^kubectl ${flags} annotate sealedsecret/resting -n ${namespace} `));
    expect((await about('resting')).mend).toMatch(/^kubectl annotate sealedsecret\/resting /);
    const waited = await cluster.seal(['wait', 'sealedsecret/resting', '-n', namespace, ...chosen]);
    expect(waited.stderr).toContain(`hint: seal why sealedsecret/resting -n ${namespace} ${flags} says more\n`);
  });

  test('and of a whole folder, one connection is enough', async () => {
    const kubeconfig = parse(readFileSync(join(cluster.folder.path, 'kubeconfig'), 'utf8'));
    const { hostname, port } = new URL(kubeconfig.clusters[0].cluster.server);
    let connections = 0;
    const between = createServer((socket) => {
      connections += 1;
      const on = connect(Number(port), hostname);
      socket.pipe(on).pipe(socket);
      for (const end of [socket, on]) end.on('error', () => [socket, on].map((one) => one.destroy()));
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    const url = new URL(kubeconfig.clusters[0].cluster.server);
    url.port = String((between.address() as AddressInfo).port);
    kubeconfig.clusters[0].cluster.server = url.href;
    writeFileSync(join(cluster.folder.path, 'through'), JSON.stringify(kubeconfig));
    for (let at = 0; at < 6; at++)
      write(`many/${at}.yaml`, printManifest(await scene.seal({ name: `m${at}`, values: { a: 'b' } }), 'yaml'));
    expect(await diagnosisOf(['many/0.yaml', '--kubeconfig', 'through'])).toMatchObject({ code: 'NotThere', count: 1 });
    const forOne = connections;
    connections = 0;
    expect(await diagnosisOf(['many', '--kubeconfig', 'through'])).toMatchObject({ code: 'NotThere', count: 6 });
    expect([forOne > 0, connections <= forOne]).toEqual([true, true]);
    await new Promise((resolve) => between.close(resolve));
    const { stderr, stdout } = await cluster.seal(['why', 'many', '--kubeconfig', 'through']);
    expect(stderr.match(/told from the file alone/g)).toHaveLength(1);
    expect(stdout.match(/^what:/gm)).toHaveLength(6);
  });

  test('its namespace is told to programs where the kubeconfig names it', async () => {
    const path = join(cluster.folder.path, 'kubeconfig-of-namespace');
    const kubeconfig = parse(readFileSync(join(cluster.folder.path, 'kubeconfig'), 'utf8'));
    kubeconfig.contexts[0].context.namespace = namespace;
    writeFileSync(path, JSON.stringify(kubeconfig));
    expect(await diagnosisOf(['sealedsecret/none', '--kubeconfig', path])).toMatchObject({
      code: 'NotThere',
      namespace,
    });
  });

  test('it tells the wrong name', async () => {
    await make('renamed', { sealedName: 'old' }, withLabel(`${'$'}/old`));
    expect(await about('renamed')).toMatchObject({
      exit: 3,
      code: 'OtherName',
      what: expect.stringContaining(`${namespace}/old`),
    });
  });

  test('it tells the wrong namespace', async () => {
    await make('moved', {}, withLabel('staging/moved'));
    await cluster.kube.mergePatch(
      resources.sealedSecret,
      { namespace, name: 'moved' },
      { spec: { encryptedData: await valueFor('staging', 'moved') } },
    );
    await until(
      () => about('moved'),
      ({ code }) => code === 'OtherNamespace',
    );
  });

  test('it tells the wrong scope', async () => {
    await make('narrowed', { scope: 'namespace-wide' }, (object) => {
      const { 'sealedsecrets.bitnami.com/namespace-wide': _, ...annotations } = object.metadata.annotations ?? {};
      return {
        ...object,
        metadata: {
          ...object.metadata,
          annotations: { ...annotations, [recordAnnotation]: recordFor(object, namespace) },
        },
      };
    });
    expect(await about('narrowed')).toMatchObject({
      exit: 3,
      code: 'OtherScope',
      mend: expect.stringContaining('namespace-wide: "true"'),
    });
  });

  test('it tells the wrong key', async () => {
    await make('foreign', { certificate: (await testKey('other2048')).certificate });
    expect(await about('foreign')).toMatchObject({ exit: 3, code: 'OtherKey' });
  });

  test('it tells changed bytes from a wrong key, and what is no sealed value at all', async () => {
    await make('flipped', {}, (object) => {
      const bytes = Buffer.from(object.spec.encryptedData?.password ?? '', 'base64');
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      return { ...object, spec: { encryptedData: { password: bytes.toString('base64') } } };
    });
    expect(await about('flipped')).toMatchObject({ exit: 3, code: 'BytesChanged' });
    await make('short', {}, (object) => ({ ...object, spec: { encryptedData: { password: 'AgB' } } }));
    expect(await about('short')).toMatchObject({ exit: 3, code: 'Damaged' });
  });

  test('it says what cannot be told without a record', async () => {
    await make('bare', { withRecord: false, sealedName: 'other' });
    expect(await about('bare')).toMatchObject({
      exit: 3,
      code: 'Unrecorded',
      what: expect.stringContaining('password'),
    });
  });

  describe('the command that it names, given to a shell as it is printed,', () => {
    const run = async (line: string) => {
      const [command = ''] = line.split('  # ');
      for (const part of command.split(' && ')) {
        const [program, ...argv] = part.split(' ');
        const env = { SEALWRIGHT_CERT: 'certs/rsa2048.crt' };
        const prompt = async () => new TextEncoder().encode('mended');
        const { code, stderr } =
          program === 'kubectl'
            ? await smallKubectl(argv, { kube: cluster.kube, folder: cluster.folder })
            : await cluster.seal(argv, { env, prompt, terminal: { in: true } });
        expect([part, code], stderr).toEqual([part, 0]);
      }
    };
    const annotated = (object: SealedSecret, annotations: Record<string, string>) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
    });
    type Planting = () => Promise<SealedSecret> | SealedSecret;
    const good = (name: string, rest = {}) =>
      scene.seal({ name, values: { password: 's3cret' }, withRecord: true, ...rest });
    const plantings: [string, string, Planting][] = [
      [
        'of a wrong name',
        'OtherName',
        async () => withLabel(`${'$'}/old`)(await good('mend-name', { sealedName: 'old' })),
      ],
      [
        'of a wrong key',
        'OtherKey',
        async () => good('mend-key', { certificate: (await testKey('other2048')).certificate }),
      ],
      [
        'of damaged bytes',
        'Damaged',
        async () => ({ ...(await good('mend-cut')), spec: { encryptedData: { password: 'AgB' } } }),
      ],
      ['of a pause', 'Paused', async () => annotated(await good('mend-paused'), { 'sealwright.dev/paused': 'true' })],
      [
        'of a class',
        'OtherClass',
        async () => annotated(await good('mend-class'), { 'sealwright.dev/controller-class': 'blue' }),
      ],
      ['of a Secret of nobody', 'SecretOfNobody', () => good('mend-nobody')],
    ];
    test.each(plantings)('mends it: %s', async (_, code, plant) => {
      const object = await plant();
      const { name = '' } = object.metadata;
      const file = `${name}.yaml`;
      write(file, printManifest(object, 'yaml'));
      if (code === 'SecretOfNobody')
        await cluster.kube.create(resources.secret, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { namespace, name },
        });
      const before = await diagnosisOf([file]);
      expect(before).toMatchObject({ code: expect.stringMatching(`^(NotThere|${code})$`) });
      if (before.code === 'NotThere')
        await smallKubectl(['apply', '-f', file], { kube: cluster.kube, folder: cluster.folder });
      const { mend } = await until(
        () => diagnosisOf([file]),
        (told) => told.code === code,
      );
      await run(mend);
      const after = await diagnosisOf([file]);
      if (/^seal set /.test(mend)) expect(after.code).toBe('NotApplied');
      if (after.code === 'NotApplied') await (/^kubectl annotate/.test(mend) ? undefined : run(after.mend));
      expect((await cluster.seal(['wait', `sealedsecret/${name}`, '-n', namespace, '--timeout', '10s'])).code).toBe(0);
    });
  });

  test('it tells a Secret of somebody else from one of nobody', async () => {
    await cluster.kube.create<Secret>(resources.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'hand' },
    });
    await make('hand');
    expect(await about('hand')).toMatchObject({
      exit: 3,
      code: 'SecretOfNobody',
      mend: expect.stringMatching(/adopt=true/),
    });
    const { metadata } = await cluster.kube.create<KubeObject>(resources.configMap, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'api' },
    });
    const controller = { apiVersion: 'v1', kind: 'ConfigMap', name: 'api', uid: metadata.uid, controller: true };
    await cluster.kube.mergePatch(
      resources.secret,
      { namespace, name: 'hand' },
      { metadata: { ownerReferences: [controller] } },
    );
    expect(
      await until(
        () => about('hand'),
        ({ code }) => code === 'SecretOfAnother',
      ),
    ).toMatchObject({ cause: expect.stringContaining('ConfigMap api') });
  });

  test('it tells what is paused, what nobody looks at, and what is not there', async () => {
    await make('held', { annotations: { 'sealwright.dev/paused': 'true' } });
    expect(await about('held')).toMatchObject({ exit: 3, code: 'Paused' });
    await scene.create(
      await scene.seal({
        name: 'blue',
        values: { a: 's3cret' },
        annotations: { 'sealwright.dev/controller-class': 'blue' },
      }),
    );
    expect(await about('blue')).toMatchObject({ exit: 3, code: 'OtherClass' });
    expect(await about('helt')).toMatchObject({
      exit: 3,
      code: 'NotThere',
      mend: `seal why sealedsecret/held -n ${namespace}`,
    });
    const other = await diagnosisOf(['sealedsecret/db', '-n', 'default']);
    expect(other).toMatchObject({ code: 'NotThere', mend: `seal why sealedsecret/db -n ${namespace}` });
  });

  test('it knows what the Deployment of the controller says', async () => {
    const deployment = (args: string[]) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'kube-system', name: 'sealwright', labels: { 'app.kubernetes.io/name': 'sealwright' } },
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: {
          metadata: { labels: { app: 'x' } },
          spec: { containers: [{ name: 'controller', image: 'x', args }] },
        },
      },
    });
    const at = { namespace: 'kube-system', name: 'sealwright' };
    const told = async (args: string[], ready = 1) => {
      await cluster.kube.create(resources.deployment, deployment(args) as KubeObject);
      await cluster.kube.mergePatch(
        resources.deployment,
        at,
        { status: { readyReplicas: ready, replicas: 1 } },
        { subresource: 'status' },
      );
      const { code } = await about('blue');
      await cluster.kube.delete(resources.deployment, at);
      return code;
    };
    expect(await told(['controller', '--kinds', 'sealedsecrets'])).toBe('OtherClass');
    expect(await told(['controller', '--controller-class=blue', '--kinds=externalsecrets'])).toBe('KindNotServed');
    expect(await told(['controller', '--controller-class=blue', '--namespace', 'a', '--namespace', 'b'])).toBe(
      'NamespaceNotServed',
    );
    expect(await told(['controller', '--controller-class=blue', '--selector', 'team=a'])).toBe('NotSelected');
    expect(await told(['controller', '--controller-class=blue'], 0)).toBe('ControllerDown');
    expect(await told(['controller', '--controller-class=blue'])).toBe('NotObserved');
  });
});

describe('of what reads from stores', () => {
  test('it leads to the store that is not well', async () => {
    const at = (name: string) => ({ namespace, name });
    await cluster.kube.create(resources.externalSecret, {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: at('api'),
      spec: { secretStoreRef: { name: 'vault' }, data: [{ secretKey: 'a', remoteRef: { key: 'a' } }] },
    } as never);
    expect(
      await until(
        () => about('api', 'es'),
        ({ code }) => code === 'BehindNotReady',
      ),
    ).toMatchObject({ exit: 3, cause: `there is no SecretStore ${namespace}/vault` });
    await cluster.kube.create(resources.secretStore, {
      apiVersion: 'external-secrets.io/v1',
      kind: 'SecretStore',
      metadata: at('vault'),
      spec: { provider: { gcpsm: { projectID: 'x' } } },
    } as never);
    const told = await until(
      () => about('api', 'externalsecret'),
      ({ mend }) => /^seal why secretstore\/vault/.test(mend),
    );
    expect(told).toMatchObject({ cause: expect.stringContaining('UnsupportedProvider') });
    expect(await about('vault', 'ss')).toMatchObject({
      exit: 3,
      code: 'Reason',
      mend: expect.stringMatching(/another controller/),
    });
  });

  test('it follows a VaultStaticSecret to its VaultAuth and on to its VaultConnection', async () => {
    const object = (kind: string, name: string, spec: object) => ({
      apiVersion: 'secrets.hashicorp.com/v1beta1',
      kind,
      metadata: { namespace, name },
      spec,
    });
    await cluster.kube.create(
      resources.vaultStaticSecret,
      object('VaultStaticSecret', 'app', {
        vaultAuthRef: 'login',
        mount: 'kv',
        path: 'a',
        type: 'kv-v2',
        destination: { name: 'app', create: true },
      }) as never,
    );
    expect(
      await until(
        () => about('app', 'vaultstaticsecret'),
        ({ code }) => code === 'BehindNotReady',
      ),
    ).toMatchObject({ cause: `there is no VaultAuth ${namespace}/login` });
    await cluster.kube.create(
      resources.vaultAuth,
      object('VaultAuth', 'login', {
        vaultConnectionRef: 'gone',
        method: 'kubernetes',
        mount: 'k8s',
        kubernetes: { role: 'r', serviceAccount: 'default' },
      }) as never,
    );
    expect(
      await until(
        () => about('app', 'VaultStaticSecret'),
        ({ cause }) => /VaultConnection/.test(cause),
      ),
    ).toMatchObject({ cause: `there is no VaultConnection ${namespace}/gone` });
  });
});

describe('of a file', () => {
  test('it tells what the cluster has of it', async () => {
    const object = await scene.seal({ name: 'filed', values: { password: 's3cret' }, withRecord: true });
    write('filed.yaml', `# a comment\n${printManifest(object, 'yaml')}`);
    expect(await diagnosisOf(['filed.yaml'])).toMatchObject({ exit: 3, code: 'NotThere', file: 'filed.yaml' });
    await scene.create(object);
    expect(
      await until(
        () => diagnosisOf(['filed.yaml']),
        ({ code }) => code === 'Healthy',
      ),
    ).toMatchObject({ exit: 0 });
    await cluster.kube.mergePatch(
      resources.sealedSecret,
      { namespace, name: 'filed' },
      { spec: { encryptedData: { more: 'AgB' } } },
    );
    expect(await diagnosisOf(['filed.yaml'])).toMatchObject({
      exit: 3,
      code: 'NotApplied',
      what: expect.stringContaining('filed.yaml:2'),
    });
  });

  test('offline it names the line of the overlay that moves it', async () => {
    await cluster.folder.run('git', ['init', '-q']);
    const object = await scene.seal({ name: 'based', values: { password: 's3cret' }, withRecord: true });
    const { namespace: _, ...metadata } = object.metadata;
    write('apps/base/based.yaml', printManifest({ ...object, metadata }, 'yaml'));
    write('apps/base/kustomization.yaml', 'resources: [based.yaml]\n');
    write(
      'apps/prod/kustomization.yaml',
      '# production\nresources:\n  - ../base\nnamespace: shop\nnamePrefix: prod-\n',
    );
    await cluster.folder.run('git', ['add', '-A']);
    const { code, stdout } = await cluster.seal(['why', 'apps/base/based.yaml', '--offline']);
    expect(code).toBe(3);
    expect(stdout).toBe(
      [
        `what:  SealedSecret shop/prod-based: password was sealed for ${namespace}/based, and would have to open as shop/prod-based`,
        'cause: apps/prod/kustomization.yaml:4 sets namespace: shop, apps/prod/kustomization.yaml:5 sets namePrefix: prod-',
        'mend:  annotate the SealedSecret sealedsecrets.bitnami.com/namespace-wide: "true", as its name changes on the way, and then seal set apps/base/based.yaml password',
        '',
      ].join('\n'),
    );
  });

  test('it is told from the file alone where no cluster answers', async () => {
    const object = await scene.seal({ name: 'alone', values: { password: 's3cret' }, withRecord: true });
    write('alone.yaml', printManifest(object, 'yaml'));
    const { code, stdout, stderr } = await cluster.seal(['why', 'alone.yaml'], { env: { KUBECONFIG: '/nowhere' } });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^what: {2}nothing is wrong with SealedSecret .*alone as far as alone\.yaml tells\n/),
    ]);
    expect(stderr).toMatch(/^told from the file alone: /);
    const address = await cluster.seal(['why', 'sealedsecret/alone', '-n', namespace], {
      env: { KUBECONFIG: '/nowhere' },
    });
    expect([address.code, address.stdout]).toEqual([4, '']);
  });

  test('each of several objects is told, and other documents are passed over', async () => {
    const text = async (name: string) =>
      printManifest(await scene.seal({ name, values: { a: 's3cret' }, withRecord: true }), 'yaml');
    const parts = [
      'kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n',
      '{{ helm }}\n',
      await text('one'),
      await text('two'),
    ];
    write('several.yaml', parts.join('---\n'));
    expect(await diagnosisOf(['several.yaml', '--offline'])).toMatchObject({ count: 2 });
  });
});

describe('with less than everything', () => {
  const head = 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n';
  beforeAll(() => {
    write('damaged.yaml', `${head}metadata: {name: db, name: db2}\nspec: {}\n`);
    write('chart.yaml', `${head}metadata: {name: {{ .Release.Name }}}\n`);
  });

  test('whoever may read the object alone is told what it says', async () => {
    const rules = [{ apiGroups: ['bitnami.com'], resources: ['sealedsecrets'], verbs: ['get'] }];
    const kubeconfig = await cluster.kubeconfigFor('curious', rules, namespace);
    const told = await diagnosisOf(['sealedsecret/foreign', '-n', namespace, '--kubeconfig', kubeconfig]);
    expect(told).toMatchObject({ exit: 3, code: 'OtherKey' });
    const denied = await cluster.seal(['why', 'es/api', '-n', namespace, '--kubeconfig', kubeconfig]);
    expect([denied.code, denied.stdout]).toEqual([4, '']);
  });

  test.each([
    [[], /nothing is named/],
    [['sealedsecret'], /no such file|names a kind/],
    [['sealedsecert/db'], /did you mean sealedsecret\/db/],
    [['missing.yaml'], /no such file: missing\.yaml/],
    [['certs/rsa2048.crt'], /no object of our kinds/],
    [['sealedsecret/db', '--offline'], /name its file/],
    [['secret/db'], /a Secret is judged by what makes it/],
    [['damaged.yaml'], /damaged\.yaml:3:.*not valid YAML/],
    [['chart.yaml'], /render it first/],
    [['sealedsecret/db', '-n', 'Not A Name'], /cannot be a namespace/],
  ])('a mistake is told in one line: %o', async (argv, said) => {
    const { code, stdout, stderr } = await cluster.seal(['why', ...argv]);
    expect(code).toBeGreaterThan(0);
    expect(code).toBeLessThan(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(said);
  });
});

async function valueFor(place: string, name: string) {
  const { sealed } = await import('../controller/support/house.ts');
  return (await sealed({ namespace: place, name, values: { password: 's3cret' } })).spec.encryptedData;
}

const recordFor = ({ metadata }: SealedSecret, label: string) =>
  (metadata.annotations?.[recordAnnotation] ?? '').replace(/^(\S+ \S+) \S+/, (_, head) => `${head} ${label}`);

/** The record says this label; `$` is the namespace of the scene. */
function withLabel(label: string) {
  return (object: SealedSecret): SealedSecret => ({
    ...object,
    metadata: {
      ...object.metadata,
      annotations: {
        ...object.metadata.annotations,
        [recordAnnotation]: recordFor(object, label.replace('$', namespace)),
      },
    },
  });
}
