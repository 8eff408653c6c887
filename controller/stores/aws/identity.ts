// AWS keys for Vault's login by iam: the same sources, roles and sessions as an AWS store has.

import type { AwsIdentity } from '../vault/iam.ts';
import type { AwsConnections } from './connections.ts';
import { assuming, firstKeys } from './keys.ts';

/** What `VaultConnections` is given as `awsIdentity`. */
export function awsIdentity(connections: AwsConnections): AwsIdentity {
  return async ({ secretRef, jwt, role, externalID, region = 'us-east-1' }, references, signal) => {
    const { sdk, dependencies } = connections;
    const auth = { ...(secretRef && { secretRef }), ...(jwt && { jwt }) };
    const now = () => dependencies.clock.now();
    const options = { sdk, provider: 'aws-secrets-manager', region, references, now, signal } as const;
    const roles = role ? [{ arn: role, externalId: externalID, tags: {}, transitiveTagKeys: [] }] : [];
    const { identity, secrets, open } = assuming(await firstKeys({ auth }, options), roles, options);
    // A login is rare and Vault's own session lives long: keys are made for each.
    return { identity, secrets, credentials: async () => (await open(new AbortController().signal)).value };
  };
}
