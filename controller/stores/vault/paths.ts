// From the key in an object to the place in Vault: External Secrets Operator's table, without its way of losing secrets.

import type { StoreError } from '../store.ts';

/** A secret: the mount of its engine and its path below that, segment by segment. */
export interface Place {
  mount: readonly string[];
  path: readonly string[];
}

/** What paths are built from. */
export interface Mounting {
  /** `spec.provider.vault.path`. Undefined: keys begin with their mount. */
  mount: string | undefined;
  version: 'v1' | 'v2';
}

/** Makes the error for a key that cannot be one. */
export type BadKey = (message: string, hint?: string) => StoreError;

/**
 * Where `key` is. The table of the reference (buildPath, ESO 2.9):
 *
 * | KV | mount         | key                                           | place                                     |
 * | -- | ------------- | --------------------------------------------- | ----------------------------------------- |
 * | v2 | `secret/path` | `foo`                                         | `foo`                                     |
 * | v2 | `secret/path` | `secret/path/foo`, `secret/path/data/foo`     | `foo`                                     |
 * | v1 | `secret/path` | `foo`, `secret/path/foo`                      | `foo`                                     |
 * | v2 | none          | `secret/big/path`                             | mount `secret`, `big/path`                |
 * | v2 | none          | `team/kv/data/path` (`/data/` anywhere)       | mount `team/kv` (before the first `/data/`) |
 * | v1 | none          | any                                           | as it stands                              |
 *
 * A secret whose own path begins with the mount's name is therefore named in full: with the mount `secret`, the key
 * `secret/x` is `x`, and `secret/data/secret/x` (v1: `secret/secret/x`) is `secret/x`. The reference loses such secrets
 * where `find` comes upon them and where their metadata is read; here both go to the very place. Slashes too many are
 * dropped, as Go's path.Join does; `.` and `..`, which it would follow out of the mount, are refused.
 */
export function placeOf(key: string, { mount, version }: Mounting, badKey: BadKey): Place {
  const segments = segmentsOf(key, badKey);
  if (mount !== undefined) {
    const prefix = segmentsOf(mount, badKey);
    return { mount: prefix, path: withoutPrefix(segments, prefix, version) };
  }
  if (version === 'v1') return { mount: segments.slice(0, 1), path: segments.slice(1) };
  // Not as the very first segment, nor the last: `/data/` is what the reference looks for.
  const data = segments.findIndex((segment, at) => segment === 'data' && at > 0 && at < segments.length - 1);
  if (data > 0) return { mount: segments.slice(0, data), path: segments.slice(data + 1) };
  if (segments.length > 1) return { mount: segments.slice(0, 1), path: segments.slice(1) };
  throw badKey(`key '${key}' is only a mount`, 'set spec.provider.vault.path to the mount, or begin the key with it');
}

function withoutPrefix(segments: readonly string[], mount: readonly string[], version: Mounting['version']) {
  const named = segments.length > mount.length && mount.every((segment, at) => segment === segments[at]);
  if (!named) return segments;
  const rest = segments.slice(mount.length);
  return version === 'v2' && rest[0] === 'data' && rest.length > 1 ? rest.slice(1) : rest;
}

/** Where a key is that a find came upon: the path below the mount as Vault listed it, or behind its mount where the store names none. */
export function foundPlace(key: string, { mount }: Mounting, badKey: BadKey): Place {
  const segments = segmentsOf(key, badKey);
  if (mount !== undefined) return { mount: segmentsOf(mount, badKey), path: segments };
  return { mount: segments.slice(0, 1), path: segments.slice(1) };
}

/** What reads the value. */
export function dataPath({ mount, path }: Place, version: Mounting['version']): string[] {
  return version === 'v2' ? [...mount, 'data', ...path] : [...mount, ...path];
}

/** What reads KV v2's metadata, and lists below a folder in either version. */
export function metadataPath({ mount, path }: Place, version: Mounting['version']): string[] {
  return version === 'v2' ? [...mount, 'metadata', ...path] : [...mount, ...path];
}

/** The segments of a path without empty ones. */
export function segmentsOf(path: string, badKey: BadKey): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.length === 0) throw badKey(`key '${path}' names nothing`);
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw badKey(`key '${path}' has a segment '.' or '..', which no secret's path may have`);
  }
  return segments;
}
