// Which objects an object of our kinds refers to by name.

import { isJsonObject, type JsonObject } from '../../manifest/kinds.ts';
import type { SchemaPath } from '../schema.ts';

/** One reference, as it is written. */
export interface Reference {
  kind: string;
  name: string;
  /** Undefined: that of the object itself. */
  namespace: string | undefined;
  /** Where its name stands. */
  path: SchemaPath;
}

/**
 * The references of an object. One without a name is none: for `vaultAuthRef` and `vaultConnectionRef` that is the object `default`
 * of the controller's own namespace, which the operator's chart makes.
 */
export function referencesOf({ apiVersion, kind, spec }: JsonObject): Reference[] {
  if (typeof apiVersion !== 'string' || !isJsonObject(spec)) return [];
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
  if (group === 'external-secrets.io') return externalReferences(String(kind), spec);
  return group === 'secrets.hashicorp.com' ? vaultReferences(String(kind), spec) : [];
}

function externalReferences(kind: string, spec: JsonObject): Reference[] {
  if (kind === 'ExternalSecret') return storeReferences(spec, ['spec']);
  const { externalSecretSpec: inner } = spec;
  if (kind !== 'ClusterExternalSecret' || !isJsonObject(inner)) return [];
  // The namespaces that it selects are known to the cluster alone.
  return storeReferences(inner, ['spec', 'externalSecretSpec']).filter((one) => one.kind === 'ClusterSecretStore');
}

function storeReferences({ secretStoreRef, data, dataFrom }: JsonObject, path: SchemaPath): Reference[] {
  const entries = Object.entries({ data, dataFrom }).flatMap(([field, list]) =>
    itemsOf(list).flatMap(([entry, index]) => {
      const source = isJsonObject(entry.sourceRef) ? entry.sourceRef : {};
      return storeReference(source.storeRef, [...path, field, index, 'sourceRef', 'storeRef']);
    }),
  );
  return [...storeReference(secretStoreRef, [...path, 'secretStoreRef']), ...entries];
}

function storeReference(reference: unknown, path: SchemaPath): Reference[] {
  if (!isJsonObject(reference) || !isText(reference.name)) return [];
  const { name, kind = 'SecretStore' } = reference;
  if (kind !== 'SecretStore' && kind !== 'ClusterSecretStore') return [];
  return [{ kind, name, namespace: undefined, path: [...path, 'name'] }];
}

function vaultReferences(kind: string, spec: JsonObject): Reference[] {
  const { vaultAuthRef, vaultConnectionRef, vaultAuthGlobalRef, destination } = spec;
  if (kind === 'VaultStaticSecret') {
    const { transformation } = isJsonObject(destination) ? destination : {};
    const { transformationRefs } = isJsonObject(transformation) ? transformation : {};
    return [
      ...slashReference('VaultAuth', vaultAuthRef, ['spec', 'vaultAuthRef']),
      ...itemsOf(transformationRefs).flatMap(([entry, index]) =>
        namedReference('SecretTransformation', entry, [
          ...['spec', 'destination', 'transformation', 'transformationRefs', index],
        ]),
      ),
    ];
  }
  if (kind !== 'VaultAuth' && kind !== 'VaultAuthGlobal') return [];
  return [
    ...slashReference('VaultConnection', vaultConnectionRef, ['spec', 'vaultConnectionRef'])
      // A name alone counts in the namespace of the VaultAuth that takes it over, which may be any.
      .filter(({ namespace }) => kind === 'VaultAuth' || namespace !== undefined),
    ...namedReference('VaultAuthGlobal', vaultAuthGlobalRef, ['spec', 'vaultAuthGlobalRef']),
  ];
}

/** `name`, or `namespace/name`. */
function slashReference(kind: string, text: unknown, path: SchemaPath): Reference[] {
  if (!isText(text)) return [];
  const slash = text.indexOf('/');
  if (slash === -1) return [{ kind, name: text, namespace: undefined, path }];
  return [{ kind, name: text.slice(slash + 1), namespace: text.slice(0, slash), path }];
}

function namedReference(kind: string, reference: unknown, path: SchemaPath): Reference[] {
  if (!isJsonObject(reference) || !isText(reference.name)) return [];
  const { name, namespace } = reference;
  return [{ kind, name, namespace: isText(namespace) ? namespace : undefined, path: [...path, 'name'] }];
}

function itemsOf(list: unknown): [JsonObject, number][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index): [JsonObject, number][] => (isJsonObject(item) ? [[item, index]] : []));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
