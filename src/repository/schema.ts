// What is wrong with a value under a JSON Schema, in words for people. Only the keywords that our schemas use.

import { isBase64 } from '../encoding/base64.ts';
import { isJsonObject } from '../manifest/kinds.ts';
import { nearest } from '../nearest.ts';

type TypeName = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** JSON Schema (2020-12), as far as it is used here. */
export interface Schema {
  $schema?: string;
  title?: string;
  description?: string;
  type?: TypeName | readonly TypeName[];
  enum?: readonly (string | number)[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  minProperties?: number;
  maxProperties?: number;
  propertyNames?: Schema;
  additionalProperties?: false | Schema;
}

/** Names of fields and indices of lists, from the root. */
export type SchemaPath = readonly (string | number)[];

/** What sort of mistake it is. */
export type SchemaReason = 'unknown' | 'missing' | 'type' | 'value';

/** One mistake. */
export interface SchemaProblem {
  path: SchemaPath;
  reason: SchemaReason;
  /** A lower-case phrase that names the field. */
  message: string;
  /** Advice; empty for none. */
  hint: string;
}

/** How strictly values are looked at. */
export interface SchemaManner {
  /** As the API server drops it, a `null` member is one that is not there. Default: it is a value. */
  nullIsAbsent?: boolean;
  /** Whether a text stands for one that only comes to be later, so that nothing can be said of it. Default: none does. */
  isOpen?: (text: string) => boolean;
  /** Whether the value is only part of one, as a patch is, and what is missing is elsewhere. Default: it is whole. */
  isPart?: boolean;
  /** Whether messages may quote values: not where one might be a secret. Default: they may. */
  quotes?: boolean;
}

/** Every mistake, in the order of the value. */
export function schemaProblems(schema: Schema, value: unknown, manner: SchemaManner = {}): SchemaProblem[] {
  return problemsAt(schema, value, [], manner);
}

function problemsAt(schema: Schema, value: unknown, path: SchemaPath, manner: SchemaManner): SchemaProblem[] {
  if (typeof value === 'string' && manner.isOpen?.(value)) return [];
  const hint = hintOf(schema);
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isType(type, value))) {
    const message = `${nameOf(path)} is not ${types.map((type) => typeWords[type]).join(' or ')}`;
    return [{ path, reason: 'type', message, hint: quotingHint(types, value) || hint }];
  }
  if (typeof value === 'string' || typeof value === 'number') {
    const said = manner.quotes === false ? 'has a value that is not allowed' : `cannot be "${value}"`;
    return isAllowed(schema, value) ? [] : [{ path, reason: 'value', message: `${nameOf(path)} ${said}`, hint }];
  }
  if (Array.isArray(value)) {
    const items = value.flatMap((item, index) => problemsAt(schema.items ?? {}, item, [...path, index], manner));
    return [...countProblems(value.length, { least: schema.minItems, most: schema.maxItems }, path, hint), ...items];
  }
  return isJsonObject(value) ? fieldProblems(schema, value, path, manner) : [];
}

function countProblems(
  count: number,
  { least = 0, most = Number.POSITIVE_INFINITY }: { least: number | undefined; most: number | undefined },
  path: SchemaPath,
  hint: string,
): SchemaProblem[] {
  if (count >= least && count <= most) return [];
  const message = count > most ? `has more than ${most} entries` : count === 0 ? 'is empty' : `has too few entries`;
  return [{ path, reason: 'value', message: `${nameOf(path)} ${message}`, hint }];
}

function fieldProblems(
  schema: Schema,
  value: Record<string, unknown>,
  path: SchemaPath,
  manner: SchemaManner,
): SchemaProblem[] {
  const { properties = {}, required = [], minProperties, maxProperties } = schema;
  const fields = Object.entries(value).filter(([, field]) => !(manner.nullIsAbsent && field === null));
  const names = new Set(fields.map(([name]) => name));
  const missing = manner.isPart ? [] : required.filter((name) => !names.has(name));
  const least = manner.isPart ? undefined : minProperties;
  return [
    ...missing.map((name) => ({
      path,
      reason: 'missing' as const,
      message: `${path.length === 0 ? '' : `${nameOf(path)} has no `}${name}${path.length === 0 ? ' is missing' : ''}`,
      hint: hintOf(properties[name] ?? {}),
    })),
    ...countProblems(names.size, { least, most: maxProperties }, path, hintOf(schema)),
    ...fields.flatMap(([name, field]) => fieldProblem(schema, field, [...path, name], manner)),
  ];
}

function fieldProblem(schema: Schema, field: unknown, path: SchemaPath, manner: SchemaManner): SchemaProblem[] {
  const { properties = {}, additionalProperties, propertyNames } = schema;
  const name = String(path.at(-1));
  const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!known && additionalProperties === false) {
    // Of a patch: what to do with what is there.
    return manner.isPart && name.startsWith('$') ? [] : [unknownField(path, Object.keys(properties))];
  }
  if (propertyNames && !isAllowed(propertyNames, name)) {
    const message = `"${name}" cannot be a name of ${nameOf(path.slice(0, -1))}`;
    return [{ path, reason: 'value', message, hint: hintOf(propertyNames) }];
  }
  return problemsAt(known ?? (additionalProperties || {}), field, path, manner);
}

function unknownField(path: SchemaPath, known: readonly string[]): SchemaProblem {
  const meant = nearest(String(path.at(-1)), known);
  return {
    path,
    reason: 'unknown',
    message: `there is no field ${nameOf(path)}`,
    hint: meant ? `did you mean ${meant}?` : known.length > 0 ? `fields here: ${known.join(', ')}` : '',
  };
}

const typeWords = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
} as const;

function isType(type: TypeName, value: unknown): boolean {
  if (type === 'object') return isJsonObject(value);
  if (type === 'array') return Array.isArray(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

/** What YAML reads as a number or a switch was often meant as text. */
function quotingHint(types: readonly TypeName[], value: unknown): string {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return types.includes('string') && isScalar ? 'put it in quotes' : '';
}

function isAllowed(schema: Schema, value: string | number): boolean {
  if (schema.enum && !schema.enum.includes(value)) return false;
  return typeof value === 'string' ? isAllowedText(schema, value) : isAllowedNumber(schema, value);
}

function isAllowedNumber({ minimum, maximum, format }: Schema, value: number): boolean {
  const most = format === 'int32' ? 2 ** 31 - 1 : format === 'int64' ? 2 ** 63 : Number.POSITIVE_INFINITY;
  return value >= (minimum ?? -most - 1) && value <= (maximum ?? most);
}

function isAllowedText({ minLength, maxLength, pattern, format }: Schema, value: string): boolean {
  // Code points, as JSON Schema and the API server count.
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length;
  if (length < (minLength ?? 0) || length > (maxLength ?? Number.POSITIVE_INFINITY)) return false;
  if (format === 'byte' && !isBase64(value)) return false;
  return pattern === undefined || patternOf(pattern).test(value);
}

const patterns = new Map<string, RegExp>();

function patternOf(source: string): RegExp {
  const pattern = patterns.get(source) ?? new RegExp(source, 'u');
  patterns.set(source, pattern);
  return pattern;
}

function hintOf({ enum: words, description, pattern, minimum, maximum }: Schema): string {
  if (words) return `one of ${words.join(', ')}`;
  if (description !== undefined) return description;
  if (minimum !== undefined || maximum !== undefined) {
    return [minimum, maximum].every((limit) => limit !== undefined)
      ? `from ${minimum} to ${maximum}`
      : minimum !== undefined
        ? `at least ${minimum}`
        : `at most ${maximum}`;
  }
  return pattern === undefined ? '' : `it must match ${pattern}`;
}

/** `rules[0].scope`. */
function nameOf(path: SchemaPath): string {
  const text = path.reduce<string>((sum, part) => `${sum}${typeof part === 'number' ? `[${part}]` : `.${part}`}`, '');
  return text.replace(/^\./, '') || 'the file';
}
