// One login for all: when it is made, renewed, made again, remembered as refused, and given back.

import { describe, expect, it } from 'vitest';
import type { VaultRequest } from '../../../../controller/stores/vault/client.ts';
import { VaultSession } from '../../../../controller/stores/vault/session.ts';
import { type Answer, NoAnswer } from '../../../../controller/stores/vault/transport.ts';
import { utf8Bytes } from '../../../../src/encoding/bytes.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { FakeClock } from '../../../support/clock.ts';
import { failureOf } from '../support/vault.ts';

const json = (status: number, body: unknown = {}, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  text: JSON.stringify(body),
});

interface Auth {
  lease_duration?: number;
  renewable?: boolean;
  token_type?: string;
}

/** A Vault that knows which of its tokens live; `answers` may answer first. */
function vault(auth: Auth = { lease_duration: 3600, renewable: true }) {
  const clock = new FakeClock();
  const requests: VaultRequest[] = [];
  const living = new Set<string>();
  const state = {
    denied: false,
    renewal: auth as Auth | Answer,
    answer: undefined as ((request: VaultRequest) => Answer | Promise<Answer> | undefined) | undefined,
  };
  let made = 0;
  const login = (): Answer => {
    const token = `token-${++made}`;
    living.add(token);
    return json(200, { auth: { client_token: token, ...auth } }, { 'x-vault-index': `index-${made}` });
  };
  const client = async (request: VaultRequest): Promise<Answer> => {
    request.signal.throwIfAborted();
    requests.push(request);
    const own = await state.answer?.(request);
    if (own) return own;
    if (request.call === 'login') return login();
    if (!living.has(request.token ?? '')) return json(403, { errors: ['permission denied'] });
    if (request.call === 'renew')
      return 'status' in state.renewal ? (state.renewal as Answer) : json(200, { auth: state.renewal });
    if (request.call === 'revoke') living.delete(request.token ?? '');
    return request.call === 'kv-read' && state.denied ? json(403) : json(200);
  };
  const session = (more: { token?: string; maxRetries?: number } = {}) =>
    new VaultSession({
      client,
      login: {
        method: more.token ? 'token' : 'appRole',
        namespace: 'team',
        identity: [],
        secrets: [],
        ...(more.token
          ? { token: new SecretBytes(utf8Bytes(more.token)) }
          : { request: async () => ({ path: ['approle', 'login'], body: {} }) }),
      },
      server: 'https://vault.test',
      clock,
      random: () => 0,
      maxRetries: more.maxRetries ?? 0,
    });
  const calls = () => requests.map(({ call }) => call);
  return { clock, requests, living, state, session, calls };
}

const { signal } = new AbortController();
const read = { call: 'kv-read', path: ['secret', 'data', 'x'], signal };
const minutes = (count: number) => count * 60_000;

describe('a session', () => {
  it('logs in at the first need, once for all who need it, in the namespace of the login', async () => {
    const { session, requests, calls } = vault();
    const own = session();
    expect(calls()).toEqual([]);
    await Promise.all([1, 2, 3].map(() => own.send({ ...read, namespace: 'other' })));
    expect(calls()).toEqual(['login', 'kv-read', 'kv-read', 'kv-read']);
    expect(requests.map(({ namespace }) => namespace)).toEqual(['team', 'other', 'other', 'other']);
    expect(requests[0]?.token).toBeUndefined();
    expect(requests[1]?.token).toBe('token-1');
  });

  it('replays the index of the login where reads ask for it', async () => {
    const { session, requests } = vault();
    const own = session();
    await own.send(read);
    await own.send(read, { replayIndex: true });
    expect(requests.map(({ index }) => index)).toEqual([undefined, undefined, 'index-1']);
  });

  it('renews at two thirds of its life, again and again', async () => {
    const { session, clock, calls, requests } = vault();
    await session().send(read);
    await clock.advance(minutes(39));
    expect(calls()).toEqual(['login', 'kv-read']);
    await clock.advance(minutes(2));
    expect(calls()).toEqual(['login', 'kv-read', 'renew']);
    expect(requests[2]).toMatchObject({ body: { increment: '3600s' }, namespace: 'team' });
    await clock.advance(minutes(40));
    expect(calls().filter((call) => call === 'renew')).toHaveLength(2);
  });

  it('renews a life beyond the longest timer once, not at once', async () => {
    const { session, clock, calls } = vault({ lease_duration: 90 * 86_400, renewable: true });
    await session().send(read);
    await clock.advance(59 * 86_400_000);
    expect(calls()).toEqual(['login', 'kv-read']);
    await clock.advance(2 * 86_400_000);
    expect(calls()).toEqual(['login', 'kv-read', 'renew']);
  });

  it('logs in anew, early, when a renewal gives less than the login did', async () => {
    const { session, clock, calls, state, requests } = vault();
    const own = session();
    await own.send(read);
    state.renewal = { lease_duration: 600, renewable: true };
    await clock.advance(minutes(40));
    await clock.advance(minutes(7));
    // Nobody waits for the next login, which is made when somebody needs one; the old token is given back after it.
    expect(calls()).toEqual(['login', 'kv-read', 'renew']);
    await own.send(read);
    await clock.advance(0);
    expect(calls().slice(3).sort()).toEqual(['kv-read', 'login', 'revoke']);
    await own.send(read);
    expect(requests.at(-1)?.token).toBe('token-2');
  });

  it('logs in anew when the renewal is refused', async () => {
    const { session, clock, calls, state } = vault();
    const own = session();
    await own.send(read);
    state.renewal = json(403);
    await clock.advance(minutes(41));
    await own.send(read);
    expect(calls().filter((call) => call === 'login')).toHaveLength(2);
  });

  it('keeps its token when a renewal does not get through, and tries again while it lives', async () => {
    const { session, clock, calls, state } = vault();
    const own = session();
    await own.send(read);
    state.answer = ({ call }) => {
      if (call === 'renew') throw new NoAnswer('refused', 'refused');
      return undefined;
    };
    await clock.advance(minutes(50));
    await own.send(read);
    expect(calls().filter((call) => call === 'login')).toHaveLength(1);
    await clock.advance(minutes(15));
    expect(calls().filter((call) => call === 'renew').length).toBeLessThan(20);
    await own.send(read);
    expect(calls().filter((call) => call === 'login')).toHaveLength(2);
  });

  it('neither renews nor revokes a batch token, and logs in anew before it ends', async () => {
    const { session, clock, calls } = vault({ lease_duration: 600, renewable: false, token_type: 'batch' });
    const own = session();
    await own.send(read);
    await clock.advance(minutes(9));
    await own.send(read);
    await own.close();
    expect(calls()).toEqual(['login', 'kv-read', 'login', 'kv-read']);
  });

  it('never ends a token without an end', async () => {
    const { session, clock, calls } = vault({ lease_duration: 0 });
    const own = session();
    await own.send(read);
    await clock.advance(400 * 86_400_000);
    await own.send(read);
    expect(calls()).toEqual(['login', 'kv-read', 'kv-read']);
    expect(clock.waiting).toBe(0);
  });

  it('gives its token back when it is closed, and waits for nothing afterwards', async () => {
    const { session, clock, calls, living } = vault();
    const own = session();
    await own.send(read);
    await own.close();
    expect(calls()).toEqual(['login', 'kv-read', 'revoke']);
    expect(living.size).toBe(0);
    expect(clock.waiting).toBe(0);
    expect((await failureOf(own.send(read))).class).toBe('Unavailable');
  });

  it('lets a waiting caller go without ending the login for the others', async () => {
    const { session, calls, state } = vault();
    let go = () => {};
    const gate = new Promise<undefined>((resolve) => {
      go = () => resolve(undefined);
    });
    state.answer = ({ call }) => (call === 'login' ? (gate as never) : undefined);
    const own = session();
    const impatient = new AbortController();
    const first = own.send({ ...read, signal: impatient.signal });
    const second = own.send(read);
    impatient.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    go();
    expect((await second).status).toBe(200);
    expect(calls()).toEqual(['login', 'kv-read']);
  });
});

describe('a refused read', () => {
  it('of a token that was revoked: one look, one login, one more try', async () => {
    const { session, clock, calls, living } = vault();
    const own = session();
    await own.send(read);
    living.clear();
    await clock.advance(5_000);
    expect((await own.send(read)).status).toBe(200);
    expect(calls()).toEqual(['login', 'kv-read', 'kv-read', 'lookup-self', 'login', 'kv-read']);
  });

  it('many at once: still one look and one login', async () => {
    const { session, clock, calls, living } = vault();
    const own = session();
    await own.send(read);
    living.clear();
    await clock.advance(5_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => own.send(read)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(calls().filter((call) => call === 'lookup-self')).toHaveLength(1);
    expect(calls().filter((call) => call === 'login')).toHaveLength(2);
  });

  it('of a young and living token: the refusal stands', async () => {
    const { session, clock, calls, state } = vault();
    const own = session();
    await own.send(read);
    state.denied = true;
    await clock.advance(5_000);
    expect((await own.send(read)).status).toBe(403);
    expect(calls()).toEqual(['login', 'kv-read', 'kv-read', 'lookup-self']);
  });

  it('of an old and living token: one new login, whose policies may be others; the old token is given back', async () => {
    const { session, clock, calls, state, living } = vault();
    const own = session();
    await own.send(read);
    state.denied = true;
    await clock.advance(61_000);
    expect((await own.send(read)).status).toBe(403);
    expect(calls().slice(2).sort()).toEqual(['kv-read', 'kv-read', 'login', 'lookup-self', 'revoke']);
    expect([...living]).toEqual(['token-2']);
  });

  it('of an old token that nothing replaces: the token goes on serving', async () => {
    const { session, clock, calls, state, living } = vault();
    const own = session();
    await own.send(read);
    state.denied = true;
    state.answer = ({ call }) => (call === 'login' ? json(503) : undefined);
    await clock.advance(61_000);
    expect((await own.send(read)).status).toBe(403);
    state.denied = false;
    expect((await own.send(read)).status).toBe(200);
    expect([...living]).toEqual(['token-1']);
    expect(calls()).not.toContain('revoke');
  });

  it('again and again: no more than one login in ten seconds', async () => {
    const { session, clock, calls, living } = vault();
    const own = session();
    await own.send(read);
    for (let at = 0; at < 8; at++) {
      await clock.advance(2_500);
      living.clear();
      await own.send(read);
    }
    expect(calls().filter((call) => call === 'login').length).toBeLessThanOrEqual(4);
  });

  it('right after the login: tried once more when the node has caught up', async () => {
    const { session, clock, calls, state } = vault();
    let refusals = 1;
    state.answer = ({ call }) => (call === 'kv-read' && refusals-- > 0 ? json(403) : undefined);
    const answer = session().send(read);
    await clock.untilSleeping();
    await clock.advance(500);
    expect((await answer).status).toBe(200);
    expect(calls()).toEqual(['login', 'kv-read', 'kv-read']);
  });

  it('of a token that was given to us: tells a dead token from a denied path', async () => {
    const { session, living, state, calls } = vault();
    const own = session({ token: 'given' });
    expect(await failureOf(own.send(read))).toMatchObject({
      class: 'Denied',
      message: 'vault: the token is not, or no longer, known to https://vault.test',
    });
    living.add('given');
    state.denied = true;
    expect((await own.send(read)).status).toBe(403);
    await own.close();
    expect(calls()).not.toContain('revoke');
  });
});

describe('a login that fails', () => {
  it('is the failure of all who wait, and is not repeated at once', async () => {
    const { session, clock, calls, state } = vault();
    state.answer = ({ call }) =>
      call === 'login' ? json(400, { errors: ['invalid role or secret ID: very-secret'] }) : undefined;
    const own = session();
    const errors = await Promise.all([1, 2, 3].map(() => failureOf(own.send(read))));
    expect(errors[0]).toMatchObject({
      class: 'Denied',
      message: 'vault: logging in by appRole: the server refuses the credentials or the role',
      hints: ["compare the store's auth.appRole with the role at auth/approle/login"],
    });
    expect(JSON.stringify(errors)).not.toContain('very-secret');
    await failureOf(own.send(read));
    expect(calls()).toEqual(['login']);
    await clock.advance(1_001);
    await failureOf(own.send(read));
    expect(calls()).toEqual(['login', 'login']);
  });

  it('waits longer each time, a minute at most', async () => {
    const { session, clock, calls, state } = vault();
    state.answer = () => json(403);
    const own = session();
    for (let second = 0; second < 600; second++) {
      await failureOf(own.send(read));
      await clock.advance(1_000);
    }
    expect(calls().length).toBeGreaterThan(10);
    expect(calls().length).toBeLessThan(20);
  });

  it('for want of an answer is tried again by the next who needs it', async () => {
    const { session, calls, state } = vault();
    state.answer = () => json(503, { errors: ['Vault is sealed'] });
    const own = session();
    expect(await failureOf(own.send(read))).toMatchObject({
      class: 'Unavailable',
      message: 'vault: logging in by appRole: https://vault.test is sealed',
    });
    state.answer = undefined;
    expect((await own.send(read)).status).toBe(200);
    expect(calls()).toEqual(['login', 'login', 'kv-read']);
  });

  it('because nobody answers is unavailable', async () => {
    const { session, state } = vault();
    state.answer = () => {
      throw new NoAnswer('refused', 'https://vault.test refuses connections');
    };
    expect(await failureOf(session().send(read))).toMatchObject({
      class: 'Unavailable',
      message: 'vault: logging in by appRole: https://vault.test refuses connections',
    });
  });

  it('because it asks for a second factor says so', async () => {
    const { session, state } = vault();
    state.answer = () => json(200, { auth: { client_token: '', mfa_requirement: {} } });
    const error = await failureOf(session().send(read));
    expect(error).toMatchObject({ class: 'Invalid', hints: [expect.stringContaining('second factor')] });
  });

  it('for too many requests says when to come again', async () => {
    const { session, state } = vault();
    state.answer = () => json(429, {}, { 'retry-after': '7' });
    expect(await failureOf(session().send(read))).toMatchObject({ class: 'Throttled', retryAfterMs: 7_000 });
  });
});

describe('validation', () => {
  it('logs in and looks at the token', async () => {
    const { session, calls } = vault();
    await session().validate(signal);
    expect(calls()).toEqual(['login', 'lookup-self']);
  });

  it('takes a token that may not look at itself for good, when the login has just brought it', async () => {
    const { session, state, clock } = vault();
    state.answer = ({ call }) => (call === 'lookup-self' ? json(403) : undefined);
    const validating = session().validate(signal);
    await clock.untilSleeping();
    await clock.advance(500);
    await validating;
  });
});
