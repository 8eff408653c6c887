// What is wrong with a value under a schema, in the words of kube-apiserver (kube-openapi pkg/validation of Kubernetes 1.36).

import { canonical, isObject, type JsonObject, member, objectOr } from './json.ts';
import { matchesFormat } from './schema-formats.ts';
import type { Schema } from './schema-shape.ts';
import { type Cause, cause } from './status.ts';

/** One thing wrong: `spec.items[0].name`, what follows it in the message, and the cause type of a Status. */
export type Problem = Cause;

/** Problems of a whole resource. The root's type fields are checked elsewhere and left alone here. */
export function validate(object: JsonObject, schema: Schema): Problem[] {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...properties } = schema.properties ?? {};
  return [...checkValue(object, { ...schema, properties }, ''), ...duplicates(object, schema, '')];
}

/** Problems of one value; `path` is how messages call it. */
export function checkValue(value: unknown, schema: Schema, path: string): Problem[] {
  if (value === null && schema.nullable) return [];
  const wrongType = checkType(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  return [
    ...checkEnum(value, schema, path),
    ...checkKind(value, schema, path),
    ...checkCombinations(value, schema, path),
  ];
}

function checkKind(value: unknown, schema: Schema, path: string): Problem[] {
  if (typeof value === 'string') return checkString(value, schema, path);
  if (typeof value === 'number') return checkNumber(value, schema, path);
  if (Array.isArray(value)) return checkArray(value, schema, path);
  return isObject(value) ? checkObject(value, schema, path) : [];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkType(value: unknown, schema: Schema, path: string): Problem | undefined {
  const allowed = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const actual = typeOf(value);
  if (allowed.length === 0 || allowed.includes(actual) || (actual === 'integer' && allowed.includes('number'))) return;
  const detail = `${path} in body must be of type ${allowed.join(',')}: "${actual}"`;
  return { ...cause.invalid(path, actual, detail), reason: 'FieldValueTypeInvalid' };
}

function checkEnum(value: unknown, schema: Schema, path: string): Problem[] {
  if (schema.enum === undefined || schema.enum.some((one) => canonical(one) === canonical(value))) return [];
  return [cause.notSupported(path, value, schema.enum)];
}

function checkString(value: string, schema: Schema, path: string): Problem[] {
  const text = checkText(value, schema, path);
  const { format } = schema;
  const problems = text === undefined ? [] : [text];
  if (format === undefined || matchesFormat(format, value)) return problems;
  const detail = `${path} in body must be of type ${format}: ${JSON.stringify(value)}`;
  return [...problems, { ...cause.invalid(path, value, detail), reason: 'FieldValueTypeInvalid' }];
}

// Only the first of these is told, in this order.
function checkText(value: string, { maxLength, minLength, pattern }: Schema, path: string): Problem | undefined {
  // Code points, as Go counts runes.
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} ${maxLength === 1 ? 'byte' : 'bytes'}`;
    return { field: path, message, reason: 'FieldValueTooLong' };
  }
  if (minLength !== undefined && length < minLength) {
    return cause.invalid(path, value, `${path} in body should be at least ${minLength} chars long`);
  }
  if (pattern === undefined || compilePattern(pattern)?.test(value)) return undefined;
  return cause.invalid(path, value, `${path} in body should match '${pattern}'`);
}

const patterns = new Map<string, RegExp | undefined>();

/** A Go (RE2) pattern as a RegExp, or undefined when it has no equivalent here. */
export function compilePattern(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) patterns.set(pattern, toRegExp(pattern));
  return patterns.get(pattern);
}

function toRegExp(pattern: string): RegExp | undefined {
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? [];
  const source = rest.replaceAll('\\A', '^').replaceAll('\\z', '$').replaceAll('(?P<', '(?<');
  for (const unicode of ['u', '']) {
    try {
      return new RegExp(source, flags + unicode);
    } catch {
      // The `u` flag refuses escapes such as `\-` that Go allows.
    }
  }
  return undefined;
}

const integerRange: Record<string, number> = { int32: 2 ** 31, int64: 2 ** 63 };

function checkNumber(value: number, schema: Schema, path: string): Problem[] {
  const { minimum, maximum, multipleOf, format = '' } = schema;
  const problems: Problem[] = [];
  const fail = (detail: string) => problems.push(cause.invalid(path, value, `${path} in body should be ${detail}`));
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) fail(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && schema.exclusiveMaximum && value >= maximum) fail(`less than ${maximum}`);
  else if (maximum !== undefined && value > maximum) fail(`less than or equal to ${maximum}`);
  if (minimum !== undefined && schema.exclusiveMinimum && value <= minimum) fail(`greater than ${minimum}`);
  else if (minimum !== undefined && value < minimum) fail(`greater than or equal to ${minimum}`);
  const limit = integerRange[format];
  if (limit !== undefined && (value < -limit || value >= limit)) {
    const detail = `Checked value must be of type ${schema.type} with format ${format} in ${path}`;
    problems.push({ ...cause.invalid('<nil>', '', detail) });
  }
  return problems;
}

function tooMany(field: string, actual: number, most: number): Problem {
  const items = most === 1 ? 'item' : 'items';
  return { field, message: `Too many: ${actual}: must have at most ${most} ${items}`, reason: 'FieldValueTooMany' };
}

function checkArray(value: unknown[], schema: Schema, path: string): Problem[] {
  const { items, minItems, maxItems } = schema;
  const problems = value.flatMap((item, index) => (items ? checkValue(item, items, `${path}[${index}]`) : []));
  if (minItems !== undefined && value.length < minItems) {
    problems.push(cause.invalid(path, value.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) problems.push(tooMany(path, value.length, maxItems));
  return problems;
}

function checkObject(value: JsonObject, schema: Schema, path: string): Problem[] {
  const { minProperties, maxProperties, additionalProperties, properties = {} } = schema;
  const keys = Object.keys(value);
  const problems: Problem[] = [];
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (minProperties !== undefined && keys.length < minProperties) {
    problems.push(cause.invalid(path, keys.length, `${path} in body should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && keys.length > maxProperties)
    problems.push(tooMany(path, keys.length, maxProperties));
  for (const key of keys) {
    const extra = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    const inner = Object.hasOwn(properties, key) ? properties[key] : extra;
    if (inner !== undefined) problems.push(...checkValue(member(value, key), inner, at(key)));
    else if (additionalProperties === false) {
      problems.push(cause.invalid(path, '', `${path}.${key} in body is a forbidden property`));
    }
  }
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
  return [...problems, ...missing.map((key) => cause.required(at(key)))];
}

// The real server reports these at no field at all: its path is a nil pointer, printed as `<nil>`.
function checkCombinations(value: unknown, schema: Schema, path: string): Problem[] {
  const where = JSON.stringify(path);
  const nowhere = (detail: string) => cause.invalid('<nil>', '', `${where} must ${detail}`);
  const results = (schemas: readonly Schema[] | undefined) => schemas?.map((one) => checkValue(value, one, path)) ?? [];
  const best = (failures: Problem[][]) => failures.reduce((a, b) => (b.length < a.length ? b : a));
  const problems: Problem[] = [];
  const any = results(schema.anyOf);
  if (any.length > 0 && any.every((found) => found.length > 0)) {
    problems.push(nowhere('validate at least one schema (anyOf)'), ...best(any));
  }
  const one = results(schema.oneOf);
  const valid = one.filter((found) => found.length === 0).length;
  if (one.length > 0 && valid !== 1) {
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    problems.push(nowhere(`validate one and only one schema (oneOf). ${found}`), ...(valid === 0 ? best(one) : []));
  }
  const all = results(schema.allOf);
  if (all.some((found) => found.length > 0)) {
    const none = all.every((found) => found.length > 0) ? '. None validated' : '';
    problems.push(...all.flat(), nowhere(`validate all the schemas (allOf)${none}`));
  }
  if (schema.not !== undefined && checkValue(value, schema.not, path).length === 0) {
    problems.push(nowhere('not validate the schema (not)'));
  }
  return problems;
}

function duplicates(value: unknown, schema: Schema | undefined, path: string): Problem[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, index) => duplicates(item, schema.items, `${path}[${index}]`));
    return [...duplicateItems(value, schema, path), ...inner];
  }
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const property = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
    const extra = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    const inner = property ? schema.properties?.[key] : extra;
    return duplicates(value[key], inner, property ? (path === '' ? key : `${path}.${key}`) : `${path}[${key}]`);
  });
}

function duplicateItems(items: unknown[], schema: Schema, path: string): Problem[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const identity = (item: unknown) =>
    type === 'set' ? item : keysOf(item, schema['x-kubernetes-list-map-keys'] ?? []);
  const seen = new Map<string, number>();
  return items.flatMap((item, index) => {
    const text = canonical(identity(item));
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    if (times !== 1) return [];
    return [
      { field: `${path}[${index}]`, message: `Duplicate value: ${text}`, reason: 'FieldValueDuplicate' as const },
    ];
  });
}

function keysOf(item: unknown, keys: readonly string[]): JsonObject {
  const object = objectOr(item);
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(object, key)).map((key) => [key, object[key]]));
}
