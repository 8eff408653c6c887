// The life of SealedSecrets, story by story: told on the embedded API server and on a real one, which must agree.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Workload } from '../../../controller/restarts/targets.ts';
import { resources } from '../../../src/kube/resources.ts';
import { deployment, type House, keyAt, type Running, type Scene, storeKey, testKey } from './house.ts';

/** Registers the stories as tests. `open` gives a house whose stage has one key, rsa2048. */
export function tellStories(open: () => Promise<House>): void {
  let house: House;
  let controller: Running;
  let scene: Scene;
  const restart = async () => {
    controller = await house.start();
    await controller.ready;
  };
  beforeAll(async () => {
    house = await open();
    await restart();
  });
  beforeEach(async () => {
    scene = await house.scene();
    await controller.idle();
    controller.reset();
  });
  afterEach(async () => {
    await house.clear();
  });
  afterAll(async () => {
    await house?.end();
  });

  const make = async (values: Record<string, string> = { user: 'admin', password: 's3cret' }) => {
    const object = await scene.seal({ values });
    await scene.apply(object);
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    controller.reset();
    return object;
  };

  it('becomes a Secret with its values, owned by it, for one create, one status and one event', async () => {
    const applied = await scene.create(await scene.seal({ values: { user: 'admin', password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    const secret = await scene.getSecret();
    expect(await scene.values()).toEqual({ user: 'admin', password: 's3cret' });
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
    expect(await scene.events()).toEqual(['Normal Unsealed: Secret db made, with 2 items']);
  });

  it('gives the Secret a new value and takes away an item that it does not have any more', async () => {
    await make();
    await scene.apply(await scene.seal({ values: { user: 'root', port: '5432' } }));
    await scene.untilValues({ user: 'root', port: '5432' });
    await scene.untilReady('True', 'Unsealed');
  });

  it('has its Secret put right when someone edits it, without opening anything again', async () => {
    await make();
    const opened = await opens(controller);
    await scene.editSecret({ password: 'oops', extra: 'x' });
    await scene.untilValues({ user: 'admin', password: 's3cret' });
    await controller.idle();
    expect(await opens(controller)).toBe(opened);
    expect(await scene.events()).toContainEqual(
      'Warning Repaired: Secret db was changed by someone else (item password, item extra), and was put right',
    );
    // One where the Secret was made in another second: the status tells when we wrote it last, for the next start.
    expect(controller.calls.filter((call) => call === 'patch sealedsecrets').length).toBeLessThanOrEqual(1);
    controller.reset();
    await scene.editSecret({ user: null });
    await scene.untilValues({ user: 'admin', password: 's3cret' });
    await controller.idle();
    expect(controller.calls.filter((call) => call.endsWith(' secrets'))).toEqual(['get secrets', 'patch secrets']);
  });

  it('has its Secret made again when someone deletes it', async () => {
    await make();
    const before = await scene.getSecret();
    await scene.deleteSecret();
    await scene.untilSecret((secret) => secret !== undefined && secret.metadata.uid !== before?.metadata.uid);
    await scene.untilValues({ user: 'admin', password: 's3cret' });
    await controller.idle();
    expect(await scene.events()).toContainEqual('Warning Repaired: Secret db was deleted, and was made again');
  });

  it('leaves labels and annotations of others on its Secret alone', async () => {
    await make();
    await scene.editSecret({}, { labels: { team: 'blue' }, annotations: { note: 'mine' } });
    await scene.apply(await scene.seal({ values: { user: 'root' } }));
    await scene.untilValues({ user: 'root' });
    const secret = await scene.getSecret();
    expect(secret?.metadata.labels).toEqual({ team: 'blue' });
    expect(secret?.metadata.annotations).toEqual({ note: 'mine' });
  });

  it('does not look at the Secret when someone adds a label to it', async () => {
    await make();
    await scene.editSecret({}, { labels: { team: 'blue' } });
    await scene.untilSecret((secret) => secret?.metadata.labels?.team === 'blue');
    await controller.idle();
    expect(controller.calls).toEqual([]);
  });

  it('does not open under another name, and says so', async () => {
    await scene.create(await scene.seal({ values: { password: 's3cret' }, sealedName: 'other' }));
    const object = await scene.untilReady('False', 'CannotOpen');
    expect(object.status?.conditions?.[0]).toMatchObject({ type: 'Synced', status: 'False', reason: 'CannotOpen' });
    expect(object.status?.conditions?.[0]?.message).toContain(`${scene.namespace}/db: no key could decrypt password`);
    expect(await scene.getSecret()).toBeUndefined();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
  });

  it('names the item that is damaged and produces nothing', async () => {
    const object = await scene.seal({ values: { user: 'admin', password: 's3cret' } });
    await scene.create({ ...object, spec: { encryptedData: { ...object.spec.encryptedData, password: 'AgB!' } } });
    const { status } = await scene.untilReady('False', 'ValueDamaged');
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Synced', 'Ready', 'Stalled']);
    expect(status?.conditions?.[1]?.message).toContain('password');
    expect(await scene.getSecret()).toBeUndefined();
  });

  it('opens as soon as its missing key is restored', async () => {
    const { certificate } = await testKey('other2048');
    await scene.create(await scene.seal({ values: { password: 's3cret' }, certificate, withRecord: true }));
    const object = await scene.untilReady('Unknown', 'UnknownKey');
    expect(object.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Synced=Unknown',
      'Ready=Unknown',
      'Reconciling=True',
    ]);
    await storeKey(house.kube, 'other2048');
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    expect(await scene.events()).toContainEqual('Normal Unsealed: Secret db made, with 1 item');
    expect(await scene.values()).toEqual({ password: 's3cret' });
    await house.kube.delete(resources.secret, keyAt('other2048'));
  });

  it('stays as it is when its key is retired, and a new value under that key does not open', async () => {
    const { certificate } = await testKey('second2048');
    await storeKey(house.kube, 'second2048');
    await scene.apply(await scene.seal({ values: { user: 'admin', password: 's3cret' }, certificate }));
    await scene.untilReady('True', 'Unsealed');
    await house.kube.mergePatch(resources.secret, keyAt('second2048'), {
      metadata: { labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'compromised' } },
    });
    await scene.apply(await scene.seal({ values: { password: 'hunter2' }, certificate }));
    await scene.untilReady('False', 'CannotOpen');
    expect(await scene.values()).toEqual({ user: 'admin', password: 's3cret' });
  });

  it('does not touch a Secret that was there before, until that one goes away', async () => {
    await scene.createSecret({ a: 'foreign' });
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    const object = await scene.untilReady('False', 'NotOwned');
    expect(object.status?.conditions?.[0]?.message).toContain('was there before');
    expect(await scene.values()).toEqual({ a: 'foreign' });
    await scene.deleteSecret();
    await scene.untilReady('True', 'Unsealed');
    expect(await scene.values()).toEqual({ password: 's3cret' });
  });

  // Of a kind that is not installed: of one that is, the garbage collector would find the owner missing.
  it('names the owner of a Secret that belongs to another controller', async () => {
    const owner = {
      apiVersion: 'example.com/v1',
      kind: 'Owner',
      name: 'db',
      uid: 'u-1',
      controller: true,
    };
    await scene.createSecret({ a: 'foreign' }, { ownerReferences: [owner], finalizers: ['example.com/keep'] });
    await scene.create(
      await scene.seal({ values: { password: 's3cret' }, annotations: { 'sealwright.dev/adopt': 'true' } }),
    );
    const { status } = await scene.untilReady('False', 'NotOwned');
    expect(status?.conditions?.[0]?.message).toContain('belongs to Owner db');
    await scene.editSecret({}, { finalizers: null });
  });

  it('takes a Secret over that says managed, keeps its annotation, and owns the whole data map', async () => {
    await scene.createSecret({ a: 'foreign' });
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('False', 'NotOwned');
    await scene.editSecret({}, { annotations: { 'sealedsecrets.bitnami.com/managed': 'true' } });
    await scene.untilReady('True', 'Unsealed');
    const secret = await scene.getSecret();
    expect(await scene.values()).toEqual({ password: 's3cret' });
    expect(secret?.metadata.annotations).toEqual({ 'sealedsecrets.bitnami.com/managed': 'true' });
    expect(secret?.metadata.ownerReferences).toHaveLength(1);
  });

  it('merges into a Secret that says patch, and takes back only its own items', async () => {
    await scene.createSecret({ a: 'foreign' }, { annotations: { 'sealedsecrets.bitnami.com/patch': 'true' } });
    await scene.apply(await scene.seal({ values: { password: 's3cret', user: 'admin' } }));
    await scene.untilValues({ a: 'foreign', password: 's3cret', user: 'admin' });
    await scene.untilReady('True', 'Unsealed');
    expect((await scene.getSecret())?.metadata.ownerReferences).toBeUndefined();
    await scene.apply(await scene.seal({ values: { password: 'hunter2' } }));
    await scene.untilValues({ a: 'foreign', password: 'hunter2' });
    await scene.remove();
    await controller.idle();
    expect(await scene.values()).toEqual({ a: 'foreign', password: 'hunter2' });
  });

  it('adopts a Secret that nobody owns when told to', async () => {
    await scene.createSecret({ a: 'foreign' });
    await scene.create(
      await scene.seal({ values: { password: 's3cret' }, annotations: { 'sealwright.dev/adopt': 'true' } }),
    );
    await scene.untilValues({ password: 's3cret' });
  });

  it('renders its templates over the values', async () => {
    await scene.create(
      await scene.seal({
        values: { password: 's3cret' },
        template: { data: { url: 'postgres://admin:{{ .password }}@db', password: 'loses' } },
      }),
    );
    await scene.untilValues({ password: 's3cret', url: 'postgres://admin:s3cret@db' });
  });

  it('says which template fails, without any value', async () => {
    await scene.create(
      await scene.seal({ values: { password: 's3cret' }, template: { data: { url: '{{ fail .password }}' } } }),
    );
    const { status } = await scene.untilReady('False', 'TemplateError');
    expect(status?.conditions?.[0]?.message).toContain('url');
    expect(JSON.stringify([status, await scene.events()])).not.toContain('s3cret');
  });

  it('makes the Secret again when its type changes, and says so', async () => {
    await make({ username: 'admin', password: 's3cret' });
    await scene.apply(
      await scene.seal({
        values: { username: 'admin', password: 's3cret' },
        template: { type: 'kubernetes.io/basic-auth' },
      }),
    );
    await scene.untilSecret((secret) => secret?.type === 'kubernetes.io/basic-auth');
    await controller.idle();
    expect(await scene.events()).toContainEqual(
      'Normal Recreated: Secret db was deleted and made again, since its type cannot be changed',
    );
  });

  it('keeps its Secret as it is where the cluster would not take one of the new type', async () => {
    await make();
    const { uid } = (await scene.getSecret())?.metadata ?? {};
    await scene.apply(
      await scene.seal({ values: { user: 'admin', password: 's3cret' }, template: { type: 'kubernetes.io/tls' } }),
    );
    const { status } = await scene.untilReady('False', 'Rejected');
    expect(status?.conditions?.[0]?.message).toContain('data[tls.crt] is required');
    const secret = await scene.getSecret();
    expect([secret?.metadata.uid, secret?.type]).toEqual([uid, 'Opaque']);
    expect(await scene.values()).toEqual({ user: 'admin', password: 's3cret' });
  });

  it('makes an immutable Secret again when a value changes, and back to mutable', async () => {
    await scene.apply(await scene.seal({ values: { password: 's3cret' }, template: { immutable: true } }));
    await scene.untilSecret((secret) => secret?.immutable === true);
    await scene.apply(await scene.seal({ values: { password: 'hunter2' }, template: { immutable: true } }));
    await scene.untilValues({ password: 'hunter2' });
    expect((await scene.getSecret())?.immutable).toBe(true);
    await controller.idle();
    expect(await scene.events()).toContainEqual(
      'Normal Recreated: Secret db was deleted and made again, since it is immutable',
    );
    await scene.apply(await scene.seal({ values: { password: 'hunter2' } }));
    await scene.untilSecret((secret) => secret !== undefined && secret.immutable !== true);
  });

  it('copies labels and annotations of its template, but nothing that deployment tools know their objects by', async () => {
    await scene.apply(
      await scene.seal({
        values: { password: 's3cret' },
        template: {
          metadata: {
            labels: {
              app: 'db',
              'argocd.argoproj.io/secret-type': 'repository',
              'argocd.argoproj.io/instance': 'apps',
              'kustomize.toolkit.fluxcd.io/name': 'apps',
            },
            annotations: { note: 'x', 'argocd.argoproj.io/tracking-id': 'y', 'meta.helm.sh/release-name': 'z' },
          },
        },
      }),
    );
    await scene.untilReady('True', 'Unsealed');
    const secret = await scene.getSecret();
    expect(secret?.metadata.labels).toEqual({ app: 'db', 'argocd.argoproj.io/secret-type': 'repository' });
    expect(secret?.metadata.annotations).toEqual({ note: 'x' });
    await scene.editSecret({}, { labels: { app: 'web' } });
    await scene.untilSecret((now) => now?.metadata.labels?.app === 'db');
    await scene.apply(
      await scene.seal({ values: { password: 's3cret' }, template: { metadata: { labels: { app: 'db' } } } }),
    );
    await scene.untilSecret((now) => Object.keys(now?.metadata.labels ?? {}).join() === 'app');
  });

  it('takes its Secret back when it was deleted and made again, whoever was faster', async () => {
    await make();
    const manifest = await scene.seal({ values: { user: 'admin', password: 's3cret' } });
    await scene.remove();
    const again = await scene.create(manifest);
    await scene.untilSecret((secret) => secret?.metadata.ownerReferences?.[0]?.uid === again.metadata.uid);
    await scene.untilReady('True', 'Unsealed');
    expect((await scene.getSecret())?.metadata.ownerReferences).toHaveLength(1);
  });

  it('goes, and its Secret with it', async () => {
    await make();
    await scene.remove();
    await scene.untilSecret((secret) => secret === undefined);
  });

  it('goes, and its Secret stays where that is asked for', async () => {
    const object = await scene.seal({
      values: { password: 's3cret' },
      annotations: { 'sealwright.dev/deletion-policy': 'retain' },
    });
    await scene.create(object);
    await scene.untilReady('True', 'Unsealed');
    expect((await scene.getSecret())?.metadata.ownerReferences).toBeUndefined();
    await scene.remove();
    await controller.idle();
    expect(await scene.values()).toEqual({ password: 's3cret' });
    await scene.create(object);
    await scene.untilReady('True', 'Unsealed');
  });

  it('is Ready with skip-set-owner-references, and keeps its Secret up to date', async () => {
    const template = { metadata: { annotations: { 'sealedsecrets.bitnami.com/skip-set-owner-references': 'true' } } };
    await scene.apply(await scene.seal({ values: { password: 's3cret' }, template }));
    await scene.untilReady('True', 'Unsealed');
    await scene.apply(await scene.seal({ values: { password: 'hunter2' }, template }));
    await scene.untilValues({ password: 'hunter2' });
    expect((await scene.getSecret())?.metadata.ownerReferences).toBeUndefined();
  });

  it('is left alone while paused', async () => {
    const object = await make();
    await scene.annotate({ 'sealwright.dev/paused': 'true' });
    await scene.apply({
      ...(await scene.seal({ values: { user: 'root' } })),
      metadata: { ...object.metadata, annotations: { 'sealwright.dev/paused': 'true' } },
    });
    const { status } = await scene.untilReady('Unknown', 'Paused');
    expect(status?.conditions?.at(-1)).toMatchObject({ type: 'Paused', status: 'True' });
    expect(await scene.values()).toEqual({ user: 'admin', password: 's3cret' });
    await scene.annotate({ 'sealwright.dev/paused': null });
    await scene.untilValues({ user: 'root' });
  });

  it('is refused a type that would hand out credentials of the cluster', async () => {
    await scene.create(
      await scene.seal({
        values: { password: 's3cret' },
        template: { type: 'kubernetes.io/service-account-token' },
      }),
    );
    await scene.untilReady('False', 'TypeNotAllowed');
    expect(await scene.getSecret()).toBeUndefined();
  });

  it('reacts to a scope annotation that is put right', async () => {
    await scene.create(
      withoutAnnotations(await scene.seal({ values: { password: 's3cret' }, scope: 'namespace-wide' })),
    );
    await scene.untilReady('False', 'CannotOpen');
    await scene.annotate({ 'sealedsecrets.bitnami.com/namespace-wide': 'true' });
    await scene.untilReady('True', 'Unsealed');
  });

  it('has its workloads restarted once for a change of values, and for nothing else', async () => {
    const annotations = { 'sealwright.dev/restart': 'Deployment/api' };
    const api = { namespace: scene.namespace, name: 'api' };
    const restartedAt = async () =>
      (await house.kube.get<Workload>(resources.deployment, api)).spec?.template?.metadata?.annotations?.[
        'sealwright.dev/restarted-at'
      ];
    await house.kube.create(resources.deployment, deployment(api));
    await scene.apply(await scene.seal({ values: { password: 's3cret' }, annotations }));
    await scene.untilReady('True', 'Unsealed');
    // Sealed anew with the same value, an edit put right, another label.
    await scene.apply(await scene.seal({ values: { password: 's3cret' }, annotations }));
    await scene.untilReady('True', 'Unsealed');
    await scene.editSecret({ password: 'oops' });
    await scene.untilValues({ password: 's3cret' });
    const template = { metadata: { labels: { team: 'blue' } } };
    await scene.apply(await scene.seal({ values: { password: 's3cret' }, template, annotations }));
    await scene.untilSecret((secret) => secret?.metadata.labels?.team === 'blue');
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    expect(await restartedAt()).toBeUndefined();
    await scene.apply(await scene.seal({ values: { password: 'hunter2' }, template, annotations }));
    await expect.poll(restartedAt).toBeDefined();
    await controller.idle();
    const first = await restartedAt();
    expect(await scene.events()).toContainEqual('Normal Restarted: Deployment api was restarted, since values changed');
    const { status } = await scene.untilReady('True', 'Unsealed');
    expect(status?.sealwright).not.toHaveProperty('changedAt');
    await controller.stop();
    await restart();
    await controller.idle();
    expect(await restartedAt()).toBe(first);
  });

  it('costs a restart no opening, no read and no write when nothing changed', async () => {
    await make();
    await scene.create(await scene.seal({ name: 'db2', values: { password: 'hunter2' } }));
    await scene.untilReady('True', 'Unsealed', 'db2');
    await scene.editSecret({}, { labels: { team: 'blue' } });
    await controller.idle();
    await controller.stop();
    await restart();
    await controller.idle();
    expect(await opens(controller)).toBe(0);
    expect(controller.calls.filter((call) => !/^(list|get) /.test(call))).toEqual([]);
    // The fingerprint key.
    expect(controller.calls.filter((call) => call.startsWith('get secrets'))).toHaveLength(1);
  });

  it('has what happened while no controller ran put right at the next start', async () => {
    await make();
    await controller.stop();
    await scene.editSecret({ password: 'oops' });
    await restart();
    await scene.untilValues({ user: 'admin', password: 's3cret' });
  });
}

async function opens({ metrics }: { metrics: { unseals: { get(): Promise<{ values: { value: number }[] }> } } }) {
  return (await metrics.unseals.get()).values[0]?.value;
}

const withoutAnnotations = <T extends { metadata: object }>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, annotations: {} },
});
