// Which server an object reads from, and as whom: from its references to connection and login.

import { objectKey } from '../../../src/kube/objects.ts';
import { vaultAuthViolations, vaultConnectionViolations } from '../../../src/kube/vault-secret-rules.ts';
import type {
  SecretTransformation,
  VaultAuth,
  VaultAuthGlobal,
  VaultConnection,
  VaultStaticSecret,
} from '../../../src/kube/vault-secrets.ts';
import { Stalled } from '../../engine/outcome.ts';
import type { AuthSettings } from '../../stores/vault/auth-login.ts';
import { mergedAuth } from './merge.ts';
import { checkAllowed, defaultName, found, globalKeys, refKey } from './references.ts';

/** What the watches know, by `namespace/name`. */
export interface VaultDirectory {
  /** The controller's namespace. */
  home: string;
  connection(key: string): VaultConnection | undefined;
  auth(key: string): VaultAuth | undefined;
  global(key: string): VaultAuthGlobal | undefined;
  transformation(key: string): SecretTransformation | undefined;
}

/** Where to, and as whom. */
export interface VaultIdentity {
  connection: VaultConnection;
  auth: AuthSettings;
  /** `namespace/name` of the VaultAuth. */
  authKey: string;
  /** Another one wherever one of the objects behind it is another. */
  stamp: string;
}

/** Told of every object that is looked for, found or not, as `kind namespace/name`. */
export type OnReferred = (name: string) => void;

/** Throws `Stalled` or `Waiting` for what leads nowhere. */
export function identityOf(
  { metadata, spec }: VaultStaticSecret,
  directory: VaultDirectory,
  onReferred: OnReferred,
): VaultIdentity {
  const { namespace = '' } = metadata;
  const { home } = directory;
  const key = refKey(spec.vaultAuthRef, { field: 'spec.vaultAuthRef', namespace, home });
  const auth = found('VaultAuth', [key], noting('VaultAuth', directory.auth, onReferred));
  checkAllowed(auth, namespace, home);
  return identityOfAuth(auth, directory, onReferred);
}

/** The part that all who use a VaultAuth have in common. Throws as `identityOf`. */
export function identityOfAuth(auth: VaultAuth, directory: VaultDirectory, onReferred: OnReferred): VaultIdentity {
  const { home } = directory;
  const { namespace = '', name } = auth.metadata;
  const called = `VaultAuth ${objectKey(auth)}`;
  checkSpec(called, vaultAuthViolations(auth.spec ?? {}));
  const global = globalOf(auth, directory, onReferred);
  const merged = mergedAuth(auth.spec ?? {}, global?.spec);
  const { method, mount, vaultConnectionRef } = merged;
  if (!method)
    throw invalidAuth(called, 'names no method', 'set spec.method, or defaultAuthMethod of its VaultAuthGlobal');
  if (method === 'gcp') {
    throw new Stalled('Unsupported', `${called}: the method gcp is not supported`, {
      hint: 'use kubernetes, jwt, appRole or aws',
    });
  }
  if (!mount) throw invalidAuth(called, 'names no mount', 'set spec.mount, or defaultMount of its VaultAuthGlobal');
  if (!vaultConnectionRef && namespace === home && name !== defaultName) {
    throw invalidAuth(called, 'names no VaultConnection, and is not called default', 'set spec.vaultConnectionRef');
  }
  const key = refKey(vaultConnectionRef, { field: `${called}: spec.vaultConnectionRef`, namespace, home });
  const connection = found('VaultConnection', [key], noting('VaultConnection', directory.connection, onReferred));
  checkConnection(connection);
  const stamp = [auth, global, connection].map((one) => one && `${one.metadata.uid} ${one.metadata.generation}`);
  return { connection, auth: { ...merged, method, mount }, authKey: objectKey(auth), stamp: stamp.join(', ') };
}

/** Throws `Stalled` (`InvalidConnection`). */
export function checkConnection(connection: VaultConnection): void {
  const [violation] = vaultConnectionViolations(connection.spec);
  if (!violation) return;
  const message = `VaultConnection ${objectKey(connection)}: ${violation.path}: ${violation.message}`;
  throw new Stalled('InvalidConnection', message);
}

function globalOf(auth: VaultAuth, directory: VaultDirectory, onReferred: OnReferred): VaultAuthGlobal | undefined {
  const { vaultAuthGlobalRef } = auth.spec ?? {};
  if (!vaultAuthGlobalRef) return undefined;
  const { namespace = '' } = auth.metadata;
  const keys = globalKeys(vaultAuthGlobalRef, { namespace, home: directory.home });
  const global = found('VaultAuthGlobal', keys, noting('VaultAuthGlobal', directory.global, onReferred));
  checkAllowed(global, namespace, directory.home);
  checkSpec(`VaultAuthGlobal ${objectKey(global)}`, vaultAuthViolations(global.spec ?? {}));
  return global;
}

function noting<T>(kind: string, find: (key: string) => T | undefined, onReferred: OnReferred) {
  return (key: string) => {
    onReferred(`${kind} ${key}`);
    return find(key);
  };
}

function checkSpec(called: string, [violation]: readonly { path: string; message: string }[]): void {
  if (violation) throw new Stalled('InvalidVaultAuth', `${called}: ${violation.path}: ${violation.message}`);
}

const invalidAuth = (called: string, what: string, hint: string) =>
  new Stalled('InvalidVaultAuth', `${called} ${what}`, { hint });
