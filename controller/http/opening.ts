// What verify and rotate share: whether they may answer now, and opening values one by one behind the gate.

import type { KeyRegistry } from '../../keys/registry.ts';
import { isSealError, type SealError } from '../../src/errors.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import type { Opened, Opener } from '../../src/seal/opener.ts';
import { recordOf, sealedForOf, sealedValuesOf } from '../../src/seal/sealed-secret.ts';
import { openValue } from '../../src/seal/value.ts';
import type { Gate } from './gate.ts';
import { errorResponse, type Handler } from './respond.ts';
import { readSent, type Sent } from './sent.ts';

export interface OpeningOptions {
  keys: Pick<KeyRegistry, 'newest' | 'apart'>;
  gate: Gate;
  /** Whether every key Secret has been read: until then a value that does not open may well do. */
  isReady: () => boolean;
}

/**
 * Opens the values of a SealedSecret one after another, which leaves the other cores to the reconciling. `visit` is told of each, and
 * that it opened or no more than that it did not; the plain text is wiped when `visit` is through.
 */
export type OpenEach = (
  sealedSecret: SealedSecret,
  visit: (item: string, opened: Opened | undefined) => Promise<void> | void,
) => Promise<void>;

/** A handler that reads SealedSecrets and answers with what `answer` makes of them. */
export function openingHandler(
  { keys, gate, isReady }: OpeningOptions,
  answer: (sent: Sent, openEach: OpenEach) => Promise<Response>,
): Handler {
  const openEach = eachOpener(keys.apart(), gate);
  return async (request) => {
    if (!isReady()) return errorResponse(503, 'NOT_READY', 'the sealing keys are not read yet', { 'retry-after': '2' });
    const body = new Uint8Array(await request.arrayBuffer());
    const answered = await gate.enter(async () => {
      try {
        return await answer(await readSent(body, (cost) => gate.pay(cost)), openEach);
      } catch (error) {
        if (!isSealError(error)) throw error;
        return errorResponse(statusOf(error), error.code, error.message);
      }
    });
    return (
      answered ?? errorResponse(429, 'BUSY', 'too many requests wait for the sealing keys', { 'retry-after': '2' })
    );
  };
}

const statusOf = ({ code }: SealError) => (code === 'TOO_MANY' || code === 'TOO_LARGE' ? 413 : 400);

function eachOpener(opener: Opener, gate: Gate): OpenEach {
  return async (sealedSecret, visit) => {
    const sealedFor = sealedForOf(sealedSecret);
    const record = recordOf(sealedSecret);
    for (const [item, sealed] of sealedValuesOf(sealedSecret)) {
      await gate.pay(1);
      const opened = await openValue(sealed, { opener, sealedFor, keyIdHint: record.get(item)?.keyId }).catch(
        lockedOnly,
      );
      try {
        await visit(item, opened);
      } finally {
        opened?.plaintext.fill(0);
      }
    }
  };
}

function lockedOnly(error: unknown): undefined {
  if (!isSealError(error) || (error.code !== 'NO_KEY_OPENS' && error.code !== 'VALUE_DAMAGED')) throw error;
}

/** What an answer calls a SealedSecret. */
export function nameOf({ metadata: { namespace, name } }: SealedSecret): { namespace?: string; name?: string } {
  return { ...(namespace && { namespace }), ...(name && { name }) };
}

/** The one answer for a SealedSecret with a value that does not open, whatever the reason. */
export function locked(): Response {
  return errorResponse(409, 'NO_KEY_OPENS', 'the SealedSecret does not open here');
}
