// Every rule (x-kubernetes-validations) of the definitions in deploy/crds, read from the files themselves, each with a spec that breaks it.

import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ruleCases } from './external-secret-cases.ts';

const folder = new URL('../../deploy/crds/', import.meta.url);

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  'x-kubernetes-validations'?: { rule: string; message?: string }[];
}

/** One rule at one place of one version of a kind. */
export interface PlacedRule {
  kind: string;
  version: string;
  /** As the API server names fields, without indexes: `spec.dataFrom[].rewrite[]`. */
  place: string;
  rule: string;
  /** What the user reads. */
  message: string | undefined;
}

/** A spec that breaks a rule, and the field that the API server has to name. */
export interface BreakingSpec {
  spec: object;
  field: string;
}

/** All of them, in the order of the files. */
export function placedRules(): PlacedRule[] {
  return readdirSync(folder).flatMap((file) => {
    const { spec } = parse(readFileSync(new URL(file, folder), 'utf8'));
    // The other kinds have their own table.
    if (spec.group === 'secrets.hashicorp.com') return [];
    const { kind } = spec.names as { kind: string };
    const versions: { name: string; schema: { openAPIV3Schema: Schema } }[] = spec.versions;
    return versions.flatMap(({ name: version, schema }) =>
      rulesIn(schema.openAPIV3Schema, '').map((one) => ({ kind, version, ...one })),
    );
  });
}

function rulesIn(schema: Schema, place: string): Pick<PlacedRule, 'place' | 'rule' | 'message'>[] {
  const here = (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) => ({ place, rule, message }));
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, part]) =>
    rulesIn(part, place === '' ? name : `${place}.${name}`),
  );
  const { additionalProperties: values } = schema;
  return [
    ...here,
    ...below,
    ...(schema.items ? rulesIn(schema.items, `${place}[]`) : []),
    ...(typeof values === 'object' ? rulesIn(values, `${place}{}`) : []),
  ];
}

const withoutIndexes = (path: string) => path.replaceAll(/\[\d+\]/g, '[]');

/** A spec of the table of cases that breaks this rule and no other, put where the kind has it; undefined where there is none. */
export function breaking(
  { kind, place, message }: PlacedRule,
  messageOf: (id: string) => string,
): BreakingSpec | undefined {
  for (const one of ruleCases) {
    const { id, path } = one.breaks?.[0] ?? { id: '', path: '' };
    if (one.breaks?.length !== 1 || messageOf(id) !== message) continue;
    const placed = placements.find(({ from, to }) => from === one.kind && to === kind);
    const field = placed?.path(path) ?? path;
    if ((one.kind === kind || placed) && withoutIndexes(field) === place) {
      return { spec: placed?.spec(one.spec) ?? one.spec, field };
    }
  }
  return undefined;
}

// What holds for the one kind is part of the other.
const placements = [
  {
    from: 'ExternalSecret',
    to: 'ClusterExternalSecret',
    spec: (spec: object) => ({ externalSecretSpec: spec }),
    path: (path: string) => path.replace(/^spec/, 'spec.externalSecretSpec'),
  },
  { from: 'SecretStore', to: 'ClusterSecretStore', spec: (spec: object) => spec, path: (path: string) => path },
];
