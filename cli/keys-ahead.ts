// The session keys of a call that seals many values: made ahead by a thread, once there is something for it to do.

import type { SessionKeysAhead } from '../keys/session-keys-ahead.ts';
import { labelOf } from '../src/seal/scope.ts';
import type { Context } from './context.ts';
import type { Ciphers, DocumentPlan } from './sealing-plan.ts';

// In a stream of so many characters there are enough Secrets, as a rule, to make up for the start of a thread.
const worthAThread = 64 * 1024;

/** Orders keys for documents in the order in which they are going to be sealed. */
export class KeysAhead {
  readonly #isWorthIt: boolean;
  readonly #context: Pick<Context, 'restrainCompiler'>;
  #thread: Promise<SessionKeysAhead | undefined> | undefined;

  /** For documents of `length` characters altogether. */
  constructor(length: number, context: Pick<Context, 'restrainCompiler'>) {
    this.#isWorthIt = length >= worthAThread;
    this.#context = context;
  }

  /** Nothing is in what it resolves with where no thread is worth it; `undefined` asks to come again when other keys are used up. */
  async order({ secrets }: DocumentPlan): Promise<Ciphers | undefined> {
    if (!this.#isWorthIt || secrets.length === 0) return [];
    this.#thread ??= startThread(this.#context);
    const thread = await this.#thread;
    if (!thread) return [];
    const ciphers = secrets.map(({ prepared: { sealedFor, values }, options }) =>
      thread.order(options.certificate.spki, labelOf(sealedFor), values.size),
    );
    return ciphers.some((cipher) => cipher !== undefined) ? ciphers : undefined;
  }

  /** Ends the thread. */
  async stop(): Promise<void> {
    (await this.#thread)?.stop();
  }
}

// The libraries of threads are loaded where there is one.
async function startThread(context: Pick<Context, 'restrainCompiler'>): Promise<SessionKeysAhead | undefined> {
  const { SessionKeysAhead } = await import('../keys/session-keys-ahead.ts');
  const thread = SessionKeysAhead.start();
  // What it compiles beside us, a call of seconds never gets back.
  if (thread) context.restrainCompiler();
  return thread;
}
