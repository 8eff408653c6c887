// What a client can find out: versions, groups, resources, schemas.

import { expect, it } from 'vitest';
import { expectDone, type Json, type Lab } from '../lab.ts';

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const group = 'conformance.sealwright.dev';

export function discoveryCases(lab: () => Lab): void {
  it('the server names its version', async () => {
    expect(expectDone(await lab().get('/version'), 200)).toMatchObject({ major: '1', minor: '36' });
  });

  it('the core version lists its resources', async () => {
    expect(expectDone(await lab().get('/api'), 200)).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const list = expectDone(await lab().get('/api/v1'), 200);
    expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
    const secrets = list.resources.find(({ name }: Json) => name === 'secrets');
    expect(secrets).toMatchObject({ singularName: 'secret', namespaced: true, kind: 'Secret' });
    expect(secrets.verbs).toEqual(['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']);
    expect(list.resources.map(({ name }: Json) => name)).toContain('serviceaccounts/token');
  });

  it('a custom group is listed with its versions, the newest preferred', async () => {
    const found = expectDone(await lab().get(`/apis/${group}`), 200);
    expect(found).toMatchObject({ kind: 'APIGroup', name: group, preferredVersion: { version: 'v1' } });
    expect(found.versions.map(({ version }: Json) => version)).toEqual(['v1', 'v1beta1']);
    const groups = expectDone(await lab().get('/apis'), 200).groups.map(({ name }: Json) => name);
    expect(groups).toContain(group);
  });

  it('a custom kind is listed with its short names and subresources', async () => {
    const { resources } = expectDone(await lab().get(`/apis/${group}/v1`), 200);
    expect(resources.map(({ name }: Json) => name)).toEqual(['gadgets', 'gadgets/status']);
    expect(resources[0]).toMatchObject({
      kind: 'Gadget',
      singularName: 'gadget',
      shortNames: ['gd'],
      namespaced: true,
    });
  });

  it('discovery in one answer says the same', async () => {
    const reply = await lab().get('/apis', { accept: aggregatedType });
    const list = expectDone(reply, 200);
    expect(reply.headers['content-type']).toMatch(/g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList/);
    expect(list).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    const found = list.items.find(({ metadata }: Json) => metadata.name === group);
    expect(found.versions[0]).toMatchObject({ version: 'v1', freshness: 'Current' });
    expect(found.versions[0].resources[0]).toMatchObject({
      resource: 'gadgets',
      responseKind: { group, version: 'v1', kind: 'Gadget' },
      scope: 'Namespaced',
      singularResource: 'gadget',
      shortNames: ['gd'],
      subresources: [{ subresource: 'status', responseKind: { kind: 'Gadget' } }],
    });
    const core = expectDone(await lab().get('/api', { accept: aggregatedType }), 200);
    expect(core.items[0].versions[0].resources.map(({ resource }: Json) => resource)).toContain('secrets');
  });

  it('schemas say that unknown fields are validated by the server', async () => {
    const index = expectDone(await lab().get('/openapi/v3'), 200);
    const entry = index.paths[`apis/${group}/v1`];
    const document = expectDone(await lab().get(entry.serverRelativeURL), 200);
    expect(document.openapi).toMatch(/^3\./);
    const kind = Object.values(document.components.schemas as Record<string, Json>).find((schema) =>
      schema['x-kubernetes-group-version-kind']?.some((one: Json) => one.kind === 'Gadget'),
    );
    expect(kind.properties.spec.properties.size).toMatchObject({ type: 'integer' });
    const patch = document.paths[`/apis/${group}/v1/namespaces/{namespace}/gadgets/{name}`].patch;
    expect(patch.parameters.map(({ name }: Json) => name)).toContain('fieldValidation');
  });

  it('an unknown path is not found', async () => {
    expect((await lab().get('/nothing/here')).status).toBe(404);
  });
}
