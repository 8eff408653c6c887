// The shape of `.sealwright.yaml` as JSON Schema: what the parser checks, and what is published for editors.

import { scopes } from '../seal/scope.ts';
import type { Schema } from './schema.ts';

const name = '^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$';
const kubernetesLabel = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';
const relativePath = '^(?!/|[A-Za-z]:|.*(^|/)\\.\\.(/|$))[^\\\\]+$';

/** Whether `text` may name a cluster. */
export const isClusterName = (text: string) => new RegExp(name).test(text);

const controller: Schema = {
  type: 'object',
  description: 'where the sealing controller of the cluster is, for commands that ask it',
  additionalProperties: false,
  properties: {
    context: { type: 'string', minLength: 1, description: 'context of the kubeconfig' },
    namespace: { type: 'string', pattern: kubernetesLabel, description: 'namespace of its Service' },
    name: { type: 'string', pattern: kubernetesLabel, description: 'name of its Service' },
  },
};

const cluster: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    certificates: {
      type: 'array',
      description: 'PEM files of certificates that are pinned, newest first; relative to this file',
      minItems: 1,
      items: { type: 'string', pattern: relativePath, description: 'a path below this file, with / between its parts' },
    },
    controller,
  },
};

const policy: Schema = {
  type: 'object',
  description: 'what sealed values must keep to',
  additionalProperties: false,
  properties: {
    maxAge: {
      type: 'string',
      pattern: '^[1-9][0-9]{0,4}[dwmy]$',
      description: 'days, weeks, months or years, as in 180d',
    },
    forbidScopes: {
      type: 'array',
      description: 'scopes that may not be used',
      items: { type: 'string', enum: scopes },
    },
    requireRecord: { type: 'boolean', description: 'every value must have its line in the seal record' },
  },
};

const rule: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path', 'cluster'],
  properties: {
    path: { type: 'string', minLength: 1, description: 'glob over paths relative to this file' },
    branch: { type: 'string', minLength: 1, description: 'glob over the branch that is checked out' },
    cluster: { type: 'string', description: 'one of the clusters above' },
    namespace: { type: 'string', pattern: kubernetesLabel, description: 'namespace of manifests that have none' },
    scope: { type: 'string', enum: scopes, description: 'scope of manifests whose annotations say none' },
    policy,
  },
};

/** JSON Schema (2020-12) of `.sealwright.yaml`. Names of clusters, globs and contradictions are checked beyond it. */
export const configurationSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: '.sealwright.yaml',
  description: 'which certificate, namespace and scope the files of a repository are sealed with',
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    version: { type: 'integer', enum: [1], description: 'the version of this format' },
    clusters: {
      type: 'object',
      description: 'clusters by name',
      propertyNames: { type: 'string', pattern: name, description: 'letters, digits, "-", "_" and "."' },
      additionalProperties: cluster,
    },
    rules: { type: 'array', description: 'the first that matches a file decides about it', items: rule },
    plain: {
      type: 'array',
      description: 'globs over paths where plain Secrets are meant to be',
      items: { type: 'string', minLength: 1 },
    },
  },
};
