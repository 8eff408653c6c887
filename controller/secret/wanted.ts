// The Secret that is asked for, fitted to the one that is there: pure.

import type { Secret } from '../../src/kube/objects.ts';
import { type SecretShape, type SecretValues, secretOf, unowned } from './desired.ts';
import type { Differences, Wanted } from './differences.ts';
import { esoFieldManager, esoMarks, hashOfData } from './eso.ts';
import { fillManager, mergeManagerOf, wholeManager } from './fields.ts';
import { type Claim, wasWholeFor } from './ownership.ts';
import type { Writable } from './refusals.ts';
import { seenSecret } from './seen.ts';

/** What is asked for, and by whom. */
export interface Asked {
  shape: SecretShape;
  claim: Claim;
  values: SecretValues;
}

/** What is to be written into `live`, under which name, and how much of it is ours. */
export function wantedOf({ shape: asked, claim, values }: Asked, live: Secret, ownership: Writable): Wanted {
  // An ExternalSecret that names no type takes the one that is there (as the reference), and so does who fills what others made.
  const takesType = claim.external || claim.vault?.create === false;
  const shape = takesType && asked.type === '' && live.type ? { ...asked, type: live.type } : asked;
  if (ownership.kind !== 'merge') {
    // What is only filled stays somebody's: it must not look like a Secret that we made.
    const manager = claim.vault?.create === false ? fillManager : undefined;
    return { secret: secretOf(shape, values), mode: 'whole', manager };
  }
  if (claim.external) {
    const { name } = claim.owner;
    const managers = [mergeManagerOf(name), esoFieldManager(name)];
    // Its policy was another one before: what it wrote as the owner is its own to take away, the ownerReference above all.
    if (wasWholeFor(seenSecret(live), claim)) managers.push(wholeManager);
    return { secret: secretOf(shape, values), mode: 'merge', managers };
  }
  return { secret: secretOf(ownership.isOwned ? shape : unowned(shape), values), mode: 'merge' };
}

/** Where items of others stand beside ours, the hash is over all of them. */
export function rehash(live: Secret, { secret }: Wanted, { patch }: Differences): void {
  const removed = patch.flatMap(({ path }) => (path.startsWith('/data/') ? [path.slice('/data/'.length)] : []));
  const kept = Object.entries(live.data ?? {}).filter(([item]) => !removed.includes(item));
  const after = { ...Object.fromEntries(kept), ...secret.data };
  secret.metadata.annotations = { ...secret.metadata.annotations, [esoMarks.dataHash]: hashOfData(after) };
}
