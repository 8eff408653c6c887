// Every expectation here was compared with kube-apiserver 1.36.

import { describe, expect, test } from 'vitest';
import { trackUpdate } from '../../../src/apiserver/managed-fields.ts';
import type { Schema } from '../../../src/apiserver/schema-shape.ts';
import { serverSideApply } from '../../../src/apiserver/server-side-apply.ts';
import { builtInSchema } from '../../../src/apiserver/types.ts';

type Json = Record<string, unknown>;

const configMaps = builtInSchema({ group: '', kind: 'ConfigMap' });
const map = (data?: object, metadata: object = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', namespace: 'default', ...metadata },
  ...(data ? { data } : {}),
});

interface Call {
  manager?: string;
  force?: boolean;
  minute?: number;
  schema?: Schema;
  subresource?: string;
}
const writer = ({ manager = 'A', minute = 0, schema = configMaps, subresource }: Call) => ({
  manager,
  apiVersion: 'v1',
  subresource,
  hasStatus: schema !== configMaps,
  now: new Date(Date.UTC(2026, 0, 1, 0, minute)),
  schema,
});
const tryApply = (live: Json | undefined, applied: Json, call: Call = {}) =>
  serverSideApply({ ...writer(call), live, applied, force: call.force ?? false });

function apply(live: Json | undefined, applied: Json, call: Call = {}): Json {
  const result = tryApply(live, applied, call);
  if (!('object' in result)) throw new Error(JSON.stringify(result));
  return result.object;
}

/** An update by PUT or patch, as the server stores it. */
function update(before: Json | undefined, after: Json, call: Call = {}): Json {
  const managedFields = trackUpdate({ ...writer(call), before, after });
  return { ...after, metadata: { ...(after.metadata as Json), managedFields } };
}

interface Entry {
  manager: string;
  operation: string;
  time?: string;
  fieldsV1: unknown;
}
const entries = (object: Json) => ((object.metadata as Json).managedFields ?? []) as Entry[];
/** Owner → its fields. */
const owners = (object: Json) =>
  Object.fromEntries(entries(object).map(({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, fieldsV1]));

describe('what a manager applies', () => {
  test('is what it owns; names and the server’s metadata belong to nobody', () => {
    const object = apply(undefined, map({ x: '1', y: '2' }, { labels: { l: '1' } }));
    expect(owners(object)).toEqual({
      'A Apply': { 'f:data': { 'f:x': {}, 'f:y': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } },
    });
  });

  test('is removed when it is applied no longer', () => {
    const first = apply(undefined, map({ x: '1', y: '2' }, { labels: { l: '1' } }));
    const second = apply(first, map({ x: '1' }));
    expect(second.data).toEqual({ x: '1' });
    expect((second.metadata as Json).labels).toBeUndefined();
    const third = apply(second, map());
    expect(third).toEqual(map());
  });

  test('changes nothing, not even a time, when it is applied again', () => {
    const first = apply(undefined, map({ x: '1' }));
    const again = tryApply(first, map({ x: '1' }), { minute: 5 });
    expect(again).toEqual({ object: first, changed: false });
  });

  test('stays when another manager applied the same, until that one lets go too', () => {
    const shared = apply(apply(undefined, map({ x: '1', y: '2' })), map({ x: '1' }), { manager: 'B' });
    const left = apply(shared, map({ y: '2' }));
    expect(left.data).toEqual({ x: '1', y: '2' });
    expect(apply(left, map({}), { manager: 'B' }).data).toEqual({ y: '2' });
  });

  test('may carry no managedFields', () => {
    const result = tryApply(undefined, map({}, { managedFields: [] }));
    expect(result).toEqual({ problem: 'metadata.managedFields must be nil', code: 400 });
  });

  test('must fit the schema, and the refusal names the field but no value', () => {
    const wrong = (object: Json) => {
      const result = tryApply(undefined, object);
      return 'problem' in result ? result.problem : undefined;
    };
    const prefix = 'failed to create typed patch object (default/x; /v1, Kind=ConfigMap): ';
    expect(wrong({ ...map({}), foo: 1 })).toBe(`${prefix}.foo: field not declared in schema`);
    expect(wrong(map({ x: 42 }))).toBe(`${prefix}.data.x: expected string, got number`);
  });
});

describe('a field that another manager owns', () => {
  const live = apply(undefined, map({ x: '1', y: '2' }));

  test('with another value is a conflict that names the manager and the field', () => {
    expect(tryApply(live, map({ x: '9' }), { manager: 'B' })).toEqual({
      conflicts: [{ reason: 'FieldManagerConflict', message: 'conflict with "A"', field: '.data.x' }],
      message: 'Apply failed with 1 conflict: conflict with "A": .data.x',
    });
    expect(tryApply(live, map({ x: '9', y: '9' }), { manager: 'B' })).toMatchObject({
      message: 'Apply failed with 2 conflicts: conflicts with "A":\n- .data.x\n- .data.y',
    });
  });

  test('with the same value is shared', () => {
    const object = apply(live, map({ x: '1' }), { manager: 'B' });
    expect(owners(object)).toEqual({
      'A Apply': { 'f:data': { 'f:x': {}, 'f:y': {} } },
      'B Apply': { 'f:data': { 'f:x': {} } },
    });
  });

  test('is taken by force', () => {
    const object = apply(live, map({ x: '9' }), { manager: 'B', force: true });
    expect(object.data).toEqual({ x: '9', y: '2' });
    expect(owners(object)).toEqual({ 'A Apply': { 'f:data': { 'f:y': {} } }, 'B Apply': { 'f:data': { 'f:x': {} } } });
  });

  test('through an update is a conflict too, told with its version', () => {
    const updated = update(undefined, map({ x: '1' }), { manager: 'kubectl-client-side-apply' });
    expect(tryApply(updated, map({ x: '2' }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.x',
    });
  });
});

describe('an update', () => {
  test('owns what it sets, takes what it changes and frees what it removes', () => {
    const created = update(undefined, map({ x: '1', y: '1' }), { manager: 'U' });
    expect(owners(created)).toEqual({ 'U Update': { 'f:data': { '.': {}, 'f:x': {}, 'f:y': {} } } });
    const after = { ...created, data: { y: '2', z: '1' } };
    expect(owners(update(created, after, { manager: 'V' }))).toEqual({
      'U Update': { 'f:data': {} },
      'V Update': { 'f:data': { 'f:y': {}, 'f:z': {} } },
    });
  });

  test('by the same manager joins its earlier entry', () => {
    const created = update(undefined, map({ x: '1' }));
    const updated = update(created, { ...created, data: { x: '1', y: '1' } }, { minute: 1 });
    expect(entries(updated)).toEqual([
      expect.objectContaining({
        time: '2026-01-01T00:01:00Z',
        fieldsV1: { 'f:data': { '.': {}, 'f:x': {}, 'f:y': {} } },
      }),
    ]);
  });

  test('that only removes leaves no trace of its manager', () => {
    const created = update(undefined, map({ x: '1', y: '1' }), { manager: 'U' });
    expect(owners(update(created, { ...created, data: { x: '1' } }, { manager: 'V' }))).toEqual({
      'U Update': { 'f:data': { '.': {}, 'f:x': {} } },
    });
  });

  test.each([[[]], [[{}]]])(
    'that writes managedFields %j clears them, and the object stays untracked',
    (managedFields) => {
      const created = update(undefined, map({ x: '1' }));
      const cleared = update(created, { ...created, metadata: { name: 'x', managedFields } });
      expect(entries(cleared)).toEqual([]);
      expect(entries(update(cleared, { ...cleared, data: { x: '2' } }))).toEqual([]);
      expect(owners(apply(cleared, map({ z: '2' })))).toEqual({
        'A Apply': { 'f:data': { 'f:z': {} } },
        'before-first-apply Update': { 'f:data': { '.': {}, 'f:x': {} } },
      });
    },
  );

  test('does not own the structs that a built-in kind always has', () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: {}, spec: { holderIdentity: 'x' } };
    const schema = builtInSchema({ group: 'coordination.k8s.io', kind: 'Lease' });
    expect(owners(update(undefined, lease, { schema }))).toEqual({
      'A Update': { 'f:spec': { 'f:holderIdentity': {} } },
    });
  });
});

describe('lists and maps of a custom kind', () => {
  const item: Schema = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, port: { type: 'integer', default: 80 }, v: { type: 'string' } },
  };
  const schema: Schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          whole: { type: 'array', items: { type: 'string' } },
          set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
          keyed: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name', 'port'],
            items: item,
          },
          atomic: {
            type: 'object',
            'x-kubernetes-map-type': 'atomic',
            additionalProperties: { type: 'string' },
          },
        },
      },
      status: { type: 'object', properties: { phase: { type: 'string' } } },
    },
  };
  const thing = (spec?: object, status?: object): Json => ({
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 't' },
    ...(spec ? { spec } : {}),
    ...(status ? { status } : {}),
  });

  test('each is owned by item, by key or as a whole', () => {
    const spec = { whole: ['a'], set: ['a'], keyed: [{ name: 'x', v: '1' }], atomic: { a: '1' } };
    expect(owners(apply(undefined, thing(spec), { schema }))).toEqual({
      'A Apply': {
        'f:spec': {
          'f:whole': {},
          'f:set': { 'v:"a"': {} },
          'f:keyed': { 'k:{"name":"x","port":80}': { '.': {}, 'f:name': {}, 'f:v': {} } },
          'f:atomic': {},
        },
      },
    });
  });

  test('items of two managers stand side by side, in the order of the one who applied last', () => {
    const first = apply(
      undefined,
      thing({
        set: ['a', 'b'],
        keyed: [
          { name: 'x', v: '1' },
          { name: 'y', port: 1 },
        ],
      }),
      { schema },
    );
    const spec = { set: ['c', 'a'], keyed: [{ name: 'z' }, { name: 'x', port: 80 }] };
    const both = apply(first, thing(spec), { schema, manager: 'B' });
    expect(both.spec).toEqual({
      set: ['c', 'a', 'b'],
      keyed: [{ name: 'z' }, { name: 'x', v: '1', port: 80 }, { name: 'y', port: 1 }],
    });
    const left = apply(both, thing({ keyed: [{ name: 'y', port: 1 }] }), { schema });
    expect(left.spec).toEqual({
      set: ['c', 'a'],
      keyed: [{ name: 'z' }, { name: 'x', port: 80 }, { name: 'y', port: 1 }],
    });
  });

  test('a conflict inside an item names its keys', () => {
    const first = apply(undefined, thing({ keyed: [{ name: 'x', v: '1' }] }), { schema });
    expect(tryApply(first, thing({ keyed: [{ name: 'x', v: '2' }] }), { schema, manager: 'B' })).toMatchObject({
      conflicts: [{ field: '.spec.keyed[name="x",port=80].v' }],
    });
  });

  test('the same item twice is refused', () => {
    expect(tryApply(undefined, thing({ set: ['a', 'a'] }), { schema })).toMatchObject({
      problem: expect.stringContaining('.spec.set: duplicate entries for key [="a"]'),
      code: 500,
    });
  });

  test('status is owned through the status subresource alone, and nothing else through it', () => {
    const object = apply(undefined, thing({ set: ['a'] }, { phase: 'x' }), { schema });
    expect(owners(object)).toEqual({ 'A Apply': { 'f:spec': { 'f:set': { 'v:"a"': {} } } } });
    const status = apply(object, thing({ set: ['b'] }, { phase: 'y' }), { schema, subresource: 'status' });
    expect(entries(status)).toEqual([
      expect.objectContaining({ manager: 'A', fieldsV1: { 'f:spec': { 'f:set': { 'v:"a"': {} } } } }),
      expect.objectContaining({ manager: 'A', subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } }),
    ]);
  });
});

test('the annotation of client-side apply follows when kubectl applies on the server', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const live = update(undefined, map({ x: '1' }, { annotations: { [annotation]: '{}' } }), { manager: 'U' });
  const object = apply(live, map({ x: '1', b: '2' }), { manager: 'kubectl' });
  const { annotations } = object.metadata as { annotations: Record<string, string> };
  expect(annotations[annotation]).toBe(
    '{"apiVersion":"v1","data":{"b":"2","x":"1"},"kind":"ConfigMap","metadata":{"name":"x","namespace":"default"}}\n',
  );
});

test('kubectl may take over on the server what it applied from the client, unless it was changed since', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const annotations = { [annotation]: JSON.stringify(map({ x: '1', y: '1' })) };
  const live = update(undefined, map({ x: '1', y: 'changed' }, { annotations }), {
    manager: 'kubectl-client-side-apply',
  });
  expect(apply(live, map({ x: '2' }), { manager: 'kubectl' }).data).toEqual({ x: '2', y: 'changed' });
  expect(tryApply(live, map({ x: '2', y: '2' }), { manager: 'kubectl' })).toMatchObject({
    conflicts: [{ field: '.data.y' }],
  });
  expect(tryApply(live, map({ x: '2' }), { manager: 'other' })).toMatchObject({ conflicts: [{ field: '.data.x' }] });
});
