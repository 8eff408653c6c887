// The kinds the server serves: the built-in table, and the shape that a CustomResourceDefinition is turned into.

import type { KubeObject } from '../kube/objects.ts';
import { type Resource, resources } from '../kube/resources.ts';
import type { Schema } from './schema-shape.ts';
import type { Cause } from './status.ts';

/** One served version of one kind. */
export interface Kind extends Resource {
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  /** Where its objects lie in the store, whatever the version: `group/plural`. */
  collection: string;
  subresources: readonly string[];
  /** Whether `metadata.generation` counts changes outside metadata and status. */
  generation: boolean;
  /** Whether a PUT without resourceVersion replaces. */
  unconditionalUpdate: boolean;
  /** Whether a PUT creates what is not there. */
  createOnUpdate: boolean;
  /** Whether a DELETE answers with the object rather than a Status. */
  returnsDeleted: boolean;
  /** Fields that field selectors may name beside `metadata.name` and `metadata.namespace`. */
  fields: readonly string[];
  /** The definition a custom kind comes from. */
  definition: CustomResourceDefinition | undefined;
  /** The schema of this version, for custom kinds. */
  schema: Schema | undefined;
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: {
      kind: string;
      plural: string;
      singular?: string;
      listKind?: string;
      shortNames?: string[];
      categories?: string[];
    };
    versions: CrdVersion[];
    conversion?: { strategy?: string };
    preserveUnknownFields?: boolean;
  };
  status?: Record<string, unknown>;
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Schema };
  subresources?: { status?: object; scale?: object };
  additionalPrinterColumns?: {
    name: string;
    type: string;
    jsonPath: string;
    description?: string;
    priority?: number;
    format?: string;
  }[];
  selectableFields?: { jsonPath: string }[];
}

/** Checks of one kind beyond its schema: the causes of a 422. */
export type Check = (object: KubeObject, old: KubeObject | undefined) => Cause[];

const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;
const apps = { group: 'apps', version: 'v1', namespaced: true, generation: true, subresources: ['status'] } as const;

type Row = Pick<Resource, 'group' | 'version' | 'kind' | 'plural' | 'namespaced'> & Partial<Kind>;

const rows: readonly Row[] = [
  { ...resources.namespace, shortNames: ['ns'], subresources: ['status'], fields: ['status.phase'] },
  { ...resources.secret, fields: ['type'] },
  { ...resources.configMap, shortNames: ['cm'] },
  {
    ...resources.service,
    shortNames: ['svc'],
    categories: ['all'],
    subresources: ['status', 'proxy'],
    returnsDeleted: true,
  },
  { ...resources.serviceAccount, shortNames: ['sa'], subresources: ['token'], returnsDeleted: true },
  {
    ...resources.event,
    shortNames: ['ev'],
    createOnUpdate: true,
    fields: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  },
  { ...resources.lease, createOnUpdate: true, unconditionalUpdate: false },
  {
    ...resources.customResourceDefinition,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    subresources: ['status'],
    generation: true,
    unconditionalUpdate: false,
  },
  { ...rbac, kind: 'Role', plural: 'roles', namespaced: true, createOnUpdate: true },
  { ...rbac, kind: 'RoleBinding', plural: 'rolebindings', namespaced: true, createOnUpdate: true },
  { ...rbac, kind: 'ClusterRole', plural: 'clusterroles', namespaced: false, createOnUpdate: true },
  { ...rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false, createOnUpdate: true },
  { ...apps, kind: 'Deployment', plural: 'deployments', shortNames: ['deploy'], categories: ['all'] },
  { ...apps, kind: 'StatefulSet', plural: 'statefulsets', shortNames: ['sts'], categories: ['all'] },
  { ...apps, kind: 'DaemonSet', plural: 'daemonsets', shortNames: ['ds'], categories: ['all'] },
];

function kindOf(row: Row): Kind {
  return {
    singular: row.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    collection: `${row.group}/${row.plural}`,
    subresources: [],
    generation: false,
    unconditionalUpdate: true,
    createOnUpdate: false,
    returnsDeleted: false,
    fields: [],
    definition: undefined,
    schema: undefined,
    ...row,
  };
}

/** Kinds that are there without a definition, in the order discovery lists them. */
export const builtInKinds: readonly Kind[] = rows.map(kindOf);

/** Groups whose only resources are reviews, which are asked and never stored. */
export const reviewGroups = [
  { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews' },
  { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', plural: 'tokenreviews' },
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews' },
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews' },
] as const;

/** The kinds a definition serves, one a version. */
export function customKinds(definition: CustomResourceDefinition): Kind[] {
  const { group, names, scope, versions } = definition.spec;
  return versions
    .filter((version) => version.served)
    .map((version) =>
      kindOf({
        group,
        version: version.name,
        kind: names.kind,
        plural: names.plural,
        singular: names.singular ?? names.kind.toLowerCase(),
        namespaced: scope === 'Namespaced',
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        subresources: version.subresources?.status ? ['status'] : [],
        generation: true,
        unconditionalUpdate: false,
        fields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
        definition,
        schema: version.schema?.openAPIV3Schema,
      }),
    );
}
