// Requests with the one token of an identity, and what is tried when one is refused.

import { utf8Text } from '../../../src/encoding/bytes.ts';
import { unlessAborted } from '../../../src/kube/abort.ts';
import { Session } from '../fetch/session.ts';
import type { VaultRequest } from './client.ts';
import { unanswered, vaultError } from './refusals.ts';
import { type Token, tokenText } from './token.ts';
import { lookupPath, type TokensOptions, VaultTokens } from './tokens.ts';
import { type Answer, NoAnswer } from './transport.ts';

/** A request that wants a token. */
export type SessionRequest = Omit<VaultRequest, 'token' | 'index'>;

/** How one request wants to be sent. */
export interface SendOptions {
  /** Send the index of the login along: the answering node must have seen it. */
  replayIndex?: boolean;
  /** A refusal is an answer like any other: nothing is tried against it. */
  takeRefusal?: boolean;
}

// A node that has not seen a login yet refuses its token.
const freshMs = 2_000;
// A token keeps the policies that its role had at the login; one older than this is worth a new one when it is refused.
const agedMs = 60_000;
const betweenLoginsMs = 10_000;

/** The token of one identity on one server. Nothing is sent before the first request; `close` gives the token back. */
export class VaultSession {
  readonly #options: TokensOptions;
  readonly #tokens: VaultTokens;
  readonly #session: Session<Token>;
  readonly #closing = new AbortController();
  #lookingUp: Promise<boolean> | undefined;
  #lastForcedMs = Number.NEGATIVE_INFINITY;

  constructor(options: TokensOptions) {
    const { clock, random } = options;
    const tokens = new VaultTokens(options);
    this.#options = options;
    this.#tokens = tokens;
    this.#session = new Session({
      clock,
      random,
      provider: 'vault',
      open: (signal) => tokens.open(signal),
      renew: (token, signal) => tokens.renew(token, signal),
      revoke: (token, signal) => tokens.revoke(token, signal),
    });
  }

  /**
   * The answer to `request` with a token of this session. A refusal is answered by one look at the token and, where that
   * may help, one new login and one more try. Throws `NoAnswer`, or a `StoreError` when there is no token to be had.
   */
  async send(request: SessionRequest, { replayIndex, takeRefusal }: SendOptions = {}): Promise<Answer> {
    const { signal } = request;
    signal.throwIfAborted();
    const { token: given } = this.#options.login;
    if (given) return this.#sendGiven(request, utf8Text(given.reveal()), takeRefusal);
    const send = (token: Token) =>
      this.#tokens.send({ ...request, token: tokenText(token), ...(replayIndex && { index: token.index }) });
    const used = await this.#session.get(signal);
    const answer = await send(used);
    if (answer.status !== 403 || takeRefusal) return answer;
    const other = await this.#afterRefusal(used, signal);
    return other ? send(other) : answer;
  }

  /** A token that is good for a while, for what is no single request. Throws `StoreError`. */
  async token(signal: AbortSignal): Promise<string> {
    const { token: given } = this.#options.login;
    return given ? utf8Text(given.reveal()) : tokenText(await this.#session.get(signal));
  }

  /** Logs in where that was not done yet, and asks the server about the token. Throws `StoreError`. */
  async validate(signal: AbortSignal): Promise<void> {
    const { namespace, token } = this.#options.login;
    const subject = this.#tokens.subject(lookupPath);
    const request = { call: 'lookup-self', path: lookupPath, namespace, signal };
    const answer = await this.send(request).catch((error: unknown) => {
      throw error instanceof NoAnswer ? unanswered(error, subject) : error;
    });
    // A token without the default policy may not look at itself, and may be good all the same.
    if (answer.status === 200 || (answer.status === 403 && token === undefined)) return;
    throw answer.status === 403 ? this.#deadToken() : this.#tokens.refused(answer, subject);
  }

  /** Forgets that a login was refused: what it was refused for may have changed. */
  reconsider(): void {
    this.#session.reconsider();
  }

  /** Gives the token back. Never throws. */
  async close(): Promise<void> {
    this.#closing.abort(vaultError('Unavailable', 'vault: the store was closed'));
    await this.#session.close();
  }

  // Nothing can be tried with another one; but a dead token is another message than a path that it may not read.
  async #sendGiven(request: SessionRequest, token: string, takeRefusal: boolean | undefined): Promise<Answer> {
    const answer = await this.#tokens.send({ ...request, token });
    if (answer.status !== 403 || takeRefusal || (await this.#isAlive(token, request.signal))) return answer;
    throw this.#deadToken();
  }

  /** Another token to try once more with; undefined: the refusal stands. */
  async #afterRefusal(token: Token, signal: AbortSignal): Promise<Token | undefined> {
    const session = this.#session;
    if (!session.isCurrent(token)) return session.replace(token, signal);
    const ageMs = this.#nowMs() - token.bornMs;
    if (ageMs < freshMs) {
      await this.#options.clock.sleep(500, signal);
      return session.get(signal);
    }
    if (this.#nowMs() - this.#lastForcedMs < betweenLoginsMs) return undefined;
    const isAlive = await this.#isAlive(tokenText(token), signal);
    if (isAlive && ageMs < agedMs) return undefined;
    this.#lastForcedMs = this.#nowMs();
    if (!isAlive) {
      session.invalidate(token);
      return session.get(signal);
    }
    // The old one still serves other paths: where no new one is to be had, it stays.
    const fresh = await session.replace(token, signal).catch(() => undefined);
    signal.throwIfAborted();
    return fresh;
  }

  /** Whether the server still knows the token; one question for all who were refused at the same time. */
  #isAlive(token: string, signal: AbortSignal): Promise<boolean> {
    this.#lookingUp ??= this.#tokens.isAlive(token, this.#closing.signal).finally(() => {
      this.#lookingUp = undefined;
    });
    return unlessAborted(this.#lookingUp, signal);
  }

  #deadToken() {
    const { server } = this.#options;
    return vaultError('Denied', `vault: the token is not, or no longer, known to ${server}`, {
      hint: 'put a new token into the Secret that tokenSecretRef points at',
    });
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
