// One login for everything that an identity reads: made when first needed, renewed in time, made again when it is refused.

import { utf8Text } from '../../../src/encoding/bytes.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { isStoreError } from '../store.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { VaultClient, VaultRequest } from './client.ts';
import type { Login } from './login.ts';
import { refused, type Subject, unanswered, vaultError } from './refusals.ts';
import { type RetrySettings, withRetries } from './retry.ts';
import { dueMs, hasEnded, renewed, type Token, tokenOf, tokenText } from './token.ts';
import { type Answer, NoAnswer } from './transport.ts';

/** What a session is made with. */
export interface SessionOptions extends RetrySettings {
  client: VaultClient;
  login: Login;
  /** The server's address, for messages. */
  server: string;
  clock: Clock;
  random: () => number;
}

/** A request that wants a token. */
export type SessionRequest = Omit<VaultRequest, 'token' | 'index'>;

/** How one request wants to be sent. */
export interface SendOptions {
  /** Send the index of the login along: the answering node must have seen it. */
  replayIndex?: boolean;
  /** A refusal is an answer like any other: nothing is tried against it. */
  takeRefusal?: boolean;
}

// Node fires a timer at once when its delay does not fit 31 bits; the default life of a token is longer.
const longestTimerMs = 2 ** 31 - 1;
// A node that has not seen a login yet refuses its token.
const freshMs = 2_000;
// A token keeps the policies that its role had at the login; one older than this is worth a new one when it is refused.
const agedMs = 60_000;
const betweenLoginsMs = 10_000;

interface Credentials {
  text: string;
  index: string | undefined;
  /** Undefined: the token that was given to us. */
  token: Token | undefined;
}

/** The token of one identity on one server. Nothing is sent before the first request; `close` gives the token back. */
export class VaultSession {
  readonly #options: SessionOptions;
  readonly #closing = new AbortController();
  #token: Token | undefined;
  #loggingIn: Promise<Token> | undefined;
  #lookingUp: Promise<boolean> | undefined;
  #cancelTimer: () => void = () => undefined;
  #lastForcedMs = Number.NEGATIVE_INFINITY;
  // A login that was refused is not repeated at once by everything that waits for it.
  #failure: { error: unknown; untilMs: number; count: number } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * The answer to `request` with a token of this session. A refusal is answered by one look at the token and, where that
   * may help, one new login and one more try. Throws `NoAnswer`, or a `StoreError` when there is no token to be had.
   */
  async send(request: SessionRequest, { replayIndex, takeRefusal }: SendOptions = {}): Promise<Answer> {
    const send = ({ text, index }: Credentials) =>
      this.#retrying({ ...request, token: text, ...(replayIndex && { index }) });
    request.signal.throwIfAborted();
    const used = await this.#credentials(request.signal);
    const answer = await send(used);
    if (answer.status !== 403 || takeRefusal) return answer;
    const other = await this.#afterRefusal(used, request.signal);
    return other ? send(other) : answer;
  }

  /** Logs in where that was not done yet, and asks the server about the token. Throws `StoreError`. */
  async validate(signal: AbortSignal): Promise<void> {
    const path = ['auth', 'token', 'lookup-self'];
    const answer = await this.#answer({ call: 'lookup-self', path, namespace: this.#namespace, signal });
    // A token without the default policy may not look at itself, and may be good all the same.
    if (answer.status === 200 || (answer.status === 403 && this.#options.login.token === undefined)) return;
    throw answer.status === 403 ? this.#deadToken() : this.#refused(answer, this.#subject(path));
  }

  /** Gives the token back. Never throws. */
  async close(signal: AbortSignal): Promise<void> {
    this.#cancelTimer();
    this.#closing.abort(vaultError('Unavailable', 'vault: the store was closed'));
    const token = this.#token;
    this.#token = undefined;
    if (token) await this.#revoke(token, signal);
  }

  async #answer(request: SessionRequest): Promise<Answer> {
    try {
      return await this.send(request);
    } catch (error) {
      throw error instanceof NoAnswer ? unanswered(error, this.#subject(request.path)) : error;
    }
  }

  #retrying(request: VaultRequest): Promise<Answer> {
    return withRetries(() => this.#options.client(request), this.#options, request.signal);
  }

  async #credentials(signal: AbortSignal): Promise<Credentials> {
    const { login } = this.#options;
    if (login.token) return { text: utf8Text(login.token.reveal()), index: undefined, token: undefined };
    return credentialsOf(await this.#current(signal));
  }

  async #current(signal: AbortSignal): Promise<Token> {
    if (this.#token && !hasEnded(this.#token, this.#nowMs())) return this.#token;
    return this.#fresh(signal);
  }

  /** A new login, or the one that is under way. */
  #fresh(signal: AbortSignal): Promise<Token> {
    this.#loggingIn ??= this.#logIn().finally(() => {
      this.#loggingIn = undefined;
    });
    return unlessAborted(this.#loggingIn, signal);
  }

  /** Other credentials to try once more with; undefined: the refusal stands. */
  async #afterRefusal({ token, text }: Credentials, signal: AbortSignal): Promise<Credentials | undefined> {
    if (!token) {
      if (await this.#isAlive(text, signal)) return undefined;
      throw this.#deadToken();
    }
    if (token !== this.#token || this.#loggingIn) return credentialsOf(await this.#fresher(token, signal));
    const ageMs = this.#nowMs() - token.bornMs;
    if (ageMs < freshMs) {
      await this.#options.clock.sleep(500, signal);
      return credentialsOf(await this.#current(signal));
    }
    if (this.#nowMs() - this.#lastForcedMs < betweenLoginsMs) return undefined;
    const isAlive = await this.#isAlive(text, signal);
    if (isAlive && ageMs < agedMs) return undefined;
    this.#lastForcedMs = this.#nowMs();
    if (!isAlive && token === this.#token) this.#token = undefined;
    if (!isAlive) return credentialsOf(await this.#current(signal));
    // The old one still serves other paths: where no new one is to be had, it stays.
    const fresh = await this.#fresher(token, signal).catch(() => undefined);
    signal.throwIfAborted();
    return fresh && credentialsOf(fresh);
  }

  /** A token that came after `token`. */
  async #fresher(token: Token, signal: AbortSignal): Promise<Token> {
    return token === this.#token || this.#loggingIn ? this.#fresh(signal) : this.#current(signal);
  }

  /** Whether the server still knows the token; one question for all who were refused at the same time. */
  #isAlive(token: string, signal: AbortSignal): Promise<boolean> {
    this.#lookingUp ??= this.#lookUp(token).finally(() => {
      this.#lookingUp = undefined;
    });
    return unlessAborted(this.#lookingUp, signal);
  }

  async #lookUp(token: string): Promise<boolean> {
    const path = ['auth', 'token', 'lookup-self'];
    const { signal } = this.#closing;
    const answer = await this.#retrying({ call: 'lookup-self', path, token, namespace: this.#namespace, signal });
    return answer.status !== 403;
  }

  async #logIn(): Promise<Token> {
    const { login, clock } = this.#options;
    if (this.#failure && this.#nowMs() < this.#failure.untilMs) throw this.#failure.error;
    try {
      const { signal } = this.#closing;
      signal.throwIfAborted();
      const { path, body } = (await login.request?.(signal)) ?? { path: [], body: {} };
      const askedMs = clock.monotonicMs();
      const request = { call: 'login', path: ['auth', ...path], body, namespace: this.#namespace, signal };
      const subject = this.#subject(request.path);
      const answer = await this.#retrying(request).catch((error: unknown) => {
        throw error instanceof NoAnswer ? unanswered(error, subject) : error;
      });
      return this.#adopt(this.#accepted(answer, subject, askedMs));
    } catch (error) {
      this.#remember(error);
      throw error;
    }
  }

  #adopt(token: Token): Token {
    this.#closing.signal.throwIfAborted();
    const previous = this.#token;
    this.#token = token;
    this.#failure = undefined;
    this.#schedule(token);
    if (previous) void this.#revoke(previous, this.#closing.signal);
    return token;
  }

  #accepted(answer: Answer, subject: Subject, askedMs: number): Token {
    if (answer.status !== 200) throw this.#loginRefused(answer, subject);
    const token = tokenOf(answer.text, answer.headers['x-vault-index'], askedMs);
    if (token) return token;
    throw vaultError('Invalid', `vault: ${subject.doing}: the answer has no token`, {
      hint: 'a login that asks for a second factor cannot be used by a controller',
    });
  }

  // What is wrong with credentials comes as 400 or 403, whichever the method prefers.
  #loginRefused(answer: Answer, subject: Subject) {
    if (answer.status !== 400 && answer.status !== 401 && answer.status !== 403) return this.#refused(answer, subject);
    return vaultError('Denied', `vault: ${subject.doing}: the server refuses the credentials or the role`, {
      hint: `compare the store's auth.${this.#options.login.method} with the role at ${subject.path}`,
    });
  }

  #deadToken() {
    const { server } = this.#options;
    return vaultError('Denied', `vault: the token is not, or no longer, known to ${server}`, {
      hint: 'put a new token into the Secret that tokenSecretRef points at',
    });
  }

  #remember(error: unknown): void {
    if (!isStoreError(error) || (error.class !== 'Denied' && error.class !== 'Invalid')) return;
    const count = (this.#failure?.count ?? 0) + 1;
    this.#failure = { error, count, untilMs: this.#nowMs() + Math.min(500 * 2 ** count, 60_000) };
  }

  /** Renews at two thirds of the token's life; one that cannot be renewed is left to the next who needs one. */
  #schedule(token: Token): void {
    const { clock, random } = this.#options;
    const atMs = dueMs(token, this.#nowMs(), random);
    this.#cancelTimer();
    if (atMs === undefined) return;
    const wait = () => {
      const leftMs = atMs - this.#nowMs();
      this.#cancelTimer = clock.timer(Math.min(Math.max(leftMs, 0), longestTimerMs), () => {
        if (token !== this.#token) return;
        if (this.#nowMs() < atMs) wait();
        else void this.#prolong(token);
      });
    };
    wait();
  }

  async #prolong(token: Token): Promise<void> {
    const isKept = token.renewable && (await this.#renew(token));
    if (token !== this.#token) return;
    if (isKept) return this.#schedule(token);
    this.#token = undefined;
    await this.#revoke(token, this.#closing.signal);
  }

  /** Whether the token may still be used. */
  async #renew(token: Token): Promise<boolean> {
    const askedMs = this.#nowMs();
    const body = { increment: `${token.leaseSeconds}s` };
    const path = ['auth', 'token', 'renew-self'];
    const { signal } = this.#closing;
    const request = { call: 'renew', path, body, ...this.#as(token), signal };
    const answer = await this.#retrying(request).catch(() => undefined);
    if (answer?.status === 200) renewed(token, answer.text, askedMs);
    // Refused: it ended, or has reached its maximum. Anything else passes, and there is a third of its life left.
    const isRefused = answer?.status === 400 || answer?.status === 403;
    return !isRefused && !signal.aborted && !hasEnded(token, this.#nowMs());
  }

  async #revoke(token: Token, signal: AbortSignal): Promise<void> {
    if (!token.revocable || hasEnded(token, this.#nowMs())) return;
    const path = ['auth', 'token', 'revoke-self'];
    await this.#options.client({ call: 'revoke', path, body: {}, ...this.#as(token), signal }).catch(() => undefined);
  }

  #as(token: Token) {
    return { token: tokenText(token), namespace: this.#namespace };
  }

  get #namespace(): string | undefined {
    return this.#options.login.namespace;
  }

  #subject(path: readonly string[]): Subject {
    const { login, server } = this.#options;
    return { doing: login.token ? 'using the token' : `logging in by ${login.method}`, path: path.join('/'), server };
  }

  #refused(answer: Answer, subject: Subject) {
    return refused(answer, subject, this.#options.clock.now());
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

const credentialsOf = (token: Token): Credentials => ({ text: tokenText(token), index: token.index, token });
