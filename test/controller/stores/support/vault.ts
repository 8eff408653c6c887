// Backends for Vault as tests want them: settings from a few lines, references from memory, calls counted.

import type { References, Selector } from '../../../../controller/stores/references.ts';
import {
  type Backend,
  isStoreError,
  type ProviderCall,
  type ReadRequest,
  type RemoteValue,
  StoreError,
} from '../../../../controller/stores/store.ts';
import { vaultBackend } from '../../../../controller/stores/vault/backend.ts';
import { VaultConnections, type VaultDependencies } from '../../../../controller/stores/vault/connections.ts';
import type { RetrySettings } from '../../../../controller/stores/vault/retry.ts';
import { utf8Bytes, utf8Text } from '../../../../src/encoding/bytes.ts';
import type { VaultProvider } from '../../../../src/kube/external-secrets.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { SecretBytes } from '../../../../src/redact.ts';

/** What `References` find, without a cluster: `name/key` → text. */
export interface Held {
  secrets?: Record<string, string>;
  configMaps?: Record<string, string>;
  /** Service account name → token; a function is asked anew for each. */
  tokens?: Record<string, string | (() => string)>;
  /** Service account name → uid. */
  uids?: Record<string, string>;
  /** Selectors without a namespace point nowhere. */
  referent?: boolean;
}

/** References from memory, and what was asked of them. */
export function heldReferences(held: Held): References & { asked: { kind: string; name: string; options: object }[] } {
  const asked: { kind: string; name: string; options: object }[] = [];
  const find = (
    kind: string,
    items: Record<string, string> = {},
    { name, key }: Selector & { key?: string },
    fallback?: string,
  ) => {
    const at = `${name}/${key ?? fallback}`;
    const value = items[at];
    if (value === undefined) throw new StoreError('Invalid', `no ${kind} ${at}`, { provider: 'vault' });
    return value;
  };
  return {
    asked,
    namespaceOf: ({ namespace }) => namespace ?? (held.referent ? undefined : 'default'),
    secret: async (selector, { key }) =>
      new SecretBytes(utf8Bytes(find('Secret', held.secrets, selector as never, key))),
    configMap: async (selector, { key }) => find('ConfigMap', held.configMaps, selector as never, key),
    serviceAccount: async ({ name = '' }) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, uid: held.uids?.[name] ?? 'uid' },
    }),
    serviceAccountToken: async ({ name = '' }, { signal: _, ...options }) => {
      asked.push({ kind: 'token', name, options });
      const token = held.tokens?.[name];
      if (token === undefined) throw new StoreError('Invalid', `no service account ${name}`, { provider: 'vault' });
      return new SecretBytes(utf8Bytes(typeof token === 'string' ? token : token()));
    },
  };
}

export interface StageOptions extends Held, Partial<VaultDependencies> {
  references?: References;
  retry?: RetrySettings;
  isNamespaced?: boolean;
}

/** A place for backends that share connections; `close` closes what was opened. */
export function vaultStage(options: StageOptions = {}) {
  const calls: ProviderCall[] = [];
  const opened: Backend[] = [];
  const connections = new VaultConnections({
    clock: systemClock,
    random: () => 0,
    environment: {},
    userAgent: 'sealwright/test',
    ownToken: () => Promise.reject(new Error('no token file')),
    observe: (call) => calls.push(call),
    ...options,
  });
  return {
    connections,
    calls,
    /** How often each call was made. */
    counts: () => {
      const counts: Record<string, number> = {};
      for (const { call } of calls) counts[call] = (counts[call] ?? 0) + 1;
      return counts;
    },
    async open(provider: VaultProvider, more: StageOptions = {}): Promise<Backend> {
      const references = more.references ?? options.references ?? heldReferences({ ...options, ...more });
      const retry = more.retry ?? options.retry;
      const { signal } = new AbortController();
      const { isNamespaced } = more;
      const backend = await vaultBackend({ provider, references, connections, isNamespaced, signal, retry });
      opened.push(backend);
      return backend;
    },
    async close() {
      for (const backend of opened.splice(0)) await backend.close();
    },
  };
}

const never = () => new AbortController().signal;

/** The one outcome of one read; throws where that is an error. */
export async function readOne(backend: Backend, request: ReadRequest | string, signal = never()): Promise<RemoteValue> {
  const [outcome] = await backend.read([typeof request === 'string' ? { key: request } : request], signal);
  if (!outcome || isStoreError(outcome)) throw outcome ?? new Error('no outcome');
  return outcome;
}

/** The text of the whole value. */
export async function textOf(backend: Backend, request: ReadRequest | string): Promise<string> {
  return utf8Text((await readOne(backend, request)).bytes.reveal());
}

/** The error of a read, or of anything else that has to fail. */
export async function failureOf(attempt: Promise<unknown>): Promise<StoreError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isStoreError(error)) return error;
  throw error ?? new Error('it did not fail');
}

/** The error that one read comes to. */
export const refusalOf = (backend: Backend, request: ReadRequest | string) => failureOf(readOne(backend, request));
