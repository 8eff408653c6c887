// Creating, reading and replacing objects: names, versions, status codes and the words of refusals.

import { expect, it } from 'vitest';
import { configMap, expectDone, expectRefusal, gadget, type Lab, secret } from '../lab.ts';

export function objectCases(lab: () => Lab): void {
  it('a created object has identity, a version and the type it was given', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { a: 'MQ==' } });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(created.metadata.generation).toBeUndefined();
    expect(expectDone(await lab().get(`${path}/a`), 200)).toEqual(created);
  });

  it('generateName gives every object a name of its own', async () => {
    const path = await lab().secrets();
    const body = { metadata: { generateName: 'run-' } };
    const first = expectDone(await lab().post(path, body), 201);
    const second = expectDone(await lab().post(path, body), 201);
    expect(first.metadata.name).toMatch(/^run-[a-z0-9]{5}$/);
    expect(second.metadata.name).not.toBe(first.metadata.name);
  });

  it('an object that is not there is not found', async () => {
    const path = await lab().secrets();
    const reply = await lab().get(`${path}/missing`);
    expectRefusal(reply, 404, 'NotFound', 'secrets "missing" not found');
    expect(reply.body.details).toEqual({ name: 'missing', kind: 'secrets' });
  });

  it('a custom object that is not there is named with its group', async () => {
    const path = await lab().gadgets();
    const reply = await lab().get(`${path}/missing`);
    expectRefusal(reply, 404, 'NotFound', 'gadgets.conformance.sealwright.dev "missing" not found');
    expect(reply.body.details).toEqual({ name: 'missing', group: 'conformance.sealwright.dev', kind: 'gadgets' });
  });

  it('a name can be taken once', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expectRefusal(await lab().post(path, secret('a')), 409, 'AlreadyExists', 'secrets "a" already exists');
  });

  it('an object needs a name', async () => {
    const path = await lab().secrets();
    const reply = await lab().post(path, { data: {} });
    expectRefusal(reply, 422, 'Invalid', /metadata\.name: Required value: name or generateName is required/);
    expect(reply.body.details).toMatchObject({
      kind: 'Secret',
      causes: [{ reason: 'FieldValueRequired', field: 'metadata.name' }],
    });
  });

  it('a name must be a DNS subdomain', async () => {
    const path = await lab().secrets();
    expectRefusal(
      await lab().post(path, secret('Not_A_Name')),
      422,
      'Invalid',
      /^Secret "Not_A_Name" is invalid: metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of lower case/,
    );
  });

  it('a namespace name must be a DNS label', async () => {
    expectRefusal(
      await lab().post('/api/v1/namespaces', { metadata: { name: 'a.b' } }),
      422,
      'Invalid',
      /metadata\.name: Invalid value: "a\.b": must not contain dots/,
    );
  });

  it('labels must have label values', async () => {
    const path = await lab().secrets();
    const reply = await lab().post(path, secret('a', {}, { metadata: { labels: { app: 'not a value' } } }));
    expectRefusal(
      reply,
      422,
      'Invalid',
      /metadata\.labels: Invalid value: "not a value": a valid label must be an empty string or consist of/,
    );
  });

  it('an object goes into a namespace that exists', async () => {
    const reply = await lab().post('/api/v1/namespaces/no-such-namespace/secrets', secret('a'));
    expectRefusal(reply, 404, 'NotFound', 'namespaces "no-such-namespace" not found');
  });

  it('the namespace in the body must be that of the URL', async () => {
    const path = await lab().secrets();
    const reply = await lab().post(path, secret('a', {}, { metadata: { namespace: 'other' } }));
    expectRefusal(
      reply,
      400,
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  });

  it('the name in the body must be that of the URL', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    const reply = await lab().put(`${path}/a`, secret('b'));
    expectRefusal(reply, 400, 'BadRequest', 'the name of the object (b) does not match the name on the URL (a)');
  });

  it('a body of another kind is refused', async () => {
    const path = await lab().secrets();
    expectRefusal(await lab().post(path, configMap('a')), 400, 'BadRequest');
  });

  it('a body of another API version is refused', async () => {
    const path = await lab().gadgets();
    expectRefusal(
      await lab().post(path, { ...gadget('a'), apiVersion: 'conformance.sealwright.dev/v9' }),
      400,
      'BadRequest',
    );
  });

  it('a body that is not JSON is refused', async () => {
    const path = await lab().secrets();
    expectRefusal(await lab().connection.request('POST', path, { body: '{"metadata":' }), 400, 'BadRequest');
  });

  it('a body of an unknown media type is refused', async () => {
    const path = await lab().secrets();
    const reply = await lab().connection.request('POST', path, { body: 'x', headers: { 'content-type': 'text/html' } });
    expectRefusal(
      reply,
      415,
      'UnsupportedMediaType',
      /the body of the request was in an unknown format - accepted media types include: /,
    );
  });

  it('a YAML body is understood', async () => {
    const path = await lab().secrets();
    const body = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  a: one\n';
    const reply = await lab().connection.request('POST', path, {
      body,
      headers: { 'content-type': 'application/yaml' },
    });
    expect(expectDone(reply, 201).data).toEqual({ a: 'b25l' });
  });

  it('a resourceVersion has no place in a create', async () => {
    const path = await lab().secrets();
    const reply = await lab().post(path, secret('a', {}, { metadata: { resourceVersion: '1' } }));
    expect(reply).toMatchObject({
      status: 500,
      body: { message: 'resourceVersion should not be set on objects to be created' },
    });
  });

  it('a resource that is not served is not found', async () => {
    const namespace = await lab().namespace();
    const reply = await lab().get(`/api/v1/namespaces/${namespace}/teapots`);
    expectRefusal(reply, 404, 'NotFound', 'the server could not find the requested resource');
  });

  it('a group that is not served is not found', async () => {
    expect((await lab().get('/apis/teapots.example.com/v1/teapots')).status).toBe(404);
  });

  it('a method that a path does not have is refused', async () => {
    expectRefusal(
      await lab().post('/api/v1/secrets', secret('a')),
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    );
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expectRefusal(await lab().post(`${path}/a`, secret('a')), 405, 'MethodNotAllowed');
  });

  it('a replacement moves the version and keeps the identity', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    const replaced = expectDone(await lab().put(`${path}/a`, { ...created, data: { b: 'Mg==' } }), 200);
    expect(replaced.data).toEqual({ b: 'Mg==' });
    expect(replaced.metadata.uid).toBe(created.metadata.uid);
    expect(replaced.metadata.creationTimestamp).toBe(created.metadata.creationTimestamp);
    expect(Number(replaced.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
  });

  it('a replacement of an older version conflicts', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    expectDone(await lab().put(`${path}/a`, { ...created, data: { b: 'Mg==' } }), 200);
    const reply = await lab().put(`${path}/a`, { ...created, data: { c: 'Mw==' } });
    expectRefusal(
      reply,
      409,
      'Conflict',
      'Operation cannot be fulfilled on secrets "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect(reply.body.details).toEqual({ name: 'a', kind: 'secrets' });
  });

  it('a replacement without a version replaces a Secret, but not a custom object', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expect(expectDone(await lab().put(`${path}/a`, secret('a', { z: 'eg==' })), 200).data).toEqual({ z: 'eg==' });
    const gadgets = await lab().gadgets();
    expectDone(await lab().post(gadgets, gadget('a')), 201);
    expectRefusal(
      await lab().put(`${gadgets}/a`, gadget('a')),
      422,
      'Invalid',
      /metadata\.resourceVersion: Invalid value: .*must be specified for an update/,
    );
  });

  it('a replacement of what is not there is not found', async () => {
    const path = await lab().secrets();
    expectRefusal(await lab().put(`${path}/a`, secret('a')), 404, 'NotFound', 'secrets "a" not found');
  });

  it('a replacement meant for another object of the same name conflicts', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    created.metadata.uid = '11111111-2222-3333-4444-555555555555';
    delete created.metadata.resourceVersion;
    expectRefusal(
      await lab().put(`${path}/a`, created),
      409,
      'Conflict',
      /Precondition failed: UID in precondition: 11111111-/,
    );
  });

  it('a replacement that changes nothing does not move the version', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    const replaced = expectDone(await lab().put(`${path}/a`, created), 200);
    expect(replaced.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  it('a dry run answers as if and changes nothing', async () => {
    const path = await lab().secrets();
    expect(expectDone(await lab().post(`${path}?dryRun=All`, secret('a')), 201).metadata.uid).toBeTruthy();
    expectRefusal(await lab().get(`${path}/a`), 404, 'NotFound');
    const created = expectDone(await lab().post(path, secret('a')), 201);
    expect(expectDone(await lab().put(`${path}/a?dryRun=All`, { ...created, data: {} }), 200).data).toBeUndefined();
    expectDone(await lab().delete(`${path}/a?dryRun=All`), 200);
    expect(expectDone(await lab().get(`${path}/a`), 200)).toEqual(created);
  });

  it('an unknown kind of dry run is refused', async () => {
    const path = await lab().secrets();
    expect([400, 422]).toContain((await lab().post(`${path}?dryRun=Maybe`, secret('a'))).status);
  });

  it('unknown fields are dropped with a warning, silently, or refused, as asked', async () => {
    const path = await lab().secrets();
    const body = (name: string) => ({ ...secret(name), dataa: {} });
    const warned = await lab().post(path, body('a'));
    expect(expectDone(warned, 201).dataa).toBeUndefined();
    expect(warned.headers.warning).toBe('299 - "unknown field \\"dataa\\""');
    expect((await lab().post(`${path}?fieldValidation=Ignore`, body('b'))).headers.warning).toBeUndefined();
    const strict = await lab().post(`${path}?fieldValidation=Strict`, body('c'));
    expectRefusal(
      strict,
      400,
      'BadRequest',
      'Secret in version "v1" cannot be handled as a Secret: strict decoding error: unknown field "dataa"',
    );
  });

  it('every namespace has its own default service account and label', async () => {
    const name = await lab().namespace();
    const namespace = expectDone(await lab().get(`/api/v1/namespaces/${name}`), 200);
    expect(namespace).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    expect(namespace.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': name });
    await lab().until(
      async () => (await lab().get(`/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200,
    );
  });
}
