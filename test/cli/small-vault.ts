// A small Vault on loopback for commands: mounts of both versions of KV, as Vault 1.20 and OpenBao 2.4 answer.

import type { ServerOptions } from 'node:https';
import { type Loopback, loopback, sendJson } from '../support/loopback.ts';

export const vaultToken = 'hvs.test-token';

export interface SmallVault extends Loopback {
  /** Path with its mount → fields; `undefined` is deleted, `denied` is refused. */
  secrets: Map<string, Record<string, unknown> | undefined | 'denied'>;
  /** Whether it says which mount a path is in. */
  tellsMounts: boolean;
  /** Status of every answer, where it is not well. */
  down: number | undefined;
}

const mounts = [
  { path: 'kv/', type: 'kv', options: { version: '2' } },
  { path: 'team/kv/', type: 'kv', options: { version: '2' } },
  { path: 'old/', type: 'kv', options: { version: '1' } },
  { path: 'pki/', type: 'pki', options: null },
];

/** Starts one. What it holds may be changed at any time. */
export async function smallVault(tls?: ServerOptions): Promise<SmallVault> {
  const server = await loopback(({ path, headers }, response) => {
    const refuse = (status: number, errors: string[] = []) => sendJson(response, status, { errors });
    if (vault.down !== undefined) return refuse(vault.down, ['it is down']);
    if (headers['x-vault-token'] !== vaultToken) return refuse(403, ['permission denied']);
    const asked = decodeURIComponent(path).replace('/v1/', '');
    if (asked === 'auth/token/lookup-self') return sendJson(response, 200, { data: {} });
    const below = asked.replace('sys/internal/ui/mounts/', '');
    const mount = mounts.find((one) => below.startsWith(one.path));
    if (below !== asked) {
      if (!vault.tellsMounts || !mount) return refuse(403, ['preflight capability check returned 403']);
      return sendJson(response, 200, { data: mount });
    }
    if (!mount) return refuse(404, [`no handler for route "${asked}". route entry not found.`]);
    const isVersioned = mount.options?.version === '2';
    const rest = asked.slice(mount.path.length);
    const key = `${mount.path}${isVersioned ? rest.replace(/^data\//, '') : rest}`;
    if (isVersioned && !rest.startsWith('data/')) {
      const warnings = ['Invalid path for a versioned K/V secrets engine. See the API docs.'];
      return sendJson(response, 404, { warnings });
    }
    const fields = vault.secrets.get(key);
    if (fields === 'denied') return refuse(403, ['1 error occurred: permission denied']);
    if (fields)
      return sendJson(response, 200, { data: isVersioned ? { data: fields, metadata: { version: 1 } } : fields });
    const gone = { data: null, metadata: { version: 2, deletion_time: '2026-01-01T00:00:00Z', destroyed: false } };
    return vault.secrets.has(key) ? sendJson(response, 404, { data: gone }) : refuse(404);
  }, tls);
  const vault: SmallVault = Object.assign(server, {
    secrets: new Map() as SmallVault['secrets'],
    tellsMounts: true,
    down: undefined,
  });
  return vault;
}
