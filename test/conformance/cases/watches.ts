// Watches: from where they start, what selectors make of changes, bookmarks, and revisions that are too old.

import { expect, it } from 'vitest';
import type { WatchReader } from '../connection.ts';
import { expectDone, type Json, type Lab, mergePatchType, secret } from '../lab.ts';

const metadataType = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io';

export function watchCases(lab: () => Lab): void {
  const summary = ({ type, object }: Json) => `${type} ${object.metadata.name}`;
  const take = async (reader: WatchReader, count: number) => {
    const events = [];
    for (let index = 0; index < count; index++) events.push(await reader.next());
    return events;
  };
  const label = (path: string, name: string, labels: Json) =>
    lab().patch(`${path}/${name}`, mergePatchType, { metadata: { labels } });

  it('a watch from a list sees what comes after it, in order', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('before')), 201);
    const { metadata } = expectDone(await lab().get(path), 200);
    expectDone(await lab().post(path, secret('a')), 201);
    const reader = await lab().watch(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`);
    await label(path, 'a', { x: 'y' });
    const last = expectDone(await lab().get(`${path}/a`), 200);
    expectDone(await lab().delete(`${path}/a`), 200);
    const events = await take(reader, 3);
    reader.close();
    expect(events.map(summary)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(events[1].object).toEqual(last);
    expect(events[2].object).toMatchObject({ kind: 'Secret', apiVersion: 'v1', data: { a: 'MQ==' } });
    expect(Number(events[2].object.metadata.resourceVersion)).toBeGreaterThan(Number(last.metadata.resourceVersion));
  });

  it('a watch without a version starts with what is there', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    expectDone(await lab().post(path, secret('b')), 201);
    const reader = await lab().watch(`${path}?watch=1`);
    expect((await take(reader, 2)).map(summary).sort()).toEqual(['ADDED a', 'ADDED b']);
    expectDone(await lab().post(path, secret('c')), 201);
    expect(summary(await reader.next())).toBe('ADDED c');
    reader.close();
  });

  it('a selector makes joining an ADDED and leaving a DELETED', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    const { metadata } = expectDone(await lab().get(path), 200);
    const reader = await lab().watch(
      `${path}?watch=1&resourceVersion=${metadata.resourceVersion}&labelSelector=on%3Dyes`,
    );
    await label(path, 'a', { on: 'yes' });
    await label(path, 'a', { other: '1' });
    await label(path, 'a', { on: 'no' });
    await label(path, 'a', { other: '2' });
    await label(path, 'a', { on: 'yes' });
    expectDone(await lab().delete(`${path}/a`), 200);
    expect((await take(reader, 5)).map(({ type }) => type)).toEqual([
      'ADDED',
      'MODIFIED',
      'DELETED',
      'ADDED',
      'DELETED',
    ]);
    reader.close();
  });

  it('a watch of one name sees that object only', async () => {
    const path = await lab().secrets();
    const { metadata } = expectDone(await lab().get(path), 200);
    const reader = await lab().watch(
      `${path}?watch=1&resourceVersion=${metadata.resourceVersion}&fieldSelector=metadata.name%3Db`,
    );
    expectDone(await lab().post(path, secret('a')), 201);
    expectDone(await lab().post(path, secret('b')), 201);
    expect(summary(await reader.next())).toBe('ADDED b');
    reader.close();
  });

  it('one object by its path is read, whatever watch says, and YAML is no stream', async () => {
    const path = await lab().secrets();
    const made = expectDone(await lab().post(path, secret('a')), 201);
    expect(expectDone(await lab().get(`${path}/a?watch=true`), 200)).toEqual(made);
    expect((await lab().get(`${path}?watch=true&timeoutSeconds=1`, { accept: 'application/yaml' })).status).toBe(406);
  });

  it('a watch sees its namespace only, and across namespaces all', async () => {
    const [one, two] = [await lab().secrets(), await lab().secrets()];
    const { metadata } = expectDone(await lab().get(one), 200);
    const narrow = await lab().watch(`${one}?watch=1&resourceVersion=${metadata.resourceVersion}`);
    const wide = await lab().watch(`/api/v1/secrets?watch=1&resourceVersion=${metadata.resourceVersion}`);
    expectDone(await lab().post(two, secret('b')), 201);
    expectDone(await lab().post(one, secret('a')), 201);
    expect(summary(await narrow.next())).toBe('ADDED a');
    expect((await take(wide, 2)).map(summary)).toEqual(['ADDED b', 'ADDED a']);
    narrow.close();
    wide.close();
  });

  it('a metadata-only watch leaves the bodies out', async () => {
    const path = await lab().secrets();
    const reader = await lab().watch(`${path}?watch=1`, { accept: metadataType });
    expectDone(await lab().post(path, secret('a')), 201);
    const { object } = await reader.next();
    expect(Object.keys(object).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(object).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a' },
    });
    reader.close();
  });

  it('a table watch sends a row an event, and the columns once', async () => {
    const path = await lab().secrets();
    const reader = await lab().watch(`${path}?watch=1`, { accept: tableType });
    expectDone(await lab().post(path, secret('a')), 201);
    expectDone(await lab().post(path, secret('b')), 201);
    const [first, second] = await take(reader, 2);
    reader.close();
    expect(first.object).toMatchObject({ kind: 'Table', rows: [{ object: { metadata: { name: 'a' } } }] });
    expect(first.object.columnDefinitions[0].name).toBe('Name');
    expect(second.object.columnDefinitions ?? []).toEqual([]);
    expect(second.object.rows[0].cells[0]).toBe('b');
  });

  it('a watch list sends the state, then a bookmark that ends it', async () => {
    const path = await lab().secrets();
    expectDone(await lab().post(path, secret('a')), 201);
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const reader = await lab().watch(`${path}?${query}`);
    const [added, bookmark] = await take(reader, 2);
    reader.close();
    expect(summary(added)).toBe('ADDED a');
    expect(bookmark.type).toBe('BOOKMARK');
    expect(bookmark.object).toMatchObject({ kind: 'Secret', apiVersion: 'v1' });
    expect(bookmark.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(Number(bookmark.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(
      Number(added.object.metadata.resourceVersion),
    );
  });

  it('sendInitialEvents needs resourceVersionMatch', async () => {
    const path = await lab().secrets();
    expect((await lab().get(`${path}?watch=1&sendInitialEvents=true`)).status).toBe(422);
  });

  it('a watch ends after the time it asked for', async () => {
    const path = await lab().secrets();
    const reader = await lab().watch(`${path}?watch=1&timeoutSeconds=1`);
    expect(await reader.maybeNext()).toBeUndefined();
  });

  it('a version that is no longer known is an error event with 410', async () => {
    // A real server's cache of this kind begins when the kind is defined, so that revision 1 is always too old.
    const path = await lab().gadgets();
    await lab().connection.compact();
    const reader = await lab().watch(`${path}?watch=1&resourceVersion=1`);
    const { type, object } = await reader.next();
    expect(type).toBe('ERROR');
    expect(object).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 });
    expect(object.message).toMatch(/^too old resource version: 1 \(\d+\)$/);
    expect(await reader.maybeNext()).toBeUndefined();
  });

  it('a version that is no number is refused', async () => {
    const path = await lab().secrets();
    expect((await lab().get(`${path}?watch=1&resourceVersion=soon`)).status).toBeGreaterThanOrEqual(400);
  });
}
