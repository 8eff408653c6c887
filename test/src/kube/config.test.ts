// Finding the cluster: kubeconfig files, flags, plugins, and the pod's service account.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isSealError } from '../../../src/errors.ts';
import type { Credentials } from '../../../src/kube/cluster-config.ts';
import { type ClusterFlags, type ConfigHost, inClusterConfig, loadClusterConfig } from '../../../src/kube/config.ts';
import { FakeClock } from '../../support/clock.ts';

type Files = Record<string, string>;

function host(files: Files, env: Record<string, string> = { HOME: '/home/me' }) {
  const clock = new FakeClock();
  const reads: string[] = [];
  const readFile = async (path: string) => {
    reads.push(path);
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return Buffer.from(text);
  };
  return { env, cwd: '/repo', readFile, clock, reads } satisfies ConfigHost & { reads: string[] };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const asText = (bytes: string | Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

function kubeconfig({ user = 'token: t1', cluster = '', context = '' } = {}) {
  return `
current-context: dev
contexts:
- {name: dev, context: {cluster: c1, user: u1, namespace: shop}}
- {name: prod, context: {cluster: c2, user: u1}}
${context}
clusters:
- name: c1
  cluster:
    server: https://one.example:6443/
    ${cluster}
- {name: c2, cluster: {server: 'https://two.example/k8s/'}}
users:
- name: u1
  user:
    ${user}
`;
}

const home = '/home/me/.kube/config';

async function load(files: Files, flags: ClusterFlags = {}, env?: Record<string, string>) {
  return loadClusterConfig(host(files, env), flags);
}

async function credentials(user: string, files: Files = {}, flags: ClusterFlags = {}): Promise<Credentials> {
  return (await load({ [home]: kubeconfig({ user }), ...files }, flags)).credentials();
}

async function failure(promise: Promise<unknown>): Promise<{ message: string; hints: string; outcome: string }> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isSealError(error)) throw new Error(`no error of ours: ${error}`);
  return { message: error.message, hints: error.hints.join('\n'), outcome: error.outcome };
}

describe('choosing', () => {
  test('the current context gives server, namespace and user', async () => {
    const config = await load({ [home]: kubeconfig() });
    expect(config).toMatchObject({ server: 'https://one.example:6443', namespace: 'shop', context: 'dev' });
    expect((await config.credentials()).headers).toEqual({ authorization: 'Bearer t1' });
  });

  test('flags choose another context, and override parts of it', async () => {
    const files = { [home]: kubeconfig() };
    expect(await load(files, { context: 'prod' })).toMatchObject({
      server: 'https://two.example/k8s',
      namespace: undefined,
    });
    expect(await load(files, { cluster: 'c2', namespace: 'other' })).toMatchObject({
      server: 'https://two.example/k8s',
      namespace: 'other',
    });
    const config = await load(files, {
      server: 'https://three',
      token: 't2',
      as: 'jane',
      asGroup: ['a', 'b'],
      asUid: '7',
    });
    expect(config.server).toBe('https://three');
    expect((await config.credentials()).headers).toEqual({
      authorization: 'Bearer t2',
      'impersonate-user': 'jane',
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': '7',
    });
  });

  test('of several files the first that says something wins, and missing ones are skipped', async () => {
    const files = {
      '/a/one': 'contexts: [{name: dev, context: {cluster: c1, user: u1, namespace: first}}]\n',
      '/repo/two': kubeconfig(),
    };
    const env = { KUBECONFIG: '/a/one:/a/none::two' };
    expect(await load(files, {}, env)).toMatchObject({ server: 'https://one.example:6443', namespace: 'first' });
  });

  test('a file named by --kubeconfig must be there', async () => {
    const { message, outcome } = await failure(load({}, { kubeconfig: 'k.yaml' }));
    expect(message).toBe('cannot read the kubeconfig /repo/k.yaml: there is no such file');
    expect(outcome).toBe('unreachable');
  });

  test('an unknown context names the known ones', async () => {
    const { message, hints } = await failure(load({ [home]: kubeconfig() }, { context: 'staging' }));
    expect(message).toBe('the kubeconfig has no context named staging');
    expect(hints).toBe('known: dev, prod');
  });

  test('no kubeconfig, no current context and a context without a server each say so', async () => {
    expect((await failure(load({}))).message).toBe(`no cluster is configured: ${home} is missing or empty`);
    const none = kubeconfig().replace('current-context: dev', '');
    expect((await failure(load({ [home]: none }))).hints).toContain('--context: dev, prod');
    const dangling = kubeconfig({ context: '- {name: empty, context: {}}' });
    expect((await failure(load({ [home]: dangling }, { context: 'empty' }))).message).toContain('names no server');
  });

  test('a broken kubeconfig is told by file and line, and never quoted', async () => {
    const { message, hints } = await failure(load({ [home]: 'users:\n- name: u1\n  user: {token: hunter2\nx: [' }));
    expect(message).toMatch(/^the kubeconfig \/home\/me\/.kube\/config is not valid YAML/);
    expect(message + hints).not.toContain('hunter2');
    expect((await failure(load({ [home]: '- a\n- b\n' }))).message).toBe(`${home} is not a kubeconfig`);
    expect((await failure(load({ [home]: 'users: {a: 1}\n' }))).message).toContain('users is not a list');
  });

  test('a token that no header can carry is told as such, and not shown', async () => {
    const config = await load({ [home]: kubeconfig() }, { token: 'hun\nter2' });
    const { message } = await failure(config.credentials() as never);
    expect(message).toBe('the token of the kubeconfig or of --token holds a character that no token has');
  });

  test('addresses that are none are refused', async () => {
    const files = { [home]: kubeconfig() };
    expect((await failure(load(files, { server: 'ftp://x' }))).message).toContain('https:// URL');
    expect((await load(files, { server: '10.0.0.1:6443' })).server).toBe('https://10.0.0.1:6443');
    expect((await failure(load(files, { proxyUrl: 'gopher://x' }))).message).toContain('proxy');
    expect((await load(files, { proxyUrl: 'socks5://x:1' })).proxyUrl).toBe('socks5://x:1');
    expect((await failure(load(files, { asGroup: ['a'] }))).message).toContain('--as');
  });
});

describe('credentials', () => {
  test('certificates are read inline and from files beside the kubeconfig', async () => {
    const inline = `{client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}}`;
    expect((await credentials(inline)).tls).toMatchObject({ cert: Buffer.from('CERT'), key: Buffer.from('KEY') });
    const files = { '/home/me/.kube/pki/c.crt': 'C', '/home/me/.kube/pki/c.key': 'K', '/repo/ca.crt': 'A' };
    const named = '{client-certificate: pki/c.crt, client-key: pki/c.key}';
    const { tls } = await credentials(named, files, { certificateAuthority: 'ca.crt' });
    expect([tls.ca, tls.cert, tls.key].map(asText)).toEqual(['A', 'C', 'K']);
    expect((await failure(credentials(named))).message).toContain('/home/me/.kube/pki/c.crt');
  });

  test('a server that is not verified, or goes by another name, is taken as the kubeconfig says', async () => {
    const cluster = `insecure-skip-tls-verify: true\n    certificate-authority-data: ${base64('A')}\n    tls-server-name: api`;
    const config = await load({ [home]: kubeconfig({ cluster }) });
    expect((await config.credentials()).tls).toMatchObject({ insecure: true, servername: 'api', ca: undefined });
    const trusting = await load({ [home]: kubeconfig({ cluster }), '/repo/ca': 'B' }, { certificateAuthority: 'ca' });
    const { tls } = await trusting.credentials();
    expect([asText(tls.ca), tls.insecure]).toEqual(['B', undefined]);
  });

  test('a password is basic authentication, and a token wins over it', async () => {
    expect((await credentials('{username: me, password: p}')).headers).toEqual({
      authorization: `Basic ${base64('me:p')}`,
    });
    expect((await credentials('{username: me, password: p, token: t}')).headers.authorization).toBe('Bearer t');
  });

  test('a token file is read again after a minute, and at once after a refusal', async () => {
    const files: Files = { [home]: kubeconfig({ user: 'tokenFile: /t' }), '/t': 'one\n' };
    const here = host(files);
    const config = await loadClusterConfig(here);
    const token = async () => (await config.credentials()).headers.authorization;
    expect(await token()).toBe('Bearer one');
    files['/t'] = 'two';
    expect(await token()).toBe('Bearer one');
    await here.clock.advance(60_000);
    expect(await token()).toBe('Bearer two');
    files['/t'] = 'three';
    config.renew();
    expect(await token()).toBe('Bearer three');
    files['/t'] = '';
    config.renew();
    expect((await failure(token())).message).toBe('the token file /t is empty');
    files['/t'] = 'four';
    expect(await token()).toBe('Bearer four');
  });

  test('an OIDC token that is still good is used, and a removed provider is named', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const jwt = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
    const { headers } = await credentials(`auth-provider: {name: oidc, config: {id-token: ${jwt}}}`);
    expect(headers.authorization).toBe(`Bearer ${jwt}`);
    const { message, hints } = await failure(credentials('auth-provider: {name: gcp}'));
    expect(message).toContain('auth provider gcp');
    expect(hints).toContain('credential plugin');
  });
});

describe('credential plugins', () => {
  const plugin = (script: string, more = '') =>
    `exec: {apiVersion: client.authentication.k8s.io/v1, command: ${JSON.stringify(process.execPath)}, args: ['-e', ${JSON.stringify(script)}], env: [{name: MINE, value: yes-mine}], installHint: get it from example.com${more}}`;
  const print = (status: string) =>
    `console.log(JSON.stringify({apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: ${status}}))`;

  test('the plugin’s token is used, and it sees its environment and the cluster', async () => {
    const script = print(
      `{token: process.env.MINE + ':' + JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec.cluster.server}`,
    );
    const { headers } = await credentials(plugin(script, ', provideClusterInfo: true'));
    expect(headers.authorization).toBe('Bearer yes-mine:https://one.example:6443/');
  });

  test('the plugin’s client certificate is used', async () => {
    const { tls, headers } = await credentials(plugin(print(`{clientCertificateData: 'C', clientKeyData: 'K'}`)));
    expect([tls.cert, tls.key, headers]).toEqual(['C', 'K', {}]);
  });

  test('it runs again when its credential ends or is refused, and not before', async () => {
    const script = print(`{token: String(process.pid), expirationTimestamp: '2026-01-01T00:30:00Z'}`);
    const here = host({ [home]: kubeconfig({ user: plugin(script) }) });
    const config = await loadClusterConfig(here);
    const token = async () => (await config.credentials()).headers.authorization;
    const first = await token();
    await here.clock.advance(29 * 60_000);
    expect(await token()).toBe(first);
    await here.clock.advance(60_000);
    const second = await token();
    expect(second).not.toBe(first);
    config.renew();
    expect(await token()).not.toBe(second);
  });

  test('one that is missing, fails or prints something else is told clearly, without its output', async () => {
    const missing = await failure(
      credentials('exec: {command: /nowhere/plugin, installHint: get it from example.com}'),
    );
    expect(missing.message).toBe('the credential plugin /nowhere/plugin is not installed');
    expect(missing.hints).toContain('get it from example.com');
    const failing = await failure(credentials(plugin('process.exit(3)')));
    expect(failing.message).toContain('failed (exit 3)');
    const garbage = await failure(credentials(plugin(`console.log('token=hunter2')`)));
    expect(garbage.message).toContain('printed no credential');
    expect(garbage.message + garbage.hints).not.toContain('hunter2');
    const shy = await failure(credentials(plugin('', ', interactiveMode: Always')));
    expect(shy.message).toContain('needs a terminal');
  });
});

describe('inside a pod', () => {
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  const files: Files = {
    [join(folder, 'token')]: 'pod-token',
    [join(folder, 'ca.crt')]: 'CA',
    [join(folder, 'namespace')]: 'kube-system\n',
  };
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };

  test('the service account’s files are who we are', async () => {
    const config = await inClusterConfig(host(files, env));
    expect(config).toMatchObject({ server: 'https://[fd00::1]', namespace: 'kube-system' });
    const { headers, tls } = await config.credentials();
    expect([headers.authorization, asText(tls.ca)]).toEqual(['Bearer pod-token', 'CA']);
  });

  test('it is what is used where nothing else is named, and not otherwise', async () => {
    expect((await load(files, {}, env)).server).toBe('https://[fd00::1]');
    expect((await load({ ...files, '/k': kubeconfig() }, {}, { ...env, KUBECONFIG: '/k' })).context).toBe('dev');
    expect((await failure(load(files, { kubeconfig: '/none' }, env))).message).toContain('/none');
  });

  test('outside a pod it says so', async () => {
    expect((await failure(inClusterConfig(host({}, {})))).message).toContain('not a pod');
  });
});
