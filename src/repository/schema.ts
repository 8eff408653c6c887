// Checking a YAML file against a JSON Schema, with the place of every mistake. Only the keywords that our schemas use.

import { isSeq, type ParsedNode } from 'yaml';
import { FormatError } from '../errors.ts';
import { type ManifestDocument, parseManifest, placeIn, positionIn } from '../manifest/documents.ts';
import { isJsonObject } from '../manifest/kinds.ts';
import { childOf, entriesOf } from '../manifest/yaml.ts';
import { nearest } from '../nearest.ts';

/** JSON Schema (2020-12), as far as it is used here. */
export interface Schema {
  $schema?: string;
  title?: string;
  description?: string;
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  enum?: readonly (string | number)[];
  pattern?: string;
  minLength?: number;
  minItems?: number;
  items?: Schema;
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  propertyNames?: Schema;
  additionalProperties?: false | Schema;
}

/** Names of fields and indices of lists, from the root. */
export type SchemaPath = readonly (string | number)[];

/** One mistake. */
export interface SchemaProblem {
  path: SchemaPath;
  /** A lower-case phrase that names the field. */
  message: string;
  /** Advice; empty for none. */
  hint: string;
}

/** A file that was read. */
export interface ConfigurationText {
  value: unknown;
  /** `FILE:LINE:COLUMN` of a field, or of what is nearest to it above. */
  placeOf(path: SchemaPath): string;
  /** Its 1-based line. */
  lineOf(path: SchemaPath): number;
}

/** Reads a file of one YAML document. Throws `FormatError` (`NOT_YAML`, `NOT_TEXT`, `INVALID_CONFIGURATION`). */
export function readConfigurationText(source: Uint8Array | string, { file }: { file: string }): ConfigurationText {
  const [document, second] = parseManifest(source, { file }).documents;
  if (!document)
    throw new FormatError('INVALID_CONFIGURATION', `${file} is empty`, { hint: 'it starts with version: 1' });
  if (second)
    throw new FormatError('INVALID_CONFIGURATION', `${file}:${second.line}: a second document is one too many`);
  const { value, root } = document.read();
  return {
    value: value ?? {},
    placeOf: (path) => placeIn(document, offsetOf(document, root, path)),
    lineOf: (path) => positionIn(document, offsetOf(document, root, path)).line,
  };
}

// The last part is shown where its name stands; behind an alias or a merge key the way ends where that is written.
function offsetOf(document: ManifestDocument, root: ParsedNode | null, path: SchemaPath): number {
  let offset = root?.range[0] ?? document.source.length - document.range.from;
  let node = root;
  for (const part of path) {
    const entry = typeof part === 'string' ? entriesOf(node).find(({ name }) => name === part) : undefined;
    const next: ParsedNode | null | undefined =
      typeof part === 'string' ? childOf(node, part) : isSeq<ParsedNode>(node) ? node.items[part] : undefined;
    offset = entry?.key.range[0] ?? next?.range[0] ?? offset;
    node = next ?? null;
  }
  return offset;
}

/** Every mistake, in the order of the schema. */
export function schemaProblems(schema: Schema, { value }: Pick<ConfigurationText, 'value'>): SchemaProblem[] {
  return problemsAt(schema, value, []);
}

function problemsAt(schema: Schema, value: unknown, path: SchemaPath): SchemaProblem[] {
  const where = nameOf(path);
  const hint = hintOf(schema);
  if (schema.type && !isType(schema.type, value)) {
    return [{ path, message: `${where} is not ${typeWords[schema.type]}`, hint }];
  }
  if (typeof value === 'string' || typeof value === 'number') {
    return isAllowed(schema, value) ? [] : [{ path, message: `${where} cannot be "${value}"`, hint }];
  }
  if (Array.isArray(value)) {
    const tooFew = value.length < (schema.minItems ?? 0) ? [{ path, message: `${where} is empty`, hint }] : [];
    return [...tooFew, ...value.flatMap((item, index) => problemsAt(schema.items ?? {}, item, [...path, index]))];
  }
  return isJsonObject(value) ? fieldProblems(schema, value, path) : [];
}

function fieldProblems(schema: Schema, value: Record<string, unknown>, path: SchemaPath): SchemaProblem[] {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => ({
      path,
      message: `${path.length === 0 ? '' : `${nameOf(path)} has no `}${name}${path.length === 0 ? ' is missing' : ''}`,
      hint: hintOf(properties[name] ?? {}),
    })),
    ...Object.entries(value).flatMap(([name, field]) => {
      const own = [...path, name];
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (!known && additionalProperties === false) return [unknownField(own, Object.keys(properties))];
      const named = propertyNames && !isAllowed(propertyNames, name);
      if (named)
        return [{ path: own, message: `"${name}" cannot be a name of ${nameOf(path)}`, hint: hintOf(propertyNames) }];
      return problemsAt(known ?? (additionalProperties || {}), field, own);
    }),
  ];
}

function unknownField(path: SchemaPath, known: readonly string[]): SchemaProblem {
  const meant = nearest(String(path.at(-1)), known);
  return {
    path,
    message: `there is no field ${nameOf(path)}`,
    hint: meant ? `did you mean ${meant}?` : `fields here: ${known.join(', ')}`,
  };
}

const typeWords = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
} as const;

function isType(type: NonNullable<Schema['type']>, value: unknown): boolean {
  if (type === 'object') return isJsonObject(value);
  if (type === 'array') return Array.isArray(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

function isAllowed(schema: Schema, value: string | number): boolean {
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (typeof value !== 'string') return true;
  if (schema.minLength !== undefined && value.length < schema.minLength) return false;
  return schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value);
}

function hintOf({ enum: words, description }: Schema): string {
  return words ? `one of ${words.join(', ')}` : (description ?? '');
}

/** `rules[0].scope`. */
function nameOf(path: SchemaPath): string {
  const text = path.reduce<string>((sum, part) => `${sum}${typeof part === 'number' ? `[${part}]` : `.${part}`}`, '');
  return text.replace(/^\./, '') || 'the file';
}
