// VaultConnection, VaultAuth, VaultAuthGlobal and SecretTransformation: whether they can be used, as far as can be told without anybody who uses them.

import type { KubeApi } from '../../../src/kube/api.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { type Resource, resources } from '../../../src/kube/resources.ts';
import { vaultAuthViolations } from '../../../src/kube/vault-secret-rules.ts';
import type {
  SecretTransformation,
  VaultAuth,
  VaultAuthGlobal,
  VaultConnection,
} from '../../../src/kube/vault-secrets.ts';
import { Stalled } from '../../engine/outcome.ts';
import type { WithStatus } from '../../status/status.ts';
import { planAlone } from '../../stores/data/static/transformation.ts';
import type { Referred } from '../../stores/references.ts';
import type { VaultConnections } from '../../stores/vault/connections.ts';
import { refused, unanswered } from '../../stores/vault/refusals.ts';
import { NoAnswer } from '../../stores/vault/transport.ts';
import type { Reconciler } from '../shell.ts';
import type { Failure } from '../verdict.ts';
import { serverOf } from './backends.ts';
import { vaultFailure } from './failure.ts';
import { letGo } from './finalizers.ts';
import { checkConnection, identityOfAuth, type OnReferred, type VaultDirectory } from './identity.ts';

/** What the bodies work with. */
export interface ValidityTools {
  kube: KubeApi;
  directory: VaultDirectory;
  vault: Pick<VaultConnections, 'sealStatus' | 'dependencies'>;
  /** Notes what the VaultAuth under `key` depends on. */
  dependsOn(key: string): OnReferred;
  /** Notes the Secret that a VaultConnection depends on. */
  trusts(key: string): (referred: Referred) => void;
}

/** The server is reached and answers `sys/seal-status`, sealed or not being its own business. */
export const vaultConnection: Reconciler<VaultConnection, ValidityTools> = kind(
  resources.vaultConnection,
  async (object, { kube, vault, trusts }, signal) => {
    checkConnection(object);
    const server = await serverOf(object, { kube, onUse: trusts(objectKey(object)), signal });
    const subject = { doing: 'asking for the seal status', path: 'sys/seal-status', server: server.server.origin };
    const answer = await vault.sealStatus(server, signal).catch((error: unknown) => {
      throw error instanceof NoAnswer ? unanswered(error, subject) : error;
    });
    if (answer.status !== 200) throw refused(answer, subject, vault.dependencies.clock.now());
    return `${server.server.origin} answers`;
  },
);

/** What it refers to is there, and says all that a login needs. */
export const vaultAuth: Reconciler<VaultAuth, ValidityTools> = kind(
  resources.vaultAuth,
  async (object, { directory, dependsOn }) => {
    const { auth, connection } = identityOfAuth(object, directory, dependsOn(objectKey(object)));
    return `logs in by ${auth.method} at ${auth.mount}, through VaultConnection ${objectKey(connection)}`;
  },
);

/** Whether a VaultAuthGlobal can be used. */
export const vaultAuthGlobal: Reconciler<VaultAuthGlobal, ValidityTools> = kind(
  resources.vaultAuthGlobal,
  async ({ spec = {} }) => {
    const [violation] = vaultAuthViolations(spec);
    if (violation) throw new Stalled('InvalidVaultAuth', `${violation.path}: ${violation.message}`);
    return 'can be referred to';
  },
);

/** Whether the templates and filters of a SecretTransformation can be used. */
export const secretTransformation: Reconciler<SecretTransformation, ValidityTools> = kind(
  resources.secretTransformation,
  async ({ metadata: { namespace = '', name = '' }, spec = {} }) => {
    await planAlone(spec, { namespace, name });
    return 'can be referred to';
  },
);

/** One kind, whose `check` says in words that an object can be used, or throws why not. */
function kind<T extends WithStatus>(
  resource: Resource,
  check: (object: T, tools: ValidityTools, signal: AbortSignal) => Promise<string>,
): Reconciler<T, ValidityTools> {
  // The reference's definition of a VaultConnection has no `error`.
  const fields = (valid: boolean, error: string) =>
    resource === resources.vaultConnection ? { valid } : { valid, error };
  return {
    resource,
    settledReason: 'Valid',
    demanded: ({ status }) => fields((status as { valid?: boolean } | undefined)?.valid ?? false, ''),
    async body(object, tools, signal) {
      return { message: await check(object, tools, signal), fields: fields(true, '') };
    },
    failure(error): Failure {
      const failure = vaultFailure(error);
      return { ...failure, fields: fields(false, failure.verdict.message) };
    },
    leave: (object, { kube }, signal) => letGo(kube, resource, object, signal),
  };
}
