// What opening a sealed value needs from whoever guards the private keys; `keys/registry.ts` implements it.

import type { Envelope } from './envelope.ts';

/** What is known about a sealed value before it is opened. */
export interface OpenRequest {
  envelope: Envelope;
  /** The OAEP label that the value must have been sealed for; see `scope.ts`. */
  label: Uint8Array;
  /** Key id from the seal record, tried first. A hint, never trusted. Default: none. */
  keyIdHint?: string | undefined;
}

/** A value that opened, and the id of the key that opened it. */
export interface Opened {
  plaintext: Uint8Array;
  keyId: string;
}

/** Opens sealed values. Throws `OpenError` (`NO_KEY_OPENS`) when no key does, whatever the reason. */
export interface Opener {
  open(request: OpenRequest): Promise<Opened>;
}
