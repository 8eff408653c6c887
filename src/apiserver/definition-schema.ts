// The schema of CustomResourceDefinitions themselves (apiextensions.k8s.io/v1), so that damaged ones are refused by place.

import { type CompiledSchema, compileSchema } from './schema.ts';
import type { Schema } from './schema-shape.ts';

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const number: Schema = { type: 'number' };
const integer: Schema = { type: 'integer' };
const texts: Schema = { type: 'array', items: text };
const anything: Schema = { nullable: true, 'x-kubernetes-preserve-unknown-fields': true };
const object = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties });
const list = (items: Schema): Schema => ({ type: 'array', items });
const each = (names: readonly string[], schema: Schema) => Object.fromEntries(names.map((name) => [name, schema]));

/** JSONSchemaProps. It refers to itself, so it is never printed. */
const schemaProps: Schema = object({
  ...each(['id', '$schema', '$ref', 'type', 'format', 'title', 'description', 'pattern'], text),
  ...each(['x-kubernetes-list-type', 'x-kubernetes-map-type'], text),
  ...each(['nullable', 'exclusiveMinimum', 'exclusiveMaximum', 'uniqueItems'], flag),
  ...each(
    ['preserve-unknown-fields', 'embedded-resource', 'int-or-string'].map((name) => `x-kubernetes-${name}`),
    flag,
  ),
  ...each(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'], integer),
  ...each(['minimum', 'maximum', 'multipleOf'], number),
  ...each(['required', 'x-kubernetes-list-map-keys'], texts),
  ...each(['default', 'example', 'externalDocs'], anything),
  enum: list(anything),
  'x-kubernetes-validations': list(
    object({ ...each(['rule', 'message', 'messageExpression', 'reason', 'fieldPath'], text), optionalOldSelf: flag }),
  ),
});
const properties: Schema = { type: 'object', additionalProperties: schemaProps };
Object.assign(schemaProps.properties ?? {}, {
  ...each(['items', 'not'], schemaProps),
  ...each(['allOf', 'anyOf', 'oneOf'], list(schemaProps)),
  ...each(['properties', 'patternProperties', 'definitions'], properties),
  // A schema or a boolean; null is as good as absent.
  ...each(['additionalProperties', 'additionalItems', 'dependencies'], {
    'x-kubernetes-preserve-unknown-fields': true,
  }),
});

const version = object({
  ...each(['name', 'deprecationWarning'], text),
  ...each(['served', 'storage', 'deprecated'], flag),
  schema: object({ openAPIV3Schema: schemaProps }),
  subresources: object({
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    scale: object(each(['specReplicasPath', 'statusReplicasPath', 'labelSelectorPath'], text)),
  }),
  additionalPrinterColumns: list(
    object({ ...each(['name', 'type', 'jsonPath', 'description', 'format'], text), priority: integer }),
  ),
  selectableFields: list(object({ jsonPath: text })),
});

const spec = object({
  ...each(['group', 'scope'], text),
  names: object({
    ...each(['plural', 'singular', 'kind', 'listKind'], text),
    ...each(['shortNames', 'categories'], texts),
  }),
  versions: list(version),
  conversion: object({ strategy: text, webhook: anything }),
  preserveUnknownFields: flag,
});

/** Checks, prunes and completes definitions; `printable` is the schema that clients are shown instead. */
export function compileDefinitionSchema(printable: Schema): CompiledSchema {
  const status: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return { ...compileSchema(object({ apiVersion: text, kind: text, spec, status })), schema: printable };
}
