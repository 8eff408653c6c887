// A conformance connection to a fresh embedded API server.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiServerOptions } from '../../src/apiserver/server.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { startTestApiServer } from '../support/api-server.ts';
import { type Connection, connectTo } from './connection.ts';

/** Starts a server and connects as its administrator; closing the connection stops it. */
export async function connectEmbedded(options: Partial<ApiServerOptions> = {}): Promise<Connection> {
  const server = await startTestApiServer({ clock: systemClock, ...options });
  const folder = await mkdtemp(join(tmpdir(), 'sealwright-conformance-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, server.kubeconfig, { mode: 0o600 });
  return connectTo({
    url: server.url,
    ca: server.caPem,
    credentials: { token: server.adminToken },
    kubeconfigPath,
    embedded: true,
    compact: async () => server.compact(),
    async onClose() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  });
}
