// What a sealed value is bound to: the three scopes, their annotations, and the label bytes of RSA-OAEP.

import { utf8Bytes } from '../encoding/bytes.ts';

/** Every scope, narrowest first. */
export const scopes = ['strict', 'namespace-wide', 'cluster-wide'] as const;

/** What a value opens as: one Secret of one namespace, any Secret of one namespace, or any Secret at all. */
export type Scope = (typeof scopes)[number];

/** The annotations on a SealedSecret (or on a Secret about to be sealed) that widen its scope when they say `"true"`. */
export const scopeAnnotations = {
  'namespace-wide': 'sealedsecrets.bitnami.com/namespace-wide',
  'cluster-wide': 'sealedsecrets.bitnami.com/cluster-wide',
} as const;

/** Where a value belongs. */
export interface SealedFor {
  scope: Scope;
  /** Not used when cluster-wide. */
  namespace?: string | undefined;
  /** Used when strict only. */
  name?: string | undefined;
}

type Annotations = Readonly<Record<string, string>> | null | undefined;

/** The scope that annotations ask for. Only the exact text `true` counts; cluster-wide wins over namespace-wide. */
export function scopeOf(annotations: Annotations): Scope {
  if (annotations?.[scopeAnnotations['cluster-wide']] === 'true') return 'cluster-wide';
  if (annotations?.[scopeAnnotations['namespace-wide']] === 'true') return 'namespace-wide';
  return 'strict';
}

/** Exactly the annotations that say `scope`; none for strict. */
export function annotationsOfScope(scope: Scope): Record<string, string> {
  return scope === 'strict' ? {} : { [scopeAnnotations[scope]]: 'true' };
}

/** `annotations` without those that say a scope. */
export function withoutScope(annotations: Annotations): Record<string, string> {
  const names: readonly string[] = Object.values(scopeAnnotations);
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => !names.includes(name)));
}

/** The text whose UTF-8 bytes are the label: `namespace/name`, `namespace`, or nothing. */
export function labelText({ scope, namespace = '', name = '' }: SealedFor): string {
  if (scope === 'cluster-wide') return '';
  return scope === 'namespace-wide' ? namespace : `${namespace}/${name}`;
}

/** The OAEP label bytes (Sealed Secrets 0.36, EncryptionLabel). */
export function labelOf(sealedFor: SealedFor): Uint8Array<ArrayBuffer> {
  return utf8Bytes(labelText(sealedFor));
}
