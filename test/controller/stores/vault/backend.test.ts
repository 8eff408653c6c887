// A store's settings against a recorded Vault: what is sent, what each answer becomes, and that nothing of it leaks.

import { afterEach, describe, expect, it } from 'vitest';
import type { AwsIdentity } from '../../../../controller/stores/vault/iam.ts';
import { utf8Text } from '../../../../src/encoding/bytes.ts';
import type { VaultAuth, VaultProvider } from '../../../../src/kube/external-secrets.ts';
import { type Loopback, loopback, type Received, sendJson } from '../../../support/loopback.ts';
import {
  failureOf,
  heldReferences,
  readOne,
  refusalOf,
  type StageOptions,
  textOf,
  vaultStage,
} from '../support/vault.ts';

let stage = vaultStage();
let server: Loopback | undefined;
afterEach(async () => {
  await stage.close();
  await server?.close();
  server = undefined;
});

const { signal } = new AbortController();
type Answers = Parameters<typeof loopback>[0];

/** A Vault that logs everybody in and leaves the rest to `answers`. */
async function serve(answers: Answers): Promise<Loopback> {
  server = await loopback((request, response, index) => {
    if (request.path.endsWith('/revoke-self')) return void response.writeHead(204).end();
    if (request.method === 'POST' && request.path.includes('/login')) {
      const auth = { client_token: 'T', lease_duration: 3600, renewable: true };
      return sendJson(response, 200, { auth }, { 'x-vault-index': 'index-1' });
    }
    return answers(request, response, index);
  });
  return server;
}

const secrets = {
  'vault/token': 'T',
  'vault/password': 'pass word\n',
  'vault/role': 'role-id\n',
  'vault/secret': 'secret-id\n',
  'vault/jwt': 'J.W.T\n',
};
const selector = (key: string) => ({ name: 'vault', key });
const byToken: VaultAuth = { tokenSecretRef: selector('token') };

async function open(settings: Partial<VaultProvider> = {}, options: StageOptions = {}) {
  stage = vaultStage({ secrets, retry: { maxRetries: 0 }, ...options });
  return stage.open({ server: server?.url ?? '', path: 'secret', auth: byToken, ...settings }, options);
}

const value =
  (data: unknown): Answers =>
  (_, response) =>
    sendJson(response, 200, { data: { data, metadata: { version: 3 } } });

describe('a read', () => {
  it('sends token, namespace, headers and what shows that we are no browser', async () => {
    await serve(value({ a: 'b' }));
    await readOne(await open({ namespace: 'team/a', headers: { 'X-Tenant': 'blue' } }), { key: 'db', version: '2' });
    const [request] = server?.requests ?? [];
    expect(request).toMatchObject({ method: 'GET', path: '/v1/secret/data/db' });
    expect(request?.query.get('version')).toBe('2');
    expect(request?.headers).toMatchObject({
      'x-vault-token': 'T',
      'x-vault-namespace': 'team/a',
      'x-tenant': 'blue',
      'x-vault-request': 'true',
      'user-agent': 'sealwright/test',
    });
  });

  it('replays the index of the login when reads must see what was written', async () => {
    await serve(value({}));
    const auth: VaultAuth = { appRole: { roleId: 'r', secretRef: selector('secret') } };
    await readOne(await open({ auth, readYourWrites: true, forwardInconsistent: true }), 'db');
    expect(server?.requests[1]?.headers).toMatchObject({
      'x-vault-index': 'index-1',
      'x-vault-inconsistent': 'forward-active-node',
    });
    await readOne(await open({ auth }), 'db');
    expect(server?.requests.at(-1)?.headers).not.toHaveProperty('x-vault-index');
    expect(server?.requests.at(-1)?.headers).not.toHaveProperty('x-vault-inconsistent');
  });

  it('keeps the text of every number', async () => {
    await serve((_, response) =>
      response.end('{"data":{"data":{"n":12345678901234567890,"f":1.10,"e":1e21},"metadata":{"version":1}}}'),
    );
    expect(await textOf(await open(), 'db')).toBe('{"e":1e21,"f":1.10,"n":12345678901234567890}');
  });

  it('hands out a value that prints as redacted', async () => {
    await serve(value({ password: 'hunter2' }));
    const outcome = await readOne(await open(), 'db');
    expect(JSON.stringify({ ...outcome })).not.toContain('hunter2');
    expect(utf8Text(outcome.raw?.reveal() ?? new Uint8Array())).toBe(
      '{"data":{"password":"hunter2"},"metadata":{"version":3}}',
    );
  });

  it.each([
    [400, { errors: ['very-secret'] }, 'Invalid', {}],
    [403, { errors: ['very-secret'] }, 'Denied', {}],
    [404, { errors: [] }, 'NotFound', {}],
    [404, { errors: ['no handler for very-secret'] }, 'Invalid', {}],
    [404, '<html>very-secret</html>', 'Unavailable', {}],
    [404, { data: { data: null, metadata: { version: 2, deletion_time: '2026-01-01T00:00:00Z' } } }, 'Deleted', {}],
    [404, { data: { data: null, metadata: { version: 2, destroyed: true } } }, 'Deleted', {}],
    [405, { errors: ['very-secret'] }, 'Invalid', {}],
    [412, { errors: ['very-secret'] }, 'Unavailable', {}],
    [429, { errors: ['very-secret'] }, 'Throttled', { 'retry-after': '12' }],
    [472, {}, 'Unavailable', {}],
    [500, { errors: ['very-secret'] }, 'Unavailable', {}],
    [501, { errors: ['very-secret'] }, 'Unavailable', {}],
    [502, '<html>very-secret</html>', 'Unavailable', {}],
    [503, { errors: ['Vault is sealed', 'very-secret'] }, 'Unavailable', { 'retry-after': '12' }],
    [200, '<html>very-secret</html>', 'Invalid', {}],
    [200, { data: 'very-secret' }, 'Invalid', {}],
    [200, { data: { very: 'secret' } }, 'Invalid', {}],
    [200, { data: { data: ['very-secret'] } }, 'Invalid', {}],
    [200, { data: { data: null, metadata: { version: 1 } } }, 'Deleted', {}],
    [204, '', 'Invalid', {}],
    [302, '', 'Invalid', {}],
  ] as const)('status %i with %j is %s, and repeats nothing of the body', async (status, body, expected, headers) => {
    await serve((request, response) => {
      // The token is alive, and the server says nothing of its mounts.
      if (!request.path.startsWith('/v1/secret'))
        return sendJson(response, request.path.includes('lookup') ? 200 : 403, {});
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const error = await refusalOf(await open(), 'db');
    expect(error).toMatchObject({ class: expected, provider: 'vault' });
    expect(`${error.message} ${error.hints.join(' ')} ${JSON.stringify(error)}`).not.toContain('very-secret');
    expect(error.retryAfterMs).toBe('retry-after' in headers ? 12_000 : undefined);
    expect((await refusalOf(await open(), 'db')).message).toBe(error.message);
  });

  it('tries again what may be over in a moment, and no more often than it is told', async () => {
    let failures = 2;
    await serve((request, response) => {
      if (failures-- > 0) return sendJson(response, failures === 1 ? 412 : 500, {});
      return value({ a: 'b' })(request, response, 0);
    });
    expect(await textOf(await open({}, { retry: { maxRetries: 2, intervalMs: 1 } }), 'db')).toBe('{"a":"b"}');
    failures = 2;
    expect((await refusalOf(await open({}, { retry: { maxRetries: 1, intervalMs: 1 } }), 'db')).class).toBe(
      'Unavailable',
    );
  });

  it('is answered each by itself when several come at once', async () => {
    await serve((request, response) =>
      request.path.endsWith('/good')
        ? value({ a: 'b' })(request, response, 0)
        : sendJson(response, 404, { errors: [] }),
    );
    const backend = await open();
    expect(backend.batchSize({ key: 'good' })).toBe(1);
    const outcomes = await backend.read([{ key: 'good' }, { key: 'bad' }, { key: '..' }], signal);
    expect(outcomes.map((outcome) => ('class' in outcome ? outcome.class : 'value'))).toEqual([
      'value',
      'NotFound',
      'Invalid',
    ]);
  });

  it('believes that nothing is there only of an engine that is what the store says, and asks once', async () => {
    let version = '1';
    await serve((request, response) => {
      const data = { type: 'kv', options: { version } };
      if (request.path.includes('/internal/ui/mounts/')) return sendJson(response, 200, { data });
      return sendJson(response, 404, { errors: [] });
    });
    const backend = await open();
    expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Invalid' });
    version = '2';
    expect((await refusalOf(backend, 'db')).class).toBe('NotFound');
    expect((await refusalOf(backend, 'other')).class).toBe('NotFound');
    expect(stage.counts().mounts).toBe(2);
  });
});

describe('a login', () => {
  const body = ({ body }: Received) => JSON.parse(body);

  it.each<[string, VaultAuth, string, object]>([
    [
      'appRole',
      { appRole: { path: 'roles/here', roleRef: selector('role'), secretRef: selector('secret') } },
      'roles/here/login',
      { role_id: 'role-id', secret_id: 'secret-id' },
    ],
    [
      'kubernetes, token of a Secret',
      { kubernetes: { mountPath: 'k8s', role: 'app', secretRef: { ...selector('jwt') } } },
      'k8s/login',
      { role: 'app', jwt: 'J.W.T' },
    ],
    ['kubernetes, own token', { kubernetes: { role: 'app' } }, 'kubernetes/login', { role: 'app', jwt: 'own' }],
    [
      'ldap',
      { ldap: { username: 'joe/doe', secretRef: selector('password') } },
      'ldap/login/joe%2Fdoe',
      { password: 'pass word\n' },
    ],
    [
      'userPass',
      { userPass: { path: 'people', username: ' joe ', secretRef: selector('password') } },
      'people/login/joe',
      { password: 'pass word\n' },
    ],
    ['jwt', { jwt: { role: 'app', secretRef: selector('jwt') } }, 'jwt/login', { role: 'app', jwt: 'J.W.T' }],
    ['jwt without a role', { jwt: { path: 'oidc', secretRef: selector('jwt') } }, 'oidc/login', { jwt: 'J.W.T' }],
  ])('by %s sends what the method wants', async (_, auth, path, expected) => {
    await serve(value({}));
    await readOne(await open({ auth }, { ownToken: async () => 'own\n' }), 'db');
    expect(server?.requests[0]).toMatchObject({ method: 'POST', path: `/v1/auth/${path}` });
    expect(body(server?.requests[0] as Received)).toEqual(expected);
    expect(server?.requests[0]?.headers).not.toHaveProperty('x-vault-token');
    expect(server?.requests[1]?.headers['x-vault-token']).toBe('T');
  });

  it('makes a new service account token for each login, with the audiences and the life of the settings', async () => {
    await serve(value({}));
    const references = heldReferences({ tokens: { app: 'made' } });
    const account = { serviceAccountRef: { name: 'app' } };
    const settings: VaultAuth[] = [
      { kubernetes: { role: 'app', ...account } },
      { kubernetes: { role: 'app', serviceAccountRef: { name: 'app', audiences: ['bao'] } } },
      { jwt: { role: 'app', kubernetesServiceAccountToken: account } },
      { jwt: { role: 'app', kubernetesServiceAccountToken: { ...account, audiences: ['x'], expirationSeconds: 900 } } },
    ];
    for (const auth of settings) await readOne(await open({ auth }, { references }), 'db');
    expect(references.asked.map(({ options }) => options)).toEqual([
      { audiences: undefined, expirationSeconds: 600 },
      { audiences: ['bao'], expirationSeconds: 600 },
      { audiences: ['vault'], expirationSeconds: 600 },
      { audiences: ['x'], expirationSeconds: 900 },
    ]);
  });

  it.each<[string, VaultAuth]>([
    ['kubernetes', { kubernetes: { role: 'app' } }],
    ['iam', { iam: { vaultRole: 'app' } }],
  ])('by %s as the controller itself is not for the stores of namespaces', async (method, auth) => {
    await serve(value({}));
    const awsIdentity: AwsIdentity = () => Promise.reject(new Error('nothing is asked'));
    const ownToken = async () => 'own';
    await expect(open({ auth }, { isNamespaced: true, ownToken, awsIdentity })).rejects.toMatchObject({
      class: 'Invalid',
      message: `vault: auth.${method} names no credentials, and a SecretStore may not log in as the controller`,
    });
    expect(server?.requests).toEqual([]);
  });

  it('is another for a service account that was deleted and made again', async () => {
    await serve(value({}));
    const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app' } } };
    const held = (uid: string) => heldReferences({ tokens: { app: 'made' }, uids: { app: uid } });
    const before = await open({ auth }, { references: held('first') });
    const settings = { server: server?.url ?? '', path: 'secret', auth };
    expect((await stage.open(settings, { references: held('first') })).identity).toBe(before.identity);
    expect((await stage.open(settings, { references: held('second') })).identity).not.toBe(before.identity);
  });

  it('by iam signs with the keys that it is given, made anew for each login', async () => {
    await serve(value({}));
    const asked: unknown[] = [];
    const awsIdentity: AwsIdentity = async (iam) => ({
      identity: 'keys of the role',
      secrets: [],
      credentials: async () => {
        asked.push(iam.role);
        return { accessKeyId: 'AKID', secretAccessKey: 'very-secret', sessionToken: 'session' };
      },
    });
    const auth: VaultAuth = { iam: { path: 'aws-prod', vaultRole: 'app', role: 'arn:aws:iam::1:role/x' } };
    await readOne(await open({ auth }, { awsIdentity }), 'db');
    expect(server?.requests[0]?.path).toBe('/v1/auth/aws-prod/login');
    expect(body(server?.requests[0] as Received)).toMatchObject({ role: 'app', iam_http_request_method: 'POST' });
    expect(asked).toEqual(['arn:aws:iam::1:role/x']);
    expect(JSON.stringify(server?.requests.map(({ body, headers }) => [body, headers]))).not.toContain('very-secret');
    expect((await failureOf(open({ auth }))).class).toBe('Invalid');
  });

  it('takes the first method that is there', async () => {
    await serve(value({}));
    await readOne(await open({ auth: { ldap: { username: 'joe' }, ...byToken } }), 'db');
    expect(server?.requests).toHaveLength(1);
  });

  it('goes to the namespace of the login, the read to that of the store', async () => {
    await serve(value({}));
    const auth: VaultAuth = { namespace: 'admin', appRole: { roleId: 'r', secretRef: selector('secret') } };
    await readOne(await open({ auth, namespace: 'team' }), 'db');
    await stage.close();
    const namespaces = server?.requests.map(({ headers }) => headers['x-vault-namespace']);
    expect(namespaces).toEqual(['admin', 'team', 'admin']);
  });

  it.each<[string, Partial<VaultProvider>]>([
    ['no auth', { auth: {} }],
    ['gcp', { auth: { gcp: {} } }],
    ['appRole without a role', { auth: { appRole: { secretRef: selector('secret') } } }],
    ['jwt without a token', { auth: { jwt: { role: 'app' } } }],
    ['cert without a key', { auth: { cert: { clientCert: selector('jwt') } } }],
    ['userPass without a name', { auth: { userPass: { username: '', secretRef: selector('password') } } }],
    ['a missing Secret', { auth: { tokenSecretRef: selector('none') } }],
    ['a client certificate that is none', { tls: { certSecretRef: selector('jwt'), keySecretRef: selector('jwt') } }],
    ['a token of two words', { auth: { tokenSecretRef: selector('password') } }],
    ['a server that is no address', { server: 'vault.test:8200' }],
    ['a server of another scheme', { server: 'ftp://vault.test' }],
    ['a server with a password', { server: 'https://joe:secret@vault.test' }],
    ['a bundle that is no base64', { caBundle: '!!!' }],
    ['a bundle without a certificate', { caBundle: Buffer.from('hello').toString('base64') }],
    ['a header that cannot be sent', { headers: { 'X-Bad': 'a\r\nX-Vault-Token: b' } }],
  ])('cannot be with %s', async (_, settings) => {
    await serve(value({}));
    const error = await failureOf(open(settings));
    expect(error.class).toBe('Invalid');
    expect(error.message).not.toContain('pass word');
    expect(error.message).not.toContain('secret@');
    expect(server?.requests).toEqual([]);
  });

  it("by the controller's own token needs one", async () => {
    await serve(value({}));
    const error = await refusalOf(await open({ auth: { kubernetes: { role: 'app' } } }), 'db');
    expect(error).toMatchObject({ class: 'Invalid', hints: [expect.stringContaining('serviceAccountRef')] });
  });

  it('is not tried against a server that only keeps its mounts to itself', async () => {
    await serve((request, response) =>
      request.path.includes('/internal/') ? sendJson(response, 403, {}) : sendJson(response, 404, { errors: [] }),
    );
    const auth: VaultAuth = { appRole: { roleId: 'r', secretRef: selector('secret') } };
    expect((await refusalOf(await open({ auth }), 'db')).class).toBe('NotFound');
    expect(stage.counts()).toEqual({ login: 1, 'kv-read': 1, mounts: 1 });
  });

  it('by credentials of whoever uses the store is unknown without anybody', async () => {
    await serve(value({}));
    const backend = await open({}, { referent: true });
    expect(await backend.validate(signal)).toBe('unknown');
    expect((await failureOf(backend.read([{ key: 'db' }], signal))).class).toBe('Invalid');
    await backend.close();
    expect(server?.requests).toEqual([]);
  });
});

describe('the identity of a store', () => {
  const identity = async (settings: Partial<VaultProvider> = {}, options: StageOptions = {}) =>
    (await stage.open({ server: 'https://vault.test', path: 'secret', auth: byToken, ...settings }, options)).identity;

  it('is the same for the same settings and credentials, and another for any other', async () => {
    stage = vaultStage({ secrets });
    const one = await identity();
    expect(await identity()).toBe(one);
    const others = await Promise.all([
      identity({ path: 'other' }),
      identity({ version: 'v1' }),
      identity({ namespace: 'team' }),
      identity({ server: 'https://other.test' }),
      identity({ headers: { a: 'b' } }),
      identity({ readYourWrites: true }),
      identity({ auth: { userPass: { username: 'joe', secretRef: selector('password') } } }),
      identity({ auth: { userPass: { username: 'jim', secretRef: selector('password') } } }),
      identity({}, { secrets: { ...secrets, 'vault/token': 'another' } }),
    ]);
    expect(new Set([one, ...others]).size).toBe(others.length + 1);
  });

  it('says nothing of the credentials', async () => {
    stage = vaultStage({ secrets: { 'vault/token': 'very-secret' } });
    expect(await identity()).not.toContain('very-secret');
  });

  it('goes by a key of the process, so that nobody can try passwords on it', async () => {
    stage = vaultStage({ secrets });
    const one = await identity();
    stage = vaultStage({ secrets });
    expect(await identity()).not.toBe(one);
  });

  it('keeps namespaces of one server apart as what is up or down', async () => {
    stage = vaultStage({ secrets });
    const destination = async (settings: Partial<VaultProvider>) =>
      (await stage.open({ server: 'https://vault.test', auth: byToken, ...settings })).destination;
    expect(await destination({ path: 'a' })).toBe(await destination({ path: 'b' }));
    expect(await destination({ namespace: 'team/' })).toBe('vault https://vault.test namespace team');
  });
});
