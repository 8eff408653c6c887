// The backends of VaultStaticSecrets: one for each engine and identity, made anew when what they were made from changes.

import { utf8Text } from '../../../src/encoding/bytes.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import type { VaultConnection, VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { kubeReferences } from '../../stores/references.ts';
import type { Backend, Fetcher } from '../../stores/store.ts';
import { authLogin } from '../../stores/vault/auth-login.ts';
import { openVault, type VaultEngine } from '../../stores/vault/backend.ts';
import { connectionSettings } from '../../stores/vault/connection-settings.ts';
import type { VaultConnections } from '../../stores/vault/connections.ts';
import { credentialFilesIn, smallFile } from '../../stores/vault/files.ts';
import type { ServerSettings } from '../../stores/vault/settings.ts';
import { BackendShelf, type OpenBackend } from '../backend-shelf.ts';
import { NameIndex } from '../name-index.ts';
import type { VaultIdentity } from './identity.ts';

export interface VaultBackendsOptions {
  kube: KubeApi;
  clock: Clock;
  fetcher: Pick<Fetcher, 'forget'>;
  vault: VaultConnections;
  /** Where VaultAuths may name files; empty: nowhere. */
  credentialFiles: string;
}

type OnUse = Parameters<OpenBackend>[0];

/** One backend for each engine, identity and namespace; closed when no object uses it any more. */
export class VaultBackends {
  readonly #options: VaultBackendsOptions;
  readonly #shelf: BackendShelf;
  // Who uses which: what nobody does any more is closed.
  readonly #users = new NameIndex();

  constructor(options: VaultBackendsOptions) {
    this.#options = options;
    this.#shelf = new BackendShelf(options);
  }

  /** The backend for `object` as `identity`. Throws `StoreError`. */
  async get(object: VaultStaticSecret, identity: VaultIdentity, signal: AbortSignal): Promise<Backend> {
    const engine = engineOf(object, identity);
    const { namespace = '' } = object.metadata;
    const key = JSON.stringify([identity.authKey, namespace, engine.mount, engine.version, engine.namespace]);
    this.#use(objectKey(object), key);
    return this.#shelf.get(key, identity.stamp, (onUse) => this.#open(namespace, engine, identity, onUse, signal));
  }

  /** The objects whose backends refer to this one, as keys. */
  changed(referred: string): readonly string[] {
    return this.#shelf.changed(referred).flatMap((key) => this.#users.keysOf(key));
  }

  /** The object is gone. */
  forget(user: string): void {
    this.#use(user, undefined);
  }

  close(): Promise<void> {
    return this.#shelf.close();
  }

  #use(user: string, key: string | undefined): void {
    const before = this.#users.namesOf(user);
    this.#users.set(user, key === undefined ? [] : [key]);
    const left = before.filter((one) => this.#users.keysOf(one).length === 0);
    if (left.length > 0) this.#shelf.forget((one) => left.includes(one));
  }

  async #open(
    namespace: string,
    engine: VaultEngine,
    identity: VaultIdentity,
    onUse: OnUse,
    signal: AbortSignal,
  ): Promise<Backend> {
    const { kube, vault, credentialFiles } = this.#options;
    const { clock, awsIdentity } = vault.dependencies;
    const holder = `VaultAuth ${identity.authKey}`;
    const [server, login] = await Promise.all([
      serverOf(identity.connection, { kube, onUse, signal }),
      authLogin(identity.auth, {
        // Of the consumer, whoever the VaultAuth belongs to.
        references: kubeReferences({ kube, provider: 'vault', storeNamespace: namespace, holder, onUse }),
        awsIdentity,
        credentialFile: credentialFilesIn(credentialFiles),
        now: () => clock.now(),
        signal,
      }),
    ]);
    return openVault({ engine, server, login, connections: vault });
  }
}

/** The server of a connection, its CA certificates read. Throws `StoreError`. */
export function serverOf(
  { metadata, spec }: VaultConnection,
  { kube, onUse, signal }: { kube: KubeApi; onUse?: OnUse; signal: AbortSignal },
): Promise<ServerSettings> {
  const { namespace = '', name } = metadata;
  const holder = `VaultConnection ${namespace}/${name}`;
  const references = kubeReferences({ kube, provider: 'vault', storeNamespace: namespace, holder, onUse });
  return connectionSettings(spec, { references, readFile: async (path) => utf8Text(await smallFile(path)), signal });
}

function engineOf({ spec }: VaultStaticSecret, { auth }: VaultIdentity): VaultEngine {
  return {
    mount: spec.mount.replace(/^\/+|\/+$/g, ''),
    version: spec.type === 'kv-v1' ? 'v1' : 'v2',
    namespace: spec.namespace || auth.namespace || undefined,
  };
}
