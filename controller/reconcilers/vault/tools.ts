// What the body of a VaultStaticSecret works with.

import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import type { Fetcher, RemoteValue } from '../../stores/store.ts';
import type { Reading as ReadingOf } from '../ahead.ts';
import type { Patience } from '../patience.ts';
import type { StoreTools } from '../store-tools.ts';
import type { VaultBackends } from './backends.ts';
import type { Followers } from './followers.ts';
import type { VaultDirectory, VaultIdentity } from './identity.ts';
import type { Target } from './target.ts';

/** One reading of an object's value; `same` where it is the one that was read last. */
export interface Reading extends ReadingOf<RemoteValue | 'same'> {
  readonly began: Date;
}

/** Beside what all kinds work with that are read from stores. */
export interface StaticSecretTools extends StoreTools<RemoteValue, Reading> {
  directory: VaultDirectory;
  /** Which server and who; notes what the object depends on. Throws `Stalled` or `Waiting`. */
  identityOf(object: VaultStaticSecret): VaultIdentity;
  backends: Pick<VaultBackends, 'get' | 'forget'>;
  fetcher: Pick<Fetcher, 'read' | 'kept'>;
  followers: Followers;
  /** What the watches know of the SecretTransformations that the object names: changes when one of them does. */
  sourcesDigest(object: VaultStaticSecret): string | undefined;
  /** Another VaultStaticSecret that wants the same Secret, and came before this one. */
  rivalOf(object: VaultStaticSecret, target: Target): string | undefined;
  /** Secrets that this object made under other names. */
  outgrown(object: VaultStaticSecret, target: Target): readonly string[];
  patience: Patience;
  /** Keys `status.secretMAC`. */
  macKey(): Uint8Array;
}
