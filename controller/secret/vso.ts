// What Vault Secrets Operator 1.4 writes on its Secrets and objects, so that a cluster changes hands without a write.

import type { ManagedFieldsEntry, OwnerReference } from '../../src/kube/objects.ts';

/** Labels on a produced Secret. */
export const vaultMarks = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  /** UID of the object that it was made for. */
  ownerUid: 'secrets.hashicorp.com/vso-ownerRefUID',
} as const;

/** The four labels by which the reference knows the Secrets of the object with this UID. */
export function vaultLabels(uid: string): Record<string, string> {
  return {
    [vaultMarks.managedBy]: 'hashicorp-vso',
    [vaultMarks.name]: 'vault-secrets-operator',
    [vaultMarks.component]: 'secret-sync',
    [vaultMarks.ownerUid]: uid,
  };
}

/** Whether the reference is to a VaultStaticSecret; the reference controller sets it without `controller`. */
export const isVaultOwner = ({ apiVersion, kind }: OwnerReference) =>
  kind === 'VaultStaticSecret' && apiVersion.startsWith('secrets.hashicorp.com/');

/** Whether a finalizer is the reference's; we add none, and take these away when the object goes. */
export const isVaultFinalizer = (finalizer: string) => /^[a-z]+\.secrets\.hashicorp\.com\/finalizer$/.test(finalizer);

// client-go names an Update by the program.
const manager = 'vault-secrets-operator';

/** Whether an entry of managedFields is the reference's: by its name, or by the label that nobody else writes. */
export function isVaultWrite({ manager: by, fieldsV1 = {} }: ManagedFieldsEntry): boolean {
  if (by === manager) return true;
  const metadata = fieldsV1['f:metadata'] as { 'f:labels'?: object } | undefined;
  return Object.hasOwn(metadata?.['f:labels'] ?? {}, `f:${vaultMarks.ownerUid}`);
}
