// What is said when items do not open: which, and what the manifest alone tells of the reason.

import { OpenError } from '../errors.ts';
import type { SealedSecret } from '../kube/objects.ts';
import { recordLabel } from './record.ts';
import { recordOf, sealedForOf } from './sealed-secret.ts';

/** One error for all items that failed; the worst of their reasons gives the code. */
export function itemsError(sealedSecret: SealedSecret, failures: ReadonlyMap<string, OpenError>): OpenError {
  // Only what anyone could see of a damaged value is told apart from "no key opens it".
  const names = [...failures.keys()].sort();
  const damaged = names.filter((item) => failures.get(item)?.code === 'VALUE_DAMAGED');
  const locked = names.filter((item) => !damaged.includes(item));
  const parts = [
    ...(locked.length > 0 ? [`no key could decrypt ${locked.join(', ')}`] : []),
    ...damaged.map((item) => `${item} cannot be opened: ${failures.get(item)?.message}`),
  ];
  const message = `${nameOf(sealedSecret)}: ${parts.join('; ')}`;
  if (locked.length === 0) return new OpenError('VALUE_DAMAGED', message, { hint: 'seal the value again' });
  return new OpenError('NO_KEY_OPENS', message, { hint: lockedHints(sealedSecret, locked) });
}

// From the manifest alone, so it tells nothing that its reader does not have.
function lockedHints(sealedSecret: SealedSecret, locked: readonly string[]): string[] {
  const sealedFor = sealedForOf(sealedSecret);
  const here = recordLabel(sealedFor);
  const record = recordOf(sealedSecret);
  const moved = locked.find((item) => (record.get(item)?.sealedFor ?? here) !== here);
  if (moved !== undefined) {
    return [
      `${moved} was sealed for ${record.get(moved)?.sealedFor}, and this is ${here}: seal it again for this place`,
    ];
  }
  if (sealedFor.scope !== 'cluster-wide' && !sealedFor.namespace) {
    return ['the SealedSecret has no metadata.namespace, and its values were sealed for one'];
  }
  return ['a value opens only under the name, namespace and scope it was sealed for, with the key of its certificate'];
}

function nameOf({ metadata: { name, namespace } }: SealedSecret): string {
  return namespace ? `${namespace}/${name}` : `${name}`;
}
