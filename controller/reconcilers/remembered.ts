// What `status.sealwright` is to say, where it does not yet.

import { isDeepStrictEqual } from 'node:util';
import type { Settled } from '../engine/outcome.ts';
import type { LeftSecret } from '../secret/writer.ts';

type Remembered = Readonly<Record<string, unknown>> & { secret?: LeftSecret | undefined };

/** `next` without what is undefined; nothing where `before` says the same already. */
export function rememberedOf(next: Remembered, before: Remembered | object = {}): Pick<Settled, 'remember'> {
  const said: Remembered = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
  // Another version alone needs no write: managedFields will tell the next start who wrote it.
  return isDeepStrictEqual(withoutVersion(said), withoutVersion(before as Remembered)) ? {} : { remember: said };
}

function withoutVersion(remembered: Remembered): Record<string, unknown> {
  const { secret, ...rest } = remembered;
  if (!secret) return rest;
  const { resourceVersion: _, ...known } = secret;
  return { ...rest, secret: known };
}
