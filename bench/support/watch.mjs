// Sees Secrets come and change as they do: one watch, read line by line.
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';

const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * One change, seen at `at` (`performance.now()`); `data` and `status` only of a full watch.
 * @typedef {{ type: string, name: string, at: number, data: Record<string, string> | undefined, status: any }} Seen
 */

/**
 * Watches a collection from now on.
 *
 * @param {import('../../test/e2e/support/client.mjs').ClusterDescription} cluster
 * @param {string} path
 * @param {{ full?: boolean }} [options] `full`: with data (default: metadata alone, which costs us less)
 */
export async function watchCollection(cluster, path, { full = false } = {}) {
  const agent = new Agent({ keepAlive: true, ...cluster.tls });
  const list = await ask(agent, `${cluster.url}${path}?limit=1`, 'application/json');
  const { metadata } = JSON.parse(await textOf(list));
  const query = `watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=3600`;
  const stream = await ask(agent, `${cluster.url}${path}?${query}`, full ? 'application/json' : metadataOnly);
  /** @type {Set<(seen: Seen) => void>} */
  const listeners = new Set();
  createInterface({ input: stream }).on('line', (line) => {
    const at = performance.now();
    const { type, object } = JSON.parse(line);
    const { name } = object.metadata ?? {};
    for (const listener of listeners) listener({ type, name, at, data: object.data, status: object.status });
  });
  stream.on('error', () => {});
  return {
    /**
     * The first change that `wanted` answers true for; call it before causing the change.
     * @param {(seen: Seen) => boolean} wanted
     * @param {number} [timeoutMs]
     * @returns {Promise<Seen>}
     */
    next(wanted, timeoutMs = 30_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          listeners.delete(listener);
          reject(new Error(`no such change within ${timeoutMs} ms`));
        }, timeoutMs);
        const listener = (/** @type {Seen} */ seen) => {
          if (!wanted(seen)) return;
          clearTimeout(timer);
          listeners.delete(listener);
          resolve(seen);
        };
        listeners.add(listener);
      });
    },
    close() {
      stream.destroy();
      agent.destroy();
    },
  };
}

/** @param {Agent} agent @param {string} url @param {string} accept @returns {Promise<import('node:http').IncomingMessage>} */
function ask(agent, url, accept) {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, headers: { accept } }, (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`${url}: ${response.statusCode}`));
    });
    call.on('error', reject);
    call.end();
  });
}

/** @param {NodeJS.ReadableStream} stream */
async function textOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
