// Names, labels and owner references: the checks of apimachinery pkg/api/validation/objectmeta.go, with its wording.

import type { KubeObject, ObjectMeta } from '../kube/objects.ts';
import type { Kind } from './kinds.ts';
import { type Cause, cause } from './status.ts';

type NameRule = { pattern: RegExp; maxLength: number; why: string };

const subdomain: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  maxLength: 253,
  why: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
};
const label: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  why: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
};
const serviceName: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  why: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
};
const pathSegment: NameRule = { pattern: /^(?!\.\.?$)[^/%]+$/, maxLength: 253, why: `may not contain '/' or '%'` };

const qualifiedName = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const annotationsMaxBytes = 256 * 1024;

function nameRule({ group, kind }: Kind): NameRule {
  if (group === '' && kind === 'Namespace') return label;
  if (group === '' && kind === 'Service') return serviceName;
  return group === 'rbac.authorization.k8s.io' ? pathSegment : subdomain;
}

/** The causes for which this metadata is refused. */
export function checkMetadata(kind: Kind, { metadata }: KubeObject): Cause[] {
  return [
    ...checkName(nameRule(kind), metadata.name ?? ''),
    ...Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => checkLabel(key, value)),
    ...checkAnnotations(metadata.annotations ?? {}),
    ...checkOwners(metadata),
    ...checkFinalizers(kind, metadata.finalizers ?? []),
  ];
}

function checkName(rule: NameRule, name: string): Cause[] {
  if (!name) return [cause.required('metadata.name', 'name or generateName is required')];
  const tooLong = name.length > rule.maxLength;
  const wrong = !rule.pattern.test(name);
  if (rule === label && name.includes('.')) return [cause.invalid('metadata.name', name, 'must not contain dots')];
  return [
    ...(wrong ? [cause.invalid('metadata.name', name, rule.why)] : []),
    ...(tooLong ? [cause.invalid('metadata.name', name, `must be no more than ${rule.maxLength} bytes`)] : []),
  ];
}

const nameWhy = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`;
const valueWhy = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`;

function checkLabel(key: string, value: string): Cause[] {
  const wrongValue = value.length > 63 ? 'must be no more than 63 bytes' : labelValue.test(value) ? '' : valueWhy;
  return [
    ...(qualifiedName.test(key) ? [] : [cause.invalid('metadata.labels', key, nameWhy)]),
    ...(wrongValue ? [cause.invalid('metadata.labels', value, wrongValue)] : []),
  ];
}

function checkAnnotations(annotations: Record<string, string>): Cause[] {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return [
    ...Object.keys(annotations)
      .filter((key) => !qualifiedName.test(key.toLowerCase()))
      .map((key) => cause.invalid('metadata.annotations', key, nameWhy)),
    ...(size > annotationsMaxBytes ? [cause.tooLong('metadata.annotations', annotationsMaxBytes)] : []),
  ];
}

function checkOwners({ ownerReferences = [] }: ObjectMeta): Cause[] {
  const missing = ownerReferences.flatMap((owner, index) =>
    (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => !owner[field])
      .map((field) => cause.invalid(`metadata.ownerReferences[${index}].${field}`, '', 'must not be empty')),
  );
  const strange = ownerReferences
    .filter(({ apiVersion }) => apiVersion?.split('/').length > 2)
    .map(({ apiVersion }) =>
      cause.invalid('metadata.ownerReferences.apiVersion', apiVersion, 'version must not be empty'),
    );
  const events = ownerReferences
    .filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Event')
    .map(() =>
      cause.invalid('metadata.ownerReferences', '/v1, Kind=Event', '/v1, Kind=Event is disallowed from being an owner'),
    );
  const causes = [...missing, ...strange, ...events];
  const controllers = ownerReferences.filter(({ controller }) => controller);
  if (controllers.length < 2) return causes;
  const names = controllers.slice(0, 2).map(({ name }) => name);
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${names.join(' and ')}`;
  return [...causes, cause.invalid('metadata.ownerReferences', ownerReferences, why)];
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

function checkFinalizers({ group, kind }: Kind, finalizers: readonly string[]): Cause[] {
  const both = ['orphan', 'foregroundDeletion'].every((name) => finalizers.includes(name));
  const why = 'finalizer orphan and foregroundDeletion cannot be both set';
  // Only the core group wants them qualified.
  const bare = group === '' && kind !== 'Event' ? finalizers.filter((name) => !name.includes('/')) : [];
  return [
    ...finalizers
      .filter((name) => !qualifiedName.test(name))
      .map((name) => cause.invalid('metadata.finalizers', name, nameWhy)),
    ...(both ? [cause.invalid('metadata.finalizers', finalizers, why)] : []),
    ...bare
      .filter((name) => !standardFinalizers.includes(name))
      .map((name) =>
        cause.invalid(
          `metadata.finalizers[${finalizers.indexOf(name)}]`,
          name,
          'name is neither a standard finalizer name nor is it fully qualified',
        ),
      ),
  ];
}

/** The causes for which metadata of the server's own cannot be moved by an update. */
export function checkUnmoved(next: ObjectMeta, old: ObjectMeta): Cause[] {
  return (['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    .filter((field) => next[field] && next[field] !== old[field])
    .map((field) => cause.invalid(`metadata.${field}`, next[field], 'field is immutable'));
}

/** Bytes of the text in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
