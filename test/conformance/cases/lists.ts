// Collections: selectors, pages, revisions, and the shapes a caller can ask for.

import { expect, it } from 'vitest';
import { configMap, expectDone, expectRefusal, gadget, type Lab, names, secret } from '../lab.ts';

const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const metadataListType = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const metadataType = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

export function listCases(lab: () => Lab): void {
  const five = async () => {
    const path = await lab().secrets();
    for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      const labels = { n: String(index), tier: index < 2 ? 'front' : 'back', ...(index === 4 ? { extra: '' } : {}) };
      expectDone(await lab().post(path, secret(name, {}, { metadata: { labels } })), 201);
    }
    return path;
  };

  it('a list has a version, a kind and items in order of name', async () => {
    const path = await five();
    const list = expectDone(await lab().get(path), 200);
    expect(list).toMatchObject({ kind: 'SecretList', apiVersion: 'v1' });
    expect(list.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(names(list)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(list.items[0].kind).toBeUndefined();
  });

  it('items of a custom list carry their type', async () => {
    const path = await lab().gadgets();
    expectDone(await lab().post(path, gadget('a')), 201);
    const list = expectDone(await lab().get(path), 200);
    expect(list.kind).toBe('GadgetList');
    expect(list.items[0]).toMatchObject({ kind: 'Gadget', apiVersion: 'conformance.sealwright.dev/v1' });
  });

  it('a list across namespaces finds the objects of each', async () => {
    const [one, two] = [await five(), await five()];
    const selector = encodeURIComponent('tier=front');
    const all = expectDone(await lab().get(`/api/v1/secrets?labelSelector=${selector}`), 200);
    const namespaces = new Set(all.items.map((item: { metadata: { namespace: string } }) => item.metadata.namespace));
    expect(namespaces).toContain(one.split('/')[4]);
    expect(namespaces).toContain(two.split('/')[4]);
  });

  it('a list in a namespace that is not there is empty', async () => {
    expect(expectDone(await lab().get('/api/v1/namespaces/no-such-namespace/secrets'), 200).items).toEqual([]);
  });

  it.each([
    ['tier=front', ['a', 'b']],
    ['tier==front,n=1', ['b']],
    ['tier!=front', ['c', 'd', 'e']],
    ['n in (0, 3)', ['a', 'd']],
    ['n notin (0,3),tier', ['b', 'c', 'e']],
    ['extra', ['e']],
    ['!extra', ['a', 'b', 'c', 'd']],
    ['extra=', ['e']],
    ['n>2', ['d', 'e']],
    ['n<1', ['a']],
  ])('the label selector %s chooses', async (selector, chosen) => {
    const path = await five();
    expect(names(expectDone(await lab().get(`${path}?labelSelector=${encodeURIComponent(selector)}`), 200))).toEqual(
      chosen,
    );
  });

  it.each(['a=b=c', 'n in 1', '=x', 'a/b/c=d'])('the label selector %s is refused', async (selector) => {
    const path = await lab().secrets();
    expectRefusal(await lab().get(`${path}?labelSelector=${encodeURIComponent(selector)}`), 400, 'BadRequest');
  });

  it('field selectors know name, namespace and the type of a Secret', async () => {
    const path = await five();
    const by = async (selector: string) =>
      names(expectDone(await lab().get(`${path}?fieldSelector=${encodeURIComponent(selector)}`), 200));
    expect(await by('metadata.name=c')).toEqual(['c']);
    expect(await by('metadata.name!=c')).toEqual(['a', 'b', 'd', 'e']);
    expect(await by('type=Opaque,metadata.name=a')).toEqual(['a']);
    expect(await by('type=other')).toEqual([]);
  });

  it('a field that cannot be selected by is a bad request', async () => {
    const path = await lab().secrets();
    expectRefusal(
      await lab().get(`${path}?fieldSelector=data.a%3Db`),
      400,
      'BadRequest',
      'field label not supported: data.a',
    );
  });

  it('pages join to one consistent list', async () => {
    const path = await five();
    const first = expectDone(await lab().get(`${path}?limit=2`), 200);
    expect(names(first)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(3);
    expectDone(await lab().delete(`${path}/d`), 200);
    const token = encodeURIComponent(first.metadata.continue);
    const second = expectDone(await lab().get(`${path}?limit=2&continue=${token}`), 200);
    expect(names(second)).toEqual(['c', 'd']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const third = expectDone(
      await lab().get(`${path}?limit=2&continue=${encodeURIComponent(second.metadata.continue)}`),
      200,
    );
    expect(names(third)).toEqual(['e']);
    expect(third.metadata.continue).toBeUndefined();
  });

  it('a continue token that is none is refused', async () => {
    const path = await lab().secrets();
    expectRefusal(await lab().get(`${path}?limit=1&continue=nonsense`), 400, 'BadRequest');
  });

  it('a revision from the future times out', async () => {
    const path = await lab().secrets();
    const list = expectDone(await lab().get(path), 200);
    const future = Number(list.metadata.resourceVersion) + 1_000_000;
    const reply = await lab().get(`${path}?resourceVersion=${future}&resourceVersionMatch=NotOlderThan`);
    expectRefusal(reply, 504, 'Timeout', /^Timeout: Too large resource version: \d+, current: \d+$/);
  });

  it('resourceVersionMatch needs a revision', async () => {
    const path = await lab().secrets();
    expect([400, 422]).toContain((await lab().get(`${path}?resourceVersionMatch=Exact`)).status);
  });

  it('metadata only leaves the bodies out', async () => {
    const path = await five();
    const list = expectDone(await lab().get(path, { accept: metadataListType }), 200);
    expect(list).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(Object.keys(list.items[0]).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    const one = expectDone(await lab().get(`${path}/a`, { accept: metadataType }), 200);
    expect(one).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } });
    expect(one.data).toBeUndefined();
  });

  it('a table has the columns of its kind', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a', { x: 'MQ==', y: 'MQ==' })), 201);
    const table = expectDone(await lab().get(path, { accept: tableType }), 200);
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(table.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(['Name', 'Type', 'Data', 'Age']);
    expect(table.rows[0].cells.slice(0, 3)).toEqual(['a', 'Opaque', 2]);
    expect(table.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
  });

  it('a table of custom objects has the columns of its definition', async () => {
    const path = await lab().gadgets();
    expectDone(await lab().post(path, gadget('a', { size: 3 })), 201);
    const table = expectDone(await lab().get(`${path}?includeObject=Object`, { accept: tableType }), 200);
    expect(
      table.columnDefinitions.map(({ name, priority }: { name: string; priority: number }) => [name, priority]),
    ).toEqual([
      ['Name', 0],
      ['Size', 0],
      ['Phase', 1],
      ['Age', 0],
    ]);
    expect(table.rows[0].cells.slice(0, 3)).toEqual(['a', 3, null]);
    expect(table.rows[0].object.spec.size).toBe(3);
    const bare = expectDone(await lab().get(`${path}/a?includeObject=None`, { accept: tableType }), 200);
    expect(bare.rows[0].object).toBeFalsy();
  });

  it('a shape that cannot be served is not acceptable', async () => {
    const path = await lab().secrets();
    expectRefusal(
      await lab().get(path, { accept: 'text/html' }),
      406,
      'NotAcceptable',
      /^406: Not Acceptable\n\nAvailable representations: application\/json, application\/yaml/,
    );
  });

  it('a whole collection is deleted by selector', async () => {
    const path = await five();
    expectDone(await lab().delete(`${path}?labelSelector=tier%3Dback`), 200);
    expect(names(expectDone(await lab().get(path), 200))).toEqual(['a', 'b']);
  });

  it('config maps of every namespace can be told apart', async () => {
    const [one, two] = [await lab().namespace(), await lab().namespace()];
    for (const namespace of [one, two])
      expectDone(await lab().post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('same')), 201);
    const found = expectDone(
      await lab().get(`/api/v1/configmaps?fieldSelector=metadata.name%3Dsame,metadata.namespace%3D${two}`),
      200,
    );
    expect(found.items.map((item: { metadata: { namespace: string } }) => item.metadata.namespace)).toEqual([two]);
  });
}
