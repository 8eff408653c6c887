// Which rules of its kind an object breaks: what the API server refuses beyond the schema, for work without a cluster.

import { clusterExternalSecretViolations, externalSecretViolations, storeViolations } from './external-secret-rules.ts';
import type { Violation } from './rules.ts';
import { vaultAuthViolations, vaultConnectionViolations, vaultStaticSecretViolations } from './vault-secret-rules.ts';

const byKind: Readonly<Record<string, (spec: never) => Violation[]>> = {
  ExternalSecret: externalSecretViolations,
  ClusterExternalSecret: clusterExternalSecretViolations,
  SecretStore: storeViolations,
  ClusterSecretStore: storeViolations,
  VaultConnection: vaultConnectionViolations,
  VaultAuth: vaultAuthViolations,
  VaultAuthGlobal: vaultAuthViolations,
  VaultStaticSecret: vaultStaticSecretViolations,
};

/**
 * Every rule that the spec of an object of this kind breaks; none for kinds without rules. The spec is as its schema has it, and
 * without nulls, as after the API server's pruning.
 */
export function violationsOf(kind: string, spec: unknown): Violation[] {
  return Object.hasOwn(byKind, kind) ? (byKind[kind]?.(spec as never) ?? []) : [];
}
