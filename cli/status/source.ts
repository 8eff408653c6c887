// Where an object has its values from, in a few words; pure. Manifests of other people may have any shape.

import { counted } from '../../src/counted.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { textAt, valueAt } from '../kinds.ts';

/** Empty where there is nothing to say. */
export function sourceOf(object: KubeObject): string {
  return (Object.hasOwn(sources, object.kind) ? sources[object.kind]?.(object) : undefined) ?? '';
}

const sources: Readonly<Record<string, (object: KubeObject) => string | undefined>> = {
  SealedSecret: (object) => {
    if (textAt(object, 'spec', 'data') !== undefined) return 'sealed as a whole';
    const { length } = Object.keys(valueAt(object, 'spec', 'encryptedData') ?? {});
    return counted(length, 'sealed item');
  },
  ExternalSecret: (object) => storesOf(object, 'spec'),
  ClusterExternalSecret: (object) => storesOf(object, 'spec', 'externalSecretSpec'),
  VaultStaticSecret: (object) => [textAt(object, 'spec', 'mount'), textAt(object, 'spec', 'path')].join('/'),
  SecretStore: providerOf,
  ClusterSecretStore: providerOf,
  VaultConnection: (object) => withoutCredentials(textAt(object, 'spec', 'address')),
  VaultAuth: (object) => methodOf(object),
  VaultAuthGlobal: (object) => textAt(object, 'spec', 'defaultAuthMethod'),
};

function storesOf(object: KubeObject, ...spec: readonly string[]): string {
  const entries = ['data', 'dataFrom'].flatMap((list) => {
    const found = valueAt(object, ...spec, list);
    return Array.isArray(found) ? (found as unknown[]) : [];
  });
  const sourceRefs = entries.filter((entry): entry is object => typeof entry === 'object' && entry !== null);
  const refs = [
    ...(valueAt(object, ...spec, 'secretStoreRef', 'name') ? [[object, [...spec, 'secretStoreRef']] as const] : []),
    ...sourceRefs.map((entry) => [entry, ['sourceRef', 'storeRef']] as const),
    ...sourceRefs.map((entry) => [entry, ['sourceRef', 'generatorRef']] as const),
  ];
  const names = refs.flatMap(([holder, path]) => {
    const name = textAt(holder, ...path, 'name');
    const kind = textAt(holder, ...path, 'kind') ?? 'SecretStore';
    return name === undefined ? [] : [`${kind}/${name}`];
  });
  const [first = '', ...others] = new Set(names);
  return others.length > 0 ? `${first} and ${others.length} more` : first;
}

function providerOf(object: KubeObject): string | undefined {
  const vault = textAt(object, 'spec', 'provider', 'vault', 'server');
  if (vault !== undefined) return `vault ${withoutCredentials(vault)}`;
  const service = textAt(object, 'spec', 'provider', 'aws', 'service');
  if (service !== undefined)
    return `aws ${service} ${textAt(object, 'spec', 'provider', 'aws', 'region') ?? ''}`.trim();
  return Object.keys(valueAt(object, 'spec', 'provider') ?? {})[0];
}

function methodOf(object: KubeObject): string | undefined {
  const method = textAt(object, 'spec', 'method');
  const mount = textAt(object, 'spec', 'mount');
  return mount === undefined ? method : `${method ?? ''} at ${mount}`.trim();
}

// An address may carry a password.
const withoutCredentials = (address: string | undefined) => address?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
