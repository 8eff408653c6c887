// Custom kinds: pruning, defaults, validation, status, generation, versions, and the definitions themselves.

import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { gadgetDefinition } from '../gadget.ts';
import { expectDone, expectRefusal, gadget, type Json, type Lab, mergePatchType } from '../lab.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A definition of a kind that only one case uses. */
function freshDefinition(change: (definition: Json) => void = () => {}): Json {
  const group = `t${randomBytes(4).toString('hex')}.sealwright.dev`;
  const definition = structuredClone(gadgetDefinition) as Json;
  definition.metadata.name = `gadgets.${group}`;
  definition.spec.group = group;
  definition.spec.names = { plural: 'gadgets', kind: 'Gadget' };
  change(definition);
  return definition;
}

export function definitionCases(lab: () => Lab): void {
  it('unknown fields of a custom object are pruned, except where the schema keeps them', async () => {
    const path = await lab().gadgets();
    const reply = await lab().post(path, gadget('a', { size: 1, unknown: 1, free: { any: [1] } }));
    const created = expectDone(reply, 201);
    expect(created.spec).toEqual({ size: 1, color: 'red', free: { any: [1] } });
    expect(reply.headers.warning).toBe('299 - "unknown field \\"spec.unknown\\""');
    const strict = await lab().post(`${path}?fieldValidation=Strict`, gadget('b', { size: 1, unknown: 1 }));
    expectRefusal(strict, 400, 'BadRequest', /strict decoding error: unknown field "spec\.unknown"$/);
  });

  it('defaults are filled in, inside lists too', async () => {
    const path = await lab().gadgets();
    const created = expectDone(await lab().post(path, gadget('a', { size: 1, ports: [{ name: 'x' }] })), 201);
    expect(created.spec).toEqual({ size: 1, color: 'red', ports: [{ name: 'x', port: 80 }] });
  });

  it('null is kept where the schema allows it and dropped where there is a default', async () => {
    const path = await lab().gadgets();
    const created = expectDone(await lab().post(path, gadget('a', { size: 1, note: null, color: null })), 201);
    expect(created.spec).toEqual({ size: 1, note: null, color: 'red' });
  });

  it.each([
    ['a missing required field', {}, /spec\.size: Required value/],
    [
      'a number beyond its maximum',
      { size: 11 },
      /spec\.size: Invalid value: 11: spec\.size in body should be less than or equal to 10/,
    ],
    [
      'a value outside its enum',
      { size: 1, color: 'blue' },
      /spec\.color: Unsupported value: "blue": supported values: "red", "green"/,
    ],
    [
      'a value of another type',
      { size: 'big' },
      /spec\.size: Invalid value: "string": spec\.size in body must be of type integer: "string"/,
    ],
    [
      'two items of one key',
      { size: 1, ports: [{ name: 'x' }, { name: 'x' }] },
      /spec\.ports\[1\]: Duplicate value: .*"name":\s?"x"/,
    ],
    ['a value twice in a set', { size: 1, tags: ['x', 'x'] }, /spec\.tags\[1\]: Duplicate value: "x"/],
  ])('%s is refused', async (_what, spec, message) => {
    const path = await lab().gadgets();
    expectRefusal(await lab().post(path, gadget('a', spec)), 422, 'Invalid', message);
  });

  it('the generation counts changes of the spec only', async () => {
    const path = await lab().gadgets();
    expect(expectDone(await lab().post(path, gadget('a')), 201).metadata.generation).toBe(1);
    const change = async (patch: Json, at = `${path}/a`) =>
      expectDone(await lab().patch(at, mergePatchType, patch), 200);
    expect((await change({ metadata: { labels: { a: 'b' } } })).metadata.generation).toBe(1);
    expect((await change({ status: { phase: 'x' } }, `${path}/a/status`)).metadata.generation).toBe(1);
    expect((await change({ spec: { size: 2 } })).metadata.generation).toBe(2);
  });

  it('the status changes through its subresource only, and nothing else does there', async () => {
    const path = await lab().gadgets();
    const created = expectDone(await lab().post(path, { ...gadget('a'), status: { phase: 'no' } }), 201);
    expect(created.status).toBeUndefined();
    const body = {
      ...created,
      metadata: { ...created.metadata, labels: { a: 'b' } },
      spec: { size: 9 },
      status: { phase: 'yes' },
    };
    const updated = expectDone(await lab().put(`${path}/a/status`, body), 200);
    expect(updated.status).toEqual({ phase: 'yes' });
    expect(updated.spec.size).toBe(1);
    expect(updated.metadata.labels).toBeUndefined();
    const replaced = expectDone(
      await lab().put(`${path}/a`, { ...updated, status: { phase: 'lost' }, spec: { size: 3 } }),
      200,
    );
    expect(replaced).toMatchObject({ status: { phase: 'yes' }, spec: { size: 3 } });
    expect(expectDone(await lab().get(`${path}/a/status`), 200)).toEqual(replaced);
  });

  it('every served version shows the same objects as its own', async () => {
    const namespace = await lab().namespace();
    const path = (version: string) => `/apis/conformance.sealwright.dev/${version}/namespaces/${namespace}/gadgets`;
    const created = expectDone(
      await lab().post(path('v1beta1'), { ...gadget('a'), apiVersion: 'conformance.sealwright.dev/v1beta1' }),
      201,
    );
    expect(created.apiVersion).toBe('conformance.sealwright.dev/v1beta1');
    const other = expectDone(await lab().get(`${path('v1')}/a`), 200);
    expect(other.apiVersion).toBe('conformance.sealwright.dev/v1');
    expect(other.metadata.uid).toBe(created.metadata.uid);
  });

  it('a definition is established, then serves its kind', async () => {
    const definition = freshDefinition();
    const { group } = definition.spec;
    const created = expectDone(await lab().post(definitions, definition), 201);
    expect(created.spec.names).toMatchObject({ singular: 'gadget', listKind: 'GadgetList' });
    expect(created.spec.conversion).toEqual({ strategy: 'None' });
    const at = `${definitions}/${definition.metadata.name}`;
    const condition = async (type: string) =>
      expectDone(await lab().get(at), 200).status?.conditions?.find((one: Json) => one.type === type);
    await lab().until(async () => (await condition('Established'))?.status === 'True');
    expect(await condition('NamesAccepted')).toMatchObject({ status: 'True', reason: 'NoConflicts' });
    expect(expectDone(await lab().get(at), 200).status).toMatchObject({
      storedVersions: ['v1'],
      acceptedNames: { kind: 'Gadget' },
    });
    await lab().until(async () => (await lab().get(`/apis/${group}/v1/gadgets`)).status === 200);
    expectDone(await lab().delete(at), 200);
    await lab().gone(at);
  });

  it('a changed schema shows in objects that were there before', async () => {
    const definition = freshDefinition();
    const { group } = definition.spec;
    const at = `${definitions}/${definition.metadata.name}`;
    expectDone(await lab().post(definitions, definition), 201);
    await lab().until(async () => (await lab().get(`/apis/${group}/v1/gadgets`)).status === 200);
    const path = `/apis/${group}/v1/namespaces/${await lab().namespace()}/gadgets`;
    await lab().until(
      async () => (await lab().post(path, { ...gadget('a'), apiVersion: `${group}/v1` })).status === 201,
    );
    const live = expectDone(await lab().get(at), 200);
    live.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.added = { type: 'string', default: 'new' };
    live.spec.versions[1].served = false;
    const updated = await lab().patch(at, mergePatchType, { spec: live.spec });
    expect(expectDone(updated, 200).metadata.generation).toBe(2);
    const added = async () => expectDone(await lab().get(`${path}/a`), 200).spec.added;
    await lab().until(async () => (await added()) === 'new');
    await lab().until(async () => (await lab().get(`/apis/${group}/v1beta1/gadgets`)).status === 404);
    expectDone(await lab().delete(at), 200);
    await lab().gone(at);
  });

  it('an unknown field of metadata is told like any other', async () => {
    const path = await lab().gadgets();
    const reply = await lab().post(path, gadget('a', { size: 1 }, { metadata: { surprise: 1 } }));
    expect(expectDone(reply, 201).metadata.surprise).toBeUndefined();
    expect(reply.headers.warning).toBe('299 - "unknown field \\"metadata.surprise\\""');
  });

  it('the status is patched in JSON too, and is not created on its own', async () => {
    const path = await lab().gadgets();
    expectDone(await lab().post(path, gadget('a')), 201);
    const operations = [{ op: 'add', path: '/status', value: { phase: 'x' } }];
    const patched = expectDone(await lab().patch(`${path}/a/status`, 'application/json-patch+json', operations), 200);
    expect(patched.status).toEqual({ phase: 'x' });
    expect((await lab().post(`${path}/a/status`, gadget('a'))).status).toBe(405);
    expectRefusal(await lab().patch(`${path}/b/status`, mergePatchType, {}), 404, 'NotFound');
  });

  it('a status that its schema forbids is refused', async () => {
    const path = await lab().gadgets();
    expectDone(await lab().post(path, gadget('a')), 201);
    const reply = await lab().patch(`${path}/a/status`, mergePatchType, { status: { observedGeneration: 'one' } });
    expectRefusal(reply, 422, 'Invalid', /status\.observedGeneration: Invalid value: "string"/);
  });

  it('the end of a definition is the end of its objects', async () => {
    const definition = freshDefinition();
    const { group } = definition.spec;
    const at = `${definitions}/${definition.metadata.name}`;
    expectDone(await lab().post(definitions, definition), 201);
    await lab().until(async () => (await lab().get(`/apis/${group}/v1/gadgets`)).status === 200);
    const path = `/apis/${group}/v1/namespaces/${await lab().namespace()}/gadgets`;
    await lab().until(
      async () => (await lab().post(path, { ...gadget('a'), apiVersion: `${group}/v1` })).status === 201,
    );
    expectDone(await lab().delete(at), 200);
    await lab().gone(at);
    await lab().gone(`${path}/a`);
  });

  it.each([
    [
      'a name that is not plural and group',
      (one: Json) => {
        one.metadata.name = 'other.example.com';
      },
      /metadata\.name: Invalid value: "other\.example\.com": must be spec\.names\.plural\+"\."\+spec\.group/,
    ],
    [
      'no schema',
      (one: Json) => {
        delete one.spec.versions[0].schema;
      },
      /spec\.versions\[0\]\.schema\.openAPIV3Schema: Required value/,
    ],
    [
      'a field without a type',
      (one: Json) => {
        one.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.odd = {};
      },
      /properties\[odd\]\.type: Required value: must not be empty for specified object fields/,
    ],
    [
      'no storage version',
      (one: Json) => {
        one.spec.versions[0].storage = false;
      },
      /spec\.versions: Invalid value: .*must have exactly one version marked as storage version/,
    ],
  ])('a definition with %s is refused', async (_what, change, message) => {
    expectRefusal(await lab().post(definitions, freshDefinition(change)), 422, 'Invalid', message);
  });

  it('rules in CEL are judged, or the answer says that they are not', async () => {
    const definition = freshDefinition((one) => {
      for (const version of one.spec.versions) {
        version.schema.openAPIV3Schema.properties.spec['x-kubernetes-validations'] = [
          { rule: 'self.size != 7', message: 'not seven' },
        ];
      }
    });
    const { group } = definition.spec;
    const defined = await lab().post(definitions, definition);
    expectDone(defined, 201);
    await lab().until(async () => (await lab().get(`/apis/${group}/v1/gadgets`)).status === 200);
    const path = `/apis/${group}/v1/namespaces/${await lab().namespace()}/gadgets`;
    const body = { ...gadget('a', { size: 7 }), apiVersion: `${group}/v1` };
    if (lab().connection.embedded) {
      expect(defined.headers.warning).toMatch(/CEL/);
      expect((await lab().post(path, body)).headers.warning).toMatch(/CEL/);
    } else {
      await lab().until(async () => (await lab().post(path, body)).status === 422);
    }
    expectDone(await lab().delete(`${definitions}/${definition.metadata.name}`), 200);
  });
}
