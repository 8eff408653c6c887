// The whole controller against the embedded API server: the life of SealedSecrets, story by story.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { type House, sealed, startHouse, storeKey, testKey } from './support/house.ts';

const db = { namespace: 'default', name: 'db' };

describe('a SealedSecret in the cluster', () => {
  let house: House;
  let controller: Awaited<ReturnType<House['start']>>;
  beforeEach(async () => {
    house = await startHouse();
    controller = await house.start();
    await controller.ready;
    controller.reset();
  });
  afterEach(async () => {
    await house.end();
  });

  const settle = async () => {
    await controller.idle();
    controller.reset();
  };
  const createForeign = (secret: Secret) =>
    house.kube.create<Secret>(resources.secret, secret, { fieldManager: 'kubectl-create' });
  const make = async (values: Record<string, string> = { user: 'admin', password: 's3cret' }) => {
    const object = await sealed({ values });
    await house.change(object);
    await house.untilReady('True', 'Unsealed');
    await settle();
    return object;
  };

  it('becomes a Secret with its values, owned by it, for one create, one status and one event', async () => {
    const applied = await house.apply(await sealed({ values: { user: 'admin', password: 's3cret' } }));
    await house.untilReady('True', 'Unsealed');
    await controller.idle();
    const secret = await house.getSecret();
    expect(await house.values()).toEqual({ user: 'admin', password: 's3cret' });
    expect(secret?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'bitnami.com/v1alpha1',
        kind: 'SealedSecret',
        name: 'db',
        uid: applied.metadata.uid,
        controller: true,
      },
    ]);
    expect(controller.calls.sort()).toEqual(['create events', 'create secrets', 'patch sealedsecrets']);
    expect(await house.events()).toEqual(['Normal Unsealed: Secret db made, with 2 items']);
  });

  it('gives the Secret a new value and takes away an item that it does not have any more', async () => {
    await make();
    await house.change(await sealed({ values: { user: 'root', port: '5432' } }));
    await house.untilValues({ user: 'root', port: '5432' });
    await house.untilReady('True', 'Unsealed');
  });

  it('has its Secret put right when someone edits it, without opening anything again', async () => {
    await make();
    const opened = await opens(controller);
    await house.kube.mergePatch(
      resources.secret,
      db,
      { data: { password: Buffer.from('oops').toString('base64'), extra: 'eA==' } },
      { fieldManager: 'kubectl-edit' },
    );
    await house.untilValues({ user: 'admin', password: 's3cret' });
    await controller.idle();
    expect(await opens(controller)).toBe(opened);
    expect(await house.events()).toContainEqual(
      'Warning Repaired: Secret db was changed by someone else (item password, item extra), and was put right',
    );
    expect(controller.calls).not.toContain('patch sealedsecrets');
    controller.reset();
    await house.kube.mergePatch(resources.secret, db, { data: { user: null } }, { fieldManager: 'kubectl-edit' });
    await house.untilValues({ user: 'admin', password: 's3cret' });
    await controller.idle();
    expect(controller.calls.filter((call) => call.endsWith(' secrets'))).toEqual(['get secrets', 'patch secrets']);
  });

  it('has its Secret made again when someone deletes it', async () => {
    await make();
    const before = await house.getSecret();
    await house.kube.delete(resources.secret, db);
    await house.untilSecret((secret) => secret !== undefined && secret.metadata.uid !== before?.metadata.uid);
    await house.untilValues({ user: 'admin', password: 's3cret' });
    await controller.idle();
    expect(await house.events()).toContainEqual('Warning Repaired: Secret db was deleted, and was made again');
  });

  it('leaves labels and annotations of others on its Secret alone', async () => {
    await make();
    await house.kube.mergePatch(
      resources.secret,
      db,
      { metadata: { labels: { team: 'blue' }, annotations: { note: 'mine' } } },
      { fieldManager: 'kubectl-label' },
    );
    await house.change(await sealed({ values: { user: 'root' } }));
    await house.untilValues({ user: 'root' });
    const secret = await house.getSecret();
    expect(secret?.metadata.labels).toEqual({ team: 'blue' });
    expect(secret?.metadata.annotations).toEqual({ note: 'mine' });
  });

  it('does not look at the Secret when someone adds a label to it', async () => {
    await make();
    await house.kube.mergePatch(
      resources.secret,
      db,
      { metadata: { labels: { team: 'blue' } } },
      { fieldManager: 'x' },
    );
    await house.untilSecret((secret) => secret?.metadata.labels?.team === 'blue');
    await controller.idle();
    expect(controller.calls).toEqual([]);
  });

  it('does not open under another name, and says so', async () => {
    await house.apply(await sealed({ values: { password: 's3cret' }, sealedName: 'other' }));
    const object = await house.untilReady('False', 'CannotOpen');
    expect(object.status?.conditions?.[0]).toMatchObject({ type: 'Synced', status: 'False', reason: 'CannotOpen' });
    expect(object.status?.conditions?.[0]?.message).toContain('default/db: no key could decrypt password');
    expect(await house.getSecret()).toBeUndefined();
    await house.change(await sealed({ values: { password: 's3cret' } }));
    await house.untilReady('True', 'Unsealed');
  });

  it('names the item that is damaged and produces nothing', async () => {
    const object = await sealed({ values: { user: 'admin', password: 's3cret' } });
    await house.apply({ ...object, spec: { encryptedData: { ...object.spec.encryptedData, password: 'AgB!' } } });
    const { status } = await house.untilReady('False', 'ValueDamaged');
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Synced', 'Ready', 'Stalled']);
    expect(status?.conditions?.[1]?.message).toContain('password');
    expect(await house.getSecret()).toBeUndefined();
  });

  it('opens as soon as its missing key is restored', async () => {
    const { certificate } = await testKey('other2048');
    await house.apply(await sealed({ values: { password: 's3cret' }, certificate, withRecord: true }));
    const object = await house.untilReady('Unknown', 'UnknownKey');
    expect(object.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Synced=Unknown',
      'Ready=Unknown',
      'Reconciling=True',
    ]);
    await storeKey(house.kube, 'other2048');
    await house.untilReady('True', 'Unsealed');
    expect(await house.values()).toEqual({ password: 's3cret' });
  });

  it('stays as it is when its key is retired, and a new value under that key does not open', async () => {
    await make();
    await house.kube.mergePatch(
      resources.secret,
      { namespace: 'kube-system', name: 'sealed-secrets-key-rsa2048' },
      { metadata: { labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'compromised' } } },
    );
    await house.change(await sealed({ values: { password: 'hunter2' } }));
    await house.untilReady('False', 'CannotOpen');
    expect(await house.values()).toEqual({ user: 'admin', password: 's3cret' });
  });

  it('does not touch a Secret that was there before, until that one goes away', async () => {
    await createForeign(secretOf({ a: 'foreign' }));
    await house.apply(await sealed({ values: { password: 's3cret' } }));
    const object = await house.untilReady('False', 'NotOwned');
    expect(object.status?.conditions?.[0]?.message).toContain('was there before');
    expect(await house.values()).toEqual({ a: 'foreign' });
    await house.kube.delete(resources.secret, db);
    await house.untilReady('True', 'Unsealed');
    expect(await house.values()).toEqual({ password: 's3cret' });
  });

  it('names the owner of a Secret that belongs to another controller', async () => {
    const owner = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      name: 'db',
      uid: 'u-1',
      controller: true,
    };
    const foreign = secretOf({ a: 'foreign' });
    await createForeign({
      ...foreign,
      metadata: { ...foreign.metadata, ownerReferences: [owner], finalizers: ['example.com/keep'] },
    });
    await house.apply(
      await sealed({ values: { password: 's3cret' }, annotations: { 'sealwright.dev/adopt': 'true' } }),
    );
    const { status } = await house.untilReady('False', 'NotOwned');
    expect(status?.conditions?.[0]?.message).toContain('belongs to ExternalSecret db');
    await house.kube.mergePatch(resources.secret, db, { metadata: { finalizers: null } });
  });

  it('takes a Secret over that says managed, keeps its annotation, and owns the whole data map', async () => {
    const foreign = secretOf({ a: 'foreign' });
    await createForeign(foreign);
    await house.apply(await sealed({ values: { password: 's3cret' } }));
    await house.untilReady('False', 'NotOwned');
    await house.kube.mergePatch(resources.secret, db, {
      metadata: { annotations: { 'sealedsecrets.bitnami.com/managed': 'true' } },
    });
    await house.untilReady('True', 'Unsealed');
    const secret = await house.getSecret();
    expect(await house.values()).toEqual({ password: 's3cret' });
    expect(secret?.metadata.annotations).toEqual({ 'sealedsecrets.bitnami.com/managed': 'true' });
    expect(secret?.metadata.ownerReferences).toHaveLength(1);
  });

  it('merges into a Secret that says patch, and takes back only its own items', async () => {
    await createForeign(secretOf({ a: 'foreign' }, { 'sealedsecrets.bitnami.com/patch': 'true' }));
    await house.change(await sealed({ values: { password: 's3cret', user: 'admin' } }));
    await house.untilValues({ a: 'foreign', password: 's3cret', user: 'admin' });
    await house.untilReady('True', 'Unsealed');
    expect((await house.getSecret())?.metadata.ownerReferences).toBeUndefined();
    await house.change(await sealed({ values: { password: 'hunter2' } }));
    await house.untilValues({ a: 'foreign', password: 'hunter2' });
    await house.kube.delete(resources.sealedSecret, db);
    await controller.idle();
    expect(await house.values()).toEqual({ a: 'foreign', password: 'hunter2' });
  });

  it('adopts a Secret that nobody owns when told to', async () => {
    await createForeign(secretOf({ a: 'foreign' }));
    await house.apply(
      await sealed({ values: { password: 's3cret' }, annotations: { 'sealwright.dev/adopt': 'true' } }),
    );
    await house.untilValues({ password: 's3cret' });
  });

  it('renders its templates over the values', async () => {
    await house.apply(
      await sealed({
        values: { password: 's3cret' },
        template: { data: { url: 'postgres://admin:{{ .password }}@db', password: 'loses' } },
      }),
    );
    await house.untilValues({ password: 's3cret', url: 'postgres://admin:s3cret@db' });
  });

  it('says which template fails, without any value', async () => {
    await house.apply(
      await sealed({ values: { password: 's3cret' }, template: { data: { url: '{{ fail .password }}' } } }),
    );
    const { status } = await house.untilReady('False', 'TemplateError');
    expect(status?.conditions?.[0]?.message).toContain('url');
    expect(JSON.stringify([status, await house.events()])).not.toContain('s3cret');
  });

  it('makes the Secret again when its type changes, and says so', async () => {
    await make({ username: 'admin', password: 's3cret' });
    await house.change(
      await sealed({
        values: { username: 'admin', password: 's3cret' },
        template: { type: 'kubernetes.io/basic-auth' },
      }),
    );
    await house.untilSecret((secret) => secret?.type === 'kubernetes.io/basic-auth');
    await controller.idle();
    expect(await house.events()).toContainEqual(
      'Normal Recreated: Secret db was deleted and made again, since its type cannot be changed',
    );
  });

  it('makes an immutable Secret again when a value changes, and back to mutable', async () => {
    await house.change(await sealed({ values: { password: 's3cret' }, template: { immutable: true } }));
    await house.untilSecret((secret) => secret?.immutable === true);
    await house.change(await sealed({ values: { password: 'hunter2' }, template: { immutable: true } }));
    await house.untilValues({ password: 'hunter2' });
    expect((await house.getSecret())?.immutable).toBe(true);
    await house.change(await sealed({ values: { password: 'hunter2' } }));
    await house.untilSecret((secret) => secret !== undefined && secret.immutable !== true);
  });

  it('copies labels and annotations of its template, but nothing that deployment tools know their objects by', async () => {
    await house.apply(
      await sealed({
        values: { password: 's3cret' },
        template: {
          metadata: {
            labels: { app: 'db', 'kustomize.toolkit.fluxcd.io/name': 'apps' },
            annotations: { note: 'x', 'argocd.argoproj.io/tracking-id': 'y', 'meta.helm.sh/release-name': 'z' },
          },
        },
      }),
    );
    await house.untilReady('True', 'Unsealed');
    const secret = await house.getSecret();
    expect(secret?.metadata.labels).toEqual({ app: 'db' });
    expect(secret?.metadata.annotations).toEqual({ note: 'x' });
    await house.kube.mergePatch(resources.secret, db, { metadata: { labels: { app: 'web' } } }, { fieldManager: 'x' });
    await house.untilSecret((now) => now?.metadata.labels?.app === 'db');
  });

  it('takes its Secret back when it was deleted and made again, whoever was faster', async () => {
    await make();
    const manifest = await sealed({ values: { user: 'admin', password: 's3cret' } });
    await house.kube.delete(resources.sealedSecret, db);
    const again = await house.apply(manifest);
    await house.untilSecret((secret) => secret?.metadata.ownerReferences?.[0]?.uid === again.metadata.uid);
    await house.untilReady('True', 'Unsealed');
    expect((await house.getSecret())?.metadata.ownerReferences).toHaveLength(1);
  });

  it('goes, and its Secret with it', async () => {
    await make();
    await house.kube.delete(resources.sealedSecret, db);
    await house.untilSecret((secret) => secret === undefined);
  });

  it('goes, and its Secret stays where that is asked for', async () => {
    const object = await sealed({
      values: { password: 's3cret' },
      annotations: { 'sealwright.dev/deletion-policy': 'retain' },
    });
    await house.apply(object);
    await house.untilReady('True', 'Unsealed');
    expect((await house.getSecret())?.metadata.ownerReferences).toBeUndefined();
    await house.kube.delete(resources.sealedSecret, db);
    await controller.idle();
    expect(await house.values()).toEqual({ password: 's3cret' });
    await house.apply(object);
    await house.untilReady('True', 'Unsealed');
  });

  it('is Ready with skip-set-owner-references, and keeps its Secret up to date', async () => {
    const template = { metadata: { annotations: { 'sealedsecrets.bitnami.com/skip-set-owner-references': 'true' } } };
    await house.change(await sealed({ values: { password: 's3cret' }, template }));
    await house.untilReady('True', 'Unsealed');
    await house.change(await sealed({ values: { password: 'hunter2' }, template }));
    await house.untilValues({ password: 'hunter2' });
    expect((await house.getSecret())?.metadata.ownerReferences).toBeUndefined();
  });

  it('is left alone while paused', async () => {
    const object = await make();
    await house.kube.mergePatch(resources.sealedSecret, db, {
      metadata: { annotations: { 'sealwright.dev/paused': 'true' } },
    });
    await house.change({
      ...(await sealed({ values: { user: 'root' } })),
      metadata: { ...object.metadata, annotations: { 'sealwright.dev/paused': 'true' } },
    });
    const { status } = await house.untilReady('Unknown', 'Paused');
    expect(status?.conditions?.at(-1)).toMatchObject({ type: 'Paused', status: 'True' });
    expect(await house.values()).toEqual({ user: 'admin', password: 's3cret' });
    await house.kube.mergePatch(resources.sealedSecret, db, {
      metadata: { annotations: { 'sealwright.dev/paused': null } },
    });
    await house.untilValues({ user: 'root' });
  });

  it('is refused a type that would hand out credentials of the cluster', async () => {
    await house.apply(
      await sealed({
        values: { password: 's3cret' },
        template: { type: 'kubernetes.io/service-account-token' },
      }),
    );
    await house.untilReady('False', 'TypeNotAllowed');
    expect(await house.getSecret()).toBeUndefined();
  });

  it('reacts to a scope annotation that is put right', async () => {
    await house.apply(withoutAnnotations(await sealed({ values: { password: 's3cret' }, scope: 'namespace-wide' })));
    await house.untilReady('False', 'CannotOpen');
    await house.kube.mergePatch(resources.sealedSecret, db, {
      metadata: { annotations: { 'sealedsecrets.bitnami.com/namespace-wide': 'true' } },
    });
    await house.untilReady('True', 'Unsealed');
  });

  it('costs a restart no opening, no read and no write when nothing changed', async () => {
    await make();
    await house.apply(await sealed({ name: 'db2', values: { password: 'hunter2' } }));
    await house.untilReady('True', 'Unsealed', 'db2');
    await house.kube.mergePatch(
      resources.secret,
      db,
      { metadata: { labels: { team: 'blue' } } },
      { fieldManager: 'x' },
    );
    await controller.idle();
    await controller.stop();
    const second = await house.start();
    await second.ready;
    await second.idle();
    expect(await opens(second)).toBe(0);
    expect(second.calls.filter((call) => !/^(list|get) /.test(call))).toEqual([]);
    // The fingerprint key.
    expect(second.calls.filter((call) => call.startsWith('get secrets'))).toHaveLength(1);
  });

  it('has what happened while no controller ran put right at the next start', async () => {
    await make();
    await controller.stop();
    await house.kube.mergePatch(
      resources.secret,
      db,
      { data: { password: 'b29wcw==' } },
      { fieldManager: 'kubectl-edit' },
    );
    const second = await house.start();
    await second.ready;
    await house.untilValues({ user: 'admin', password: 's3cret' });
  });

  it('is served a certificate, health and metrics', async () => {
    await make();
    const certificate = await fetch(`${controller.urls.api}/v1/cert.pem`);
    expect(await certificate.text()).toBe((await testKey('rsa2048')).certificate.pem);
    const published = await house.kube.get<Secret>(resources.configMap, {
      namespace: 'kube-system',
      name: 'sealwright-certificate',
    });
    expect(published.data?.['cert.pem']).toBe((await testKey('rsa2048')).certificate.pem);
    expect((await fetch(`${controller.urls.metrics}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${controller.urls.metrics}/metrics`)).text();
    expect(metrics).toContain('sealwright_reconcile_total{kind="SealedSecret",result="rest",reason="Unsealed"}');
    const other = await fetch(`${controller.urls.api}/v1/verify`, { method: 'POST', body: '{}' });
    expect(other.status).toBe(404);
    expect(await other.json()).toEqual({ error: { code: 'NOT_FOUND', message: expect.any(String) } });
    expect((await fetch(`${controller.urls.api}/v1/cert.pem`, { method: 'DELETE' })).status).toBe(405);
  });
});

async function opens({ metrics }: { metrics: { unseals: { get(): Promise<{ values: { value: number }[] }> } } }) {
  return (await metrics.unseals.get()).values[0]?.value;
}

function secretOf(data: Record<string, string>, annotations?: Record<string, string>): Secret {
  const encoded = Object.entries(data).map(([item, value]) => [item, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...db, ...(annotations && { annotations }) },
    data: Object.fromEntries(encoded),
  };
}

const withoutAnnotations = <T extends { metadata: object }>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, annotations: {} },
});
