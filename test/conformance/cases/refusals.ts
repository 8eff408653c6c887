// What a careless server would take: options, metadata and fields that the API refuses, and what it reads differently.

import { expect, it, test } from 'vitest';
import {
  applyType,
  configMap,
  expectDone,
  expectRefusal,
  gadget,
  type Json,
  jsonPatchType,
  type Lab,
  mergePatchType,
  names,
  secret,
  strategicType,
} from '../lab.ts';

export function refusalCases(lab: () => Lab): void {
  const json = { 'content-type': 'application/json' };
  const raw = (method: string, path: string, body: string, headers: Record<string, string> = json) =>
    lab().connection.request(method, path, { body, headers });

  it('options that the API does not know are refused with the kind of the options', async () => {
    const path = await lab().secrets();
    const long = 'm'.repeat(129);
    for (const [query, message] of [
      ['dryRun=None', 'dryRun: Unsupported value: ["None"]: supported values: "All"'],
      [
        'fieldValidation=strict',
        'fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn"',
      ],
      [`fieldManager=${long}`, 'fieldManager: Too long: may not be more than 128 bytes'],
    ]) {
      const refused = (kind: string) => `${kind}.meta.k8s.io "" is invalid: ${message}`;
      expectRefusal(await lab().post(`${path}?${query}`, secret('a')), 422, 'Invalid', refused('CreateOptions'));
      expectRefusal(await lab().put(`${path}/a?${query}`, secret('a')), 422, 'Invalid', refused('UpdateOptions'));
      const patched = await lab().patch(`${path}/a?${query}`, mergePatchType, {});
      expectRefusal(patched, 422, 'Invalid', refused('PatchOptions'));
    }
    expect(names(expectDone(await lab().get(path), 200))).toEqual([]);
  });

  it('a deletion is as its body says, and refused for what the body cannot say', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    for (const [options, status] of [
      [{ propagationPolicy: 'Sideways' }, 422],
      [{ propagationPolicy: 'Orphan', orphanDependents: true }, 422],
      [{ dryRun: ['None'] }, 422],
      [{ gracePeriodSeconds: 'x' }, 400],
      [{ apiVersion: 'v1', kind: 'Pod' }, 400],
    ] as const) {
      expect((await lab().delete(`${path}/a`, options)).status, JSON.stringify(options)).toBe(status);
    }
    expect((await lab().delete(`${path}/a?gracePeriodSeconds=x`)).status).toBe(400);
    expectDone(await lab().delete(`${path}/a?dryRun=All`), 200);
    expectDone(await lab().get(`${path}/a`), 200);
    expectDone(await lab().delete(`${path}/a?dryRun=All`, {}), 200);
    await lab().gone(`${path}/a`);
  });

  it('a list takes numbers for numbers and nothing of a watch', async () => {
    const path = await lab().secrets();
    const message = 'strconv.ParseInt: parsing "x": invalid syntax';
    expectRefusal(await lab().get(`${path}?limit=x`), 400, 'BadRequest', message);
    expectRefusal(await lab().get(`${path}?timeoutSeconds=x`), 400, 'BadRequest', message);
    const initial = await lab().get(`${path}?sendInitialEvents=true`);
    expectRefusal(initial, 422, 'Invalid', /sendInitialEvents is forbidden for list/);
    const match = await lab().get(`${path}?resourceVersion=0&resourceVersionMatch=Exact`);
    expectRefusal(match, 422, 'Invalid', /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/);
    const watched = await lab().get(`${path}?watch=true&resourceVersion=1&resourceVersionMatch=NotOlderThan`);
    expectRefusal(watched, 422, 'Invalid', /forbidden for watch unless sendInitialEvents is provided/);
  });

  it('a limit takes the first of a collection that is deleted', async () => {
    const path = await lab().secrets();
    for (const name of ['a', 'b']) expectDone(await lab().post(path, secret(name)), 201);
    const gone = expectDone(await lab().delete(`${path}?limit=1`), 200);
    expect(names(gone)).toEqual(['a']);
    expect(gone.metadata.continue).toBeTruthy();
    expect(names(expectDone(await lab().get(path), 200))).toEqual(['b']);
  });

  const metadata: [string, Json, RegExp][] = [
    ['a finalizer that is no name', { finalizers: ['bad finalizer'] }, /metadata\.finalizers: Invalid value/],
    ['a finalizer without a domain', { finalizers: ['plain'] }, /finalizers\[0\]: .*nor is it fully qualified/],
    [
      'finalizers that contradict each other',
      { finalizers: ['orphan', 'foregroundDeletion'] },
      /finalizer orphan and foregroundDeletion cannot be both set/,
    ],
    [
      'an owner of no API version',
      { ownerReferences: [{ apiVersion: 'a/b/c', kind: 'X', name: 'x', uid: 'x' }] },
      /metadata\.ownerReferences\.apiVersion: Invalid value: "a\/b\/c"/,
    ],
    [
      'an Event as owner',
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'x', uid: 'x' }] },
      /is disallowed from being an owner/,
    ],
  ];
  test.each(metadata)('%s is refused', async (_what, given, message) => {
    const path = await lab().secrets();
    expectRefusal(await lab().post(path, secret('a', {}, { metadata: given })), 422, 'Invalid', message);
  });

  it('metadata of another type is a bad request, in custom objects too', async () => {
    const [path, gadgets] = [await lab().secrets(), await lab().gadgets()];
    for (const wrong of [{ generation: 'x' }, { creationTimestamp: 'yesterday' }, { labels: [] }]) {
      expectRefusal(await lab().post(path, secret('a', {}, { metadata: wrong })), 400, 'BadRequest');
      expectRefusal(await lab().post(gadgets, gadget('a', { size: 1 }, { metadata: wrong })), 400, 'BadRequest');
    }
  });

  it('a label that is null is an empty one, and empty lists are none', async () => {
    const path = await lab().gadgets();
    const given = { labels: { app: null }, finalizers: [], annotations: {} };
    const made = expectDone(await lab().post(path, gadget('a', { size: 1 }, { metadata: given })), 201);
    expect(made.metadata.labels).toEqual({ app: '' });
    expect(made.metadata).not.toHaveProperty('finalizers');
    expect(made.metadata).not.toHaveProperty('annotations');
  });

  it('unknown fields inside metadata are told of like others', async () => {
    const path = await lab().secrets();
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x', extra: 1 };
    const body = secret('a', {}, { metadata: { ownerReferences: [owner] } });
    const strict = await lab().post(`${path}?fieldValidation=Strict`, body);
    expectRefusal(strict, 400, 'BadRequest', /unknown field "metadata\.ownerReferences\[0\]\.extra"/);
  });

  it('an update does not move what identifies an object or says that it ends', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    for (const [field, value] of Object.entries({
      uid: 'x',
      deletionTimestamp: '2020-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 5,
    })) {
      const reply = await lab().patch(`${path}/a`, mergePatchType, { metadata: { [field]: value } });
      expectRefusal(reply, 422, 'Invalid', new RegExp(`metadata\\.${field}: Invalid value: .*field is immutable`));
    }
    const applied = await lab().apply(`${path}/a`, 'm', secret('a', {}, { metadata: { uid: 'x' } }));
    expectRefusal(applied, 422, 'Invalid', /metadata\.uid: Invalid value: .*field is immutable/);
    const created = { metadata: { creationTimestamp: '2020-01-01T00:00:00Z' } };
    const kept = expectDone(await lab().patch(`${path}/a`, mergePatchType, created), 200);
    expect(kept.metadata.creationTimestamp).not.toMatch(/^2020-/);
  });

  it('a replacement names what it is about, and so does an apply that creates', async () => {
    const path = await lab().secrets();
    const nameless = { ...secret('a'), metadata: {} };
    const message = 'the name of the object (a based on URL) was undeterminable: name must be provided';
    expectRefusal(await lab().apply(`${path}/a`, 'm', nameless), 400, 'BadRequest', message);
    expectDone(await lab().post(path, secret('a')), 201);
    expectRefusal(await lab().put(`${path}/a`, nameless), 400, 'BadRequest', message);
    expectDone(await lab().apply(`${path}/a`, 'm', { ...nameless, data: {} }), 200);
    const { apiVersion: _version, ...typeless } = secret('a');
    expectRefusal(await lab().apply(`${path}/a`, 'm', typeless), 400, 'BadRequest');
  });

  it('a custom object says of which API version it is', async () => {
    const path = await lab().gadgets();
    const { apiVersion: _version, ...typeless } = gadget('a');
    expectRefusal(await lab().post(path, typeless), 400, 'BadRequest');
    expectRefusal(await lab().post(path, { ...typeless, apiVersion: '' }), 400, 'BadRequest');
  });

  it('a field stated twice is told of, or refused', async () => {
    const path = await lab().gadgets();
    const body = `{"apiVersion":"conformance.sealwright.dev/v1","kind":"Gadget","metadata":{"name":"a"},"spec":{"size":1,"size":2}}`;
    const strict = await raw('POST', `${path}?fieldValidation=Strict`, body);
    expectRefusal(strict, 400, 'BadRequest', /strict decoding error: duplicate field "spec\.size"/);
    const warned = await raw('POST', path, body);
    expect(expectDone(warned, 201).spec.size).toBe(2);
    expect(String(warned.headers.warning)).toContain('duplicate field \\"spec.size\\"');
    expectDone(await raw('PUT', `${path}/a?fieldValidation=Ignore&dryRun=All`, body), 422);
  });

  it('a byte order mark is no JSON', async () => {
    const path = await lab().secrets();
    expectRefusal(await raw('POST', path, `\ufeff${JSON.stringify(secret('a'))}`), 400, 'BadRequest');
  });

  it('a patch that is no object is a bad request, and a list does not take the place of a map', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    for (const body of ['[]', '"x"']) {
      expectRefusal(await raw('PATCH', `${path}/a`, body, { 'content-type': strategicType }), 400, 'BadRequest');
    }
    for (const type of [strategicType, mergePatchType]) {
      expect((await lab().patch(`${path}/a`, type, { data: [] })).status).toBeGreaterThanOrEqual(400);
    }
    const listed = await lab().patch(`${path}/a`, jsonPatchType, [{ op: 'add', path: '/data', value: [] }]);
    expect(listed.status).toBeGreaterThanOrEqual(400);
  });

  it('a custom object is applied without nulls, created with them', async () => {
    const path = await lab().gadgets();
    const given = gadget('a', { size: 1, labels: { x: null } });
    const applied = await lab().apply(`${path}/a`, 'm', given);
    expectRefusal(applied, 422, 'Invalid', /spec\.labels\.x in body must be of type string: "null"/);
    expect(expectDone(await lab().post(path, given), 201).spec.labels).toEqual({});
    expectDone(await lab().apply(`${path}/a`, 'm', gadget('a', null)), 200);
    const versionless = await lab().patch(`${path}/a`, mergePatchType, { metadata: { resourceVersion: '' } });
    expectRefusal(versionless, 422, 'Invalid', /must be specified for an update/);
  });

  it('an apply with a version makes what is not there; one with a uid conflicts', async () => {
    const path = await lab().secrets();
    const versioned = secret('a', {}, { metadata: { resourceVersion: '3' } });
    const reply = await lab().apply(`${path}/b`, 'm', secret('b', {}, { metadata: { uid: 'x' } }));
    expectRefusal(reply, 409, 'Conflict', /uid mismatch: .* no existing object was found/);
    expectDone(await lab().apply(`${path}/a`, 'm', versioned), 201);
    expect((await raw('PATCH', `${path}/a`, '{}', { 'content-type': applyType })).status).toBe(422);
  });

  it('items are written as bytes are', async () => {
    const path = await lab().secrets();
    const made = expectDone(await lab().post(path, secret('a', { a: 'MR==', b: 'YWJj\nZGVm' })), 201);
    expect(made.data).toEqual({ a: 'MQ==', b: 'YWJjZGVm' });
  });

  it('an item is text or bytes, not both', async () => {
    const maps = (await lab().secrets()).replace(/secrets$/, 'configmaps');
    const reply = await lab().post(maps, { ...configMap('a'), binaryData: { a: 'MQ==' } });
    expectRefusal(reply, 422, 'Invalid', /data\[a\]: Invalid value: "a": duplicate of key present in binaryData/);
  });

  it('a Lease lasts, and its times have microseconds', async () => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${await lab().namespace()}/leases`;
    const lease = (spec: Json) => lab().post(path, { metadata: { name: 'a' }, spec });
    expectRefusal(await lease({ leaseDurationSeconds: 0 }), 422, 'Invalid', /must be greater than 0/);
    expectRefusal(await lease({ leaseTransitions: -1 }), 422, 'Invalid', /must be greater than or equal to 0/);
    expectRefusal(await lease({ renewTime: '2024-01-01T00:00:00Z' }), 400, 'BadRequest');
    expectDone(await lease({ renewTime: '2024-01-01T00:00:00.000000Z' }), 201);
  });

  it('an Event with a time of its own says who reports it', async () => {
    const namespace = await lab().namespace();
    const reply = await lab().post(`/api/v1/namespaces/${namespace}/events`, {
      metadata: { name: 'a' },
      involvedObject: { kind: 'Secret', name: 'a', namespace },
      eventTime: '2024-01-01T00:00:00.000000Z',
    });
    const needed = reply.body.details.causes.filter(({ reason }: Json) => reason === 'FieldValueRequired');
    expect(needed.map(({ field }: Json) => field)).toEqual([
      'reportingComponent',
      'reportingInstance',
      'action',
      'reason',
    ]);
  });

  it('a role names verbs, groups and resources, and a binding a role and subjects', async () => {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${await lab().namespace()}`;
    const role = (rule: Json) => lab().post(`${path}/roles`, { metadata: { name: 'a' }, rules: [rule] });
    const whole = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
    expectRefusal(await role({ ...whole, verbs: [] }), 422, 'Invalid', /rules\[0\]\.verbs: Required value/);
    expectRefusal(await role({ verbs: ['get'] }), 422, 'Invalid', /rules\[0\]\.apiGroups: Required value/);
    const url = await role({ nonResourceURLs: ['/healthz'], verbs: ['get'] });
    expectRefusal(url, 422, 'Invalid', /namespaced rules cannot apply to non-resource URLs/);
    const bind = (roleRef: Json, subjects: Json) =>
      lab().post(`${path}/rolebindings`, { metadata: { name: 'a' }, roleRef, subjects });
    const apiGroup = 'rbac.authorization.k8s.io';
    const bogus = await bind({ apiGroup, kind: 'Bogus', name: 'r' }, []);
    expectRefusal(bogus, 422, 'Invalid', /roleRef\.kind: Unsupported value: "Bogus"/);
    const group = await bind({ apiGroup: 'x', kind: 'Role', name: 'r' }, []);
    expectRefusal(group, 422, 'Invalid', /roleRef\.apiGroup: Unsupported value: "x"/);
    const subject = await bind({ apiGroup, kind: 'Role', name: 'r' }, [{ kind: 'Bogus', name: 'x' }]);
    expectRefusal(subject, 422, 'Invalid', /subjects\[0\]\.kind: Unsupported value: "Bogus"/);
  });
}
