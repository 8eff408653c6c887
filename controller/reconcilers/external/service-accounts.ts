// The service accounts that a store logs in as: when one of them comes, goes or changes, the store is looked at again.

import type { SecretStore } from '../../../src/kube/external-secrets.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { References, Referred, Selector } from '../../stores/references.ts';

/** Those that the settings name, as far as they say where. Throws `StoreError` for what a namespaced store may not name. */
export function serviceAccountsOf({ spec: { provider } }: SecretStore, references: References): Referred[] {
  return selectorsOf(provider).flatMap((selector) => {
    const namespace = selector?.name ? references.namespaceOf(selector) : undefined;
    if (!selector?.name || namespace === undefined) return [];
    return [{ resource: resources.serviceAccount, namespace, name: selector.name }];
  });
}

function selectorsOf({ vault, aws }: SecretStore['spec']['provider']): (Selector | undefined)[] {
  const { kubernetes, jwt, iam } = vault?.auth ?? {};
  return [
    kubernetes?.serviceAccountRef,
    jwt?.kubernetesServiceAccountToken?.serviceAccountRef,
    iam?.jwt?.serviceAccountRef,
    aws?.auth?.jwt?.serviceAccountRef,
  ];
}
