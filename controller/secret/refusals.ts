// Why a Secret is not written: each refusal in words, with what helps.

import type { Secret } from '../../src/kube/objects.ts';
import { Stalled, Waiting } from '../engine/outcome.ts';
import type { SecretPlace } from './desired.ts';
import type { Differences } from './differences.ts';
import { type Claim, type Owner, type Ownership, ownershipOf } from './ownership.ts';
import { leaveAnnotations, type SeenSecret } from './seen.ts';

type Named = Pick<SecretPlace, 'name'>;

/** Ownership that lets us write. */
export type Writable = Extract<Ownership, { kind: 'absent' | 'whole' | 'merge' }>;

// How long until a Secret that is to go, or to come, is looked for again.
const leavingCheckMs = 30_000;

/** Throws `Stalled` (`NotOwned`) or `Waiting` when the Secret, as it was seen, is not the claimant's to write. */
export function checkOwnership(secret: Named, claim: Claim, seen: SeenSecret | undefined): Writable {
  const ownership = ownershipOf(seen, claim);
  if (ownership.kind === 'foreign') throw notOwned(secret, claim, ownership.by);
  if (ownership.kind === 'leaving') {
    throw new Waiting('SecretLeaving', `Secret ${secret.name} is being deleted`, leavingCheckMs, {
      hint: 'a finalizer keeps it; it is made again when it is gone',
    });
  }
  return ownership;
}

/** The Secret that was to be filled is not there. */
export function missing({ name }: Named): Waiting {
  return new Waiting('SecretMissing', `there is no Secret ${name} to fill`, leavingCheckMs, {
    hint: 'make it, or set spec.destination.create',
  });
}

function notOwned({ name }: Named, { owner, external, vault }: Claim, by: Owner | undefined): Stalled {
  if (external || vault) return notOurs(name, owner.kind, by, vault !== undefined);
  const leave = `annotate the Secret ${leaveAnnotations.managed}=true to hand it over, or ${leaveAnnotations.patch}=true to merge into it`;
  if (by) {
    return new Stalled('NotOwned', `Secret ${name} belongs to ${called(by)}`, { hint: leave });
  }
  return new Stalled('NotOwned', `Secret ${name} was there before, and was not made for this ${owner.kind}`, {
    hint: `delete it, annotate the ${owner.kind} sealwright.dev/adopt=true, or ${leave}`,
  });
}

// The annotations of Sealed Secrets mean nothing here.
function notOurs(name: string, kind: string, by: Owner | undefined, isVault: boolean): Stalled {
  const field = isVault ? 'spec.destination.name' : 'spec.target.name';
  if (by) {
    return new Stalled('NotOwned', `Secret ${name} belongs to ${called(by)}`, {
      hint: `choose another ${field}`,
    });
  }
  const adopt = `annotate the ${kind} sealwright.dev/adopt=true`;
  // As the reference: what another one left is not for overwrite to take.
  const leave = isVault ? `set spec.destination.overwrite, or ${adopt} where another one made it` : adopt;
  return new Stalled('NotOwned', `Secret ${name} was there before, and was not made for this ${kind}`, {
    hint: `delete it, or ${leave}`,
  });
}

const called = ({ kind, name }: Owner) => (name === undefined ? `some ${kind}` : `${kind} ${name}`);

/** It is not as asked for, and is not to be put right. */
export function drifted({ name }: Named, how: string): Stalled {
  return new Stalled('Drifted', `Secret ${name} ${how}, and drift is only detected here`, {
    hint: 'put it right, or run the controller with --drift correct',
  });
}

/** It is immutable, and is not to be made again. */
export function unchangeable({ name }: Named): Stalled {
  return new Stalled('ImmutableSecret', `Secret ${name} is immutable, and its values are others now`, {
    hint: 'delete the Secret to have it made with the new values',
  });
}

/** It would have to be made again, and is somebody else's. */
export function cannotMerge(live: Secret, wanted: Secret, why: Differences['recreate']): Stalled {
  const { name } = live.metadata;
  if (why === 'immutable') {
    return new Stalled('ImmutableSecret', `Secret ${name} is immutable, and belongs to someone else`, {
      hint: 'delete the Secret, or merge into another',
    });
  }
  return new Stalled(
    'TypeConflict',
    `Secret ${name} is of type ${live.type}, not ${wanted.type}, and belongs to someone else`,
    { hint: 'leave the type of the template out' },
  );
}
