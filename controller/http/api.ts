// What the listen address serves: the certificate to everyone, and answers about sealed values within bounds.

import type { KeyRegistry } from '../../keys/registry.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { certificateHandler } from './certificate.ts';
import { Gate, type GateOptions } from './gate.ts';
import { healthHandler } from './health.ts';
import type { OpeningOptions } from './opening.ts';
import type { Routes } from './respond.ts';
import { rotateHandler } from './rotate.ts';
import { verifyHandler } from './verify.ts';

export interface ApiOptions extends Pick<OpeningOptions, 'isReady' | 'onOpened'>, Pick<GateOptions, 'isPressed'> {
  keys: KeyRegistry;
  clock: Clock;
  /** Resolves when a key that is due was made, as far as this replica makes any. */
  caughtUp(): Promise<void>;
  /** Values a second that may be opened for requests; 0: verify and rotate are not there. */
  openingRate: number;
}

/** Every replica serves them alike: each has all keys. */
export function apiRoutes({ keys, clock, caughtUp, openingRate, isPressed, ...options }: ApiOptions): Routes {
  const open: Routes = {
    '/v1/cert.pem': { GET: certificateHandler(keys, caughtUp) },
    '/healthz': { GET: healthHandler },
  };
  if (openingRate === 0) return open;
  const opening = { ...options, keys, gate: new Gate({ clock, perSecond: openingRate, isPressed }) };
  return {
    ...open,
    '/v1/verify': { POST: verifyHandler(opening) },
    '/v1/rotate': { POST: rotateHandler({ ...opening, now: () => clock.now() }) },
  };
}
