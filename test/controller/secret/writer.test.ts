// What the writer does when someone else writes between its look at a Secret and its own write.

import { afterEach, describe, expect, it } from 'vitest';
import { Cache } from '../../../controller/engine/cache.ts';
import { type SecretShape, secretOf } from '../../../controller/secret/desired.ts';
import { esoMarks, hasItsHash } from '../../../controller/secret/eso.ts';
import type { Claim } from '../../../controller/secret/ownership.ts';
import { seenSecret } from '../../../controller/secret/seen.ts';
import { SecretWriter } from '../../../controller/secret/writer.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { OwnerReference, Secret } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { embeddedStage } from '../support/house.ts';

const at = { namespace: 'default', name: 'db' };
const owner: OwnerReference = {
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  name: 'db',
  uid: 'u1',
  controller: true,
};
const claim: Claim = { owner, mayAdopt: false };
const valuesOf = (items: Record<string, string>) =>
  new Map(Object.entries(items).map(([item, text]) => [item, new SecretBytes(Buffer.from(text))] as const));

function shapeOf(items: Record<string, string>, changes: Partial<SecretShape> = {}): SecretShape {
  return {
    ...at,
    items: Object.keys(items),
    type: '',
    immutable: false,
    labels: {},
    annotations: {},
    ownerReferences: [owner],
    finalizers: [],
    ...changes,
  };
}

let close: () => Promise<void>;
afterEach(() => close());

/** A writer that has made `{ a: '1' }`, and `between`, which runs once after its next look at the Secret. */
async function open() {
  // Without the kind: of one that is installed, the garbage collector would find the owner missing.
  const { user, close: end } = await embeddedStage({ crd: undefined });
  close = end;
  let between: (() => Promise<unknown>) | undefined;
  const kube: KubeApi = Object.assign(Object.create(user), {
    get: async (...args: Parameters<KubeApi['get']>) => {
      const found = await user.get(...args);
      const step = between;
      between = undefined;
      await step?.();
      return found;
    },
  });
  const writer = new SecretWriter(kube, new Cache(seenSecret));
  const write = (items: Record<string, string>, changes: Partial<SecretShape> = {}) =>
    writer.write(shapeOf(items, changes), claim, valuesOf(items));
  await write({ a: '1' });
  const data = async () => {
    const { data = {} } = await user.get<Secret>(resources.secret, at);
    return Object.fromEntries(
      Object.entries(data).map(([item, text]) => [item, Buffer.from(text, 'base64').toString()]),
    );
  };
  const foreign = async () => {
    await user.delete(resources.secret, at);
    const keeper = { ...owner, apiVersion: 'example.com/v1', kind: 'Keeper', uid: 'u2' };
    await user.create(
      resources.secret,
      secretOf(shapeOf({}, { ownerReferences: [keeper] }), valuesOf({ b: 'theirs' })),
    );
  };
  const meanwhile = (step: () => Promise<unknown>) => {
    between = step;
  };
  return { user, write, data, foreign, meanwhile };
}

describe('a Secret that changes hands between a look and a write', () => {
  it.each([
    ['a value to set', { a: '2' }, {}],
    ['an item to take away', {}, {}],
    ['another type', { a: '1' }, { type: 'example.com/other' }],
  ] as const)('is left to whom it belongs now: %s', async (_, items, changes) => {
    const { write, data, foreign, meanwhile } = await open();
    meanwhile(foreign);
    await expect(write(items, changes)).rejects.toMatchObject({ reason: 'NotOwned' });
    expect(await data()).toEqual({ b: 'theirs' });
  });

  it('is put right in one call when somebody edits it just then', async () => {
    const { user, write, data, meanwhile } = await open();
    meanwhile(() => user.mergePatch(resources.secret, at, { data: { x: 'eA==' } }));
    expect(await write({ a: '2' })).toMatchObject({ did: 'updated', words: ['item a', 'item x'] });
    expect(await data()).toEqual({ a: '2' });
  });

  it('is put right when somebody takes away just then what does not belong there', async () => {
    const { user, write, data, meanwhile } = await open();
    await user.mergePatch(resources.secret, at, { data: { x: 'eA==', y: 'eQ==' } });
    meanwhile(() => user.mergePatch(resources.secret, at, { data: { x: null } }));
    expect(await write({ a: '1' })).toMatchObject({ did: 'updated', words: ['item y'] });
    expect(await data()).toEqual({ a: '1' });
  });

  it('is refused where the API server does not take it, whoever writes', async () => {
    const { write, data } = await open();
    await expect(write({ a: '2' }, { labels: { 'not a label': 'x' } })).rejects.toMatchObject({ status: 422 });
    expect(await data()).toEqual({ a: '1' });
  });

  it('is refused for what it is, also when it went just then', async () => {
    const { user, write, meanwhile } = await open();
    meanwhile(() => user.delete(resources.secret, at));
    await expect(write({ a: '2' }, { labels: { 'not a label': 'x' } })).rejects.toMatchObject({ status: 422 });
  });

  it('is made when it went just then', async () => {
    const { user, write, data, meanwhile } = await open();
    meanwhile(() => user.delete(resources.secret, at));
    expect(await write({ a: '2' })).toMatchObject({ did: 'created' });
    expect(await data()).toEqual({ a: '2' });
  });
});

describe('a Secret that has to be deleted and made again', () => {
  it('stays as it is where the API server would not take the new one', async () => {
    const { user, write } = await open();
    const before = await user.get<Secret>(resources.secret, at);
    await expect(write({ a: '2' }, { type: 'kubernetes.io/tls' })).rejects.toMatchObject({ status: 422 });
    expect(await user.get<Secret>(resources.secret, at)).toEqual(before);
  });

  it('is made again where it does', async () => {
    const { write, data } = await open();
    expect(await write({ password: '2' }, { type: 'kubernetes.io/basic-auth' })).toMatchObject({ did: 'recreated' });
    expect(await data()).toEqual({ password: '2' });
  });
});

it('more than a Secret may hold is refused before anything is written', async () => {
  const { user, write } = await open();
  const before = await user.get<Secret>(resources.secret, at);
  await expect(write({ a: 'x'.repeat(1024 * 1024 + 1) })).rejects.toMatchObject({ reason: 'TooLarge' });
  expect(await user.get<Secret>(resources.secret, at)).toEqual(before);
});

it('a Secret of somebody else that an ExternalSecret merges into carries the hash of all that is in it', async () => {
  const { user, close: end } = await embeddedStage({ crd: undefined });
  close = end;
  await user.create(resources.secret, secretOf(shapeOf({}, { ownerReferences: [] }), valuesOf({ theirs: 'y' })));
  const merging: Claim = {
    owner: { ...owner, apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret' },
    mayAdopt: false,
    external: { merges: true, createdBy: 'me' },
  };
  const values = valuesOf({ a: '1' });
  const annotations = { [esoMarks.dataHash]: 'of ours alone' };
  const shape = shapeOf({ a: '1' }, { ownerReferences: [], annotations });
  await new SecretWriter(user, new Cache(seenSecret)).write(shape, merging, values);
  const live = await user.get<Secret>(resources.secret, at);
  expect(Object.keys(live.data ?? {}).sort()).toEqual(['a', 'theirs']);
  expect(hasItsHash(live)).toBe(true);
});

describe('a Secret that is edited between our write and its answer', () => {
  it.each(['create', 'apply'] as const)('does not stand as we left it: %s', async (verb) => {
    const { user, close: end } = await embeddedStage({ crd: undefined });
    close = end;
    const seen = new Cache(seenSecret);
    const kube: KubeApi = Object.assign(Object.create(user), {
      [verb]: async (...args: Parameters<KubeApi[typeof verb]>) => {
        const ours = await (user[verb] as (...args: unknown[]) => Promise<unknown>)(...args);
        // The watch is quicker than the answer.
        seen.set(await user.mergePatch(resources.secret, at, { data: { a: 'eA==' } }));
        return ours;
      },
    });
    if (verb === 'apply') await user.create(resources.secret, secretOf(shapeOf({}), valuesOf({ b: '1' })));
    const writer = new SecretWriter(kube, seen);
    const { left } = await writer.write(shapeOf({ a: '1' }), claim, valuesOf({ a: '1' }));
    expect(writer.stands(at, claim, left)).toBe(false);
    expect(await writer.write(shapeOf({ a: '1' }), claim, valuesOf({ a: '1' }))).toMatchObject({ words: ['item a'] });
  });
});
