// Whether an object of our kinds is as its definition wants it: fields, types, values and rules, each at its line.

import type { Violation } from '../kube/rules.ts';
import { violationsOf } from '../kube/violations.ts';
import { isJsonObject, type JsonObject } from '../manifest/kinds.ts';
import type { ManifestObject } from '../manifest/objects.ts';
import { nearest } from '../nearest.ts';
import { isUnrendered } from './check/filled-in.ts';
import { writtenDefinitions } from './definitions.ts';
import { lineOf } from './field-places.ts';
import { type Finding, findingOf } from './finding.ts';
import { schemaFindings } from './findings/schema.ts';
import { type Schema, type SchemaPath, type SchemaProblem, schemaProblems } from './schema.ts';

/** What is known of an object beside its text. */
export interface ObjectManner {
  /** It is a patch for Kustomize: what is missing stands elsewhere. Default: it is whole. */
  isPatch?: boolean;
}

const groups = ['bitnami.com', 'external-secrets.io', 'generators.external-secrets.io', 'secrets.hashicorp.com'];

/** Whether `object` says that it is of one of the API groups that we serve. */
function isOfOurGroups({ apiVersion }: JsonObject): boolean {
  return typeof apiVersion === 'string' && groups.includes(groupOf(apiVersion));
}

const groupOf = (apiVersion: string) => apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));

/** What is wrong with an object under its definition; nothing for objects of other groups. */
export function objectFindings(object: ManifestObject, { isPatch = false }: ObjectManner = {}): Finding[] {
  const { value } = object;
  if (!isOfOurGroups(value) || typeof value.kind !== 'string') return [];
  const schema = schemaOf(`${value.apiVersion} ${value.kind}`);
  if (!schema) return [notServed(object, value.kind)];
  const problems = schemaProblems(schema, value, manner(isPatch)).filter((problem) => !isSealedItem(value, problem));
  if (problems.length > 0 || isPatch) return problems.map((problem) => problemFinding(object, problem));
  return violationsOf(value.kind, withoutNulls(value.spec))
    .filter(({ path }) => !isOpenAt(value, pathOf(path)))
    .map((violation) => ruleFinding(object, violation));
}

/** Sealed values have findings of their own. */
function isSealedItem({ kind }: JsonObject, { path }: SchemaProblem): boolean {
  const [top, field, ...rest] = path;
  if (kind !== 'SealedSecret' || top !== 'spec') return false;
  return field === 'data' || (field === 'encryptedData' && rest.length > 0);
}

const textMap: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const anything: Schema = {};

/** metav1.ObjectMeta. */
const metadata: Schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1 },
    generateName: { type: 'string' },
    namespace: { type: 'string' },
    labels: textMap,
    annotations: textMap,
    finalizers: { type: 'array', items: { type: 'string' } },
    ownerReferences: { type: 'array', items: { type: 'object' } },
    ...Object.fromEntries(
      ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds']
        .concat('managedFields', 'selfLink')
        .map((name) => [name, anything]),
    ),
  },
  additionalProperties: false,
};

const schemas = new Map<string, Schema>();

/** The schema of a kind in whole: that of its definition, and what every object has. */
function schemaOf(type: string): Schema | undefined {
  const known = schemas.get(type);
  if (known || !Object.hasOwn(writtenDefinitions, type)) return known;
  const own: Schema = JSON.parse(writtenDefinitions[type]?.schema ?? '{}');
  const schema: Schema = {
    ...own,
    required: ['metadata', ...(own.required ?? [])],
    properties: { apiVersion: anything, kind: anything, metadata, ...own.properties, status: anything },
  };
  schemas.set(type, schema);
  return schema;
}

function manner(isPart: boolean) {
  return { nullIsAbsent: true, isOpen: isUnrendered, isPart, quotes: false };
}

const kindOfReason = {
  unknown: schemaFindings.unknownField,
  missing: schemaFindings.missingField,
  type: schemaFindings.wrongType,
  value: schemaFindings.wrongValue,
} as const;

function problemFinding(object: ManifestObject, { path, reason, message, hint }: SchemaProblem): Finding {
  return findingOf(kindOfReason[reason], { ...placeOf(object, path), message: `${titleOf(object)}: ${message}`, hint });
}

function ruleFinding(object: ManifestObject, { path, message }: Violation): Finding {
  const place = placeOf(object, pathOf(path));
  return findingOf(schemaFindings.brokenRule, { ...place, message: `${titleOf(object)}: ${path}: ${message}` });
}

function notServed(object: ManifestObject, kind: string): Finding {
  const { apiVersion } = object.value;
  const others = Object.keys(writtenDefinitions).filter((one) => one.endsWith(` ${kind}`));
  const versions = others.map((one) => one.split(' ')[0]);
  return findingOf(schemaFindings.notServed, {
    ...placeOf(object, ['kind']),
    message: `Sealwright does not serve ${kind} of ${apiVersion}`,
    hint: versions.length > 0 ? `it serves ${kind} of ${versions.join(', ')}` : meantKind(String(apiVersion), kind),
  });
}

function meantKind(apiVersion: string, kind: string): string {
  const served = Object.keys(writtenDefinitions).filter((one) => groupOf(one) === groupOf(apiVersion));
  const meant = nearest(
    kind,
    served.map((one) => one.slice(one.indexOf(' ') + 1)),
  );
  return meant === undefined ? 'whatever else serves it goes on doing so' : `did you mean ${meant}?`;
}

function placeOf({ document, node }: ManifestObject, path: SchemaPath) {
  return { file: document.file, line: lineOf(document, node, path) };
}

/** `ExternalSecret shop/db`. */
function titleOf({ value }: ManifestObject): string {
  const { name, namespace } = isJsonObject(value.metadata) ? value.metadata : {};
  const parts = [namespace, name].filter((part) => typeof part === 'string' && part !== '');
  return parts.length === 0 ? String(value.kind) : `${value.kind} ${parts.join('/')}`;
}

/** `spec.dataFrom[0].rewrite[1]` as steps. Rules are about fields whose names have neither dots nor brackets. */
function pathOf(text: string): SchemaPath {
  return [...text.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([word, index]) => (index === undefined ? word : Number(index)));
}

function isOpenAt(value: unknown, [first, ...rest]: SchemaPath): boolean {
  if (first === undefined) return typeof value === 'string' && isUnrendered(value);
  return typeof value === 'object' && value !== null && isOpenAt((value as JsonObject)[first], rest);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}
