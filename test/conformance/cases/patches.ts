// JSON, merge and strategic merge patches, and the managed fields that plain writes leave.

import { expect, it } from 'vitest';
import {
  configMap,
  expectDone,
  expectRefusal,
  gadget,
  jsonPatchType,
  type Lab,
  mergePatchType,
  secret,
  strategicType,
} from '../lab.ts';

export function patchCases(lab: () => Lab): void {
  it('a merge patch sets, replaces and removes members', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a', { a: 'MQ==', b: 'Mg==' })), 201);
    const patch = { data: { a: null, c: 'Mw==' }, metadata: { labels: { x: 'y' } } };
    const patched = expectDone(await lab().patch(`${path}/a`, mergePatchType, patch), 200);
    expect(patched.data).toEqual({ b: 'Mg==', c: 'Mw==' });
    expect(patched.metadata.labels).toEqual({ x: 'y' });
  });

  it('a merge patch with an older version conflicts', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    expectDone(await lab().patch(`${path}/a`, mergePatchType, { data: { b: 'Mg==' } }), 200);
    const patch = { metadata: { resourceVersion: created.metadata.resourceVersion }, data: { c: 'Mw==' } };
    expectRefusal(
      await lab().patch(`${path}/a`, mergePatchType, patch),
      409,
      'Conflict',
      /the object has been modified/,
    );
  });

  it('a patch that changes nothing does not move the version', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    const patched = expectDone(await lab().patch(`${path}/a`, mergePatchType, { data: { a: 'MQ==' } }), 200);
    expect(patched.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  it('a patch of what is not there is not found', async () => {
    const path = await lab().secrets();
    expectRefusal(await lab().patch(`${path}/a`, mergePatchType, {}), 404, 'NotFound', 'secrets "a" not found');
  });

  it('a patch of an unknown type is refused', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expectRefusal(await lab().patch(`${path}/a`, 'application/json', {}), 415, 'UnsupportedMediaType');
  });

  it('a JSON patch adds, replaces, tests and removes', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a', { a: 'MQ==', b: 'Mg==' })), 201);
    const operations = [
      { op: 'test', path: '/data/a', value: 'MQ==' },
      { op: 'replace', path: '/data/a', value: 'Mw==' },
      { op: 'remove', path: '/data/b' },
      { op: 'add', path: '/metadata/labels', value: { 'a/b': 'c' } },
      { op: 'replace', path: '/metadata/labels/a~1b', value: 'd' },
    ];
    const patched = expectDone(await lab().patch(`${path}/a`, jsonPatchType, operations), 200);
    expect(patched.data).toEqual({ a: 'Mw==' });
    expect(patched.metadata.labels).toEqual({ 'a/b': 'd' });
  });

  it('a JSON patch whose test fails changes nothing', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    const operations = [
      { op: 'add', path: '/data/b', value: 'Mg==' },
      { op: 'test', path: '/data/a', value: 'other' },
    ];
    expectRefusal(await lab().patch(`${path}/a`, jsonPatchType, operations), 422, 'Invalid');
    expect(expectDone(await lab().get(`${path}/a`), 200)).toEqual(created);
  });

  it('a JSON patch that removes what is not there is refused', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    const reply = await lab().patch(`${path}/a`, jsonPatchType, [{ op: 'remove', path: '/data/zz' }]);
    expectRefusal(reply, 422, 'Invalid', 'the server rejected our request due to an error in our request');
    // With details kubectl would say what is invalid in place of this message.
    expect(reply.body.details).toEqual({});
  });

  it('a JSON patch that is not a list is a bad request', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expectRefusal(await lab().patch(`${path}/a`, jsonPatchType, { op: 'remove' }), 400, 'BadRequest');
  });

  it('a strategic merge patch joins lists by their key', async () => {
    const namespace = await lab().namespace();
    const path = `/api/v1/namespaces/${namespace}/services`;
    const ports = [
      { name: 'http', port: 80 },
      { name: 'https', port: 443 },
    ];
    const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { clusterIP: 'None', ports } };
    expectDone(await lab().post(path, body), 201);
    const patch = { spec: { ports: [{ port: 80, name: 'web' }] } };
    const patched = expectDone(await lab().patch(`${path}/a`, strategicType, patch), 200);
    expect(patched.spec.ports.map(({ name, port }: { name: string; port: number }) => [name, port])).toEqual([
      ['web', 80],
      ['https', 443],
    ]);
  });

  it('a strategic merge patch deletes members and list items by directive', async () => {
    const path = await lab().secrets();
    const metadata = { finalizers: ['example.com/one', 'example.com/two'], labels: { a: 'b', c: 'd' } };
    expectDone(await lab().post(path, secret('a', {}, { metadata })), 201);
    const patch = { metadata: { labels: { a: null }, '$deleteFromPrimitiveList/finalizers': ['example.com/one'] } };
    const patched = expectDone(await lab().patch(`${path}/a`, strategicType, patch), 200);
    expect(patched.metadata).toMatchObject({ finalizers: ['example.com/two'], labels: { c: 'd' } });
    expectDone(await lab().patch(`${path}/a`, mergePatchType, { metadata: { finalizers: null } }), 200);
  });

  it('custom objects take no strategic merge patch', async () => {
    const path = await lab().gadgets();
    expectDone(await lab().post(path, gadget('a')), 201);
    expectRefusal(await lab().patch(`${path}/a`, strategicType, {}), 415, 'UnsupportedMediaType');
  });

  it('a patch may not move an object to another name', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expect([400, 422]).toContain((await lab().patch(`${path}/a`, mergePatchType, { metadata: { name: 'b' } })).status);
  });

  it('the manager of a write is the one named, else the program', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(`${path}?fieldManager=first`, secret('a')), 201);
    expect(created.metadata.managedFields).toMatchObject([
      {
        manager: 'first',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} }, 'f:type': {} },
      },
    ]);
    const headers = { 'content-type': mergePatchType, 'user-agent': 'second/1.0 (x)' };
    const patched = await lab().connection.request('PATCH', `${path}/a`, { body: { data: { b: 'Mg==' } }, headers });
    const managers = expectDone(patched, 200).metadata.managedFields.map((entry: { manager: string }) => entry.manager);
    expect(managers.sort()).toEqual(['first', 'second']);
  });

  it('a field changed by another manager changes hands', async () => {
    const namespace = await lab().namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    expectDone(await lab().post(`${path}?fieldManager=first`, configMap('a', { a: '1', b: '2' })), 201);
    const reply = await lab().patch(`${path}/a?fieldManager=second`, mergePatchType, { data: { a: '9' } });
    const owned = Object.fromEntries(
      expectDone(reply, 200).metadata.managedFields.map(
        (entry: { manager: string; fieldsV1: Record<string, unknown> }) => [entry.manager, entry.fieldsV1],
      ),
    );
    expect(owned).toEqual({ first: { 'f:data': { '.': {}, 'f:b': {} } }, second: { 'f:data': { 'f:a': {} } } });
  });
}
