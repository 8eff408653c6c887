// May we write this Secret, and how much of it is ours: one pure decision for every kind.

import type { OwnerReference } from '../../src/kube/objects.ts';
import { mergeManagerOf } from './fields.ts';
import type { SeenSecret } from './seen.ts';

/** Who asks. */
export interface Claim {
  /** The ownerReference that our object would set; its UID is the object's present one. */
  owner: OwnerReference;
  /** The object gives leave to take a Secret that nobody owns: `sealwright.dev/adopt: "true"`. */
  mayAdopt: boolean;
  /** What an ExternalSecret's creationPolicy asks for. Default: the whole Secret, by the rules of Sealed Secrets. */
  external?: ExternalClaim | undefined;
  /** What a VaultStaticSecret's destination asks for. */
  vault?: VaultClaim | undefined;
}

/** A VaultStaticSecret's claim to a Secret. */
export interface VaultClaim {
  /** Make the Secret, and own all of it; false: fill the data of one that is there. */
  create: boolean;
  /** Take over a Secret that nobody owns. */
  overwrite: boolean;
}

/** An ExternalSecret's claim to a Secret. */
export interface ExternalClaim {
  /** Only its own items, whoever the Secret belongs to (Merge, CreateOrMerge). */
  merges: boolean;
  /** Its digest in the `created-by` label. */
  createdBy: string;
}

/** Whose a Secret is; the name is not known of everyone. */
export type Owner = Pick<OwnerReference, 'kind'> & Partial<Pick<OwnerReference, 'name'>>;

/** What we may do with the Secret of that name. */
export type Ownership =
  /** There is none. */
  | { kind: 'absent' }
  /** It is on its way out; a new one can be made when it is gone. */
  | { kind: 'leaving' }
  /** The whole Secret is ours. */
  | { kind: 'whole' }
  /** Someone else's, who lets us merge our items into it. `isOwned`: and wants our ownerReference on it. */
  | { kind: 'merge'; isOwned: boolean }
  /** Not ours. `by` is its controller, or undefined when nobody owns it. */
  | { kind: 'foreign'; by: Owner | undefined };

type Rule = (seen: SeenSecret, claim: Claim) => Ownership | undefined;

const whole = { kind: 'whole' } as const;
const merged = { kind: 'merge', isOwned: false } as const;

// In this order: the first that answers decides.
const rules: readonly Rule[] = [
  ({ isDeleting }) => (isDeleting ? { kind: 'leaving' } : undefined),
  (seen, claim) => (seen.isPatch ? { kind: 'merge', isOwned: seen.isManaged || isOwnedBy(seen, claim) } : undefined),
  (seen, claim) => (isOwnedBy(seen, claim) ? whole : undefined),
  ({ isManaged }) => (isManaged ? whole : undefined),
  ({ controller }) => (controller ? { kind: 'foreign', by: controller } : undefined),
  // Nobody gets to write over a sealing key by naming a SealedSecret like it.
  ({ isKey }) => (isKey ? { kind: 'foreign', by: undefined } : undefined),
  // A Secret has the name of its SealedSecret, so what we wrote without an ownerReference was written for this one.
  // What we merged into is not: whoever takes the leave back keeps the Secret.
  (seen, claim) => othersByMark(seen, claim),
  ({ isOursWhole, isReferenceMade }) => (isOursWhole || isReferenceMade ? whole : undefined),
  (_, { mayAdopt }) => (mayAdopt ? whole : undefined),
];

// Two that have the same data map, or items of it, would write over each other's values for ever.
const jealousKinds: readonly string[] = ['ExternalSecret', 'VaultStaticSecret'];

const externalRules: readonly Rule[] = [
  ({ isDeleting }) => (isDeleting ? { kind: 'leaving' } : undefined),
  (seen, claim) => (isOwnedBy(seen, claim) ? (claim.external?.merges ? merged : whole) : undefined),
  // As the reference, for every policy.
  ({ controller }) =>
    controller && jealousKinds.includes(controller.kind) ? { kind: 'foreign', by: controller } : undefined,
  (seen, claim) => (seen.ownedBy === 'SealedSecret' && claim.external?.merges ? undefined : othersByMark(seen, claim)),
  ({ isKey }) => (isKey ? { kind: 'foreign', by: undefined } : undefined),
  (_, { external }) => (external?.merges ? merged : undefined),
  ({ controller }) => (controller ? { kind: 'foreign', by: controller } : undefined),
  ({ createdBy, isExternal }, { external }) => (isExternal && createdBy === external?.createdBy ? whole : undefined),
  // Of creationPolicy Orphan, which leaves no name; who else names the Secret as target is known to the caller.
  (seen, claim) => (seen.isExternal && seen.createdBy === undefined && isNobodyElses(seen, claim) ? whole : undefined),
  (_, { mayAdopt }) => (mayAdopt ? whole : undefined),
];

const vaultRules: readonly Rule[] = [
  ({ isDeleting }) => (isDeleting ? { kind: 'leaving' } : undefined),
  (seen, claim) => (isOwnedBy(seen, claim) ? whole : undefined),
  ({ controller }) => (controller ? { kind: 'foreign', by: controller } : undefined),
  ({ isKey }) => (isKey ? { kind: 'foreign', by: undefined } : undefined),
  (seen, claim) => othersByMark(seen, claim),
  // Without an ownerReference, and of an object that was deleted and made again.
  ({ madeFor }, { owner }) => (madeFor === owner.name ? whole : undefined),
  // They would put back what we take away, for ever.
  ({ mergers }, { mayAdopt }) =>
    mergers.length > 0 && !mayAdopt ? { kind: 'foreign', by: { kind: 'ExternalSecret' } } : undefined,
  // Whoever asks for no Secret to be made names one that is somebody's: its data is ours by that leave.
  (_, { vault }) => (vault?.create === false ? whole : undefined),
  // Without an ownerReference where the Secret is to outlive its object.
  ({ vaultOwner }, { owner }) => (vaultOwner === owner.uid ? whole : undefined),
  // As the reference: what some other VaultStaticSecret made is not taken over.
  ({ vaultOwner }, { vault }) => (vault?.overwrite && vaultOwner === undefined ? whole : undefined),
  (_, { mayAdopt }) => (mayAdopt ? whole : undefined),
];

const rulesFor = ({ external, vault }: Claim) => (vault ? vaultRules : external ? externalRules : rules);

/** Decides from the Secret's metadata alone. */
export function ownershipOf(seen: SeenSecret | undefined, claim: Claim): Ownership {
  if (!seen) return { kind: 'absent' };
  for (const rule of rulesFor(claim)) {
    const answer = rule(seen, claim);
    if (answer) return answer;
  }
  return { kind: 'foreign', by: undefined };
}

// Merging marks a Secret as well, and does not make it ours with the items of others in it.
const isNobodyElses = ({ isOursWhole, hasUnclaimedItems, mergers }: SeenSecret, { owner }: Claim) =>
  (isOursWhole || !hasUnclaimedItems) && mergers.every((merger) => merger === mergeManagerOf(owner.name));

/** Whether the Secret was made for the ExternalSecret, which only merges into it now. */
export const wasWholeFor = (seen: SeenSecret, claim: Claim) =>
  isOwnedBy(seen, claim) || (seen.isExternal && seen.createdBy === claim.external?.createdBy);

/** What says whose a Secret is that has no ownerReference, since it outlives its object: for good, or for a while. */
function othersByMark({ ownedBy, madeFor, createdBy }: SeenSecret, claim: Claim): Ownership | undefined {
  const { owner, external, vault, mayAdopt } = claim;
  const kind = madeFor === undefined ? ownedBy : 'VaultStaticSecret';
  // What stays for good may be handed on, when its object is gone.
  if (kind === undefined || (ownedBy === undefined && (mayAdopt || vault))) return undefined;
  const isOwn =
    kind === owner.kind &&
    (madeFor === undefined || madeFor === owner.name) &&
    (createdBy === external?.createdBy || kind !== 'ExternalSecret');
  return isOwn ? undefined : { kind: 'foreign', by: { kind, ...(madeFor !== undefined && { name: madeFor }) } };
}

// By kind and name, not by UID: an object that was deleted and made again takes its Secret back.
function isOwnedBy({ controller }: SeenSecret, { owner }: Claim): boolean {
  return (
    controller !== undefined &&
    controller.kind === owner.kind &&
    controller.name === owner.name &&
    groupOf(controller.apiVersion) === groupOf(owner.apiVersion)
  );
}

const groupOf = (apiVersion: string) => apiVersion.slice(0, Math.max(apiVersion.indexOf('/'), 0));
