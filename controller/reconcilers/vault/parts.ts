// What the family of secrets.hashicorp.com is made of: what it is told, what it watches, and what it works with.

import { type Resource, resources } from '../../../src/kube/resources.ts';
import type {
  SecretTransformation,
  VaultAuth,
  VaultAuthGlobal,
  VaultConnection,
  VaultStaticSecret,
} from '../../../src/kube/vault-secrets.ts';
import { Informer } from '../../engine/informer.ts';
import type { Workers } from '../../engine/worker.ts';
import type { WithStatus } from '../../status/status.ts';
import type { RemoteValue } from '../../stores/store.ts';
import type { StoreFamilyOptions } from '../family.ts';
import { type KeptObject, keptObject, keptVersion } from '../kept.ts';
import type { Memories } from '../memory.ts';
import { NameIndex } from '../name-index.ts';
import type { VaultBackends } from './backends.ts';
import type { VaultDirectory } from './identity.ts';
import type { Reading } from './tools.ts';

export interface VaultFamilyOptions extends StoreFamilyOptions {
  /** The controller's namespace: of objects called `default`, and of the key of MACs. */
  home: string;
  /** Where VaultAuths may name files; empty: nowhere. */
  credentialFiles: string;
}

/** What the family watches. */
export function informersOf({ kube, clock, random, home, selector, onRestart, onBug, ...options }: VaultFamilyOptions) {
  const shared = { kube, clock, random, onBug };
  const isEverywhere = options.namespaces.length === 0;
  // Objects called `default` are in the controller's namespace.
  const namespaces = isEverywhere ? [] : [...new Set([...options.namespaces, home])];
  const objects = <T extends WithStatus>(
    resource: Resource,
    own: { namespaces?: readonly string[]; labelSelector?: string } = {},
  ) =>
    new Informer<KeptObject<T>>({
      ...shared,
      resource,
      namespaces,
      ...own,
      project: (object) => keptObject<T>(object),
      onRestart: onRestart(resource.plural),
    });
  return {
    secretsOf: objects<VaultStaticSecret>(resources.vaultStaticSecret, {
      namespaces: options.namespaces,
      ...(selector && { labelSelector: selector }),
    }),
    connections: objects<VaultConnection>(resources.vaultConnection),
    auths: objects<VaultAuth>(resources.vaultAuth),
    globals: objects<VaultAuthGlobal>(resources.vaultAuthGlobal),
    transformations: objects<SecretTransformation>(resources.secretTransformation),
    serviceAccounts: new Informer({
      ...shared,
      resource: resources.serviceAccount,
      namespaces: options.namespaces,
      metadataOnly: true,
      project: keptVersion,
      onRestart: onRestart('serviceaccounts'),
    }),
  };
}

/** The watches of the family. */
export type Watched = ReturnType<typeof informersOf>;

/** What the watches know, by name. */
export function directoryOf({ connections, auths, globals, transformations }: Watched, home: string): VaultDirectory {
  return {
    home,
    connection: (key) => connections.cache.get(key)?.object,
    auth: (key) => auths.cache.get(key)?.object,
    global: (key) => globals.cache.get(key)?.object,
    transformation: (key) => transformations.cache.get(key)?.object,
  };
}

/** Who is to be looked at when something changes. */
export const indexesOf = () => ({
  /** `namespace/name` of the Secret → who makes it. */
  targets: new NameIndex(),
  /** `namespace/name` of a SecretTransformation → who uses it. */
  transformations: new NameIndex(),
  /** `kind namespace/name` of what identities are made of → VaultStaticSecrets. */
  identities: new NameIndex(),
  /** The same → VaultAuths. */
  auths: new NameIndex(),
  /** `Secret namespace/name` → VaultConnections that trust by it. */
  trusts: new NameIndex(),
  /** UID → the object. */
  uids: new NameIndex(),
  /** UID in the owner label → Secrets. */
  created: new NameIndex(),
});

/** What the family works with. */
export interface Parts {
  options: VaultFamilyOptions;
  watched: Watched;
  directory: VaultDirectory;
  backends: VaultBackends;
  indexes: ReturnType<typeof indexesOf>;
  memories: Memories<RemoteValue, Reading>;
  /** Known from `start` on. */
  keys: { fingerprint: Uint8Array; mac: Uint8Array };
}

/** Its workers, one crew for each kind. */
export interface Crews {
  secrets: Workers;
  connections: Workers;
  auths: Workers;
  globals: Workers;
  transformations: Workers;
  /** By the key of the Secret. */
  removing: Workers;
}
