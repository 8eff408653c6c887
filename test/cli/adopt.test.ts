// `seal adopt` against the embedded API server with the real controller: the Secret is the same one at every moment.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { adopted, withDocument } from '../../cli/adopting/manifest.ts';
import { checkAdoptable } from '../../cli/adopting/refusals.ts';
import { isSealError } from '../../src/errors.ts';
import type { ObjectMeta, SealedSecret, Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { watchForever } from '../../src/kube/watch.ts';
import { deployment, testKey } from '../controller/support/house.ts';
import { clusterForTests, until } from './cluster-folder.ts';

const secretWith = (metadata: ObjectMeta, rest: Partial<Secret> = {}): Secret => ({
  ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { password: 'czNjcmV0' } },
  metadata: { name: 'db', namespace: 'shop', ...metadata },
  ...rest,
});
const owned = (kind: string) => ({
  ownerReferences: [{ apiVersion: 'a/v1', kind, name: 'x', uid: 'u', controller: true }],
});

describe('a Secret that somebody else makes', () => {
  it.each<[string, Secret, RegExp]>([
    ['of a SealedSecret', secretWith(owned('SealedSecret')), /belongs to SealedSecret x/],
    ['of an ExternalSecret', secretWith(owned('ExternalSecret')), /belongs to ExternalSecret x/],
    ['of a VaultStaticSecret', secretWith(owned('VaultStaticSecret')), /belongs to VaultStaticSecret x/],
    ['of any controller', secretWith(owned('Kafka')), /belongs to Kafka x/],
    [
      'of an ExternalSecret that owns nothing',
      secretWith({ labels: { 'reconcile.external-secrets.io/managed': 'true' } }),
      /filled by an ExternalSecret/,
    ],
    [
      'of Vault Secrets Operator',
      secretWith({ labels: { 'app.kubernetes.io/managed-by': 'hashicorp-vso' } }),
      /Vault Secrets Operator/,
    ],
    ['of a Helm release', secretWith({ annotations: { 'meta.helm.sh/release-name': 'shop' } }), /Helm release shop/],
    ['of Helm by its label', secretWith({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }), /a Helm release/],
    ['of Helm itself', secretWith({}, { type: 'helm.sh/release.v1' }), /record of a Helm release/],
    [
      'of cert-manager',
      secretWith({ annotations: { 'cert-manager.io/certificate-name': 'web' } }),
      /cert-manager for Certificate web/,
    ],
    ['of a service account', secretWith({}, { type: 'kubernetes.io/service-account-token' }), /service-account-token/],
    ['that starts nodes', secretWith({}, { type: 'bootstrap.kubernetes.io/token' }), /bootstrap/],
    [
      'that opens sealed values',
      secretWith({ labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' } }),
      /private key/,
    ],
    [
      'that is a copy',
      secretWith({ annotations: { 'reflector.v1.k8s.emberstack.com/reflects': 'a/b' } }),
      /copy of another/,
    ],
    ['that is going', secretWith({ deletionTimestamp: '2026-01-01T00:00:00Z' }), /being deleted/],
    [
      'that Flux would prune',
      secretWith({ labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }),
      /Flux \(Kustomization apps\)/,
    ],
    ['that Argo CD would prune', secretWith({ annotations: { 'argocd.argoproj.io/tracking-id': 'a' } }), /Argo CD/],
  ])('%s is refused, with the way on', (_, secret, said) => {
    const refusal = (() => {
      try {
        checkAdoptable(secret);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(isSealError(refusal) && refusal.message).toMatch(said);
    expect(isSealError(refusal) && refusal.hints[0]).toMatch(/.{10}/);
  });

  it.each([
    secretWith({}),
    secretWith({
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' },
      annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
    }),
    secretWith({
      annotations: {
        'argocd.argoproj.io/tracking-id': 'a',
        'argocd.argoproj.io/sync-options': 'ServerSideApply=true, Prune=false',
      },
    }),
    secretWith({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' }] }),
  ])('others are not: %#', (secret) => {
    expect(() => checkAdoptable(secret)).not.toThrow();
  });
});

describe('the manifest', () => {
  const how = async () => ({ certificate: (await testKey('rsa2048')).certificate, now: new Date('2026-12-01') });

  it('has what people wrote, and nothing of tools', async () => {
    const labels = {
      app: 'shop',
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'argocd.argoproj.io/secret-type': 'repository',
    };
    const annotations = {
      note: 'ours',
      'kubectl.kubernetes.io/last-applied-configuration': '{"stringData":{"password":"s3cret"}}',
      'argocd.argoproj.io/sync-options': 'Prune=false',
      'helm.sh/resource-policy': 'keep',
      'sealedsecrets.bitnami.com/managed': 'true',
    };
    const made = await adopted(
      secretWith(
        { labels, annotations, uid: 'u', finalizers: ['a/b'] },
        { type: 'kubernetes.io/basic-auth', immutable: true },
      ),
      await how(),
    );
    expect(made.metadata).toMatchObject({
      name: 'db',
      namespace: 'shop',
      annotations: { 'sealwright.dev/adopt': 'true' },
    });
    expect(made.spec.template).toEqual({
      metadata: {
        name: 'db',
        namespace: 'shop',
        labels: { app: 'shop', 'argocd.argoproj.io/secret-type': 'repository' },
        annotations: { note: 'ours' },
      },
      type: 'kubernetes.io/basic-auth',
      immutable: true,
    });
    expect(JSON.stringify(made)).not.toMatch(/s3cret|czNjcmV0/);
  });

  it('says its scope on the SealedSecret alone', async () => {
    const made = await adopted(secretWith({}), { ...(await how()), scope: 'namespace-wide' });
    expect(made.metadata.annotations).toMatchObject({ 'sealedsecrets.bitnami.com/namespace-wide': 'true' });
    expect(made.spec.template?.metadata).toEqual({ name: 'db', namespace: 'shop' });
  });

  const others = [
    'a: 1\n',
    'a: 1',
    '# c\n---\na: 1\n---\n',
    'a: |\n  text\n',
    'a: |+\n  text\n\n',
    'a: 1\r\nb: 2\r\n',
    '\ufeffa: 1\n',
    'a: 1\n...\n',
    '{{ helm }}\n---\na: 1\n',
    '# nothing\n',
  ];
  it.each(others)('comes behind %j without a change of a byte of it', async (text) => {
    const made = await adopted(secretWith({}), await how());
    const after = withDocument({ path: 'x.yaml', bytes: Buffer.from(text) }, made);
    expect(after.startsWith(text)).toBe(true);
    const documents = text.includes('{{') ? [] : parseAllDocuments(after.replace('\ufeff', ''));
    for (const document of documents) expect(document.errors).toEqual([]);
    if (documents.length > 0)
      expect(documents.at(-1)?.toJS()).toMatchObject({ kind: 'SealedSecret', metadata: { name: 'db' } });
    if (text.includes('\r')) expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it.each([
    ['sealing.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    ['sealing.yaml', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    ['README.md', '# Shop\n\nSee [this](there): it is\n- a list\n'],
    ['values', '- 1\n- 2\n'],
  ])('is not written behind %s, which is no manifest', async (path, text) => {
    const made = await adopted(secretWith({}), await how());
    expect(() => withDocument({ path, bytes: Buffer.from(text) }, made)).toThrow(
      expect.objectContaining({ code: 'NO_MANIFEST', message: `${path} is there already and is no manifest` }),
    );
  });

  it.each([
    ['the Secret itself is there', 'apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n', /seal -i x\.yaml/],
    [
      'it is there, sealed',
      'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\n',
      /seal set x\.yaml/,
    ],
  ])('is not written where %s', async (_, text, hint) => {
    const made = await adopted(secretWith({}), await how());
    const write = () => withDocument({ path: 'x.yaml', bytes: Buffer.from(text) }, made);
    expect(write).toThrow();
    try {
      write();
    } catch (error) {
      expect(isSealError(error) && error.hints[0]).toMatch(hint);
    }
  });
});

describe('seal adopt', () => {
  const { cluster, scene, namespace } = clusterForTests();
  const read = (file: string) => readFileSync(join(cluster.folder.path, file), 'utf8');

  test('a Secret keeps its uid and its data at every moment, and nothing restarts', async () => {
    const made = await cluster.kube.create<Secret>(
      resources.secret,
      secretWith({ name: 'db', namespace, labels: { app: 'shop' } }),
    );
    await cluster.kube.create(resources.deployment, deployment({ namespace, name: 'api' }));
    const { code, stdout, stderr } = await cluster.seal(['adopt', 'secret/db', '-n', namespace, '--into', 'db.yaml']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^db\.yaml: sealed 1 item of Secret .*\/db for .*\/db under key [0-9a-f]{8}\nhint: /);
    const [manifest] = parseAllDocuments(read('db.yaml')).map((document) => document.toJS() as SealedSecret);
    if (!manifest) throw new Error('nothing was written');

    const seen: string[] = [];
    const stop = new AbortController();
    const look = ({ metadata, data, type }: Secret) => {
      if (metadata.name === 'db') seen.push(`${metadata.uid} ${JSON.stringify(data)} ${type}`);
    };
    const watching = watchForever<Secret>({
      ...{ api: cluster.kube, resource: resources.secret, namespace, clock: systemClock, random: Math.random },
      signal: stop.signal,
      handler: { onAdd: look, onUpdate: look, onDelete: ({ name }) => name === 'db' && seen.push('gone') },
    });
    const annotations = { ...manifest.metadata.annotations, 'sealwright.dev/restart': 'Deployment/api' };
    await scene.apply({ ...manifest, metadata: { ...manifest.metadata, annotations } });
    expect((await cluster.seal(['wait', 'db.yaml', '--no-progress'])).stderr).toBe('');
    const owner = await until(
      () => scene.getSecret('db'),
      (secret) => secret?.metadata.ownerReferences !== undefined,
    );
    stop.abort();
    await watching;

    expect(owner?.metadata).toMatchObject({
      uid: made.metadata.uid,
      labels: { app: 'shop' },
      ownerReferences: [{ kind: 'SealedSecret', name: 'db' }],
    });
    expect(new Set(seen)).toEqual(new Set([`${made.metadata.uid} {"password":"czNjcmV0"} Opaque`]));
    const workload = await cluster.kube.get(resources.deployment, { namespace, name: 'api' });
    expect(JSON.stringify(workload)).not.toMatch(/restarted-at/);
    expect((await cluster.seal(['why', 'db.yaml'])).stdout).toMatch(/^what: {2}nothing is wrong/);
    expect((await cluster.seal(['adopt', 'db', '-n', namespace, '--into', 'again.yaml'])).stderr).toMatch(
      /belongs to SealedSecret db/,
    );
  });

  test('without the leave nothing would be taken over: the annotation is what gives it', async () => {
    await cluster.kube.create<Secret>(resources.secret, secretWith({ name: 'plain', namespace }));
    await cluster.seal(['adopt', 'plain', '-n', namespace, '--into', 'plain.yaml']);
    const [manifest] = parseAllDocuments(read('plain.yaml')).map((document) => document.toJS() as SealedSecret);
    if (!manifest) throw new Error('nothing was written');
    const { 'sealwright.dev/adopt': _, ...annotations } = manifest.metadata.annotations ?? {};
    await scene.apply({ ...manifest, metadata: { ...manifest.metadata, annotations } });
    const told = await cluster.seal(['wait', 'sealedsecret/plain', '-n', namespace]);
    expect([told.code, told.stderr]).toEqual([1, expect.stringContaining('NotOwned')]);
  });

  test('a dry run prints the manifest, and neither file nor cluster is written', async () => {
    await cluster.kube.create<Secret>(resources.secret, secretWith({ name: 'dry', namespace }));
    const before = cluster.folder.snapshot();
    const { code, stdout, stderr } = await cluster.seal([
      'adopt',
      'dry',
      '-n',
      namespace,
      '--into',
      'dry.yaml',
      '--dry-run',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^apiVersion: bitnami\.com\/v1alpha1\nkind: SealedSecret\n/);
    expect(cluster.folder.snapshot()).toEqual(before);
    expect(await scene.getSealed('dry')).toBeUndefined();
  });

  test('folders that are missing on the way to the file are made, but not by a dry run', async () => {
    await cluster.kube.create<Secret>(resources.secret, secretWith({ name: 'new', namespace }));
    const argv = ['adopt', 'new', '-n', namespace, '--into', 'apps/new/secrets/db.yaml'];
    const before = cluster.folder.snapshot();
    expect((await cluster.seal([...argv, '--dry-run'])).code).toBe(0);
    expect(cluster.folder.snapshot()).toEqual(before);
    const { code, stderr } = await cluster.seal(argv);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^apps\/new\/secrets\/db\.yaml: sealed 1 item/)]);
    expect(read('apps/new/secrets/db.yaml')).toMatch(/^kind: SealedSecret$/m);
    const through = await cluster.seal(['adopt', 'new', '-n', namespace, '--into', 'apps/new/secrets/db.yaml/x.yaml']);
    expect([through.code, through.stderr]).toEqual([1, expect.stringMatching(/^seal: .*db\.yaml\/x\.yaml/)]);
  });

  test('it is told of when its sealed values are more than client-side apply takes', async () => {
    const data = { blob: Buffer.alloc(180_000, 1).toString('base64') };
    await cluster.kube.create<Secret>(resources.secret, { ...secretWith({ name: 'large', namespace }), data });
    const { code, stderr } = await cluster.seal(['adopt', 'large', '-n', namespace, '--into', 'large.yaml']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: large\.yaml: the sealed values take \d+ kB; .*--server-side$/m);
  });

  test('it comes behind what a file has, by the rule of the file, and the Kustomization beside it is told of', async () => {
    await cluster.kube.create<Secret>(resources.secret, secretWith({ name: 'late', namespace }));
    writeFileSync(join(cluster.folder.path, 'app.yaml'), '# the app\nkind: ConfigMap\n');
    writeFileSync(join(cluster.folder.path, 'kustomization.yaml'), 'resources: [other.yaml]\n');
    const config = (place: string) =>
      `version: 1\nclusters:\n  test:\n    certificates: [certs/other2048.crt]\nrules:\n  - path: "*.yaml"\n    cluster: test\n    namespace: ${place}\n    scope: namespace-wide\n`;
    writeFileSync(join(cluster.folder.path, '.sealwright.yaml'), config('elsewhere'));
    const refused = await cluster.seal(['adopt', 'late', '-n', namespace, '--into', 'app.yaml']);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/puts its files into namespace elsewhere/),
    ]);
    writeFileSync(join(cluster.folder.path, '.sealwright.yaml'), config(namespace));
    const { code, stderr } = await cluster.seal(['adopt', 'late', '-n', namespace, '--into', 'app.yaml']);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/kustomization\.yaml does not list app\.yaml/)]);
    expect(read('app.yaml')).toMatch(/^# the app\nkind: ConfigMap\n---\napiVersion: bitnami\.com\/v1alpha1\n/);
    expect(read('app.yaml')).toMatch(
      new RegExp(`password ${(await testKey('other2048')).certificate.keyId} ${namespace} `),
    );
    writeFileSync(join(cluster.folder.path, '.sealwright.yaml'), 'version: 1\n');
  });

  test.each([
    [[], 2, /no Secret is named/],
    [['secret/db'], 2, /no file is named/],
    [['configmap/db', '--into', 'x.yaml'], 2, /is no Secret/],
    [['secret/DB', '--into', 'x.yaml'], 2, /cannot be the name/],
    [['secret/db', '--into', 'certs'], 2, /is a folder/],
    [['secret/gone', '--into', 'x.yaml'], 1, /there is no Secret default\/gone/],
  ])('a mistake is told in one line: %o', async (argv, expected, said) => {
    const { code, stdout, stderr } = await cluster.seal(['adopt', ...argv]);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(said);
  });

  test('whoever may not read the Secret is told with 4', async () => {
    const kubeconfig = await cluster.kubeconfigFor('blind', []);
    const { code, stdout, stderr } = await cluster.seal([
      'adopt',
      'db',
      '-n',
      namespace,
      '--into',
      'x.yaml',
      '--kubeconfig',
      kubeconfig,
    ]);
    expect([code, stdout]).toEqual([4, '']);
    // Whoever checks must ask as the one who was refused.
    expect(stderr).toContain(`: kubectl --kubeconfig ${kubeconfig} auth can-i get secrets `);
  });
});
