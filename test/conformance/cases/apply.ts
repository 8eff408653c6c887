// Server-side apply: who owns what, conflicts, and fields that are given up.

import { expect, it } from 'vitest';
import {
  applyType,
  configMap,
  expectDone,
  expectRefusal,
  gadget,
  type Json,
  type Lab,
  mergePatchType,
} from '../lab.ts';

const managers = (object: Json) =>
  object.metadata.managedFields.map((entry: Json) => `${entry.manager} ${entry.operation}`);

export function applyCases(lab: () => Lab): void {
  const configMaps = async () => `/api/v1/namespaces/${await lab().namespace()}/configmaps`;

  it('an apply creates, then updates', async () => {
    const path = await configMaps();
    const created = expectDone(await lab().apply(`${path}/a`, 'one', configMap('a')), 201);
    expect(created.metadata.managedFields).toMatchObject([
      { manager: 'one', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
    const updated = expectDone(await lab().apply(`${path}/a`, 'one', configMap('a', { a: '2' })), 200);
    expect(updated.data).toEqual({ a: '2' });
  });

  it('an apply of the same again writes nothing', async () => {
    const path = await configMaps();
    const created = expectDone(await lab().apply(`${path}/a`, 'one', configMap('a')), 201);
    const again = expectDone(await lab().apply(`${path}/a`, 'one', configMap('a')), 200);
    expect(again).toEqual(created);
  });

  it('a field another manager owns is a conflict that names it', async () => {
    const path = await configMaps();
    expectDone(await lab().apply(`${path}/a`, 'one', configMap('a')), 201);
    const reply = await lab().apply(`${path}/a`, 'two', configMap('a', { a: '2' }));
    expectRefusal(reply, 409, 'Conflict', 'Apply failed with 1 conflict: conflict with "one": .data.a');
    expect(reply.body.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
    ]);
  });

  it('a field written by an update conflicts with its version', async () => {
    const path = await configMaps();
    expectDone(await lab().post(`${path}?fieldManager=editor`, configMap('a', { a: '1', b: '2' })), 201);
    const reply = await lab().apply(`${path}/a`, 'two', configMap('a', { a: '3', b: '4' }));
    expectRefusal(
      reply,
      409,
      'Conflict',
      /^Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- \.data\.a\n- \.data\.b$/,
    );
  });

  it('force takes the field over', async () => {
    const path = await configMaps();
    expectDone(await lab().apply(`${path}/a`, 'one', configMap('a', { a: '1', b: '1' })), 201);
    const forced = expectDone(await lab().apply(`${path}/a`, 'two', configMap('a', { a: '2' }), '&force=true'), 200);
    expect(forced.data).toEqual({ a: '2', b: '1' });
    const one = forced.metadata.managedFields.find((entry: Json) => entry.manager === 'one');
    expect(one.fieldsV1).toEqual({ 'f:data': { 'f:b': {} } });
  });

  it('kubectl takes over what it applied before, unless that cannot be compared', async () => {
    const maps = await configMaps();
    for (const [name, extra, status] of [
      ['a', {}, 200],
      ['b', { strange: 1 }, 409],
    ] as const) {
      const last = JSON.stringify({ ...configMap(name), ...extra });
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': last };
      const made = configMap(name, { a: '1' }, { annotations });
      expectDone(await lab().post(`${maps}?fieldManager=kubectl-client-side-apply`, made), 201);
      const reply = await lab().apply(`${maps}/${name}`, 'kubectl', configMap(name, { a: '2' }));
      expect(reply.status, JSON.stringify(reply.body)).toBe(status);
    }
  });

  it('the same value may be shared', async () => {
    const path = await configMaps();
    expectDone(await lab().apply(`${path}/a`, 'one', configMap('a')), 201);
    const shared = expectDone(await lab().apply(`${path}/a`, 'two', configMap('a')), 200);
    expect(managers(shared).sort()).toEqual(['one Apply', 'two Apply']);
    const left = expectDone(await lab().apply(`${path}/a`, 'one', configMap('a', {})), 200);
    expect(left.data).toEqual({ a: '1' });
  });

  it('a field no longer applied is removed, unless someone else holds it', async () => {
    const path = await configMaps();
    expectDone(await lab().apply(`${path}/a`, 'one', configMap('a', { a: '1', b: '1' })), 201);
    const shrunk = expectDone(await lab().apply(`${path}/a`, 'one', configMap('a', { b: '1' })), 200);
    expect(shrunk.data).toEqual({ b: '1' });
  });

  it('an apply needs a manager', async () => {
    const path = await configMaps();
    const reply = await lab().patch(`${path}/a`, applyType, configMap('a'));
    expectRefusal(
      reply,
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  });

  it('force is for apply only', async () => {
    const path = await configMaps();
    expectDone(await lab().post(path, configMap('a')), 201);
    const reply = await lab().patch(`${path}/a?force=true`, mergePatchType, {});
    expectRefusal(reply, 422, 'Invalid', /force: Forbidden: may not be specified for non-apply patch/);
  });

  it('an applied object carries no managed fields', async () => {
    const path = await configMaps();
    const body = configMap('a', {}, { managedFields: [{ manager: 'x', operation: 'Apply' }] });
    expectRefusal(await lab().apply(`${path}/a`, 'one', body), 400, 'BadRequest', 'metadata.managedFields must be nil');
  });

  it('a version in an apply is a precondition', async () => {
    const path = await configMaps();
    const created = expectDone(await lab().apply(`${path}/a`, 'one', configMap('a')), 201);
    expectDone(await lab().apply(`${path}/a`, 'one', configMap('a', { a: '2' })), 200);
    const { resourceVersion } = created.metadata;
    const reply = await lab().apply(`${path}/a`, 'one', configMap('a', { a: '3' }, { resourceVersion }));
    expectRefusal(reply, 409, 'Conflict', /the object has been modified/);
  });

  it('a dry-run apply creates nothing', async () => {
    const path = await configMaps();
    expectDone(await lab().apply(`${path}/a`, 'one', configMap('a'), '&dryRun=All'), 201);
    expectRefusal(await lab().get(`${path}/a`), 404, 'NotFound');
  });

  it('managers own items of a keyed list and of a set each on their own', async () => {
    const path = await lab().gadgets();
    const one = { size: 1, ports: [{ name: 'a', port: 1 }], tags: ['x'] };
    expectDone(await lab().apply(`${path}/g`, 'one', gadget('g', one)), 201);
    const two = { size: 1, ports: [{ name: 'b', port: 2 }], tags: ['y'] };
    const both = expectDone(await lab().apply(`${path}/g`, 'two', gadget('g', two)), 200);
    expect(both.spec.ports).toEqual([
      { name: 'a', port: 1 },
      { name: 'b', port: 2 },
    ]);
    expect(both.spec.tags).toEqual(['x', 'y']);
    const left = expectDone(await lab().apply(`${path}/g`, 'one', gadget('g', { size: 1 })), 200);
    expect(left.spec.ports).toEqual([{ name: 'b', port: 2 }]);
    expect(left.spec.tags).toEqual(['y']);
  });

  it('the status is applied through its subresource only', async () => {
    const path = await lab().gadgets();
    const created = expectDone(
      await lab().apply(`${path}/g`, 'one', gadget('g', { size: 1 }, { status: { phase: 'No' } })),
      201,
    );
    expect(created.status).toBeUndefined();
    const body = { ...gadget('g'), spec: undefined, status: { phase: 'Ready' } };
    const applied = expectDone(await lab().apply(`${path}/g/status`, 'two', body), 200);
    expect(applied.status).toEqual({ phase: 'Ready' });
    expect(applied.metadata.generation).toBe(1);
    expect(applied.metadata.managedFields.find((entry: Json) => entry.manager === 'two')).toMatchObject({
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:phase': {} } },
    });
  });

  it('an unknown field in an apply is refused, however fields are validated', async () => {
    const path = await lab().gadgets();
    const body = gadget('g', { size: 1, unknown: true });
    for (const fieldValidation of ['Strict', 'Warn']) {
      const reply = await lab().apply(`${path}/g`, 'one', body, `&fieldValidation=${fieldValidation}`);
      expect(reply.status).toBe(500);
      expect(reply.body.message).toMatch(
        /^failed to create typed patch object \(.*\/g; conformance\.sealwright\.dev\/v1, Kind=Gadget\): \.spec\.unknown: field not declared in schema$/,
      );
    }
  });
}
