// The backends of all stores, made anew when the store or what it refers to changes.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { durationMs } from '../../../src/kube/duration.ts';
import type { SecretStore } from '../../../src/kube/external-secrets.ts';
import { Stalled } from '../../engine/outcome.ts';
import { awsBackend } from '../../stores/aws/backend.ts';
import type { AwsConnections } from '../../stores/aws/connections.ts';
import { isReferent as isAwsReferent } from '../../stores/aws/settings.ts';
import { kubeReferences, type References } from '../../stores/references.ts';
import { type Backend, type Fetcher, isStoreError, type Provider } from '../../stores/store.ts';
import { vaultBackend } from '../../stores/vault/backend.ts';
import type { VaultConnections } from '../../stores/vault/connections.ts';
import { isReferent as isVaultReferent } from '../../stores/vault/settings.ts';
import { BackendShelf, type OpenBackend } from '../backend-shelf.ts';
import { serviceAccountsOf } from './service-accounts.ts';

export interface BackendsOptions {
  kube: KubeApi;
  clock: Clock;
  fetcher: Pick<Fetcher, 'forget'>;
  vault: VaultConnections;
  aws: AwsConnections;
}

/** `SecretStore namespace/name` or `ClusterSecretStore name`. */
export function storeKeyOf({ kind, metadata: { namespace, name } }: Pick<SecretStore, 'kind' | 'metadata'>): string {
  return namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

/** Throws `Stalled` (`UnsupportedProvider`) for a provider that is not ours. */
function checkProvider({ spec: { provider } }: SecretStore): void {
  if (provider.vault || provider.aws) return;
  const [name = 'none'] = Object.keys(provider);
  throw new Stalled('UnsupportedProvider', `provider "${name}" is not supported`, {
    hint: 'vault and aws are; leave stores of other providers to another controller by spec.controller',
  });
}

/** The backend of each SecretStore and ClusterSecretStore. */
export class StoreBackends {
  readonly #options: BackendsOptions;
  readonly #shelf: BackendShelf;

  constructor(options: BackendsOptions) {
    this.#options = options;
    this.#shelf = new BackendShelf(options);
  }

  /** The backend of `store` for the objects of `namespace`. Throws `Stalled` (`UnsupportedProvider`) or `StoreError`. */
  async get(store: SecretStore, namespace: string, signal: AbortSignal): Promise<Backend> {
    checkProvider(store);
    return this.#shelf.get(this.#keyFor(store, namespace), stampOf(store), this.#opening(store, namespace, signal));
  }

  /** A backend made from what the store refers to as it is now, for nobody in particular. Throws as `get`. */
  async renewed(store: SecretStore, signal: AbortSignal): Promise<Backend> {
    checkProvider(store);
    const open = this.#opening(store, store.metadata.namespace, signal);
    return this.#shelf.renew(this.#keyFor(store, undefined), stampOf(store), open);
  }

  /** The stores that refer to this object, as keys; their backends are made anew when they are next asked for. */
  changed(referred: string): readonly string[] {
    return [...new Set(this.#shelf.changed(referred).map(storeOf))];
  }

  /** The store is gone. */
  forget(storeKey: string): void {
    this.#shelf.forget((key) => storeOf(key) === storeKey);
  }

  /** Ends every session. */
  close(): Promise<void> {
    return this.#shelf.close();
  }

  #opening(store: SecretStore, namespace: string | undefined, signal: AbortSignal): OpenBackend {
    return (onUse) => this.#open(store, namespace, onUse, signal);
  }

  async #open(
    store: SecretStore,
    namespace: string | undefined,
    onUse: Parameters<OpenBackend>[0],
    signal: AbortSignal,
  ): Promise<Backend> {
    const { kube, vault, aws } = this.#options;
    const { provider, retrySettings } = store.spec;
    const references = kubeReferences({
      kube,
      provider: providerOf(store),
      storeNamespace: store.metadata.namespace,
      consumerNamespace: namespace,
      onUse,
    });
    // Their tokens are asked for later, and by whoever of those who share the login comes first.
    for (const account of serviceAccountsOf(store, references)) onUse(account);
    const { maxRetries, retryInterval } = retrySettings ?? {};
    const intervalMs = retryInterval === undefined ? undefined : durationMs(retryInterval);
    const retry = retrySettings && { maxRetries, intervalMs };
    if (provider.vault) {
      const isNamespaced = store.metadata.namespace !== undefined;
      return vaultBackend({ provider: provider.vault, references, connections: vault, isNamespaced, retry, signal });
    }
    if (!provider.aws) throw new TypeError('a provider of ours is expected');
    const consumer = { storeKind: store.kind, storeName: store.metadata.name ?? '', namespace };
    return awsBackend({
      provider: provider.aws,
      references,
      consumer,
      connections: aws,
      retries: retry,
      signal,
    });
  }

  // Who uses a cluster store matters only where credentials or session tags depend on it.
  #keyFor(store: SecretStore, namespace: string | undefined): string {
    const storeKey = storeKeyOf(store);
    const isShared = store.metadata.namespace !== undefined || !dependsOnConsumer(store, this.#options.kube);
    return isShared ? storeKey : `${storeKey}\0${namespace ?? ''}`;
  }
}

const stampOf = ({ metadata: { uid, generation } }: SecretStore) => `${uid} ${generation}`;

const storeOf = (key: string) => key.split('\0', 1)[0] ?? key;

function providerOf({ spec: { provider } }: SecretStore): Provider {
  if (provider.vault) return 'vault';
  return provider.aws?.service === 'ParameterStore' ? 'aws-parameter-store' : 'aws-secrets-manager';
}

function dependsOnConsumer(store: SecretStore, kube: KubeApi): boolean {
  const { vault, aws } = store.spec.provider;
  const nobody: References = kubeReferences({ kube, provider: providerOf(store) });
  try {
    if (vault) return isVaultReferent(vault, nobody);
    return aws !== undefined && ((aws.sessionTagsPolicy ?? 'None') !== 'None' || isAwsReferent(aws, nobody));
  } catch (error) {
    // Told when the backend is made.
    if (isStoreError(error)) return false;
    throw error;
  }
}
