// What the kinds of secrets.hashicorp.com mean when they name each other, and who may: pure.

import type { KubeObject } from '../../../src/kube/objects.ts';
import type { VaultAuth, VaultAuthGlobal, VaultAuthGlobalRef } from '../../../src/kube/vault-secrets.ts';
import { Stalled, Waiting } from '../../engine/outcome.ts';

/** Name of the object that is meant where none is named. */
export const defaultName = 'default';

// A watch tells when what is missing comes.
const missingAgainMs = 300_000;

/** Where a reference stands. */
export interface RefContext {
  /** The field, for messages. */
  field: string;
  /** The namespace of the object that refers. */
  namespace: string;
  /** The controller's. */
  home: string;
}

/** `namespace/name` of what a reference means: empty is `default` in the controller's namespace. Throws `Stalled` (`InvalidReference`). */
export function refKey(text: string | undefined, { field, namespace, home }: RefContext): string {
  if (!text) return `${home}/${defaultName}`;
  const parts = text.split('/');
  if (parts.length > 2 || parts.some((part) => part.trim() === '')) {
    throw new Stalled('InvalidReference', `${field} "${text.slice(0, 200)}" is no reference`, {
      hint: 'write name, or namespace/name',
    });
  }
  return parts.length === 2 ? text : `${namespace}/${text}`;
}

/** Where the VaultAuthGlobal of a VaultAuth may be, in this order. Throws `Stalled` (`InvalidReference`). */
export function globalKeys(
  { name, namespace, allowDefault }: VaultAuthGlobalRef,
  { namespace: own, home }: Omit<RefContext, 'field'>,
): string[] {
  if (name) return [`${namespace || own}/${name}`];
  if (!allowDefault) {
    throw new Stalled('InvalidReference', 'spec.vaultAuthGlobalRef names no VaultAuthGlobal', {
      hint: 'set its name, or allowDefault',
    });
  }
  return namespace ? [`${namespace}/${defaultName}`] : [`${own}/${defaultName}`, `${home}/${defaultName}`];
}

/**
 * Throws `Stalled` (`ReferenceNotAllowed`) where objects of `namespace` may not use `target`: its own namespace may, everybody
 * may use the one called `default` in the controller's namespace, and else `allowedNamespaces` says who, where `*` counts alone.
 */
export function checkAllowed(target: VaultAuth | VaultAuthGlobal, namespace: string, home: string): void {
  const { name, namespace: own = '' } = target.metadata;
  const allowed = target.spec?.allowedNamespaces ?? [];
  const isDefault = own === home && name === defaultName;
  const isForAll = allowed.length === 1 && allowed[0] === '*';
  if (own === namespace || isDefault || isForAll || allowed.includes(namespace)) return;
  const says = allowed.length === 0 ? 'allowedNamespaces is not set' : `allowedNamespaces is [${allowed.join(', ')}]`;
  const hint =
    allowed.includes('*') && allowed.length > 1
      ? '"*" counts only where it stands alone'
      : `add ${namespace} to its spec.allowedNamespaces`;
  throw new Stalled(
    'ReferenceNotAllowed',
    `${target.kind} ${own}/${name} is not for namespace ${namespace}: its ${says}`,
    { hint },
  );
}

/** What `find` finds under the first of the keys that has something. Throws `Waiting` (`ReferenceMissing`). */
export function found<T extends KubeObject>(
  kind: string,
  keys: readonly string[],
  find: (key: string) => T | undefined,
): T {
  for (const key of keys) {
    const object = find(key);
    if (object) return object;
  }
  throw new Waiting('ReferenceMissing', `there is no ${kind} ${keys.join(' and no ')}`, missingAgainMs, {
    hint: 'it is noticed when it comes',
  });
}
