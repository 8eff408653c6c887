// `seal why` where the controller can be asked: what a value without a record opens as.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import type { Scope } from '../../src/seal/scope.ts';
import { sealValue } from '../../src/seal/value.ts';
import { until } from './cluster-folder.ts';
import { online, type SealingCluster, sealingCluster } from './sealing-cluster.ts';

describe.each(['ours', 'reference'] as const)('a controller as %s', (kind) => {
  let at: SealingCluster;
  beforeAll(async () => {
    at = await sealingCluster(kind);
    for (const name of ['shop', 'staging'])
      await at.cluster.api.create(resources.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  });
  afterAll(() => at.close());

  async function plant(name: string, sealedFor: { scope: Scope; namespace?: string; name?: string }): Promise<void> {
    const { certificate } = at.newest;
    const bytes = new TextEncoder().encode('s3cret');
    const encryptedData = {
      good: await sealValue(bytes, { certificate, sealedFor: { scope: 'strict', namespace: 'shop', name } }),
      moved: await sealValue(bytes, { certificate, sealedFor }),
    };
    await at.cluster.api.create<SealedSecret>(resources.sealedSecret, {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { namespace: 'shop', name },
      spec: { encryptedData },
    });
    if (kind === 'ours') return;
    const conditions = [{ type: 'Synced', status: 'False', message: 'no key could decrypt secret (moved)' }];
    const status = { observedGeneration: 1, conditions };
    await at.cluster.api.mergePatch(
      resources.sealedSecret,
      { namespace: 'shop', name },
      { status },
      { subresource: 'status' },
    );
  }
  const about = async (name: string) => {
    const argv = ['why', `sealedsecret/${name}`, '-n', 'shop', '--json', '--kubeconfig', 'kubeconfig'];
    const told = await until(
      () => at.folder.seal(argv, online),
      ({ stdout }) => !/NotObserved|ControllerDown/.test(stdout),
    );
    return JSON.parse(told.stdout).diagnoses[0];
  };

  test.each([
    ['place', { scope: 'strict', namespace: 'staging', name: 'place' }, 'it opens as staging/place (strict)'],
    ['scope', { scope: 'cluster-wide' }, 'it opens as * (cluster-wide)'],
    ['whole', { scope: 'namespace-wide', namespace: 'shop' }, 'it opens as shop (namespace-wide)'],
    ['named', { scope: 'strict', namespace: 'shop', name: 'place' }, 'it opens as shop/place (strict)'],
  ] as const)('tells that %s was sealed for something else', async (name, sealedFor, cause) => {
    await plant(name, sealedFor);
    expect(await about(name)).toMatchObject({
      code: 'OpensElsewhere',
      what: `SealedSecret shop/${name}: moved does not open as shop/${name}`,
      cause: expect.stringContaining(cause),
    });
  });

  test('finds nothing where it was sealed for a place that is not there', async () => {
    await plant('gone', { scope: 'strict', namespace: 'nowhere', name: 'gone' });
    expect(await about('gone')).toMatchObject({ code: 'Unrecorded', what: expect.stringContaining('opens moved as') });
  });
});
