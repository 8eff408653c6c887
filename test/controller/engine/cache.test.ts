// The cache under what a watch and our own writes tell it.

import { describe, expect, it } from 'vitest';
import { Cache } from '../../../controller/engine/cache.ts';
import { isLater, type KubeObject, objectKey } from '../../../src/kube/objects.ts';

const object = (resourceVersion: string, uid = 'u1', name = 'x'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'a', name, uid, resourceVersion },
});

function open() {
  const cache = new Cache(({ metadata }) => ({
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
  }));
  const told: string[] = [];
  cache.onChange(({ key, before, after }) =>
    told.push(`${key} ${before?.resourceVersion ?? '-'}>${after?.resourceVersion ?? '-'}`),
  );
  const answered = (returned: KubeObject) =>
    cache.whileCalling(objectKey(returned), async ({ absorb }) => absorb(returned));
  return { cache, told, answered };
}

describe('the cache', () => {
  it('tells of what the watch brings, and not of what we wrote', async () => {
    const { cache, told, answered } = open();
    cache.set(object('5'));
    await answered(object('9'));
    cache.set(object('9'));
    cache.set(object('10'));
    expect(told).toEqual(['a/x ->5', 'a/x 9>10']);
  });

  it('tells of what we wrote to those who ask for that', async () => {
    const { cache, answered } = open();
    const own: string[] = [];
    cache.onOwnChange(({ key, after }) => own.push(`${key} ${after?.resourceVersion}`));
    cache.set(object('5'));
    await answered(object('9'));
    await answered(object('9'));
    expect(own).toEqual(['a/x 9']);
  });

  it('never goes back to a version from before our own write', async () => {
    const { cache, told, answered } = open();
    await answered(object('100'));
    cache.set(object('99'));
    expect(cache.get('a/x')?.resourceVersion).toBe('100');
    expect(told).toEqual([]);
  });

  it('keeps what we made again when the watch tells that the old one is gone', async () => {
    const { cache, answered } = open();
    cache.set(object('5', 'old'));
    await cache.whileCalling('a/x', async ({ drop }) => drop());
    await answered(object('8', 'new'));
    cache.gone('a/x', 'old');
    expect(cache.get('a/x')?.uid).toBe('new');
  });

  it('gives up what we made and a later list does not show, whenever the watch broke', async () => {
    const { cache, told, answered } = open();
    await answered(object('5', 'u1', 'lost'));
    await answered(object('6', 'u2', 'kept'));
    await answered(object('8', 'u3', 'later'));
    cache.set(object('6', 'u2', 'kept'));
    cache.settle('b', '7');
    expect(told).toEqual([]);
    cache.settle(undefined, '7');
    expect([...cache.entries()].map(([key]) => key)).toEqual(['a/kept', 'a/later']);
    expect(told).toEqual(['a/lost 5>-']);
  });

  it('gives up what we made and a list of a restored backup does not show', async () => {
    const { cache, told, answered } = open();
    await answered(object('950'));
    cache.rewind(undefined);
    cache.settle(undefined, '300');
    expect(told).toEqual(['a/x 950>-']);
  });

  it('gives up what we made and a list did not show that came before the answer to our write', async () => {
    const { cache, told } = open();
    await cache.whileCalling('a/x', async ({ absorb }) => {
      cache.settle(undefined, '7');
      absorb(object('5'));
    });
    expect(told).toEqual(['a/x 5>-']);
  });

  it('keeps what we made after the list that came before the answer to our write', async () => {
    const { cache, told } = open();
    await cache.whileCalling('a/x', async ({ absorb }) => {
      cache.settle(undefined, '7');
      cache.settle('b', '9');
      absorb(object('8'));
    });
    expect(told).toEqual([]);
    expect(cache.get('a/x')?.resourceVersion).toBe('8');
  });

  it('gives up what we made in the place of another, when the watch has shown the other only', async () => {
    const { cache, told, answered } = open();
    await answered(object('5', 'ours'));
    cache.set(object('3', 'theirs'));
    cache.gone('a/x', 'theirs');
    cache.settle(undefined, '7');
    expect(told).toEqual(['a/x 5>-']);
  });

  it('does not tell of our own write when the watch shows it before its answer has come', async () => {
    const { cache, told } = open();
    await cache.whileCalling('a/x', async ({ absorb }) => {
      cache.set(object('9'));
      absorb(object('9'));
    });
    expect(told).toEqual([]);
    expect(cache.get('a/x')?.resourceVersion).toBe('9');
  });

  it('tells after our own write what someone else did meanwhile', async () => {
    const { cache, told } = open();
    await cache.whileCalling('a/x', async ({ absorb }) => {
      cache.set(object('9'));
      cache.set(object('10'));
      absorb(object('9'));
      expect(told).toEqual([]);
    });
    expect(told).toEqual(['a/x 9>10']);
  });

  it('tells after our own write that the object was deleted and made again meanwhile', async () => {
    const { cache, told } = open();
    cache.set(object('5'));
    await cache.whileCalling('a/x', async ({ absorb }) => {
      cache.set(object('6'));
      cache.gone('a/x', 'u1');
      cache.set(object('8', 'u2'));
      absorb(object('6'));
    });
    expect(told).toEqual(['a/x ->5', 'a/x 6>-', 'a/x ->8']);
  });

  it('tells what the watch brought during a write that failed, and waits for the last of several writers', async () => {
    const { cache, told } = open();
    const failed = cache.whileCalling('a/x', async () => {
      await cache.whileCalling('a/x', async () => cache.set(object('9')));
      expect(told).toEqual([]);
      throw new Error('refused');
    });
    await expect(failed).rejects.toThrow('refused');
    expect(told).toEqual(['a/x ->9']);
  });

  it('does not give up what a list shows during a write', async () => {
    const { cache, told, answered } = open();
    await answered(object('5'));
    await cache.whileCalling('a/x', async () => {
      cache.set(object('5'));
      cache.settle(undefined, '6');
    });
    expect(told).toEqual([]);
    expect(cache.get('a/x')?.resourceVersion).toBe('5');
  });

  it('takes what a restored backup holds, though its versions are earlier, and only once', async () => {
    const { cache, told, answered } = open();
    cache.set(object('900'));
    await answered(object('950'));
    cache.rewind('b');
    cache.set(object('300'));
    expect(told.splice(0)).toEqual(['a/x ->900']);
    cache.rewind(undefined);
    cache.set(object('300'));
    cache.set(object('299'));
    cache.set(object('301'));
    expect(told).toEqual(['a/x 950>300', 'a/x 300>301']);
  });

  it('compares versions as numbers of any length', () => {
    expect([isLater('10', '9'), isLater('9', '10'), isLater('9', '9'), isLater('99999999999999999999', '9')]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
