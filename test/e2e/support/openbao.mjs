// Starts a real OpenBao on loopback, initialised and unsealed, and does with it what an administrator would.
//
// Plain JavaScript with types in comments, so that benchmarks run it without a build:
//
//   import { startOpenBao } from '../test/e2e/support/openbao.mjs';
//   const bao = await startOpenBao();
//   await bao.mountKv('secret', 2);
//   await bao.ok('POST', 'secret/data/db', { data: { password: 'x' } });
//   await bao.stop();
//
// End-to-end suites get theirs by `describeOnOpenBao` of openbao.ts.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { basename, dirname, join } from 'node:path';
import { part } from '../tools/build.mjs';
import { createCredentials } from './credentials.mjs';
import { freePorts } from './free-ports.mjs';
import { createSupervisor } from './supervise.mjs';
import { eventually, Hopeless } from './wait.mjs';

/** @typedef {Awaited<ReturnType<typeof startOpenBao>>} OpenBao */

/**
 * @typedef {object} Call
 * @property {string} [token] default: the root token
 * @property {string} [namespace]
 */

/**
 * A server of its own in a fresh folder on free ports; its data is in memory and goes with it. It ends with `stop()`, or
 * when this process ends, however it ends.
 *
 * @param {object} [options]
 * @param {'inmem' | 'raft'} [options.storage] `raft` outlives `restart` (default: inmem)
 * @param {string} [options.plugins] path of a program that `enablePlugin` may run
 */
export async function startOpenBao({ storage = 'inmem', plugins } = {}) {
  const program = await part('bao');
  const supervisor = createSupervisor();
  try {
    const [credentials, [tls, plain, cluster]] = await Promise.all([createCredentials(), freePorts(3)]);
    const ports = { tls, plain, cluster };
    const configuration = await writeConfiguration(supervisor.folder, { credentials, ports, storage, plugins });
    const server = new Server({ program, supervisor, configuration, ports, authority: credentials.authority });
    await server.start();
    await server.initialise();
    await server.unseal();
    return describe(server, credentials, plugins);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** @param {Server} server @param {import('./credentials.mjs').Credentials} credentials @param {string} [plugins] */
function describe(server, credentials, plugins = '') {
  /** @param {string} method @param {string} path below `/v1/` @param {unknown} [body] @param {Call} [call] */
  const ok = async (method, path, body, call) => {
    const answer = await server.api(method, path, body, call);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body?.errors ?? answer.body)}`);
  };
  return {
    /** https, with a certificate of `authority`. */
    url: server.url,
    /** The same server without TLS. */
    plainUrl: server.plainUrl,
    /** PEM; signed the server's certificate and the client's. */
    authority: credentials.authority,
    /** A certificate that may log in by the method cert, once a role trusts `authority`. PEM. */
    client: { cert: credentials.adminCertificate, key: credentials.clientKey },
    rootToken: server.rootToken,
    /** One request; a refusal is a result, not an error. */
    api: server.api.bind(server),
    /** One request; a refusal throws. Returns the parsed body. */
    ok,
    /** @param {string} mount @param {1 | 2} version @param {Call} [call] */
    async mountKv(mount, version, call) {
      await ok('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: String(version) } }, call);
      // A v2 engine upgrades itself for a moment, and refuses until it has.
      const probe = version === 2 ? `${mount}/config` : `${mount}/probe`;
      await eventually(async () => (await server.api('GET', probe, undefined, call)).status !== 400);
    },
    /** @param {string} name @param {string} rules in HCL @param {Call} [call] */
    policy: (name, rules, call) => ok('PUT', `sys/policies/acl/${name}`, { policy: rules }, call),
    /** @param {string} path where the method is mounted @param {string} [type] default: `path` @param {Call} [call] */
    enableAuth: (path, type = path, call) => ok('POST', `sys/auth/${path}`, { type }, call),
    /** A method that OpenBao has as a plugin: the program of the options, called with the method's name. @param {string} type */
    async enablePlugin(type) {
      const sha256 = createHash('sha256')
        .update(await readFile(plugins))
        .digest('hex');
      const entry = { sha256, command: basename(plugins), args: [type] };
      await ok('POST', `sys/plugins/catalog/auth/${type}`, entry);
      await ok('POST', `sys/auth/${type}`, { type });
    },
    /**
     * A token of these policies.
     * @param {object} options as of auth/token/create @param {Call} [call]
     * @returns {Promise<string>}
     */
    token: async (options, call) => (await ok('POST', 'auth/token/create', options, call)).auth.client_token,
    /** @param {string} name @param {Call} [call] */
    namespace: (name, call) => ok('POST', `sys/namespaces/${name}`, {}, call),
    /**
     * A namespace that can be sealed by itself; returns how.
     * @param {string} name @param {Call} [call]
     */
    async sealableNamespace(name, call) {
      const settings = 'seal "shamir" {\n shares = 1\n threshold = 1\n}';
      const { data } = await ok('POST', `sys/namespaces/${name}`, { seal: settings }, call);
      const seal = () => ok('PUT', `sys/namespaces/${name}/seal`, {}, call);
      const unseal = () => ok('PUT', `sys/namespaces/${name}/unseal`, { key: data.key_shares[0] }, call);
      // It is born sealed.
      await unseal();
      return { seal, unseal };
    },
    seal: () => ok('PUT', 'sys/seal'),
    unseal: () => server.unseal(),
    /** Ends the server; `restart` starts it again where it was. */
    kill: () => server.kill(),
    /** As after a crash of the machine: with storage `raft` it comes back sealed, and is unsealed. */
    async restart() {
      await server.kill();
      await server.start();
      await server.unseal();
    },
    stop: () => server.stop(),
  };
}

class Server {
  #options;
  #program;
  #unsealKey = '';
  #agent;
  rootToken = '';

  /** @param {{ program: string, supervisor: import('./supervise.mjs').Supervisor, configuration: string, ports: { tls: number, plain: number }, authority: string }} options */
  constructor(options) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, ca: options.authority });
    this.url = `https://127.0.0.1:${options.ports.tls}`;
    this.plainUrl = `http://127.0.0.1:${options.ports.plain}`;
  }

  async start() {
    const { program, supervisor, configuration } = this.#options;
    // Nothing of our own surroundings may reach it: it would take VAULT_TOKEN and the like for its own.
    const env = { PATH: process.env.PATH, HOME: supervisor.folder };
    this.#program = await supervisor.start(program, ['server', `-config=${configuration}`], { name: 'openbao', env });
    await eventually(() => this.#answers(), { what: 'an answer of OpenBao', timeoutMs: 30_000 });
  }

  async #answers() {
    const end = this.#program.end();
    if (end) throw new Hopeless(`openbao ended with ${end.signal ?? `code ${end.code}`}:\n${this.#program.output()}`);
    // 501: not initialised; 503: sealed.
    return [200, 501, 503].includes((await this.api('GET', 'sys/health')).status);
  }

  async initialise() {
    const { body } = await this.api('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 }, { token: '' });
    this.rootToken = body.root_token;
    this.#unsealKey = body.keys[0];
  }

  async unseal() {
    const { status, body } = await this.api('PUT', 'sys/unseal', { key: this.#unsealKey }, { token: '' });
    if (status !== 200) throw new Error(`unsealing: ${status} ${JSON.stringify(body)}`);
    await eventually(async () => (await this.api('GET', 'sys/health')).status === 200, { what: 'an unsealed OpenBao' });
  }

  async kill() {
    this.#agent.destroy();
    await this.#program.stop('SIGKILL');
  }

  async stop() {
    this.#agent.destroy();
    await this.#options.supervisor.stop();
  }

  /**
   * @param {string} method @param {string} path below `/v1/` @param {unknown} [body] @param {Call} [call]
   * @returns {Promise<{ status: number, body: any }>} `body` is parsed JSON, or undefined
   */
  api(method, path, body, { token = this.rootToken, namespace } = {}) {
    const headers = {
      ...(token && { 'x-vault-token': token }),
      ...(namespace && { 'x-vault-namespace': namespace }),
      ...(body !== undefined && {
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      }),
    };
    return exchange(`${this.url}/v1/${path}`, { method, headers, agent: this.#agent }, body);
  }
}

function exchange(url, options, body) {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? request : plainRequest;
    const call = send(url, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) });
      });
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function writeConfiguration(folder, { credentials, ports, storage, plugins }) {
  const files = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  await writeFile(files.certificate, credentials.serverCertificate);
  await writeFile(files.key, credentials.serverKey, { mode: 0o600 });
  const data = join(folder, 'data');
  await mkdir(data);
  const configuration = join(folder, 'openbao.json');
  const content = {
    ui: false,
    api_addr: `https://127.0.0.1:${ports.tls}`,
    cluster_addr: `https://127.0.0.1:${ports.cluster}`,
    ...(plugins && { plugin_directory: dirname(plugins) }),
    storage: storage === 'raft' ? { raft: { path: data, node_id: 'one' } } : { inmem: {} },
    listener: [
      { tcp: { address: `127.0.0.1:${ports.tls}`, tls_cert_file: files.certificate, tls_key_file: files.key } },
      { tcp: { address: `127.0.0.1:${ports.plain}`, tls_disable: true } },
    ],
  };
  await writeFile(configuration, JSON.stringify(content));
  return configuration;
}
