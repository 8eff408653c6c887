// The informer after a cluster was restored from a backup.

import { expect, it } from 'vitest';
import { Informer } from '../../../controller/engine/informer.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { statusError } from '../../../src/kube/refusals.ts';
import { resources } from '../../../src/kube/resources.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import { hurried } from '../../support/clock.ts';

const object = (resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'a', name: 'x', uid: 'u1', resourceVersion },
});

it('shows what is there after a backup was restored, though all of it is older', async () => {
  const versions = ['900', '300'];
  const stopping = new AbortController();
  const { signal } = stopping;
  const kube = {
    async *pages() {
      const version = versions.shift() ?? '300';
      yield { apiVersion: 'v1', kind: 'SecretList', metadata: { resourceVersion: version }, items: [object(version)] };
    },
    async *watch() {
      if (versions.length > 0) throw statusError({ verb: 'watch', server: 'https://example.com' }, { code: 410 });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  } as unknown as KubeApi;
  const informer = new Informer({
    kube,
    resource: resources.secret,
    project: ({ metadata: { uid = '', resourceVersion = '' } }) => ({ uid, resourceVersion }),
    clock: hurried(systemClock, 100),
    random: () => 0,
    onBug: (error) => {
      throw error;
    },
  });
  const seen: (string | undefined)[] = [];
  informer.cache.onChange(({ after }) => seen.push(after?.resourceVersion));
  const running = informer.run(signal);
  await expect.poll(() => seen).toEqual(['900', '300']);
  expect(informer.cache.get('a/x')?.resourceVersion).toBe('300');
  stopping.abort();
  await running;
});
