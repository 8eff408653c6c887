// What `status.sealwright` is to say, where it does not yet.

import { isDeepStrictEqual } from 'node:util';
import type { Settled } from '../engine/outcome.ts';
import type { Remembered } from './memory.ts';
import type { Outlook } from './outlook.ts';

/** What is in memory of the object; nothing where its status says the same already. */
export function remembered({ object, memory }: Outlook): Pick<Settled, 'remember'> {
  const { left: secret, sources, version, state, made, note } = memory;
  const all = { secret, sources, version, state, made, ...note };
  const said: Remembered = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const before: Remembered = object.status?.sealwright ?? {};
  // Another version alone needs no write: managedFields will tell the next start who wrote it.
  return isDeepStrictEqual(withoutVersion(said), withoutVersion(before)) ? {} : { remember: said };
}

function withoutVersion({ secret, ...rest }: Remembered): object {
  if (!secret) return rest;
  const { resourceVersion: _, ...known } = secret;
  return { ...rest, secret: known };
}
