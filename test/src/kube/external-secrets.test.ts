// The definitions of external-secrets.io on the embedded API server; what they say about CEL is tried on a real one.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApiServer } from '../../../src/apiserver/server.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { createClient } from '../../../src/kube/client.ts';
import { fixedConfig } from '../../../src/kube/cluster-config.ts';
import type { ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import { fullExternalSecretSpec, fullStoreSpecs } from '../../support/external-secret-cases.ts';

const definitions = ['externalsecrets', 'secretstores', 'clustersecretstores', 'clusterexternalsecrets', 'passwords'];
const olderExternalSecret = { ...resources.externalSecret, version: 'v1beta1' };
const namespace = 'default';

let user: KubeApi;
let close: () => Promise<void>;

beforeAll(async () => {
  const server = await startApiServer({ clock: systemClock });
  const config = fixedConfig({ server: server.url, token: server.adminToken, tls: { ca: server.caPem } });
  user = createClient({ config, clock: systemClock, random: Math.random });
  close = async () => {
    await user.close();
    await server.close();
  };
  for (const plural of definitions) {
    const file = new URL(`../../../deploy/crds/${plural}.yaml`, import.meta.url);
    const definition: KubeObject = parse(readFileSync(file, 'utf8'));
    await user.create(resources.customResourceDefinition, definition);
  }
});
afterAll(() => close());

describe('the embedded API server', () => {
  it('keeps every field of an ExternalSecret, made as v1beta1 and read as v1', async () => {
    const made: ExternalSecret = {
      apiVersion: 'external-secrets.io/v1beta1',
      kind: 'ExternalSecret',
      metadata: { name: 'full', namespace },
      spec: fullExternalSecretSpec,
    };
    await user.create(olderExternalSecret, made);
    const read = await user.get<ExternalSecret>(resources.externalSecret, { namespace, name: 'full' });
    expect(read.apiVersion).toBe('external-secrets.io/v1');
    expect(read.spec).toEqual(fullExternalSecretSpec);
    expect(read.status).toEqual({ observedGeneration: -1 });
  });

  it.each(Object.entries(fullStoreSpecs))('keeps every field of a store: %s', async (_, spec) => {
    const made: SecretStore = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterSecretStore',
      metadata: { generateName: 'store-' },
      spec,
    };
    const created = await user.create(resources.clusterSecretStore, made);
    expect((created as SecretStore).spec).toEqual(spec);
  });
});
