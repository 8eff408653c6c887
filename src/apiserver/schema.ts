// Schemas of resources: dropping unknown fields, filling defaults, and finding what is wrong with an object.

import { isObject, type JsonObject, member, setMember } from './json.ts';
import { memberSchema, type Schema } from './schema-shape.ts';
import { type Problem, validate } from './schema-validation.ts';
import { objectMeta } from './types.ts';

/** What can be done with an object of a schema. Objects are plain JSON and changed in place. */
export interface CompiledSchema {
  readonly schema: Schema;
  /** Removes fields that the schema does not name; answers their paths, sorted. */
  prune(object: JsonObject): string[];
  /** Removes nulls that are not allowed (and what Go omits when empty), then fills defaults inside objects that exist. */
  applyDefaults(object: JsonObject): void;
  /** What is wrong, in the words of kube-apiserver 1.36; empty when valid. `metadata` is not looked at. */
  validate(object: JsonObject): Problem[];
}

const typeFields = new Set(['apiVersion', 'kind', 'metadata']);

/** Binds a schema to its three uses; without a schema everything is kept and valid. */
export function compileSchema(schema: Schema = { 'x-kubernetes-preserve-unknown-fields': true }): CompiledSchema {
  const properties = { ...schema.properties, metadata: objectMeta };
  const root = { ...schema, properties, 'x-kubernetes-embedded-resource': true };
  return {
    schema,
    prune(object) {
      const dropped: string[] = [];
      prune(object, root, '', dropped);
      return dropped.sort();
    },
    applyDefaults(object) {
      dropNulls(object, root);
      fillDefaults(object, root);
    },
    validate: (object) => validate(object, schema),
  };
}

function prune(value: unknown, schema: Schema | undefined, path: string, dropped: string[]): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      pruneInside(item, schema, schema?.items, `${path}[${index}]`, dropped);
    });
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const inner = path === '' ? key : `${path}.${key}`;
    if (schema?.['x-kubernetes-embedded-resource'] && typeFields.has(key) && inner !== 'metadata') continue;
    if (memberSchema(schema, key) !== undefined || schema?.additionalProperties === true) {
      pruneInside(member(value, key), schema, memberSchema(schema, key), inner, dropped);
    } else if (!schema?.['x-kubernetes-preserve-unknown-fields']) {
      delete value[key];
      if (!(path === '' && typeFields.has(key))) dropped.push(inner);
    }
  }
}

// Below a schema that keeps unknown fields only what has a schema of its own is pruned.
function pruneInside(
  value: unknown,
  parent: Schema | undefined,
  schema: Schema | undefined,
  path: string,
  dropped: string[],
): void {
  const keeps = parent?.['x-kubernetes-preserve-unknown-fields'] || parent?.additionalProperties === true;
  if (schema !== undefined || !keeps) prune(value, schema, path, dropped);
}

function dropNulls(value: unknown, schema: Schema | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema?.items);
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const inner = memberSchema(schema, key);
    dropNulls(value[key], inner);
    const isNull = value[key] === null && inner !== undefined && !inner.nullable && inner.default === undefined;
    if (isNull || (inner?.['x-omit-empty'] && isEmpty(value[key], inner))) delete value[key];
  }
}

function isEmpty(value: unknown, { type }: Schema): boolean {
  if (type === 'array') return Array.isArray(value) && value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function fillDefaults(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    value.forEach((item, index) => {
      if (needsDefault(item, items)) value[index] = structuredClone(items?.default);
      fillDefaults(value[index], items);
    });
    return;
  }
  if (!isObject(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && (!Object.hasOwn(value, key) || needsDefault(value[key], property))) {
      setMember(value, key, structuredClone(property.default));
    }
  }
  for (const key of Object.keys(value)) {
    const inner = memberSchema(schema, key);
    if (needsDefault(value[key], inner)) value[key] = structuredClone(inner?.default);
    fillDefaults(value[key], inner);
  }
}

function needsDefault(value: unknown, schema: Schema | undefined): boolean {
  return value === null && schema?.default !== undefined && !schema.nullable;
}
