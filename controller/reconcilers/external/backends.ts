// The backends of all stores: made when somebody first asks, shared, and made anew when the store or what it refers to changes.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { durationMs } from '../../../src/kube/duration.ts';
import type { SecretStore } from '../../../src/kube/external-secrets.ts';
import { Stalled } from '../../engine/outcome.ts';
import { awsBackend } from '../../stores/aws/backend.ts';
import type { AwsConnections } from '../../stores/aws/connections.ts';
import { isReferent as isAwsReferent } from '../../stores/aws/settings.ts';
import { kubeReferences, type References, type Referred } from '../../stores/references.ts';
import { type Backend, type Fetcher, isStoreError, type Provider } from '../../stores/store.ts';
import { vaultBackend } from '../../stores/vault/backend.ts';
import type { VaultConnections } from '../../stores/vault/connections.ts';
import { isReferent as isVaultReferent } from '../../stores/vault/settings.ts';
import { NameIndex } from './name-index.ts';
import { serviceAccountsOf } from './service-accounts.ts';

export interface BackendsOptions {
  kube: KubeApi;
  clock: Clock;
  fetcher: Pick<Fetcher, 'forget'>;
  vault: VaultConnections;
  aws: AwsConnections;
}

interface Entry {
  storeKey: string;
  uid: string;
  generation: number;
  backend: Promise<Backend>;
}

// Reads that are under way go on with the old credentials until then.
const retireMs = 30_000;

/** `SecretStore namespace/name` or `ClusterSecretStore name`. */
export function storeKeyOf({ kind, metadata: { namespace, name } }: Pick<SecretStore, 'kind' | 'metadata'>): string {
  return namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

/** How an object is called in the index of what stores refer to. */
export const referredKey = ({ resource: { kind }, namespace, name }: Referred) => `${kind} ${namespace}/${name}`;

/** Throws `Stalled` (`UnsupportedProvider`) for a provider that is not ours. */
export function checkProvider({ spec: { provider } }: SecretStore): void {
  if (provider.vault || provider.aws) return;
  const [name = 'none'] = Object.keys(provider);
  throw new Stalled('UnsupportedProvider', `provider "${name}" is not supported`, {
    hint: 'vault and aws are; leave stores of other providers to another controller by spec.controller',
  });
}

export class StoreBackends {
  readonly #options: BackendsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #uses = new NameIndex();
  readonly #retiring = new Set<() => Promise<void>>();

  constructor(options: BackendsOptions) {
    this.#options = options;
  }

  /** The backend of `store` for the objects of `namespace`. Throws `Stalled` (`UnsupportedProvider`) or `StoreError`. */
  async get(store: SecretStore, namespace: string, signal: AbortSignal): Promise<Backend> {
    const key = this.#keyFor(store, namespace);
    const { uid = '', generation = 0 } = store.metadata;
    const entry = this.#entries.get(key);
    if (entry && entry.uid === uid && entry.generation === generation) return entry.backend;
    return this.#make(key, store, namespace, signal);
  }

  /** A backend made from what the store refers to as it is now, for nobody in particular. Throws as `get`. */
  async renewed(store: SecretStore, signal: AbortSignal): Promise<Backend> {
    return this.#make(this.#keyFor(store, undefined), store, store.metadata.namespace, signal);
  }

  /** The stores that refer to this object, as keys; their backends are made anew when they are next asked for. */
  changed(referred: string): readonly string[] {
    const keys = this.#uses.keysOf(referred);
    for (const key of keys) this.#drop(key);
    return [...new Set(keys.map(storeOf))];
  }

  /** The store is gone. */
  forget(storeKey: string): void {
    for (const key of [...this.#entries.keys()]) {
      if (storeOf(key) !== storeKey) continue;
      this.#drop(key);
      this.#uses.delete(key);
    }
  }

  /** Ends every session. */
  async close(): Promise<void> {
    for (const key of [...this.#entries.keys()]) this.#drop(key);
    await Promise.all([...this.#retiring].map((retire) => retire()));
  }

  async #make(key: string, store: SecretStore, namespace: string | undefined, signal: AbortSignal): Promise<Backend> {
    checkProvider(store);
    const used = new Set<string>();
    const onUse = (referred: Referred) => used.add(referredKey(referred));
    const { uid = '', generation = 0 } = store.metadata;
    const backend = this.#open(store, namespace, onUse, signal);
    const entry = { storeKey: storeKeyOf(store), uid, generation, backend };
    const before = this.#entries.get(key);
    this.#entries.set(key, entry);
    try {
      const made = await backend;
      if (before) this.#retire(before.backend, made.identity);
      return made;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      if (before) this.#retire(before.backend);
      throw error;
    } finally {
      // Also of what failed: it is made when what was missing comes.
      this.#uses.set(key, used);
    }
  }

  async #open(
    store: SecretStore,
    namespace: string | undefined,
    onUse: (referred: Referred) => void,
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

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#retire(entry.backend);
  }

  #retire(backend: Promise<Backend>, unlessIdentity?: string): void {
    const { clock, fetcher } = this.#options;
    const retire = async () => {
      cancel();
      this.#retiring.delete(retire);
      await backend.then((one) => one.close()).catch(() => undefined);
    };
    const cancel = clock.timer(retireMs, () => void retire());
    this.#retiring.add(retire);
    backend.then(({ identity }) => identity !== unlessIdentity && fetcher.forget(identity)).catch(() => undefined);
  }

  // Who uses a cluster store matters only where credentials or session tags depend on it.
  #keyFor(store: SecretStore, namespace: string | undefined): string {
    const storeKey = storeKeyOf(store);
    const isShared = store.metadata.namespace !== undefined || !dependsOnConsumer(store, this.#options.kube);
    return isShared ? storeKey : `${storeKey}\0${namespace ?? ''}`;
  }
}

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
