// What the API server refuses in the kinds of secrets.hashicorp.com, each rule twice: as CEL for the CRDs, as TypeScript for clusters with the reference's CRDs and for work without a cluster.

import { broken, type Rule, type Violation } from './rules.ts';
import type {
  VaultAuthAppRole,
  VaultAuthGlobalSpec,
  VaultAuthKubernetes,
  VaultAuthSpec,
  VaultConnectionSpec,
  VaultStaticSecretSpec,
} from './vault-secrets.ts';

/** The reference's form: one number and one unit. In CEL a string literal, so without backslashes. */
const duration = '^([0-9]+([.][0-9]+)?(s|m|h))$';
const durationPattern = new RegExp(duration);

/** Rules by the part that they are about. The order within a part is the order of the messages. */
export const vaultSecretRules = {
  connection: [
    {
      id: 'one-ca',
      message: 'caCertSecretRef and caCertPath must not be set at the same time',
      cel: "!(has(self.caCertSecretRef) && self.caCertSecretRef != '' && has(self.caCertPath) && self.caCertPath != '')",
      holds: ({ caCertSecretRef, caCertPath }) => !caCertSecretRef || !caCertPath,
    },
    {
      id: 'ca-path',
      message: "caCertPath must not have '..' in it",
      cel: "!has(self.caCertPath) || !self.caCertPath.contains('..')",
      holds: ({ caCertPath }) => !caCertPath?.includes('..'),
    },
    {
      id: 'namespace-header',
      message: 'headers must not have X-Vault-Namespace: set namespace where it is asked for',
      cel: "!has(self.headers) || self.headers.all(name, name.lowerAscii() != 'x-vault-namespace')",
      holds: ({ headers }) => Object.keys(headers ?? {}).every((name) => name.toLowerCase() !== 'x-vault-namespace'),
    },
  ] satisfies Rule<VaultConnectionSpec>[],
  appRole: [
    {
      id: 'one-secret-id',
      message: 'secretRef and secretIDPath must not be set at the same time',
      cel: "!(has(self.secretRef) && self.secretRef != '' && has(self.secretIDPath) && self.secretIDPath != '')",
      holds: ({ secretRef, secretIDPath }) => !secretRef || !secretIDPath,
    },
  ] satisfies Rule<VaultAuthAppRole>[],
  serviceAccountToken: [
    {
      id: 'token-life',
      message: 'tokenExpirationSeconds must be at least 600',
      schema: { minimum: 600 },
      holds: (seconds) => seconds >= 600,
    },
  ] satisfies Rule<number>[],
  duration: [
    {
      id: 'vault-duration',
      message: 'must be a number and one unit, such as "30s", "1.5m" or "1h"',
      cel: `self.matches('${duration}')`,
      holds: (text) => durationPattern.test(text),
    },
  ] satisfies Rule<string>[],
} as const;

/** What is wrong with a VaultConnection's spec; empty when the API server would take it. */
export function vaultConnectionViolations(spec: VaultConnectionSpec): Violation[] {
  return [
    ...broken(vaultSecretRules.connection, spec, 'spec'),
    ...broken(vaultSecretRules.duration, spec.timeout, 'spec.timeout'),
  ];
}

/** What is wrong with the spec of a VaultAuth or VaultAuthGlobal. */
export function vaultAuthViolations({ kubernetes, jwt, appRole }: VaultAuthSpec | VaultAuthGlobalSpec): Violation[] {
  const life = (part: VaultAuthKubernetes | undefined, path: string) =>
    broken(vaultSecretRules.serviceAccountToken, part?.tokenExpirationSeconds, `${path}.tokenExpirationSeconds`);
  return [
    ...life(kubernetes, 'spec.kubernetes'),
    ...life(jwt, 'spec.jwt'),
    ...broken(vaultSecretRules.appRole, appRole, 'spec.appRole'),
  ];
}

/** What is wrong with a VaultStaticSecret's spec. */
export function vaultStaticSecretViolations({ refreshAfter }: VaultStaticSecretSpec): Violation[] {
  return broken(vaultSecretRules.duration, refreshAfter || undefined, 'spec.refreshAfter');
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Go's durations are 64-bit nanoseconds: some 292 years. */
const longestMs = 2 ** 63 / 1e6;

/** `refreshAfter` and `timeout` in milliseconds; undefined for what is no such duration. What is longer than Go can count is as long as that. */
export function vaultDurationMs(text: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)([smh])$/.exec(text);
  return match ? Math.min(Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0), longestMs) : undefined;
}
