// What a store's settings point at: found, missing, not allowed, somewhere else.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeReferences, type Referred } from '../../../controller/stores/references.ts';
import { utf8Text } from '../../../src/encoding/bytes.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { failureOf } from './support/vault.ts';

const { signal } = new AbortController();
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** As much of an API server as references ask for. */
let objects: Map<string, KubeObject & { data?: Record<string, string> }>;
let requests: { path: string; body: unknown }[];
let refusal: { status: number; retryAfterMs?: number } | undefined;

const kube = {
  get: async ({ plural }: { plural: string }, { namespace, name }: { namespace?: string; name: string }) => {
    if (refusal) throw new ApiError('KUBE_REFUSED', 'refused', { reason: 'x', ...refusal });
    const found = objects.get(`${plural}/${namespace}/${name}`);
    if (!found) throw new ApiError('KUBE_NOT_FOUND', 'not there', { status: 404, reason: 'NotFound' });
    return found;
  },
  request: async (path: string, { body }: { body: string }) => {
    if (refusal) throw new ApiError('KUBE_REFUSED', 'refused', { reason: 'x', ...refusal });
    requests.push({ path, body: JSON.parse(body) });
    return { status: 201, headers: {}, body: new TextEncoder().encode(JSON.stringify({ status: { token: 'made' } })) };
  },
} as unknown as KubeApi;

beforeEach(() => {
  const at = (name: string, data: Record<string, string>) => ({ apiVersion: 'v1', kind: '', metadata: { name }, data });
  objects = new Map([
    ['secrets/shop/vault', at('vault', { token: base64('T'), 'tls.crt': base64('PEM') })],
    ['secrets/tools/vault', at('vault', { token: base64('of the tools') })],
    ['configmaps/shop/trust', at('trust', { 'ca.crt': 'PEM' })],
  ]);
  requests = [];
});
afterEach(() => {
  refusal = undefined;
});

const namespaced = (more: object = {}) => kubeReferences({ kube, provider: 'vault', storeNamespace: 'shop', ...more });
const cluster = (more: object = {}) => kubeReferences({ kube, provider: 'vault', ...more });
const text = async (secret: Promise<{ reveal(): Uint8Array }>) => utf8Text((await secret).reveal());

describe('references of a namespaced store', () => {
  it('are read in its own namespace', async () => {
    expect(await text(namespaced().secret({ name: 'vault', key: 'token' }, { signal }))).toBe('T');
    expect(await text(namespaced().secret({ name: 'vault', key: 'token', namespace: 'shop' }, { signal }))).toBe('T');
    expect(await namespaced().configMap({ name: 'trust', key: 'ca.crt' }, { signal })).toBe('PEM');
  });

  it('may name no other', async () => {
    const error = await failureOf(
      (async () => namespaced().secret({ name: 'vault', key: 'token', namespace: 'tools' }, { signal }))(),
    );
    expect(error).toMatchObject({
      class: 'Invalid',
      message: "the store in namespace 'shop' refers to 'vault' in namespace 'tools'",
    });
  });

  it('have the key that is usual where they name none', async () => {
    expect(await text(namespaced().secret({ name: 'vault' }, { key: 'tls.crt', signal }))).toBe('PEM');
    expect((await failureOf(namespaced().secret({ name: 'vault' }, { signal }))).message).toBe(
      "the store's reference to Secret 'shop/vault' names no key of it",
    );
  });

  it.each([
    [{ name: 'none', key: 'token' }, "Secret 'shop/none' that the store refers to does not exist"],
    [{ name: 'vault', key: 'none' }, "Secret 'shop/vault' that the store refers to has no key 'none'"],
    [{ name: 'vault', key: 'toString' }, "Secret 'shop/vault' that the store refers to has no key 'toString'"],
    [{ key: 'token' }, 'the store refers to a Secret without its name'],
  ])('%j cannot be used: %s', async (selector, message) => {
    expect(await failureOf(namespaced().secret(selector, { signal }))).toMatchObject({ class: 'Invalid', message });
  });

  it('tell what to allow where the cluster refuses', async () => {
    refusal = { status: 403 };
    expect(await failureOf(namespaced().secret({ name: 'vault', key: 'token' }, { signal }))).toMatchObject({
      class: 'Invalid',
      message: "the cluster does not let the controller use Secret 'shop/vault'",
      hints: ["allow it by a Role in namespace 'shop'"],
    });
  });

  it('are unavailable while the cluster is', async () => {
    refusal = { status: 429, retryAfterMs: 3_000 };
    const asked = namespaced().serviceAccountToken({ name: 'app' }, { signal });
    expect(await failureOf(asked)).toMatchObject({ class: 'Unavailable', retryAfterMs: 3_000 });
  });

  it('are told as they are looked up, found or not', async () => {
    const used: Referred[] = [];
    const references = namespaced({ onUse: (referred: Referred) => used.push(referred) });
    await references.secret({ name: 'vault', key: 'token' }, { signal });
    await failureOf(references.secret({ name: 'none', key: 'token' }, { signal }));
    expect(used).toEqual([
      { resource: resources.secret, namespace: 'shop', name: 'vault' },
      { resource: resources.secret, namespace: 'shop', name: 'none' },
    ]);
  });
});

describe('references of a cluster store', () => {
  it('are read where they say', async () => {
    const selector = { name: 'vault', key: 'token', namespace: 'tools' };
    expect(await text(cluster().secret(selector, { signal }))).toBe('of the tools');
    expect(await text(cluster({ consumerNamespace: 'shop' }).secret(selector, { signal }))).toBe('of the tools');
  });

  it('without a namespace are those of whoever uses it', async () => {
    const selector = { name: 'vault', key: 'token' };
    expect(await text(cluster({ consumerNamespace: 'shop' }).secret(selector, { signal }))).toBe('T');
    expect(cluster().namespaceOf(selector)).toBeUndefined();
    expect((await failureOf(cluster().secret(selector, { signal }))).class).toBe('Invalid');
  });
});

describe('a service account token', () => {
  it('is made anew, for the audiences and the time that were asked for', async () => {
    const references = cluster({ consumerNamespace: 'shop' });
    await text(references.serviceAccountToken({ name: 'app' }, { signal }));
    const audiences = ['vault', 'bao'];
    await text(
      references.serviceAccountToken(
        { name: 'app', namespace: 'tools' },
        { audiences, expirationSeconds: 900, signal },
      ),
    );
    const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
    expect(requests).toEqual([
      {
        path: '/api/v1/namespaces/shop/serviceaccounts/app/token',
        body: { ...kind, spec: { expirationSeconds: 600 } },
      },
      {
        path: '/api/v1/namespaces/tools/serviceaccounts/app/token',
        body: { ...kind, spec: { audiences, expirationSeconds: 900 } },
      },
    ]);
  });
});
