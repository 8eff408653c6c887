// Stands before a provider's server: counts what is asked, and answers in its place where an outage or a limit is played.
import { Agent, createServer, request } from 'node:http';

/** @typedef {Awaited<ReturnType<typeof startFront>>} Front */

/**
 * One request as the server behind would see it.
 * @typedef {{ method: string, path: string, operation: string, at: number }} Asked
 */

/**
 * What the front does with requests: passes them on, refuses them as a server under too much load does, or keeps silent.
 * @typedef {{ does: 'pass' } | { does: 'refuse', status: number, retryAfterSeconds: number } | { does: 'hang' }} Manner
 */

/**
 * A plain HTTP server on loopback before `target`.
 * @param {string} [target] default: there is nothing behind it
 */
export async function startFront(target) {
  const agent = new Agent({ keepAlive: true });
  /** @type {Manner} */
  let manner = { does: 'pass' };
  /** @type {Asked[]} */
  let asked = [];
  const server = createServer((incoming, answer) => {
    const { method = '', url: path = '', headers } = incoming;
    // AWS names the operation here: `secretsmanager.GetSecretValue`.
    const operation = String(headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    asked.push({ method, path, operation, at: performance.now() });
    if (manner.does === 'pass' && target) pass(incoming, answer, { target, agent });
    else if (manner.does === 'refuse') refuse(incoming, answer, manner);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    /** @param {Manner} next */
    behave(next) {
      manner = next;
    },
    /** What was asked since the last call of this, in order. */
    take() {
      const taken = asked;
      asked = [];
      return taken;
    },
    close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

function pass(incoming, answer, { target, agent }) {
  const { method, url, headers } = incoming;
  const call = request(new URL(url, target), { method, headers, agent }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  call.on('error', () => answer.destroy());
  incoming.pipe(call);
}

function refuse(incoming, answer, { status, retryAfterSeconds }) {
  incoming.resume();
  const body = JSON.stringify({ errors: ['too many requests'] });
  answer.writeHead(status, { 'retry-after': String(retryAfterSeconds), 'content-type': 'application/json' });
  answer.end(body);
}

/** `kv-read 10, login 1`: requests to Vault by kind. @param {Asked[]} asked */
export function vaultCalls(asked) {
  const kindOf = ({ method, path }) => {
    if (path.includes('/login')) return 'logins';
    if (path.includes('/data/') && method === 'GET') return 'reads';
    if (path.includes('/metadata/') && method === 'GET') return 'metadata';
    return 'others';
  };
  const counts = { reads: 0, metadata: 0, logins: 0, others: 0 };
  for (const one of asked) counts[kindOf(one)] += 1;
  return counts;
}

/** Requests to AWS by operation. @param {Asked[]} asked @returns {Record<string, number>} */
export function awsCalls(asked) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { operation } of asked) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}
