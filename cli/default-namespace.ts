// The namespace that kubectl would use, told from kubeconfig files without talking to any cluster.

import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../src/manifest/kinds.ts';
import type { Context } from './context.ts';

/** A namespace, and where it comes from in words for people. */
export interface DefaultNamespace {
  namespace: string;
  from: string;
  /** Nothing says so: there is no kubeconfig that knows the context, and this is no pod. */
  isGuess?: boolean;
}

/** Which kubeconfig and context to look at. */
export interface NamespaceOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

const podNamespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * The namespace of the kubeconfig's context, else the pod's, else `default`: the order of client-go's deferred loading.
 * A kubeconfig that cannot be read counts as none: sealing offline must not fail on it.
 */
export async function defaultNamespace(context: Context, options: NamespaceOptions = {}): Promise<DefaultNamespace> {
  const configs = await readConfigs(kubeconfigPaths(context, options), context);
  const name = options.context ?? configs.map((config) => config['current-context']).find((value) => value);
  const [found] = configs.flatMap((config) => contextsIn(config, name));
  if (found !== undefined) return namespaceOf(found);
  if (configs.length > 0) return guess;
  const pod = context.env.POD_NAMESPACE || (await readText(podNamespace, context))?.trim();
  return pod ? { namespace: pod, from: 'the pod' } : guess;
}

const kubectls = { namespace: 'default', from: "kubectl's default" };
const guess: DefaultNamespace = { ...kubectls, isGuess: true };

function kubeconfigPaths({ env }: Context, { kubeconfig }: NamespaceOptions): string[] {
  if (kubeconfig) return [kubeconfig];
  if (env.KUBECONFIG) return env.KUBECONFIG.split(delimiter).filter((path) => path !== '');
  return [join(env.HOME || homedir(), '.kube', 'config')];
}

async function readConfigs(paths: readonly string[], context: Context): Promise<JsonObject[]> {
  const texts = await Promise.all(paths.map((path) => readText(path, context)));
  return texts.map((text) => (text === undefined ? undefined : parsed(text))).filter(isJsonObject);
}

function parsed(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    return undefined;
  }
}

async function readText(path: string, { files }: Context): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await files.read(path));
  } catch {
    return undefined;
  }
}

function contextsIn({ contexts }: JsonObject, name: unknown): unknown[] {
  const entries = Array.isArray(contexts) ? contexts.filter(isJsonObject) : [];
  return entries.filter((entry) => entry.name === name).map((entry) => entry.context);
}

function namespaceOf(context: unknown): DefaultNamespace {
  const namespace = isJsonObject(context) ? context.namespace : undefined;
  return typeof namespace === 'string' && namespace !== '' ? { namespace, from: 'the kubeconfig' } : kubectls;
}
