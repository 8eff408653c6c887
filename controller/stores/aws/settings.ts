// `spec.provider.aws` of a store, checked: which service, where, under which roles and tags.

import type { AwsProvider } from '../../../src/kube/external-secrets.ts';
import type { References, Selector } from '../references.ts';
import { StoreError } from '../store.ts';
import type { AwsStoreProvider } from './refusals.ts';

/** What a store asks of AWS, apart from where its first credentials come from. */
export interface AwsSettings {
  provider: AwsStoreProvider;
  service: 'SecretsManager' | 'ParameterStore';
  region: string;
  prefix: string;
  roles: readonly AssumedRole[];
}

/** One role of the chain. */
export interface AssumedRole {
  arn: string;
  externalId?: string | undefined;
  tags: Readonly<Record<string, string>>;
  transitiveTagKeys: readonly string[];
}

/** Who uses the store: what session tags tell. */
export interface AwsConsumer {
  storeKind: string;
  storeName: string;
  namespace?: string | undefined;
}

/** The settings of a store. Throws `StoreError` `Invalid`. */
export function awsSettings(aws: AwsProvider, consumer: AwsConsumer): AwsSettings {
  const { service, region, prefix = '' } = aws;
  const provider = service === 'ParameterStore' ? 'aws-parameter-store' : 'aws-secrets-manager';
  const invalid = (message: string) => new StoreError('Invalid', message, { provider });
  if (service !== 'SecretsManager' && service !== 'ParameterStore') {
    throw invalid(`AWS: service '${service}' is not supported: SecretsManager and ParameterStore are`);
  }
  // It becomes part of a host's name.
  if (!/^[a-z]{2}[a-z0-9-]{1,30}$/.test(region ?? '')) throw invalid(`AWS: '${region ?? ''}' is no region`);
  return { provider, service, region, prefix, roles: rolesOf(aws, consumer) };
}

/** Whether some credential is found only in the namespace of whoever uses the store (referent authentication). */
export function isReferent({ auth }: AwsProvider, references: References): boolean {
  const { secretRef, jwt } = auth ?? {};
  const selectors: (Selector | undefined)[] = jwt
    ? [jwt.serviceAccountRef]
    : [secretRef?.accessKeyIDSecretRef, secretRef?.secretAccessKeySecretRef, secretRef?.sessionTokenSecretRef];
  return selectors.some((selector) => selector && references.namespaceOf(selector) === undefined);
}

// External id and tags belong to the last role alone, as in the reference.
function rolesOf(aws: AwsProvider, consumer: AwsConsumer): AssumedRole[] {
  const { role, additionalRoles = [], externalID, transitiveTagKeys = [] } = aws;
  const chain: AssumedRole[] = additionalRoles.map((arn) => ({ arn, tags: {}, transitiveTagKeys: [] }));
  if (!role) return chain;
  const tags = sessionTags(aws, consumer);
  const isTagged = Object.keys(tags).length > 0;
  chain.push({ arn: role, externalId: externalID, tags, transitiveTagKeys: isTagged ? transitiveTagKeys : [] });
  return chain;
}

function sessionTags(
  { sessionTags = [], sessionTagsPolicy = 'None', customSessionTags = {} }: AwsProvider,
  { storeKind, storeName, namespace = '' }: AwsConsumer,
): Record<string, string> {
  const own = Object.fromEntries(sessionTags.map(({ key, value }) => [key, value]));
  if (sessionTagsPolicy === 'None') return own;
  const custom = sessionTagsPolicy === 'Custom' ? customSessionTags : {};
  // Last, so that nothing a store says can pass for another namespace.
  return { ...own, ...custom, esoNamespace: namespace, esoStoreName: storeName, esoStoreKind: storeKind };
}
