// What goes wrong around the controller, and that it converges all the same.

import { afterEach, describe, expect, it } from 'vitest';
import type { Workload } from '../../controller/restarts/targets.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { ApiError } from '../../src/kube/errors.ts';
import type { KubeObject, Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { hurried } from '../support/clock.ts';
import {
  deployment,
  type EmbeddedOptions,
  embeddedStage,
  type House,
  houseOn,
  ourDefinition,
  storeKey,
  testKey,
  writingWith,
} from './support/house.ts';

let house: House;
afterEach(async () => {
  await house.end();
});

async function open(options: EmbeddedOptions = {}, settings: Parameters<typeof houseOn>[1] = {}) {
  const stage = await embeddedStage(options);
  await storeKey(stage.user, 'rsa2048');
  // Most faults cost a backoff, and none is about how long it is.
  house = houseOn(stage, { clock: hurried(systemClock, 10), ...settings });
  return stage;
}

/** The definition that the reference installs: no room in the status for ours. */
function referenceDefinition(): KubeObject {
  const definition = ourDefinition() as KubeObject & { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
  const status = definition.spec.versions[0]?.schema.openAPIV3Schema.properties?.status;
  if (!status?.properties) throw new Error('no status in the definition');
  delete status.default;
  delete status.properties.sealwright;
  delete status.properties.observedGeneration?.default;
  delete status.properties.conditions?.items?.properties?.observedGeneration;
  return definition;
}
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  default?: unknown;
}

const refusal = (status: number, reason: string, retryAfter?: number) => ({
  status,
  headers: {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  },
  body: { apiVersion: 'v1', kind: 'Status', status: 'Failure', reason, code: status, metadata: {} },
});

/** While `trouble.isOn`, the API server gives nothing but `answer` to writes by `method` of Secrets in a scene. */
async function openWithTrouble(method: 'POST' | 'PATCH', answer: ReturnType<typeof refusal>) {
  const trouble = { isOn: false };
  await open({
    intercept: (call) => {
      const isMeant = call.method === method && /\/scene-[^/]+\/secrets\b/.test(call.path);
      return trouble.isOn && isMeant ? answer : undefined;
    },
  });
  const controller = await house.start();
  await controller.ready;
  return { trouble, controller, scene: await house.scene() };
}

describe('the controller', () => {
  it('converges when every first write fails with a conflict', async () => {
    const failed = new Set<string>();
    let isOn = false;
    await open({
      intercept: ({ method, path }) => {
        const call = `${method} ${path}`;
        if (!isOn || method === 'GET' || !/secrets|sealedsecrets/.test(path) || failed.has(call)) return undefined;
        failed.add(call);
        return refusal(409, 'Conflict');
      },
    });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    await scene.editSecret({ password: 'oops' });
    isOn = true;
    await scene.untilValues({ password: 's3cret' });
    isOn = false;
    expect(failed.size).toBeGreaterThan(0);
  });

  it('says Unknown, not False, while the API server has trouble, and recovers by itself', async () => {
    const { trouble, controller, scene } = await openWithTrouble('POST', refusal(503, 'ServiceUnavailable'));
    trouble.isOn = true;
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    const { status } = await scene.untilReady('Unknown', 'ApiUnavailable');
    expect(status?.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual([
      'Synced=Unknown',
      'Ready=Unknown',
      'Reconciling=True',
    ]);
    await expect.poll(() => controller.calls.filter((call) => call === 'create secrets').length).toBeGreaterThan(3);
    trouble.isOn = false;
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    // Told once, however often it was tried.
    expect((await scene.events()).map((event) => event.split(':')[0])).toEqual([
      'Warning ApiUnavailable',
      'Normal Unsealed',
    ]);
  });

  it('does not take a Secret for what it was when the answer to a write was lost, though it is asked for that again', async () => {
    // All within one second, so that its times tell nothing.
    const stage = await embeddedStage({ serverClock: { ...systemClock, now: () => new Date('2026-01-01T00:00:00Z') } });
    await storeKey(stage.user, 'rsa2048');
    let losing: (() => Promise<unknown>) | undefined;
    const controllerClient: typeof stage.controllerClient = async (onCall) => {
      const kube = await stage.controllerClient(onCall);
      const apply: KubeApi['apply'] = async (resource, object, options) => {
        const after = await kube.apply(resource, object, options);
        if (!losing || resource !== resources.secret) return after;
        const meanwhile = losing;
        losing = undefined;
        await meanwhile();
        throw new ApiError('KUBE_UNREACHABLE', 'no answer', { status: 0, reason: 'NoAnswer' });
      };
      return { ...writingWith(kube, {}), apply };
    };
    house = houseOn({ ...stage, controllerClient });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    const first = await scene.seal({ values: { password: 's3cret' } });
    await scene.apply(first);
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    losing = async () => {
      await scene.apply(first);
      // Time enough for a watch: calls of ours go the same way as its news.
      for (let call = 0; call < 50; call++) await scene.getSealed();
    };
    await scene.apply(await scene.seal({ values: { password: 'hunter2' } }));
    await scene.untilReady('True', 'Unsealed');
    await scene.untilValues({ password: 's3cret' });
  });

  it('says Unknown of an edited spec that could not be applied yet, and keeps the old Secret until then', async () => {
    const { trouble, scene } = await openWithTrouble('PATCH', refusal(410, 'Gone'));
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    trouble.isOn = true;
    await scene.apply(await scene.seal({ values: { password: 'hunter2' } }));
    await scene.untilReady('Unknown', 'ApiUnavailable');
    expect(await scene.values()).toEqual({ password: 's3cret' });
    trouble.isOn = false;
    await scene.untilReady('True', 'Unsealed');
    expect(await scene.values()).toEqual({ password: 'hunter2' });
  });

  it('reports what RBAC forbids as False, and tries on', async () => {
    const { trouble, scene } = await openWithTrouble('POST', refusal(403, 'Forbidden'));
    trouble.isOn = true;
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('False', 'Forbidden');
    trouble.isOn = false;
    await scene.untilReady('True', 'Unsealed');
  });

  it('loses nothing when its watches are cut and the history is forgotten', async () => {
    const { server } = await open();
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    server.compact();
    server.dropWatches();
    await scene.deleteSecret();
    await scene.apply(await scene.seal({ values: { password: 'hunter2' } }));
    await scene.untilValues({ password: 'hunter2' });
    await scene.untilReady('True', 'Unsealed');
  });

  it('lists and watches Secrets as metadata only, but for its own keys', async () => {
    const asked = new Set<string>();
    await open({
      intercept: ({ method, path, query, headers: { accept = '', 'user-agent': agent = '' } }) => {
        const isOfMany = method === 'GET' && path.endsWith('/secrets') && agent.startsWith('sealwright/');
        const what = accept.includes('as=PartialObjectMetadata') ? 'metadata' : 'bodies';
        const of = query.get('labelSelector') ?? query.get('fieldSelector') ?? 'all';
        if (isOfMany) asked.add(`${query.get('watch') ? 'watch' : 'list'} ${path}: ${what} of ${of}`);
        return undefined;
      },
    });
    const controller = await house.start();
    await controller.ready;
    await expect.poll(() => asked.size).toBe(6);
    const keys = '/api/v1/namespaces/kube-system/secrets: bodies of';
    const own = ['sealedsecrets.bitnami.com/sealed-secrets-key=active', 'metadata.name=sealed-secrets-key'];
    expect(asked).toEqual(
      new Set(
        ['list', 'watch'].flatMap((verb) => [
          `${verb} /api/v1/secrets: metadata of all`,
          ...own.map((of) => `${verb} ${keys} ${of}`),
        ]),
      ),
    );
  });

  it('learns that the Secret it made vanished while no watch was there to tell', async () => {
    let areWatchesOff = false;
    const { server } = await open({
      intercept: ({ method, query, path }) => {
        const isWatch = method === 'GET' && String(query.get('watch')) === 'true' && path.endsWith('/api/v1/secrets');
        return areWatchesOff && isWatch ? refusal(500, 'InternalError') : undefined;
      },
    });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    areWatchesOff = true;
    server.dropWatches();
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilValues({ password: 's3cret' });
    await scene.deleteSecret();
    server.compact();
    areWatchesOff = false;
    await scene.untilValues({ password: 's3cret' });
  });

  it('learns that the Secret it made vanished before the list that follows a broken watch', async () => {
    const list = { isHeld: false, asked: () => {}, answer: () => {} };
    const asked = new Promise<void>((resolve) => {
      list.asked = resolve;
    });
    const answered = new Promise<void>((resolve) => {
      list.answer = resolve;
    });
    const { server } = await open({
      intercept: async ({ method, query, path }) => {
        const isList = method === 'GET' && !query.has('watch') && path.endsWith('/api/v1/secrets');
        if (!list.isHeld || !isList) return undefined;
        list.asked();
        await answered;
        return undefined;
      },
    });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    list.isHeld = true;
    server.compact();
    server.dropWatches();
    await asked;
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilValues({ password: 's3cret' });
    await scene.deleteSecret();
    list.answer();
    await scene.untilValues({ password: 's3cret' });
  });

  it('makes a first key when there is none, and two replicas make one', async () => {
    const stage = await embeddedStage();
    house = houseOn(stage);
    const controllers = await Promise.all([house.start(), house.start()]);
    await Promise.all(controllers.map(({ ready }) => ready));
    const { items } = await stage.user.list(resources.secret, {
      labelSelector: 'sealedsecrets.bitnami.com/sealed-secrets-key=active',
    });
    expect(items).toHaveLength(1);
    const [first, second] = await Promise.all(
      controllers.map(async ({ urls }) => (await fetch(`${urls.api}/v1/cert.pem`)).text()),
    );
    expect(first).toContain('BEGIN CERTIFICATE');
    expect(second).toBe(first);
  });

  it('has one replica write at a time with leader election, and the other take over', async () => {
    // Not faster: on a busy machine the lease would be lost.
    await open({}, { settings: { 'leader-elect': ['true'] }, clock: hurried(systemClock, 4) });
    const first = await house.start();
    await first.leading;
    const second = await house.start();
    await second.ready;
    const scene = await house.scene();
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    expect(second.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
    expect((await fetch(`${second.urls.api}/v1/cert.pem`)).status).toBe(200);
    await first.stop();
    await scene.deleteSecret();
    await scene.untilValues({ password: 's3cret' });
  });

  it('reports a damaged key and uses the others', async () => {
    const stage = await open();
    await stage.user.create<Secret>(resources.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'sealed-secrets-keybroken',
        namespace: 'kube-system',
        labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' },
      },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': '', 'tls.key': Buffer.from('s3cret').toString('base64') },
    });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    expect(house.lines.some((line) => line.includes('sealed-secrets-keybroken'))).toBe(true);
  });

  it('never writes over a sealing key, whatever a SealedSecret is called', async () => {
    const stage = await embeddedStage();
    house = houseOn(stage);
    const controller = await house.start();
    await controller.ready;
    const [key] = (
      await stage.user.list<Secret>(resources.secret, {
        labelSelector: 'sealedsecrets.bitnami.com/sealed-secrets-key=active',
      })
    ).items;
    const name = key?.metadata.name ?? '';
    const { certificate } = await testKey('rsa2048');
    await storeKey(stage.user, 'rsa2048');
    const scene = await house.scene();
    for (const victim of [name, 'sealwright-fingerprint-key']) {
      const object = await scene.seal({
        name: victim,
        values: { 'tls.key': 's3cret' },
        scope: 'cluster-wide',
        certificate,
        annotations: victim === name ? { 'sealwright.dev/adopt': 'true' } : {},
      });
      await stage.user.create(resources.sealedSecret, {
        ...object,
        metadata: { ...object.metadata, namespace: 'kube-system' },
      });
    }
    await controller.idle();
    await expect
      .poll(async () => {
        const { items } = await stage.user.list<KubeObject & { status?: { conditions?: { reason: string }[] } }>(
          resources.sealedSecret,
        );
        return items.map(({ status }) => status?.conditions?.[0]?.reason);
      })
      .toEqual(['NotOwned', 'NotOwned']);
    const after = await stage.user.get<Secret>(resources.secret, { namespace: 'kube-system', name });
    expect(after.data).toEqual(key?.data);
  });
});

describe('a restart of workloads that is due', () => {
  it('is not forgotten by a controller that stops before it', async () => {
    const stage = await open({}, { settings: { 'restart-window': ['1d'] } });
    const scene = await house.scene();
    const api = { namespace: scene.namespace, name: 'api' };
    await house.kube.create(resources.deployment, deployment(api));
    const annotations = { 'sealwright.dev/restart': 'Deployment/api' };
    const first = await house.start();
    await first.ready;
    await scene.apply(await scene.seal({ values: { password: 's3cret' }, annotations }));
    await scene.untilReady('True', 'Unsealed');
    await scene.apply(await scene.seal({ values: { password: 'hunter2' }, annotations }));
    const { status } = await scene.untilReady('True', 'Unsealed');
    expect(status?.sealwright).toHaveProperty('changedAt');
    await first.stop();
    const later = houseOn({ ...stage, close: async () => {} });
    const second = await later.start();
    await second.ready;
    await expect
      .poll(
        async () => (await house.kube.get<Workload>(resources.deployment, api)).spec?.template?.metadata?.annotations,
      )
      .toHaveProperty(['sealwright.dev/restarted-at']);
    await second.idle();
    expect((await scene.getSealed())?.status?.sealwright).not.toHaveProperty('changedAt');
    await later.end();
  });
});

describe('a writer that goes by our name', () => {
  it('is found out by the time of its write, while the controller runs and while it does not', async () => {
    let aheadMs = 0;
    const serverClock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
    await open({ serverClock });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    await scene.apply(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    const asUs = (password: string) =>
      house.kube.mergePatch(
        resources.secret,
        scene.at,
        { data: { password: Buffer.from(password).toString('base64') } },
        { fieldManager: 'sealwright' },
      );
    aheadMs = 5_000;
    await asUs('oops');
    await scene.untilValues({ password: 's3cret' });
    await controller.idle();
    await controller.stop();
    aheadMs = 10_000;
    await asUs('worse');
    const second = await house.start();
    await second.ready;
    await scene.untilValues({ password: 's3cret' });
    await second.idle();
    await second.stop();
    const third = await house.start();
    await third.ready;
    await third.idle();
    expect((await third.metrics.unseals.get()).values[0]?.value).toBe(0);
  });
});

describe("on a cluster with the reference's own definition", () => {
  it('keeps its fingerprint on the Secret, writes no status twice, and restarts without opening anything', async () => {
    const stage = await open({ crd: referenceDefinition() });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    expect((await scene.getSealed())?.status).not.toHaveProperty('sealwright');
    expect((await scene.getSecret())?.metadata.annotations).toHaveProperty('sealwright.dev/fingerprint');
    expect(controller.calls.filter((call) => call === 'patch sealedsecrets')).toHaveLength(1);
    await controller.stop();
    const second = await house.start();
    await second.ready;
    await second.idle();
    expect((await second.metrics.unseals.get()).values[0]?.value).toBe(0);
    expect(second.calls.filter((call) => !/^(list|get) /.test(call))).toEqual([]);
    await scene.editSecret({ password: 'oops' });
    await scene.untilValues({ password: 's3cret' });
    await stage.user.get(resources.sealedSecret, scene.at);
  });
});

describe('a Secret that the Sealed Secrets controller made', () => {
  it('is taken over without a write, and cleaned of what that controller wrote at the first change', async () => {
    const stage = await open();
    const scene = await house.scene();
    const values = { user: 'admin', password: 's3cret' };
    const template = { metadata: { labels: { app: 'db', old: 'x' } } };
    const object = await scene.apply(await scene.seal({ values, template }));
    const owner = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: 'db',
      uid: object.metadata.uid ?? '',
      controller: true,
    };
    const encode = (map: Record<string, string>) =>
      Object.fromEntries(Object.entries(map).map(([item, value]) => [item, Buffer.from(value).toString('base64')]));
    const made = await stage.user.create<Secret>(
      resources.secret,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { ...scene.at, labels: { app: 'db', old: 'x' }, ownerReferences: [owner] },
        data: encode(values),
      },
      { fieldManager: 'controller' },
    );
    const controller = await house.start();
    await controller.ready;
    await scene.untilReady('True', 'Unsealed');
    await controller.idle();
    expect((await scene.getSecret())?.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    expect(await scene.events()).toEqual([]);
    await scene.apply(
      await scene.seal({ values: { user: 'root' }, template: { metadata: { labels: { app: 'db' } } } }),
    );
    await scene.untilValues({ user: 'root' });
    const after = await scene.getSecret();
    expect(after?.metadata.labels).toEqual({ app: 'db' });
    expect(after?.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual([
      'sealwright Apply',
    ]);
  });
});
