// Built-in kinds with habits of their own: Lease, Event, Namespace, ServiceAccount, Service, RBAC, Deployment.

import { expect, it } from 'vitest';
import { expectDone, expectRefusal, type Json, type Lab, mergePatchType, names, secret } from '../lab.ts';

const deployment = (name: string, image = 'example/app:1'): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
  },
});

export function kindCases(lab: () => Lab): void {
  const leases = async () => `/apis/coordination.k8s.io/v1/namespaces/${await lab().namespace()}/leases`;

  it('a Lease is created by a PUT, and then needs its version', async () => {
    const path = await leases();
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'one' },
    };
    const created = expectDone(await lab().put(`${path}/l`, body), 201);
    expect(created.spec).toEqual({ holderIdentity: 'one' });
    expectRefusal(
      await lab().put(`${path}/l`, body),
      422,
      'Invalid',
      /metadata\.resourceVersion: Invalid value: .*must be specified for an update/,
    );
    const next = {
      ...created,
      spec: { holderIdentity: 'two', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
    };
    expect(expectDone(await lab().put(`${path}/l`, next), 200).spec).toEqual(next.spec);
    expectRefusal(
      await lab().put(`${path}/l`, next),
      409,
      'Conflict',
      'Operation cannot be fulfilled on leases.coordination.k8s.io "l": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('two candidates for a new Lease: one gets it', async () => {
    const path = await leases();
    const body = (holder: string) => ({ metadata: { name: 'l' }, spec: { holderIdentity: holder } });
    const replies = await Promise.all([lab().post(path, body('one')), lab().post(path, body('two'))]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('an Event is found by what it is about', async () => {
    const namespace = await lab().namespace();
    const path = `/api/v1/namespaces/${namespace}/events`;
    const event = (name: string, about: string) => ({
      metadata: { name },
      involvedObject: { apiVersion: 'v1', kind: 'Secret', name: about, namespace },
      ...{ reason: 'Tested', message: 'a test', type: 'Normal', source: { component: 'suite' }, count: 1 },
    });
    expectDone(await lab().post(path, event('one', 'a')), 201);
    expectDone(await lab().post(path, event('two', 'b')), 201);
    const found = expectDone(
      await lab().get(`${path}?fieldSelector=involvedObject.name%3Db,involvedObject.kind%3DSecret`),
      200,
    );
    expect(names(found)).toEqual(['two']);
  });

  it('an Event lies in the namespace of what it is about', async () => {
    const namespace = await lab().namespace();
    const event = { metadata: { name: 'one' }, involvedObject: { kind: 'Secret', name: 'a', namespace: 'default' } };
    expectRefusal(
      await lab().post(`/api/v1/namespaces/${namespace}/events`, event),
      422,
      'Invalid',
      /involvedObject\.namespace: Invalid value: "default": does not match event\.namespace/,
    );
  });

  it('the finalizers of a namespace’s spec are not for everyone', async () => {
    const path = `/api/v1/namespaces/${await lab().namespace()}`;
    const patched = expectDone(
      await lab().patch(path, mergePatchType, { spec: { finalizers: [] }, metadata: { labels: { a: 'b' } } }),
      200,
    );
    expect(patched.spec.finalizers).toEqual(['kubernetes']);
    expect(patched.metadata.labels.a).toBe('b');
  });

  it('a deleted service account is answered whole', async () => {
    const path = `/api/v1/namespaces/${await lab().namespace()}/serviceaccounts`;
    expectDone(await lab().post(path, { metadata: { name: 'a' } }), 201);
    expect(expectDone(await lab().delete(`${path}/a`), 200)).toMatchObject({
      kind: 'ServiceAccount',
      metadata: { name: 'a' },
    });
  });

  it('the role of a binding does not change', async () => {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${await lab().namespace()}/rolebindings`;
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
    const created = expectDone(await lab().post(path, { metadata: { name: 'b' }, subjects: [], roleRef }), 201);
    const reply = await lab().put(`${path}/b`, { ...created, roleRef: { ...roleRef, name: 'other' } });
    expectRefusal(reply, 422, 'Invalid', /roleRef: Invalid value: .*cannot change roleRef/);
  });

  it('a Deployment is kept, and counts generations', async () => {
    const path = `/apis/apps/v1/namespaces/${await lab().namespace()}/deployments`;
    const created = expectDone(await lab().post(path, deployment('d')), 201);
    expect(created.metadata.generation).toBe(1);
    const image = { spec: { template: { spec: { containers: [{ name: 'app', image: 'example/app:2' }] } } } };
    const patched = expectDone(await lab().patch(`${path}/d`, 'application/strategic-merge-patch+json', image), 200);
    expect(patched.metadata.generation).toBe(2);
    expect(patched.spec.template.spec.containers).toHaveLength(1);
    expect(patched.spec.template.spec.containers[0].image).toBe('example/app:2');
  });

  it('a Service has its ports', async () => {
    const path = `/api/v1/namespaces/${await lab().namespace()}/services`;
    const body = {
      metadata: { name: 's' },
      spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
    };
    const created = expectDone(await lab().post(path, body), 201);
    expect(created.spec.ports).toMatchObject([{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }]);
  });

  it('a subresource that a kind does not have is not found', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expectRefusal(
      await lab().get(`${path}/a/status`),
      404,
      'NotFound',
      'the server could not find the requested resource',
    );
    expectRefusal(await lab().patch(`${path}/a/status`, mergePatchType, {}), 404, 'NotFound');
  });

  it('a list of a revision that may be as old as any is answered', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expect(expectDone(await lab().get(`${path}?resourceVersion=0`), 200).kind).toBe('SecretList');
    const { metadata } = expectDone(await lab().get(path), 200);
    const again = await lab().get(
      `${path}?resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=NotOlderThan`,
    );
    expect(names(expectDone(again, 200))).toEqual(['a']);
  });

  it('a deleted collection is answered as a list', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    const gone = expectDone(await lab().delete(path), 200);
    expect(gone.kind).toBe('SecretList');
    expect(names(gone)).toEqual(['a']);
  });
}
