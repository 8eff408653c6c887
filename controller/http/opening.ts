// What verify and rotate share: whether they may answer now, and opening values one by one behind the gate.

import type { KeyRegistry } from '../../keys/registry.ts';
import { isSealError, type SealError } from '../../src/errors.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import type { Opened, Opener } from '../../src/seal/opener.ts';
import { recordOf, sealedForOf, sealedValuesOf } from '../../src/seal/sealed-secret.ts';
import { tryOpenValue } from '../../src/seal/value.ts';
import type { Gate } from './gate.ts';
import { errorResponse, type Handler, type HttpResponse } from './respond.ts';
import { readSent, type Sent } from './sent.ts';

export interface OpeningOptions {
  keys: Pick<KeyRegistry, 'newest' | 'apart'>;
  gate: Gate;
  /** Whether every key Secret has been read: until then a value that does not open may well do. */
  isReady: () => boolean;
  /** Told of each request that had values opened. */
  onOpened?: (opened: OpenedForRequest) => void;
}

/** What somebody had opened: for the log, which names nothing that a request says. */
export interface OpenedForRequest {
  /** Such as `/v1/rotate`. */
  path: string;
  sealedSecrets: number;
  values: number;
  /** Of them, how many did not open. */
  locked: number;
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
  { keys, gate, isReady, onOpened }: OpeningOptions,
  answer: (sent: Sent, openEach: OpenEach) => Promise<HttpResponse>,
): Handler {
  const opener = keys.apart();
  return async ({ path, body }) => {
    if (!isReady()) return errorResponse(503, 'NOT_READY', 'the sealing keys are not read yet', { 'retry-after': '2' });
    const answered = await gate.enter(async () => {
      const counts = { sealedSecrets: 0, values: 0, locked: 0 };
      try {
        return await answer(await readSent(body, (cost) => gate.pay(cost)), eachOpener(opener, gate, counts));
      } catch (error) {
        if (!isSealError(error)) throw error;
        return errorResponse(statusOf(error), error.code, error.message);
      } finally {
        if (counts.values > 0) onOpened?.({ path, ...counts });
      }
    });
    return (
      answered ?? errorResponse(429, 'BUSY', 'too many requests wait for the sealing keys', { 'retry-after': '2' })
    );
  };
}

const statusOf = ({ code }: SealError) => (code === 'TOO_MANY' || code === 'TOO_LARGE' ? 413 : 400);

function eachOpener(opener: Opener, gate: Gate, counts: Omit<OpenedForRequest, 'path'>): OpenEach {
  return async (sealedSecret, visit) => {
    counts.sealedSecrets += 1;
    const sealedFor = sealedForOf(sealedSecret);
    const record = recordOf(sealedSecret);
    for (const [item, sealed] of sealedValuesOf(sealedSecret)) {
      await gate.pay(1);
      const opened = await tryOpenValue(sealed, { opener, sealedFor, keyIdHint: record.get(item)?.keyId });
      counts.values += 1;
      if (!opened) counts.locked += 1;
      try {
        await visit(item, opened);
      } finally {
        opened?.plaintext.fill(0);
      }
    }
  };
}

/** What an answer calls a SealedSecret. */
export function nameOf({ metadata: { namespace, name } }: SealedSecret): { namespace?: string; name?: string } {
  return { ...(namespace && { namespace }), ...(name && { name }) };
}

/** The one answer for a SealedSecret with a value that does not open, whatever the reason. */
export function locked(): HttpResponse {
  return errorResponse(409, 'NO_KEY_OPENS', 'the SealedSecret does not open here');
}
