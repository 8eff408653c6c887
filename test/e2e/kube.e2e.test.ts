// Our client and our watch against the real API server: what fakes cannot prove.

import { afterEach, expect, it } from 'vitest';
import type { KubeApi } from '../../src/kube/api.ts';
import { createClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isMissingResource,
  isNotFound,
} from '../../src/kube/errors.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { watchForever } from '../../src/kube/watch.ts';
import { type Client, describeOnCluster, eventually } from './support/real.ts';

const secret = (namespace: string, name: string, data: Record<string, string> = { a: 'MQ==' }): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  data,
});

const open: KubeApi[] = [];
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

async function clientOf(kubeconfig: string, as?: string): Promise<KubeApi> {
  const config = await loadClusterConfig({ env: {}, cwd: '/', clock: systemClock }, { kubeconfig, as });
  const api = createClient({ config, clock: systemClock, random: Math.random });
  open.push(api);
  return api;
}

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

describeOnCluster('the client', (cluster: Client) => {
  it('creates, reads, applies, patches and deletes', async () => {
    const [api, namespace] = [await clientOf(cluster.kubeconfig), await cluster.freshNamespace()];
    const at = { namespace, name: 'db' };
    const created = await api.create(resources.secret, secret(namespace, 'db'));
    expect(await caught(api.create(resources.secret, secret(namespace, 'db')))).toSatisfy(isAlreadyExists);

    const dry = await api.apply(resources.secret, secret(namespace, 'db', { a: 'Mg==' }), { dryRun: true });
    expect(dry.data).toEqual({ a: 'Mg==' });
    expect(await api.get<Secret>(resources.secret, at)).toMatchObject({ data: { a: 'MQ==' } });

    const polite = api.apply(resources.secret, secret(namespace, 'db', { a: 'Mg==' }), {
      force: false,
      fieldManager: 'other',
    });
    expect((await caught(polite))?.message).toContain('.data.a');
    const stale = secret(namespace, 'db', { a: 'Mg==' });
    stale.metadata.resourceVersion = '1';
    expect(await caught(api.apply(resources.secret, stale))).toSatisfy(isConflict);
    const applied = await api.apply(resources.secret, secret(namespace, 'db', { a: 'Mg==' }));
    expect(applied.metadata.uid).toBe(created.metadata.uid);

    await api.jsonPatch(resources.secret, at, [{ op: 'add', path: '/data/b', value: 'Mw==' }]);
    await api.mergePatch(resources.secret, at, { data: { a: null } });
    const read = await api.get<Secret>(resources.secret, at);
    expect(read.data).toEqual({ b: 'Mw==' });
    const replaced = await api.replace(resources.secret, { ...read, data: { c: 'NA==' } });
    expect(replaced.data).toEqual({ c: 'NA==' });
    expect(await caught(api.replace(resources.secret, read))).toSatisfy(isConflict);

    expect(await caught(api.delete(resources.secret, at, { preconditions: { uid: 'other' } }))).toSatisfy(isConflict);
    await api.delete(resources.secret, at);
    expect((await caught(api.get(resources.secret, at)))?.message).toBe(`Secret ${namespace}/db is not in the cluster`);
  });

  it('tells what is wrong in words that name the thing', async () => {
    const [api, namespace] = [await clientOf(cluster.kubeconfig), await cluster.freshNamespace()];
    const jane = await clientOf(cluster.kubeconfig, 'jane');
    const denied = await caught(jane.list(resources.secret, { namespace }));
    expect(denied).toSatisfy(isForbidden);
    expect(denied?.message).toBe(`jane may not list secrets in namespace ${namespace}`);

    const nowhere = await caught(api.create(resources.secret, secret('no-such-namespace', 'db')));
    expect(nowhere?.message).toBe('namespace no-such-namespace is not in the cluster');
    const unknown = { group: 'example.com', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
    for (const call of [() => api.list(unknown), () => api.get(unknown, { namespace, name: 'x' })]) {
      expect(await caught(call())).toSatisfy(isMissingResource);
    }
    const missing = await caught(api.get(resources.sealedSecret, { namespace, name: 'x' }));
    expect([isNotFound(missing), isMissingResource(missing)]).toEqual([true, false]);

    const bad = secret(namespace, 'Not A Name', { a: 'MQ==' });
    expect(await caught(api.create(resources.secret, bad))).toSatisfy(isInvalid);
    const broken = await caught(
      api.create(resources.secret, secret(namespace, 'db', { password: 'hunter2-not-base64' })),
    );
    expect(`${broken?.message} ${JSON.stringify(broken)} ${broken?.cause}`).not.toContain('hunter2');
  });

  it('lists in pages and as metadata only', async () => {
    const [api, namespace] = [await clientOf(cluster.kubeconfig), await cluster.freshNamespace()];
    const names = Array.from({ length: 7 }, (_, index) => `s-${index}`);
    await Promise.all(names.map((name) => api.create(resources.secret, secret(namespace, name))));
    const list = await api.list<Secret>(resources.secret, { namespace, limit: 3, metadataOnly: true });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(names);
    expect(list.items.every((item) => item.kind === 'Secret' && item.data === undefined)).toBe(true);
    expect(Number(list.metadata.resourceVersion)).toBeGreaterThan(0);
  });

  it('watches metadata only, with deletions and what comes after', async () => {
    const [api, namespace] = [await clientOf(cluster.kubeconfig), await cluster.freshNamespace()];
    await api.create(resources.secret, secret(namespace, 'before'));
    const told: string[] = [];
    const stop = new AbortController();
    const bodies: unknown[] = [];
    const done = watchForever<Secret>({
      api,
      resource: resources.secret,
      namespace,
      metadataOnly: true,
      clock: systemClock,
      random: Math.random,
      signal: stop.signal,
      handler: {
        onAdd({ metadata, data }) {
          told.push(`+${metadata.name}`);
          bodies.push(data);
        },
        onUpdate: ({ metadata }) => told.push(`~${metadata.name}`),
        onDelete: ({ name }) => told.push(`-${name}`),
        onSync: () => told.push('synced'),
      },
    });
    await eventually(() => expect(told).toContain('synced'));
    await api.create(resources.secret, secret(namespace, 'after'));
    await api.mergePatch(resources.secret, { namespace, name: 'after' }, { data: { b: 'Mg==' } });
    await api.delete(resources.secret, { namespace, name: 'after' });
    await eventually(() => expect(told).toEqual(['+before', 'synced', '+after', '~after', '-after']));
    expect(bodies).toEqual([undefined, undefined]);
    stop.abort();
    await done;
  });
});
