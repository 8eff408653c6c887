// Before "there is nothing" is believed: whether the engine at the mount is the one that the store says it is.

import type { Place } from './paths.ts';
import { vaultError } from './refusals.ts';
import type { Answer } from './transport.ts';

/** Throws `StoreError` `Invalid` where the engine is another; says nothing where the server does not tell. */
export type MountCheck = (place: Place, signal: AbortSignal) => Promise<void>;

/**
 * KV v1 answers a v2 path with "nothing there", as it does any other: only `sys/internal/ui/mounts`, which anyone may ask
 * who may read below, tells them apart. A mount found right is not asked for again.
 */
export function mountCheck(
  version: 'v1' | 'v2',
  ask: (path: readonly string[], signal: AbortSignal) => Promise<Answer>,
): MountCheck {
  const right = new Set<string>();
  return async ({ mount, path }, signal) => {
    const name = mount.join('/');
    if (right.has(name)) return;
    const answer = await ask(['sys', 'internal', 'ui', 'mounts', ...mount, ...path], signal);
    const engine = answer.status === 200 ? mountIn(answer.text) : undefined;
    if (!engine) return;
    if (engine.type !== 'kv' && engine.type !== 'generic') {
      throw vaultError('Invalid', `vault: '${name}' is an engine of type ${engine.type}, not kv`, {
        about: 'engine',
      });
    }
    if (engine.version !== version) {
      throw vaultError('Invalid', `vault: '${name}' is KV ${engine.version}, and the store says ${version}`, {
        about: 'engine',
        hint: `set spec.provider.vault.version to ${engine.version}`,
      });
    }
    right.add(name);
  };
}

/** What a server says about the mount of a path. */
interface Mount {
  type: string;
  version: 'v1' | 'v2';
  /** Segment by segment. Undefined: it was not told. */
  path: readonly string[] | undefined;
}

/** The mount in an answer of `sys/internal/ui/mounts/PATH`; undefined where there is none in it. */
export function mountIn(text: string): Mount | undefined {
  try {
    const { data } = JSON.parse(text) as {
      data?: { type?: unknown; path?: unknown; options?: { version?: unknown } | null };
    };
    if (typeof data?.type !== 'string') return undefined;
    const path = typeof data.path === 'string' ? data.path.split('/').filter((segment) => segment !== '') : [];
    return {
      type: data.type.replace(/[^\w-]/g, ''),
      version: data.options?.version === '2' ? 'v2' : 'v1',
      path: path.length > 0 ? path : undefined,
    };
  } catch {
    return undefined;
  }
}
