// The store: one counter for everything, history with an end, and lists in order.

import { expect, it } from 'vitest';
import { type Change, Store } from '../../../src/apiserver/store.ts';

const object = (name: string, namespace = 'ns') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
});

it('every change takes the next revision, whatever the collection', () => {
  const store = new Store();
  const one = store.put('/secrets', object('a'));
  const two = store.put('/configmaps', object('a'));
  const gone = store.remove('/secrets', one);
  const revisions = [one, two, gone].map(({ metadata }) => Number(metadata.resourceVersion));
  expect(revisions).toEqual([revisions[0], (revisions[0] ?? 0) + 1, (revisions[0] ?? 0) + 2]);
  expect(store.get('/secrets', 'ns', 'a')).toBeUndefined();
});

it('listeners and history tell the same changes, with what was before', () => {
  const store = new Store();
  const heard: Change[] = [];
  const from = store.revision;
  store.subscribe((change) => heard.push(change));
  const first = store.put('/secrets', object('a'));
  store.put('/secrets', { ...first });
  store.remove('/secrets', first);
  expect(heard.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  expect(heard[1]?.previous).toBe(first);
  expect(store.since(from)).toEqual(heard);
});

it('what has left the history can no longer be told', () => {
  const store = new Store(2);
  const from = store.revision;
  for (let index = 0; index < 5; index++) store.put('/secrets', object(`a${index}`));
  expect(store.since(from)).toBeUndefined();
  expect(store.since(store.revision - 2)).toHaveLength(2);
  expect(store.since(store.revision)).toEqual([]);
  store.compact();
  expect(store.since(store.revision - 1)).toBeUndefined();
  expect(store.since(store.revision)).toEqual([]);
});

it('lists are by namespace, then name, and one namespace is no prefix of another', () => {
  const store = new Store();
  for (const [namespace, name] of [
    ['b', 'x'],
    ['a-b', 'y'],
    ['a', 'z'],
    ['a', 'c'],
  ] as const) {
    store.put('/secrets', object(name, namespace));
  }
  expect(store.list('/secrets', 'a').map(({ metadata }) => metadata.name)).toEqual(['c', 'z']);
  expect(store.list('/secrets')).toHaveLength(4);
});
