// What an event says of a Secret that was written.

import type { Settled } from '../engine/outcome.ts';
import type { SecretShape } from '../secret/desired.ts';
import type { Written } from '../secret/writer.ts';

/** What an event says of a write. */
export function changeOf(
  { did, words }: Written,
  { name }: SecretShape,
  isRepair: boolean,
): NonNullable<Settled['change']> {
  const parts = words.join(', ');
  if (did === 'recreated') {
    const why = words.includes('immutable') ? 'it is immutable' : `its ${parts} cannot be changed`;
    const message = `Secret ${name} was deleted and made again, since ${why}`;
    return { reason: 'Recreated', message };
  }
  if (isRepair) {
    const what =
      did === 'created'
        ? 'was deleted, and was made again'
        : `was changed by someone else (${parts}), and was put right`;
    return { reason: 'Repaired', message: `Secret ${name} ${what}`, type: 'Warning' };
  }
  if (did === 'created') return { reason: 'Created', message: `Secret ${name} made` };
  return { reason: 'Updated', message: `Secret ${name} changed (${parts})` };
}
