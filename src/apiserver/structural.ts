// Whether the schema of a CustomResourceDefinition is structural, as the API server demands before it serves the kind.

import type { Schema } from './schema-shape.ts';
import { checkValue, compilePattern } from './schema-validation.ts';
import { type Cause, cause } from './status.ts';

type Level = 'root' | 'items' | 'field';

const missingType: Record<Level, string> = {
  root: 'must not be empty at the root',
  items: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** What makes `schema` unfit; `path` is where it stands, such as `spec.versions[0].schema.openAPIV3Schema`. */
export function checkStructural(schema: Schema, path: string): Cause[] {
  return checkLevel(schema, 'root', path).sort((a, b) =>
    `${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1,
  );
}

/** Whether CEL rules stand anywhere in the schema; this server does not evaluate them and has to say so. */
export function hasValidationRules(schema: Schema): boolean {
  return (schema['x-kubernetes-validations']?.length ?? 0) > 0 || children(schema).some(hasValidationRules);
}

function children(schema: Schema): Schema[] {
  const { items, additionalProperties, not, allOf = [], anyOf = [], oneOf = [], properties = {} } = schema;
  const single = [items, additionalProperties, not].filter((one) => typeof one === 'object');
  return [...single, ...Object.values(properties), ...allOf, ...anyOf, ...oneOf];
}

function checkLevel(schema: Schema, level: Level, path: string): Cause[] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...checkType(schema, level, path),
    ...checkExtensions(schema, path),
    ...checkLists(schema, path),
    ...checkValidation(schema, path),
    ...checkDefault(schema, path),
    ...(items === undefined ? [] : checkLevel(items, 'items', `${path}.items`)),
    ...(typeof additionalProperties === 'object'
      ? checkLevel(additionalProperties, 'field', `${path}.additionalProperties`)
      : []),
    ...Object.entries(properties).flatMap(([key, inner]) => {
      const at = `${path}.properties[${key}]`;
      return level === 'root' && key === 'metadata' ? checkMetadata(inner, at) : checkLevel(inner, 'field', at);
    }),
  ];
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

function checkType(schema: Schema, level: Level, path: string): Cause[] {
  const problems: Cause[] = [];
  const { type, items, properties, additionalProperties } = schema;
  const free = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (!type && !free) problems.push(cause.required(`${path}.type`, missingType[level]));
  if (type && !types.includes(type)) problems.push(cause.notSupported(`${path}.type`, type, types));
  if (level === 'root' && type && type !== 'object') {
    problems.push(cause.invalid(`${path}.type`, type, 'must be object at the root'));
  }
  if (type === 'array' && items === undefined) problems.push(cause.required(`${path}.items`, 'must be specified'));
  if (additionalProperties && Object.keys(properties ?? {}).length > 0) {
    problems.push(
      cause.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    );
  }
  if (additionalProperties === false) {
    problems.push(cause.forbidden(`${path}.additionalProperties`, 'additionalProperties cannot be set to false'));
  }
  if (level === 'root' && additionalProperties !== undefined) {
    problems.push(cause.forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
  }
  if (schema.uniqueItems) {
    problems.push(
      cause.forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  return problems;
}

function checkDefault(schema: Schema, path: string): Cause[] {
  if (schema.default === undefined) return [];
  return checkValue(schema.default, schema, '').map((found) => ({
    ...found,
    field: `${path}.default${found.field && `.${found.field}`}`,
  }));
}

function checkMetadata(schema: Schema, path: string): Cause[] {
  const named = Object.keys(schema.properties ?? {}).every((key) => key === 'name' || key === 'generateName');
  const others = Object.keys(schema).some((key) => !['type', 'properties', 'description', 'default'].includes(key));
  const problems = schema.type === 'object' ? [] : [cause.invalid(`${path}.type`, schema.type ?? '', 'must be object')];
  if (named && !others) return problems;
  const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return [...problems, cause.forbidden(path, detail)];
}

function checkExtensions(schema: Schema, path: string): Cause[] {
  const problems: Cause[] = [];
  const embedded = schema['x-kubernetes-embedded-resource'];
  const preserves = schema['x-kubernetes-preserve-unknown-fields'];
  if (embedded && schema.type !== 'object') {
    problems.push(
      cause.invalid(`${path}.type`, schema.type ?? '', 'must be object if x-kubernetes-embedded-resource is true'),
    );
  }
  if (embedded && !preserves && schema.properties === undefined) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    problems.push(cause.required(`${path}.properties`, detail));
  }
  if (!schema['x-kubernetes-int-or-string']) return problems;
  for (const [extension, set] of Object.entries({
    'x-kubernetes-preserve-unknown-fields': preserves,
    'x-kubernetes-embedded-resource': embedded,
  })) {
    const detail = 'must be false if x-kubernetes-int-or-string is true';
    if (set) problems.push(cause.invalid(`${path}.${extension}`, true, detail));
  }
  return problems;
}

function checkLists(schema: Schema, path: string): Cause[] {
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const problems: Cause[] = [];
  if (type !== undefined && schema.type !== 'array') {
    problems.push(
      cause.invalid(`${path}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'),
    );
  }
  if (type !== 'map') {
    if (keys.length > 0 && type === undefined) {
      const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
      problems.push(cause.required(`${path}.x-kubernetes-list-type`, detail));
    }
    return problems;
  }
  if (keys.length === 0) {
    const detail = 'must not be empty if x-kubernetes-list-type is map';
    problems.push(cause.required(`${path}.x-kubernetes-list-map-keys`, detail));
  }
  const properties = schema.items?.properties ?? {};
  if (keys.some((key) => !Object.hasOwn(properties, key))) {
    const at = `${path}.x-kubernetes-list-map-keys`;
    return [...problems, cause.invalid(at, keys, 'entries must all be names of item properties')];
  }
  for (const key of keys.filter((key) => properties[key]?.default === undefined)) {
    const detail =
      'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
    const isRequired = schema.items?.required?.includes(key);
    if (!isRequired) problems.push(cause.required(`${path}.items.properties[${key}].default`, detail));
  }
  return problems;
}

const forbiddenInValidation: Record<string, string> = {
  type: 'must be empty to be structural',
  additionalProperties: 'must be undefined to be structural',
  default: 'must be undefined to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
};

function checkValidation(schema: Schema, path: string): Cause[] {
  const problems: Cause[] = [];
  if (schema.pattern !== undefined && compilePattern(schema.pattern) === undefined) {
    problems.push(cause.invalid(`${path}.pattern`, schema.pattern, 'must be a valid regular expression'));
  }
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  for (const kind of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [index, inner] of (schema[kind] ?? []).entries()) {
      if (!(intOrString && isIntOrString(schema[kind])))
        problems.push(...checkNested(inner, `${path}.${kind}[${index}]`));
    }
  }
  return schema.not === undefined ? problems : [...problems, ...checkNested(schema.not, `${path}.not`)];
}

/** The one place where `type` may stand inside a combination: `anyOf: [{type: integer}, {type: string}]`. */
function isIntOrString(schemas: readonly Schema[] | undefined): boolean {
  const types = schemas?.map(({ anyOf, type }) => anyOf?.map((one) => one.type).join() ?? type).join();
  return types?.startsWith('integer,string') ?? false;
}

function checkNested(schema: Schema, path: string): Cause[] {
  const here = Object.entries(forbiddenInValidation)
    .filter(([key]) => schema[key as keyof Schema] !== undefined && schema[key as keyof Schema] !== false)
    .map(([key, why]) => cause.forbidden(`${path}.${key}`, why));
  const { items, properties = {}, not, allOf = [], anyOf = [], oneOf = [] } = schema;
  return [
    ...here,
    ...(items === undefined ? [] : checkNested(items, `${path}.items`)),
    ...(not === undefined ? [] : checkNested(not, `${path}.not`)),
    ...Object.entries(properties).flatMap(([key, inner]) => checkNested(inner, `${path}.properties[${key}]`)),
    ...Object.entries({ allOf, anyOf, oneOf }).flatMap(([kind, list]) =>
      list.flatMap((inner, index) => checkNested(inner, `${path}.${kind}[${index}]`)),
    ),
  ];
}
