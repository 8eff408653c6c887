// Vault or OpenBao as a person's command reads it: which engine a path is in is the server's word.

import { isPassing, isStoreError, type RemoteValue, type StoreError } from '../../controller/stores/store.ts';
import { openVault, type VaultEngine } from '../../controller/stores/vault/backend.ts';
import { VaultConnections } from '../../controller/stores/vault/connections.ts';
import { mountIn } from '../../controller/stores/vault/mounts.ts';
import { segmentsOf } from '../../controller/stores/vault/paths.ts';
import { refused, unanswered, vaultError } from '../../controller/stores/vault/refusals.ts';
import type { SessionRequest } from '../../controller/stores/vault/session.ts';
import { type Answer, NoAnswer } from '../../controller/stores/vault/transport.ts';
import { version } from '../../src/version.ts';
import type { Context } from '../context.ts';
import type { StoreReader } from './read.ts';
import { type VaultSettings, vaultSettings } from './vault-settings.ts';

/** Nothing is sent yet. Throws `SealError` for settings that cannot be used. */
export async function vaultReader(context: Context): Promise<StoreReader> {
  const settings = await vaultSettings(context);
  const { server, login, namespace } = settings;
  const { clock, jitter: random, env: environment, signal } = context;
  const ownToken = () => Promise.reject(new TypeError('only the controller has a service account'));
  const userAgent = `sealwright/${version}`;
  const connections = new VaultConnections({ clock, random, environment, userAgent, ownToken });
  const connection = await connections.share({ server, login, retry: {} });

  const ask = async (path: readonly string[], key: string): Promise<Answer> => {
    const subject = { doing: `reading '${key}'`, key, path: path.join('/'), server: server.server.origin };
    const request: SessionRequest = { call: 'mounts', path, namespace, signal };
    const answer = await connection.session.send(request).catch((error: unknown) => {
      throw error instanceof NoAnswer ? unanswered(error, subject) : error;
    });
    // Some servers do not tell, and some policies do not let them.
    if (answer.status === 200 || answer.status === 403 || answer.status === 404) return answer;
    throw refused(answer, subject, clock.now());
  };

  const readFrom = async (engine: VaultEngine, key: string): Promise<RemoteValue> => {
    const backend = await openVault({ engine, server, login, connections });
    try {
      const [outcome] = await backend.read([{ key }], signal);
      if (outcome === undefined || isStoreError(outcome)) throw outcome ?? new TypeError('an outcome for each request');
      return outcome;
    } finally {
      await backend.close();
    }
  };

  return {
    async read(key) {
      let refusal: unknown;
      for (const engine of await enginesAt(key, ask)) {
        try {
          return await readFrom({ ...engine, namespace }, key);
        } catch (error) {
          if (!isStoreError(error) || isPassing(error) || error.class === 'Deleted') throw error;
          refusal ??= error;
        }
      }
      throw refusal;
    },
    hintsFor: (error) => hintsFor(error, settings),
    close: () => connection.release(),
  };
}

type Engine = Pick<VaultEngine, 'mount' | 'version'>;

// Where the server does not tell, mounts of one segment (or up to /data/), of KV v2 before those of v1.
const guesses: readonly Engine[] = [
  { mount: undefined, version: 'v2' },
  { mount: undefined, version: 'v1' },
];

/** The engines that may hold `key`, the likeliest first. Throws `StoreError` for a mount of another kind. */
async function enginesAt(
  key: string,
  ask: (path: readonly string[], key: string) => Promise<Answer>,
): Promise<readonly Engine[]> {
  const segments = segmentsOf(key, (message) => vaultError('Invalid', `vault: ${message}`, { key }));
  const answer = await ask(['sys', 'internal', 'ui', 'mounts', ...segments], key);
  const mount = answer.status === 200 ? mountIn(answer.text) : undefined;
  if (!mount?.path?.every((segment, at) => segment === segments[at])) return guesses;
  const name = mount.path.join('/');
  if (mount.type === 'kv' || mount.type === 'generic') return [{ mount: name, version: mount.version }];
  throw vaultError('Invalid', `vault: '${name}' is an engine of type ${mount.type}, not kv`, { about: 'engine' });
}

function hintsFor(error: StoreError, { server: { server }, variables }: VaultSettings): readonly string[] {
  const { address, authority, token } = variables;
  if (error.about === 'trust') return [`the authority of its certificate goes into the file that ${authority} names`];
  if (error.class === 'Denied' && error.key === undefined) return [`log in again, or set ${token}`];
  if (isPassing(error)) return [`${address} names the server; it is ${server.origin}`];
  if (error.class === 'Invalid' && error.property === undefined)
    return [`the path begins with its mount, on the server that ${address} names (${server.origin})`];
  return error.hints;
}
