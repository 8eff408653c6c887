// Secrets of a name that an object has no more.

import { expect, it } from 'vitest';
import { Stalled, Waiting } from '../../../controller/engine/outcome.ts';
import { removeOutgrown } from '../../../controller/reconcilers/outgrown.ts';

const object = { apiVersion: 'example.com/v1', kind: 'Stored', metadata: { namespace: 'app', name: 'db' } };
const owner = { apiVersion: 'example.com/v1', kind: 'Stored', name: 'db', uid: 'u' };
const target = { namespace: 'app', name: 'new', claim: { owner, mayAdopt: false } };

async function run(names: readonly string[], remove: (name: string) => Promise<boolean>) {
  const told: string[] = [];
  const tools = {
    secrets: { remove: ({ namespace, name }: { namespace: string; name: string }) => remove(`${namespace}/${name}`) },
    events: { emit: ({ message }: { message: string }) => void told.push(message) },
  };
  await removeOutgrown({ object, target, names }, tools, new AbortController().signal);
  return told;
}

it('are removed, and told when they were there', async () => {
  const asked: string[] = [];
  const told = await run(['one', 'two'], async (name) => {
    asked.push(name);
    return name === 'app/one';
  });
  expect(asked).toEqual(['app/one', 'app/two']);
  expect(told).toEqual(['Secret one was deleted: the Stored makes Secret new now']);
});

it('are left where they are somebody else’s by now, and the others are removed all the same', async () => {
  const told = await run(['one', 'two'], async (name) => {
    if (name === 'app/one') throw new Stalled('NotOwned', 'not ours');
    return true;
  });
  expect(told).toEqual(['Secret two was deleted: the Stored makes Secret new now']);
});

it('are tried again where the API server has trouble', async () => {
  const waiting = new Waiting('SecretLeaving', 'on its way', 1);
  await expect(run(['one'], () => Promise.reject(waiting))).rejects.toBe(waiting);
});
