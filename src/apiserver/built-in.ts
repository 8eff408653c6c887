// What the server fills in and checks for built-in kinds beyond their schemas (kubernetes pkg/apis/core/validation).

import type { ConfigMap, KubeObject, Secret } from '../kube/objects.ts';
import { equal, isObject, type JsonObject } from './json.ts';
import type { Check, Kind } from './kinds.ts';
import { byteLength } from './names.ts';
import { checkBinding, checkRules } from './role-checks.ts';
import { type Cause, cause } from './status.ts';

const itemName = /^[-._a-zA-Z0-9]+$/;
const itemNameWhy = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;
const maxDataBytes = 1024 * 1024;

/** The items that a Secret of a type must have: all of them, or for basic-auth one of them. */
const requiredItems: Record<string, readonly string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
};

/** Completes a decoded object of a built-in kind in place, before it is compared and checked. */
export function completeBuiltIn(object: KubeObject): void {
  complete[`${object.apiVersion}/${object.kind}`]?.(object as never);
}

const complete: Record<string, (object: never) => void> = {
  'v1/Secret': (secret: Secret) => {
    secret.type ||= 'Opaque';
    const { stringData } = secret;
    delete secret.stringData;
    if (stringData) secret.data = { ...secret.data, ...encoded(stringData) };
    if (secret.data) secret.data = reencoded(secret.data);
  },
  'v1/ConfigMap': (map: ConfigMap & Immutable) => {
    if (map.binaryData) map.binaryData = reencoded(map.binaryData);
  },
  'v1/Namespace': (namespace: KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string } }) => {
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      'kubernetes.io/metadata.name': namespace.metadata.name ?? '',
    };
    namespace.spec = { ...namespace.spec, finalizers: namespace.spec?.finalizers ?? ['kubernetes'] };
    namespace.status = { ...namespace.status, phase: namespace.metadata.deletionTimestamp ? 'Terminating' : 'Active' };
  },
};

function encoded(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text ?? '').toString('base64')]),
  );
}

/** As Go writes the bytes that it has read: padded, without line breaks; a null item is empty. */
function reencoded(data: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value ?? '', 'base64').toString('base64')]),
  );
}

/** Why the bytes of a Secret or ConfigMap cannot be read: base64 that Go does not decode. A 400, as decoding fails first. */
export function undecodable(object: KubeObject): string | undefined {
  const { apiVersion, kind } = object;
  const field = apiVersion === 'v1' && { Secret: 'data', ConfigMap: 'binaryData' }[kind];
  const data = field && (object as unknown as JsonObject)[field];
  if (!isObject(data)) return undefined;
  for (const value of Object.values(data)) {
    if (value === null) continue;
    if (typeof value !== 'string')
      return `json: cannot unmarshal into Go struct field ${kind}.${field} of type []uint8`;
    const at = illegalBase64At(value);
    if (at >= 0) return `illegal base64 data at input byte ${at}`;
  }
  return undefined;
}

/** Where Go's base64.StdEncoding stops, or -1. Line breaks are skipped, as Go skips them. */
function illegalBase64At(text: string): number {
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return -1;
  const compact = text.replace(/[\r\n]/g, '');
  if (compact !== text) return illegalBase64At(compact);
  const bad = /[^A-Za-z0-9+/]/.exec(text);
  return bad ? bad.index : text.length - (text.length % 4);
}

const checks: Record<string, Check> = {
  '/secrets': (object, old) => checkSecret(object as Secret, old as Secret | undefined),
  '/configmaps': (object, old) =>
    checkConfigMap(object as ConfigMap & Immutable, old as (ConfigMap & Immutable) | undefined),
  '/events': checkEvent,
  'coordination.k8s.io/leases': (object) => checkLease(object as Lease),
  'rbac.authorization.k8s.io/roles': (object) => checkRules(object, true),
  'rbac.authorization.k8s.io/clusterroles': (object) => checkRules(object, false),
  'rbac.authorization.k8s.io/rolebindings': checkBinding,
  'rbac.authorization.k8s.io/clusterrolebindings': checkBinding,
};

/** The causes for which an object of a built-in kind is refused. */
export function checkBuiltIn(kind: Kind, object: KubeObject, old: KubeObject | undefined): Cause[] {
  return checks[kind.collection]?.(object, old) ?? [];
}

type Immutable = { immutable?: boolean; binaryData?: Record<string, string> };

function checkSecret(secret: Secret, old: Secret | undefined): Cause[] {
  const data = secret.data ?? {};
  const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  return [
    ...(old && old.type !== secret.type ? [cause.invalid('type', secret.type, 'field is immutable')] : []),
    ...checkImmutable(secret, old),
    ...Object.keys(data).flatMap((key) => checkItemName(`data[${key}]`, key)),
    ...(bytes > maxDataBytes ? [cause.tooLong('data', maxDataBytes)] : []),
    ...checkSecretType(secret.type ?? '', data, secret),
  ];
}

function checkSecretType(type: string, data: Record<string, string>, { metadata }: Secret): Cause[] {
  if (type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
    return [cause.required('data[username]'), cause.required('data[password]')];
  }
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.['kubernetes.io/service-account.name']) {
    return [cause.required('metadata.annotations[kubernetes.io/service-account.name]')];
  }
  const missing = (requiredItems[type] ?? []).filter((key) => !(key in data));
  if (missing.length > 0) return missing.map((key) => cause.required(`data[${key}]`));
  const json = ['.dockerconfigjson', '.dockercfg'].find((key) => requiredItems[type]?.includes(key));
  if (!json || isJson(Buffer.from(data[json] ?? '', 'base64').toString())) return [];
  // The value itself is never repeated in a message.
  return [cause.invalid(`data[${json}]`, '<secret contents redacted>', 'invalid character in JSON')];
}

function isJson(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function checkImmutable(
  object: Immutable & { data?: unknown },
  old: (Immutable & { data?: unknown }) | undefined,
): Cause[] {
  if (!old?.immutable) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable ? [] : [cause.forbidden('immutable', why)]),
    ...(['data', 'binaryData'] as const)
      .filter((field) => !equal(object[field] ?? {}, old[field] ?? {}))
      .map((field) => cause.forbidden(field, why)),
  ];
}

function checkConfigMap(object: ConfigMap & Immutable, old: (ConfigMap & Immutable) | undefined): Cause[] {
  const texts = Object.entries(object.data ?? {});
  const bytes = texts.reduce((sum, [, text]) => sum + byteLength(text), 0);
  return [
    ...checkImmutable(object, old),
    ...texts.flatMap(([key]) => checkItemName(`data[${key}]`, key)),
    ...texts
      .filter(([key]) => Object.hasOwn(object.binaryData ?? {}, key))
      .map(([key]) => cause.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...Object.keys(object.binaryData ?? {}).flatMap((key) => checkItemName(`binaryData[${key}]`, key)),
    ...(bytes > maxDataBytes ? [cause.tooLong('', maxDataBytes)] : []),
  ];
}

function checkItemName(field: string, key: string): Cause[] {
  if (!itemName.test(key)) return [cause.invalid(field, key, itemNameWhy)];
  if (key === '.' || key === '..') return [cause.invalid(field, key, `must not be '${key}'`)];
  if (key.startsWith('..')) return [cause.invalid(field, key, "must not start with '..'")];
  return key.length > 253 ? [cause.invalid(field, key, 'must be no more than 253 bytes')] : [];
}

type Event = KubeObject &
  Record<'reason' | 'message' | 'action', string | undefined> & {
    involvedObject?: { namespace?: string };
    eventTime?: string | null;
    reportingComponent?: string;
    reportingInstance?: string;
  };

function checkEvent(object: KubeObject): Cause[] {
  const event = object as Event;
  const about = event.involvedObject?.namespace ?? '';
  const home = event.metadata.namespace ?? '';
  // What concerns an object of the cluster is told in the namespace default.
  const matches = event.eventTime
    ? about || ['default', 'kube-system'].includes(home)
    : about
      ? about === home
      : home === 'default';
  const needed = ['reportingComponent', 'reportingInstance', 'action', 'reason'] as const;
  return [
    ...(matches ? [] : [cause.invalid('involvedObject.namespace', about, 'does not match event.namespace')]),
    ...(event.eventTime ? needed.filter((field) => !event[field]).map((field) => cause.required(field)) : []),
  ];
}

type Lease = KubeObject & { spec?: { leaseDurationSeconds?: number; leaseTransitions?: number } };

function checkLease({ spec = {} }: Lease): Cause[] {
  const { leaseDurationSeconds: seconds = 1, leaseTransitions: transitions = 0 } = spec;
  const few = 'must be greater than';
  return [
    ...(seconds > 0 ? [] : [cause.invalid('spec.leaseDurationSeconds', seconds, `${few} 0`)]),
    ...(transitions < 0 ? [cause.invalid('spec.leaseTransitions', transitions, `${few} or equal to 0`)] : []),
  ];
}
