// Schemas of the built-in kinds: what is pruned, merged by key or owned as a whole. Deep parts that this server has no
// use for stay open (`anything`), as do the parts of workloads below their containers.

import type { Schema } from './schema-shape.ts';

const string: Schema = { type: 'string' };
const integer: Schema = { type: 'integer', format: 'int32' };
const long: Schema = { type: 'integer', format: 'int64' };
const boolean: Schema = { type: 'boolean' };
const bytes: Schema = { type: 'string', format: 'byte' };
/** metav1.MicroTime, which takes exactly six digits. */
const microTime: Schema = { type: 'string', format: 'micro-time', nullable: true };
const time: Schema = { type: 'string', format: 'date-time', nullable: true };
const intOrString: Schema = { 'x-kubernetes-int-or-string': true };
const preserving: Schema = { 'x-kubernetes-preserve-unknown-fields': true };
const anything: Schema = { type: 'object', ...preserving };

function object(properties: Record<string, Schema>, more: Schema = {}): Schema {
  return { type: 'object', properties, ...more };
}

/** An object that the Go type holds by value: it is there even when empty, and the real OpenAPI document says so. */
function struct(properties: Record<string, Schema>, more: Schema = {}): Schema {
  return object(properties, { ...more, default: {} });
}

/** An object of which only the named parts matter here; the rest is kept as it is. */
function open(properties: Record<string, Schema>): Schema {
  return object(properties, preserving);
}

/** Null is a value of it too: the empty one. */
function map(values: Schema = { ...string, default: '' }, more: Schema = {}): Schema {
  return { type: 'object', additionalProperties: values, 'x-omit-empty': true, ...more };
}

const whole: Schema = { 'x-kubernetes-map-type': 'atomic' };

/** A list that has one owner and is replaced as a whole. */
function list(items: Schema = string): Schema {
  return { type: 'array', items, 'x-omit-empty': true, 'x-kubernetes-list-type': 'atomic' };
}

/** A list merged by keys; strategic merge patch knows only the first. */
function keyed(keys: readonly [string, ...string[]], items: Schema, strategy = 'merge'): Schema {
  return {
    type: 'array',
    items,
    'x-omit-empty': true,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [...keys],
    'x-kubernetes-patch-merge-key': keys[0],
    'x-kubernetes-patch-strategy': strategy,
  };
}

const ownerReference = object(
  { apiVersion: string, kind: string, name: string, uid: string, controller: boolean, blockOwnerDeletion: boolean },
  { required: ['apiVersion', 'kind', 'name', 'uid'], ...whole },
);

const managedFieldsEntry = object({
  manager: string,
  operation: string,
  apiVersion: string,
  time,
  fieldsType: string,
  fieldsV1: anything,
  subresource: string,
});

/** metav1.ObjectMeta; custom kinds have it too. */
export const objectMeta: Schema = object(
  {
    name: string,
    generateName: string,
    namespace: string,
    selfLink: string,
    uid: string,
    resourceVersion: string,
    generation: long,
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: long,
    labels: map(),
    annotations: map(),
    ownerReferences: keyed(['uid'], ownerReference),
    finalizers: {
      type: 'array',
      items: string,
      'x-omit-empty': true,
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    // An empty list is kept: it is how a write clears the entries.
    managedFields: { type: 'array', items: managedFieldsEntry, 'x-kubernetes-list-type': 'atomic' },
  },
  { description: 'Standard object metadata.' },
);

const condition = open({ type: string, status: string, reason: string, message: string, lastTransitionTime: time });
const conditions = keyed(['type'], condition);
const objectReference = object(
  {
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
    uid: string,
    resourceVersion: string,
    fieldPath: string,
  },
  whole,
);
const labelSelector = object(
  { matchLabels: map(), matchExpressions: list(object({ key: string, operator: string, values: list() })) },
  whole,
);

const envVar = object({ name: string, value: string, valueFrom: anything });
const containerPort = object({
  name: string,
  hostPort: integer,
  containerPort: integer,
  protocol: { ...string, default: 'TCP' },
  hostIP: string,
});
const container = open({
  name: string,
  image: string,
  command: list(),
  args: list(),
  ports: keyed(['containerPort', 'protocol'], containerPort),
  env: keyed(['name'], envVar),
  envFrom: list(anything),
  volumeMounts: keyed(['mountPath'], open({ name: string, mountPath: string })),
  volumeDevices: keyed(['devicePath'], open({ devicePath: string, name: string })),
});
const podTemplate = struct({
  metadata: { ...objectMeta, default: {} },
  spec: struct(
    {
      containers: keyed(['name'], container),
      initContainers: keyed(['name'], container),
      volumes: keyed(['name'], open({ name: string }), 'merge,retainKeys'),
      imagePullSecrets: keyed(['name'], object({ name: string }, whole)),
      hostAliases: keyed(['ip'], open({ ip: string })),
      nodeSelector: map(string, whole),
      tolerations: list(anything),
    },
    preserving,
  ),
});
const workload = (more: Record<string, Schema>): Record<string, Schema> => ({
  spec: struct({ selector: labelSelector, template: podTemplate, ...more }, preserving),
  status: struct({ conditions }, preserving),
});

const servicePort = object({
  name: string,
  protocol: { ...string, default: 'TCP' },
  appProtocol: string,
  port: integer,
  targetPort: intOrString,
  nodePort: integer,
});

const policyRule = object({
  verbs: list(),
  apiGroups: list(),
  resources: list(),
  resourceNames: list(),
  nonResourceURLs: list(),
});
const roleBinding: Record<string, Schema> = {
  subjects: list(object({ kind: string, apiGroup: string, name: string, namespace: string }, whole)),
  roleRef: object({ apiGroup: string, kind: string, name: string }, whole),
};

const crdNames = object({
  plural: string,
  singular: string,
  shortNames: list(),
  kind: string,
  listKind: string,
  categories: list(),
});

const kinds: Record<string, Record<string, Schema>> = {
  Namespace: {
    spec: struct({ finalizers: list() }),
    status: struct({ phase: string, conditions }),
  },
  Secret: { type: string, immutable: boolean, data: map(bytes), stringData: map() },
  ConfigMap: { immutable: boolean, data: map(), binaryData: map(bytes) },
  Service: {
    spec: struct(
      {
        type: { ...string, default: 'ClusterIP' },
        ports: keyed(['port', 'protocol'], servicePort),
        selector: map(string, whole),
        clusterIP: string,
        clusterIPs: list(),
        ipFamilies: list(),
        externalIPs: list(),
        sessionAffinity: { ...string, default: 'None' },
      },
      preserving,
    ),
    status: struct({ loadBalancer: struct({ ingress: list(anything) }), conditions }),
  },
  ServiceAccount: {
    secrets: keyed(['name'], objectReference),
    imagePullSecrets: list(object({ name: string }, whole)),
    automountServiceAccountToken: boolean,
  },
  Event: {
    involvedObject: objectReference,
    reason: string,
    message: string,
    source: struct({ component: string, host: string }),
    firstTimestamp: time,
    lastTimestamp: time,
    count: integer,
    type: string,
    eventTime: microTime,
    series: object({ count: integer, lastObservedTime: microTime }),
    action: string,
    related: objectReference,
    reportingComponent: string,
    reportingInstance: string,
  },
  'coordination.k8s.io/Lease': {
    spec: struct({
      holderIdentity: string,
      leaseDurationSeconds: integer,
      acquireTime: microTime,
      renewTime: microTime,
      leaseTransitions: integer,
      strategy: string,
      preferredHolder: string,
    }),
  },
  'apiextensions.k8s.io/CustomResourceDefinition': {
    spec: struct({
      group: string,
      names: { ...crdNames, default: {} },
      scope: string,
      versions: list(anything),
      conversion: anything,
      preserveUnknownFields: boolean,
    }),
    status: object({ conditions, acceptedNames: { ...crdNames, default: {} }, storedVersions: list() }),
  },
  'rbac.authorization.k8s.io/Role': { rules: list(policyRule) },
  'rbac.authorization.k8s.io/ClusterRole': {
    rules: list(policyRule),
    aggregationRule: object({ clusterRoleSelectors: list(labelSelector) }),
  },
  'rbac.authorization.k8s.io/RoleBinding': roleBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': roleBinding,
  'apps/Deployment': workload({
    replicas: { ...integer, default: 1 },
    strategy: { ...struct({ type: string }, preserving), 'x-kubernetes-patch-strategy': 'retainKeys' },
  }),
  'apps/StatefulSet': workload({
    replicas: { ...integer, default: 1 },
    volumeClaimTemplates: list(anything),
  }),
  'apps/DaemonSet': workload({}),
};

/** A kind's own fields with apiVersion, kind and metadata beside them. */
export function withTypeAndMetadata(schema: Schema): Schema {
  const properties = { apiVersion: string, kind: string, ...schema.properties, metadata: objectMeta };
  return { ...schema, type: 'object', properties };
}

/** The schema of a built-in kind; a kind that is not in the table is kept as it is. */
export function builtInSchema({ group, kind }: { group: string; kind: string }): Schema {
  const properties = kinds[group === '' ? kind : `${group}/${kind}`];
  return withTypeAndMetadata(properties === undefined ? anything : object(properties));
}
