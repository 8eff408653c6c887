// Bodies of every shape: the server answers each with a Status that blames the request, and goes on.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../conformance/connection.ts';
import { connectEmbedded } from '../../conformance/embedded.ts';
import { gadgetDefinition } from '../../conformance/gadget.ts';
import { runs } from '../../support/property.ts';

let connection: Connection;
beforeAll(async () => {
  connection = await connectEmbedded();
  await connection.request('POST', definitions, { body: gadgetDefinition });
});
afterAll(() => connection.close());

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const inside = '/api/v1/namespaces/default';
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';

const samples: [path: string, sample: object][] = [
  [
    `${inside}/secrets`,
    { metadata: { name: 'x', labels: { a: 'b' } }, data: { a: 'MQ==' }, stringData: { b: '1' }, type: 'Opaque' },
  ],
  [
    `${inside}/configmaps`,
    {
      metadata: {
        name: 'x',
        annotations: { a: 'b' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'y', uid: 'u', controller: true }],
      },
      data: { a: '1' },
      binaryData: { b: 'MQ==' },
    },
  ],
  ['/api/v1/namespaces', { metadata: { name: 'x', finalizers: ['a/b'] }, spec: { finalizers: ['kubernetes'] } }],
  [`${inside}/events`, { metadata: { name: 'x' }, involvedObject: { namespace: 'default', name: 'a' }, count: 1 }],
  [
    `${rbac}/rolebindings`,
    { metadata: { name: 'x' }, subjects: [{ kind: 'User', name: 'a' }], roleRef: { kind: 'Role', name: 'b' } },
  ],
  [`${rbac}/roles`, { metadata: { name: 'x' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }],
  [
    '/apis/conformance.sealwright.dev/v1/namespaces/default/gadgets',
    {
      apiVersion: 'conformance.sealwright.dev/v1',
      kind: 'Gadget',
      metadata: { name: 'x' },
      spec: { size: 1, ports: [{ name: 'a' }], tags: ['t'] },
    },
  ],
  [definitions, { ...gadgetDefinition, metadata: { name: 'other.example.com' } }],
];

/** Every place in a sample, as a path of keys. */
function places(value: unknown, at: string[] = []): string[][] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [...(at.length > 0 ? [at] : []), ...inner.flatMap(([key, member]) => places(member, [...at, key]))];
}

function withValue(sample: object, at: readonly string[], value: unknown): object {
  const copy = structuredClone(sample);
  let target = copy as Record<string, unknown>;
  for (const key of at.slice(0, -1)) target = target[key] as Record<string, unknown>;
  target[at.at(-1) ?? ''] = value;
  return copy;
}

const odd = [null, true, 0, -1, 'odd', '', [], [null], [1], ['a'], {}, { a: null }, { a: {} }, [{}], [[]]];

it.each(samples)('no value in any place of an object for %s makes the server fail', async (path, sample) => {
  const failures: unknown[] = [];
  for (const at of places(sample)) {
    for (const value of odd) {
      const body = withValue(sample, at, value);
      const reply = await connection.request('POST', `${path}?dryRun=All`, { body });
      if (reply.status >= 500) failures.push([at.join('.'), value, reply.body.message]);
    }
  }
  expect(failures).toEqual([]);
});

it('no patch of any shape makes the server fail', async () => {
  const path = `${inside}/configmaps`;
  await connection.request('POST', path, { body: { metadata: { name: 'patched' }, data: { a: '1' } } });
  const types = ['merge-patch+json', 'json-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml'];
  const bodies = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom('metadata', 'data', 'kind', '$patch', 'op'), fc.jsonValue()),
  );
  const property = fc.asyncProperty(fc.constantFrom(...types), bodies, async (type, body) => {
    const headers = { 'content-type': `application/${type}` };
    const reply = await connection.request('PATCH', `${path}/patched?dryRun=All&fieldManager=x`, {
      body: JSON.stringify(body),
      headers,
    });
    // Fields that the schema does not have are a 500 without a reason on the real server as well.
    const known = /^failed to create typed patch object/.test(reply.body.message ?? '');
    expect(reply.status < 500 || known, JSON.stringify([type, body, reply.body])).toBe(true);
  });
  await fc.assert(property, { numRuns: runs(300) });
});

it('no query makes the server fail', async () => {
  const keys = [
    'labelSelector',
    'fieldSelector',
    'limit',
    'continue',
    'resourceVersion',
    'resourceVersionMatch',
    'includeObject',
  ];
  const property = fc.asyncProperty(fc.constantFrom(...keys), fc.string(), async (key, value) => {
    const reply = await connection.request('GET', `${inside}/secrets?${key}=${encodeURIComponent(value)}`);
    expect(reply.status === 504 || reply.status < 500, JSON.stringify([key, value, reply.body])).toBe(true);
  });
  await fc.assert(property, { numRuns: runs(300) });
});
