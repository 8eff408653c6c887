// The controllers of a cluster as their Deployments show them, and the one that would serve an object.

import { labelSelector } from '../../src/apiserver/selectors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { objectAnnotations } from '../../src/kube/secret-rules.ts';
import type { ControllerFacts } from './facts.ts';

interface Deployment extends KubeObject {
  spec?: { template?: { spec?: { containers?: Container[] } } };
  status?: { readyReplicas?: number };
}

interface Container {
  name?: string;
  args?: string[];
  command?: string[];
  env?: { name: string; value?: string }[];
}

const nameLabel = 'app.kubernetes.io/name';
// By group: the operators that served these kinds before.
const references: Readonly<Record<string, readonly string[]>> = {
  'bitnami.com': ['sealed-secrets'],
  'external-secrets.io': ['external-secrets'],
  'secrets.hashicorp.com': ['vault-secrets-operator'],
};

/** The Deployment that would serve the object, else one that should. `name` undefined: there is none. Throws `ApiError`. */
export async function controllerOf(api: KubeApi, object: KubeObject): Promise<ControllerFacts> {
  const group = object.apiVersion.split('/')[0] ?? '';
  const names = ['sealwright', ...(references[group] ?? [])];
  const { items } = await api.list<Deployment>(resources.deployment, {
    labelSelector: `${nameLabel} in (${names.join(',')})`,
  });
  const all = items.map((deployment) => factsOf(deployment, object));
  const running = all.filter(({ ready }) => ready !== 0);
  return (
    running.find((one) => serves(one, object)) ??
    running[0] ??
    all[0] ?? { name: undefined, ready: undefined, settings: new Map(), isOurs: false }
  );
}

function factsOf({ metadata, spec, status }: Deployment, object: KubeObject): ControllerFacts {
  const isOurs = metadata.labels?.[nameLabel] === 'sealwright';
  const settings = isOurs ? settingsOf(spec?.template?.spec?.containers ?? []) : new Map<string, string[]>();
  const [selector = ''] = settings.get('selector') ?? [];
  return {
    name: `${metadata.namespace}/${metadata.name}`,
    ready: status?.readyReplicas ?? 0,
    settings,
    isOurs,
    isSelected: selects(selector, object),
  };
}

/** Flags `--name value` and `--name=value`, and variables `SEALWRIGHT_NAME`; a flag wins. */
function settingsOf(containers: readonly Container[]): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const { args = [], command = [], env = [] } of containers) {
    for (const { name, value } of env) {
      const setting = /^SEALWRIGHT_(.+)$/.exec(name)?.[1]?.toLowerCase().replaceAll('_', '-');
      if (setting !== undefined && value) settings.set(setting, parts(value));
    }
    const given = new Map<string, string[]>();
    const words = [...command, ...args];
    for (const [at, word] of words.entries()) {
      const [, name = '', value = words[at + 1] ?? ''] = /^--([a-z-]+)(?:=(.*))?$/.exec(word) ?? [];
      if (name !== '') given.set(name, [...(given.get(name) ?? []), ...(name === 'selector' ? [value] : parts(value))]);
    }
    for (const [name, values] of given) settings.set(name, values);
  }
  return settings;
}

const parts = (text: string) => text.split(',').map((part) => part.trim());

function selects(selector: string, { apiVersion, kind, metadata }: KubeObject): boolean | undefined {
  try {
    return labelSelector(selector)({ apiVersion, kind, metadata });
  } catch {
    return undefined;
  }
}

// Roughly: what it does not serve is told by the cases.
function serves({ settings, isOurs }: ControllerFacts, { metadata }: KubeObject): boolean {
  const [served = ''] = settings.get('controller-class') ?? [];
  const namespaces = settings.get('namespace') ?? [];
  const wanted = metadata.annotations?.[objectAnnotations.controllerClass] ?? '';
  return isOurs && served === wanted && (namespaces.length === 0 || namespaces.includes(metadata.namespace ?? ''));
}
