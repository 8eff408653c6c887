// What a store's settings point at in the cluster: Secrets, ConfigMaps, tokens of service accounts, each from the namespace it may.

import { base64Decode } from '../../src/encoding/base64.ts';
import { utf8Bytes, utf8Text } from '../../src/encoding/bytes.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { isApiError } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { type Resource, resources } from '../../src/kube/resources.ts';
import { SecretBytes } from '../../src/redact.ts';
import { type Provider, StoreError } from './store.ts';

/** `namespace` is for cluster stores; without it they mean the namespace of the object that uses the store. */
export interface Selector {
  name?: string | undefined;
  namespace?: string | undefined;
}

/** One item of a Secret or ConfigMap. */
export interface KeySelector extends Selector {
  key?: string | undefined;
}

/** A service account, and whom its tokens are for. */
export interface ServiceAccountSelector extends Selector {
  audiences?: readonly string[] | undefined;
}

/** One object that a store depends on: a change of it may change what the store is. */
export interface Referred {
  resource: Resource;
  namespace: string;
  name: string;
}

/** How a store's settings are looked up. Every failure is a `StoreError`: `Invalid` where a person must act, else `Unavailable`. */
export interface References {
  /** Where the selector points; undefined when only the object that uses the store will tell (referent authentication). */
  namespaceOf(selector: Selector): string | undefined;
  secret(selector: KeySelector, options: { key?: string; signal: AbortSignal }): Promise<SecretBytes>;
  configMap(selector: KeySelector, options: { key?: string; signal: AbortSignal }): Promise<string>;
  serviceAccount(selector: Selector, signal: AbortSignal): Promise<KubeObject>;
  /** A new token for the account (TokenRequest). Without audiences it is for the API server. */
  serviceAccountToken(
    selector: Selector,
    options: { audiences?: readonly string[] | undefined; expirationSeconds?: number; signal: AbortSignal },
  ): Promise<SecretBytes>;
}

/** Whose references they are, and where they are looked up. */
export interface KubeReferencesOptions {
  kube: KubeApi;
  provider: Provider;
  /** The namespace of a SecretStore: selectors may name no other. Undefined: a ClusterSecretStore. */
  storeNamespace?: string | undefined;
  /** The namespace of the object that uses a ClusterSecretStore. Undefined: nobody in particular, such as its validation. */
  consumerNamespace?: string | undefined;
  /** Who refers, for messages. Default: the store. */
  holder?: string | undefined;
  /** Told of every object looked up, found or not, before it is read: what to watch. */
  onUse?: ((referred: Referred) => void) | undefined;
}

interface DataObject extends KubeObject {
  data?: Record<string, string>;
}

/** Looks references up on the API server, anew at every call. */
export function kubeReferences(options: KubeReferencesOptions): References {
  const { kube, provider, onUse, holder = 'the store' } = options;
  const invalid = (message: string, hint?: string) =>
    new StoreError('Invalid', message, { provider, ...(hint && { hint }) });

  const locate = (resource: Resource, selector: Selector): Referred => {
    const { name } = selector;
    if (!name) throw invalid(`${holder} refers to a ${noun(resource)} without its name`);
    const namespace = namespaceOf(options, selector, invalid);
    if (namespace === undefined) {
      throw invalid(`${noun(resource)} '${name}' that ${holder} refers to is in the namespace of whoever uses it`);
    }
    const referred = { resource, namespace, name };
    onUse?.(referred);
    return referred;
  };

  const ask = async <T>(referred: Referred, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw failure({ provider, holder }, referred, error);
    }
  };

  const item = async (resource: Resource, selector: KeySelector, key: string | undefined, signal: AbortSignal) => {
    const referred = locate(resource, selector);
    const { data = {} } = await ask(referred, () => kube.get<DataObject>(resource, referred, { signal }));
    const name = selector.key || key;
    if (!name) throw invalid(`${holder}'s reference to ${called(referred)} names no key of it`);
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    if (value === undefined) throw invalid(`${called(referred)} that ${holder} refers to has no key '${name}'`);
    return value;
  };

  return {
    namespaceOf: (selector) => namespaceOf(options, selector, invalid),
    secret: async (selector, { key, signal }) =>
      new SecretBytes(base64Decode(await item(resources.secret, selector, key, signal))),
    configMap: (selector, { key, signal }) => item(resources.configMap, selector, key, signal),
    serviceAccount: (selector, signal) => {
      const referred = locate(resources.serviceAccount, selector);
      return ask(referred, () => kube.get(resources.serviceAccount, referred, { signal }));
    },
    serviceAccountToken: (selector, { audiences, expirationSeconds = 600, signal }) => {
      const referred = locate(resources.serviceAccount, selector);
      const spec = { ...(audiences?.length && { audiences }), expirationSeconds };
      return ask(referred, () => tokenRequest(kube, referred, spec, signal));
    },
  };
}

function namespaceOf(
  { storeNamespace, consumerNamespace }: KubeReferencesOptions,
  { name, namespace }: Selector,
  invalid: (message: string, hint?: string) => StoreError,
): string | undefined {
  if (storeNamespace === undefined) return namespace || consumerNamespace;
  if (namespace && namespace !== storeNamespace) {
    throw invalid(
      `the store in namespace '${storeNamespace}' refers to '${name ?? ''}' in namespace '${namespace}'`,
      'a SecretStore may only refer to its own namespace; a ClusterSecretStore may name others',
    );
  }
  return storeNamespace;
}

async function tokenRequest(
  kube: KubeApi,
  { namespace, name }: Referred,
  spec: object,
  signal: AbortSignal,
): Promise<SecretBytes> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
  const answer = await kube.request(path, { method: 'POST', body, contentType: 'application/json', signal });
  const { status } = JSON.parse(utf8Text(answer.body)) as { status: { token: string } };
  return new SecretBytes(utf8Bytes(status.token));
}

function failure(
  { provider, holder }: { provider: Provider; holder: string },
  referred: Referred,
  error: unknown,
): unknown {
  if (!isApiError(error)) return error;
  const facts = { provider, cause: error };
  if (error.status === 404) {
    return new StoreError('Invalid', `${called(referred)} that ${holder} refers to does not exist`, facts);
  }
  if (error.status === 0 || error.status === 429 || error.status >= 500) {
    const { retryAfterMs } = error;
    return new StoreError('Unavailable', `the cluster did not hand out ${called(referred)}`, {
      ...facts,
      retryAfterMs,
    });
  }
  return new StoreError('Invalid', `the cluster does not let the controller use ${called(referred)}`, {
    ...facts,
    hint: `allow it by a Role in namespace '${referred.namespace}'`,
  });
}

const noun = ({ kind }: Resource) => (kind === 'ServiceAccount' ? 'service account' : kind);
const called = ({ resource, namespace, name }: Referred) => `${noun(resource)} '${namespace}/${name}'`;
