// Writes src/repository/definitions.ts, the schemas of our kinds for work without a cluster, from deploy/crds; with --check says whether it is out of date and exits 1.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const crds = join(root, 'deploy', 'crds');
const target = join(root, 'src', 'repository', 'definitions.ts');

const kept = [
  ...['enum', 'pattern', 'format', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['minProperties', 'maxProperties', 'minimum', 'maximum'],
];
/** What the API server does beyond a JSON Schema: rules have TypeScript beside them, defaults and merging change no verdict. */
const leftOut = [
  ...['description', 'default', 'nullable', 'x-kubernetes-map-type', 'x-kubernetes-validations'],
  ...['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-int-or-string'],
];

/** A structural schema as a JSON Schema that is closed where the API server would drop what it does not know. */
function jsonSchema(schema, at) {
  const { type, properties, items, additionalProperties, required } = schema;
  const known = ['type', 'properties', 'items', 'additionalProperties', 'required', ...kept, ...leftOut];
  const unknown = Object.keys(schema).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${at}: ${unknown.join(', ')} is not understood`);
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'];
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : type;
  const rest =
    typeof additionalProperties === 'object'
      ? jsonSchema(additionalProperties, `${at}{}`)
      : isOpen || additionalProperties === true || type !== 'object'
        ? undefined
        : false;
  return {
    ...(types && { type: types }),
    ...Object.fromEntries(kept.filter((key) => key in schema).map((key) => [key, schema[key]])),
    ...(required && { required }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, jsonSchema(inner, `${at}.${name}`)]),
      ),
    }),
    ...(items && { items: jsonSchema(items, `${at}[]`) }),
    ...(rest !== undefined && { additionalProperties: rest }),
  };
}

function definitionsOf(file) {
  const { spec } = parse(readFileSync(join(crds, file), 'utf8'));
  const { group, scope, names, versions } = spec;
  return versions
    .filter(({ served }) => served)
    .map(({ name: version, schema }) => {
      const {
        status: _status,
        metadata: _metadata,
        apiVersion: _version,
        kind: _kind,
        ...fields
      } = schema.openAPIV3Schema.properties;
      const own = jsonSchema({ ...schema.openAPIV3Schema, properties: fields }, names.kind);
      return { apiVersion: `${group}/${version}`, kind: names.kind, isNamespaced: scope === 'Namespaced', schema: own };
    });
}

const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function moduleOf(definitions) {
  const entries = definitions.map(
    ({ apiVersion, kind, isNamespaced, schema }) =>
      `  ${quoted(`${apiVersion} ${kind}`)}: {\n    isNamespaced: ${isNamespaced},\n    schema:\n      ${quoted(JSON.stringify(schema))},\n  },`,
  );
  return `// The schemas of our kinds for work without a cluster. Written by \`node tools/definitions.mjs\` from deploy/crds.

/** A version of a kind. Its schema is JSON Schema, and text until somebody needs it; \`metadata\` and \`status\` are not in it. */
export interface WrittenDefinition {
  isNamespaced: boolean;
  schema: string;
}

/** By \`GROUP/VERSION KIND\`. */
export const writtenDefinitions: Readonly<Record<string, WrittenDefinition>> = {
${entries.join('\n')}
};
`;
}

const text = moduleOf(readdirSync(crds).sort().flatMap(definitionsOf));
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/repository/definitions.ts is out of date: run `node tools/definitions.mjs`');
  process.exitCode = 1;
}
