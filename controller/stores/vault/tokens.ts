// What is asked of a server about the tokens of one login: a new one, a longer life, whether it lives, its end.

import type { Clock } from '../../../src/kube/clock.ts';
import type { Lease } from '../fetch/session.ts';
import type { VaultClient } from './client.ts';
import type { Login } from './login.ts';
import { refused, type Subject, unanswered, vaultError } from './refusals.ts';
import { type RetrySettings, withRetries } from './retry.ts';
import { renewed, type Token, tokenOf, tokenText } from './token.ts';
import { type Answer, NoAnswer } from './transport.ts';

/** Who logs in, and where. */
export interface TokensOptions extends RetrySettings {
  client: VaultClient;
  login: Login;
  /** The server's address, for messages. */
  server: string;
  clock: Clock;
  random: () => number;
}

/** Where a token asks about itself. */
export const lookupPath = ['auth', 'token', 'lookup-self'];

/** The tokens of one login. */
export class VaultTokens {
  readonly #options: TokensOptions;
  /** The client, tried again where what stood in the way passes by itself. */
  readonly send: VaultClient;

  constructor(options: TokensOptions) {
    this.#options = options;
    this.send = (request) => withRetries(() => options.client(request), options, request.signal);
  }

  /** Logs in. Throws `StoreError`. */
  async open(signal: AbortSignal): Promise<Lease<Token>> {
    const { login, clock } = this.#options;
    const { path, body } = (await login.request?.(signal)) ?? { path: [], body: {} };
    const bornMs = clock.monotonicMs();
    const { namespace, headers } = login;
    const request = { call: 'login', path: ['auth', ...path], body, headers, namespace, signal };
    const subject = this.subject(request.path);
    const answer = await this.send(request).catch((error: unknown) => {
      throw error instanceof NoAnswer ? unanswered(error, subject) : error;
    });
    if (answer.status !== 200) throw this.#loginRefused(answer, subject);
    const lease = tokenOf(answer.text, answer.headers['x-vault-index'], bornMs);
    if (lease) return lease;
    throw vaultError('Invalid', `vault: ${subject.doing}: the answer has no token`, {
      hint: 'a login that asks for a second factor cannot be used by a controller',
    });
  }

  /** Undefined: it has reached its maximum, or may not renew itself. Throws what may pass. */
  async renew(token: Token, signal: AbortSignal): Promise<Lease<Token> | undefined> {
    const body = { increment: `${token.leaseSeconds}s` };
    const path = ['auth', 'token', 'renew-self'];
    const answer = await this.send({ call: 'renew', path, body, ...this.#as(token), signal });
    if (answer.status === 200) return renewed(token, answer.text);
    if (answer.status === 400 || answer.status === 403) return undefined;
    throw this.refused(answer, { ...this.subject(path), doing: 'renewing the token' });
  }

  async revoke(token: Token, signal: AbortSignal): Promise<void> {
    if (!token.revocable) return;
    const path = ['auth', 'token', 'revoke-self'];
    await this.#options.client({ call: 'revoke', path, body: {}, ...this.#as(token), signal });
  }

  /** Whether the server still knows the token. Throws `NoAnswer`. */
  async isAlive(token: string, signal: AbortSignal): Promise<boolean> {
    const { namespace } = this.#options.login;
    const answer = await this.send({ call: 'lookup-self', path: lookupPath, token, namespace, signal });
    return answer.status !== 403;
  }

  /** What an exchange about tokens is called in messages. */
  subject(path: readonly string[]): Subject {
    const { login, server } = this.#options;
    return { doing: login.token ? 'using the token' : `logging in by ${login.method}`, path: path.join('/'), server };
  }

  refused(answer: Answer, subject: Subject) {
    return refused(answer, subject, this.#options.clock.now());
  }

  // What is wrong with credentials comes as 400 or 403, whichever the method prefers.
  #loginRefused(answer: Answer, subject: Subject) {
    if (answer.status !== 400 && answer.status !== 401 && answer.status !== 403) return this.refused(answer, subject);
    return vaultError('Denied', `vault: ${subject.doing}: the server refuses the credentials or the role`, {
      hint: `compare the store's auth.${this.#options.login.method} with the role at ${subject.path}`,
      about: 'login',
    });
  }

  #as(token: Token) {
    return { token: tokenText(token), namespace: this.#options.login.namespace };
  }
}
