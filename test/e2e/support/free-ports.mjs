// Ports that nobody listens on.
import { createServer } from 'node:net';

/**
 * All are held open until the last is found, so that no two are the same.
 *
 * @param {number} count
 * @param {string} [host] default: loopback
 * @returns {Promise<number[]>}
 */
export async function freePorts(count, host = '127.0.0.1') {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(host)));
  const ports = servers.map((server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** @param {string} host @returns {Promise<import('node:net').Server>} */
function listen(host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, host, () => resolve(server));
  });
}
