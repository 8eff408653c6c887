// Kubeconfig files: reading several as one, and choosing a cluster and a user from them, by client-go's rules (1.36).

import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../encoding/json.ts';
import { messageOf } from '../errors.ts';
import { ClusterConfigError } from './errors.ts';
import { checkShape, shapes } from './kubeconfig-shape.ts';

/** clientcmd/api/v1 Cluster, as we use it. */
export interface KubeconfigCluster {
  server?: string;
  'tls-server-name'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'proxy-url'?: string;
}

/** clientcmd/api/v1 ExecConfig. */
export interface ExecConfig {
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  apiVersion?: string;
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

/** clientcmd/api/v1 AuthInfo, as we use it. */
export interface KubeconfigUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
  'auth-provider'?: { name: string; config?: Record<string, string> };
  exec?: ExecConfig;
}

export interface KubeconfigContext {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** One or more files, merged. */
export interface Kubeconfig {
  currentContext: string;
  contexts: Map<string, KubeconfigContext>;
  clusters: Map<string, KubeconfigCluster>;
  users: Map<string, KubeconfigUser>;
}

/** Reads and merges: what an earlier file says wins. Files listed as optional may be missing. */
export async function readKubeconfig(
  files: readonly string[],
  { readFile, optional }: { readFile: (path: string) => Promise<Uint8Array>; optional: boolean },
): Promise<Kubeconfig> {
  const merged: Kubeconfig = { currentContext: '', contexts: new Map(), clusters: new Map(), users: new Map() };
  for (const file of files) {
    const text = await readText(file, readFile, optional);
    if (text !== undefined) mergeInto(merged, await parseKubeconfig(text, file));
  }
  return merged;
}

async function readText(file: string, readFile: (path: string) => Promise<Uint8Array>, optional: boolean) {
  try {
    return new TextDecoder().decode(await readFile(file));
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (missing && optional) return undefined;
    throw new ClusterConfigError(`cannot read the kubeconfig ${file}${missing ? ': there is no such file' : ''}`, {
      cause,
      hint: missing ? 'name another with --kubeconfig or KUBECONFIG' : 'check its permissions',
    });
  }
}

function mergeInto(into: Kubeconfig, from: Kubeconfig): void {
  into.currentContext ||= from.currentContext;
  for (const part of ['contexts', 'clusters', 'users'] as const) {
    const target: Map<string, unknown> = into[part];
    for (const [name, entry] of from[part]) if (!target.has(name)) target.set(name, entry);
  }
}

/** Relative paths inside become absolute, from the file's folder. Throws `ClusterConfigError`, never quoting the text. */
export async function parseKubeconfig(text: string, file: string): Promise<Kubeconfig> {
  let parsed: unknown;
  try {
    // The library's warnings go to stderr and quote the file: only errors are raised.
    parsed = parse(text, { maxAliasCount: 100, stringKeys: true, merge: true, logLevel: 'error' });
  } catch (cause) {
    // The YAML error quotes lines of the file, and the file holds keys: only the place is told.
    const at = /at line (\d+)/.exec(messageOf(cause))?.[1];
    throw new ClusterConfigError(`the kubeconfig ${file} is not valid YAML${at ? ` (line ${at})` : ''}`, {
      hint: 'mend it, or choose another with --kubeconfig FILE or KUBECONFIG',
    });
  }
  if (parsed === null || parsed === undefined) parsed = {};
  if (!isRecord(parsed))
    throw new ClusterConfigError(`${file} is not a kubeconfig`, {
      hint: 'choose another with --kubeconfig FILE or KUBECONFIG',
    });
  const folder = dirname(file);
  return {
    currentContext: typeof parsed['current-context'] === 'string' ? parsed['current-context'] : '',
    contexts: named<KubeconfigContext>(parsed.contexts, 'context', file),
    clusters: absolute(named<KubeconfigCluster>(parsed.clusters, 'cluster', file), ['certificate-authority'], folder),
    users: absolute(
      named<KubeconfigUser>(parsed.users, 'user', file),
      ['client-certificate', 'client-key', 'tokenFile'],
      folder,
      withExec,
    ),
  };
}

function named<T extends object>(list: unknown, member: keyof typeof shapes, file: string): Map<string, T> {
  const found = new Map<string, T>();
  if (list === null || list === undefined) return found;
  if (!Array.isArray(list))
    throw new ClusterConfigError(`${file} is not a kubeconfig: ${member}s is not a list`, {
      hint: 'choose another with --kubeconfig FILE or KUBECONFIG',
    });
  for (const entry of list) {
    if (!isRecord(entry) || typeof entry.name !== 'string') {
      throw new ClusterConfigError(`${file} is not a kubeconfig: a ${member} has no name`, {
        hint: 'choose another with --kubeconfig FILE or KUBECONFIG',
      });
    }
    const value = entry[member] ?? {};
    checkShape(value, shapes[member], `${file}: ${member} ${entry.name}`);
    // As client-go: of two entries with one name in a file, the first counts.
    if (!found.has(entry.name)) found.set(entry.name, value as T);
  }
  return found;
}

function absolute<T extends object>(
  entries: Map<string, T>,
  members: readonly (keyof T)[],
  folder: string,
  also: (entry: T, folder: string) => T = (entry) => entry,
): Map<string, T> {
  return new Map(
    [...entries].map(([name, entry]) => {
      const paths = members.flatMap((member) => {
        const path = entry[member];
        return typeof path === 'string' && path !== '' ? [[member, resolve(folder, path)]] : [];
      });
      return [name, also({ ...entry, ...Object.fromEntries(paths) }, folder)];
    }),
  );
}

// A command with a slash in it is relative to its file; one without is looked up in PATH.
function withExec(user: KubeconfigUser, folder: string): KubeconfigUser {
  if (!user.exec?.command?.includes('/')) return user;
  return { ...user, exec: { ...user.exec, command: resolve(folder, user.exec.command) } };
}

/** What `choose` found. */
export interface Chosen {
  context: string | undefined;
  namespace: string | undefined;
  cluster: KubeconfigCluster;
  user: KubeconfigUser;
}

/** Picks context, cluster and user by name. Throws `ClusterConfigError` that names the known ones. */
export function choose(config: Kubeconfig, names: { context?: string; cluster?: string; user?: string }): Chosen {
  const contextName = names.context || config.currentContext;
  const context = contextName === '' ? {} : find(config.contexts, contextName, 'context');
  const clusterName = names.cluster || context.cluster;
  const userName = names.user || context.user;
  return {
    context: contextName || undefined,
    namespace: context.namespace || undefined,
    cluster: clusterName ? find(config.clusters, clusterName, 'cluster') : {},
    user: userName ? find(config.users, userName, 'user') : {},
  };
}

function find<T>(entries: Map<string, T>, name: string, what: string): T {
  const found = entries.get(name);
  if (found !== undefined) return found;
  const known = [...entries.keys()].sort();
  const list = known.length > 20 ? `${known.slice(0, 20).join(', ')} and ${known.length - 20} more` : known.join(', ');
  throw new ClusterConfigError(`the kubeconfig has no ${what} named ${name}`, {
    hint: known.length > 0 ? `known: ${list}` : `it has no ${what}s at all; another one: --kubeconfig or KUBECONFIG`,
  });
}
