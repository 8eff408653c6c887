// Names, labels and owner references: the checks of apimachinery pkg/api/validation/objectmeta.go, with its wording.

import type { KubeObject, ObjectMeta } from '../kube/objects.ts';
import { objectOr } from './json.ts';
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
  const controllers = ownerReferences.filter(({ controller }) => controller);
  if (controllers.length < 2) return missing;
  const names = controllers.slice(0, 2).map(({ name }) => name);
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${names.join(' and ')}`;
  return [...missing, cause.invalid('metadata.ownerReferences', ownerReferences, why)];
}

/** The first member of metadata whose JSON type is wrong, as a 400 would name it. */
export function mistypedMetadata(metadata: unknown): string | undefined {
  const meta = objectOr(metadata);
  const texts = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'];
  const wrongText = texts.find((field) => meta[field] != null && typeof meta[field] !== 'string');
  if (wrongText) return `metadata.${wrongText}: must be a string`;
  for (const field of ['labels', 'annotations']) {
    const values = meta[field];
    if (values == null) continue;
    if (typeof values !== 'object' || Array.isArray(values)) return `metadata.${field}: must be an object`;
    const wrong = Object.entries(values).find(([, value]) => typeof value !== 'string');
    if (wrong) return `metadata.${field}.${wrong[0]}: must be a string`;
  }
  const lists = ['finalizers', 'ownerReferences', 'managedFields'];
  const wrongList = lists.find((field) => meta[field] != null && !Array.isArray(meta[field]));
  if (wrongList) return `metadata.${wrongList}: must be an array`;
  const owners = (meta.ownerReferences ?? []) as unknown[];
  const wrongOwner = owners.findIndex((owner) => typeof owner !== 'object' || owner === null);
  return wrongOwner === -1 ? undefined : `metadata.ownerReferences[${wrongOwner}]: must be an object`;
}

/** Bytes of the text in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
