// Small words for structural schemas, so that the definitions read like the fields they describe.

/** An object. `required` by name; `more` is whatever else the schema says of it. */
export const object = (description, properties, { required, ...more } = {}) => ({
  ...describe(description),
  type: 'object',
  ...(required && { required }),
  properties,
  ...more,
});

export const text = (description, more = {}) => ({ ...describe(description), type: 'string', ...more });
export const flag = (description) => ({ ...describe(description), type: 'boolean' });
export const integer = (description, more = {}) => ({ ...describe(description), type: 'integer', ...more });
export const list = (items, description, more = {}) => ({ ...describe(description), type: 'array', ...more, items });
export const textMap = (description) => ({
  ...describe(description),
  type: 'object',
  additionalProperties: { type: 'string' },
});
export const oneOf = (values, description) => text(description, { enum: values });

/** Kept as it stands: for what other programs know and we do not. */
export const open = { 'x-kubernetes-preserve-unknown-fields': true };

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** Name of an object (RFC 1123 subdomain). */
export const name = (description) =>
  text(description, { minLength: 1, maxLength: 253, pattern: `^${label}(\\.${label})*$` });
/** Name of a namespace. */
export const namespace = (description) => text(description, { minLength: 1, maxLength: 63, pattern: `^${label}$` });
/** Name of an item of a Secret or ConfigMap. */
export const item = (description) => text(description, { minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' });

/** One key of a Secret. */
export const secretKey = (description) =>
  object(description, {
    name: name(),
    key: item(),
    namespace: namespace("In a ClusterSecretStore only; the ExternalSecret's when absent."),
  });

export const serviceAccount = () =>
  object(
    undefined,
    {
      name: name(),
      namespace: namespace("In a ClusterSecretStore only; the ExternalSecret's when absent."),
      audiences: list({ type: 'string' }),
    },
    { required: ['name'] },
  );

/** metav1.LabelSelector. */
export const labelSelector = (description) =>
  object(
    description,
    {
      matchLabels: textMap(),
      matchExpressions: list(
        object(
          undefined,
          { key: text(), operator: text('In, NotIn, Exists or DoesNotExist.'), values: list({ type: 'string' }) },
          { required: ['key', 'operator'] },
        ),
      ),
    },
    { 'x-kubernetes-map-type': 'atomic' },
  );

/** The rules of one part, as the schema says them. */
export const validations = (rules) => {
  const cel = rules.filter((rule) => rule.cel !== undefined);
  return {
    ...Object.assign({}, ...rules.map(({ schema }) => schema ?? {})),
    ...(cel.length > 0 && {
      'x-kubernetes-validations': cel.map(({ cel: rule, message }) => ({ rule, message })),
    }),
  };
};

/** metav1.Condition with the reference's optional fields. */
const condition = object(
  undefined,
  {
    type: text(),
    status: text('True, False or Unknown.'),
    reason: text('One documented word.'),
    message: text('What happened, where, and what to do.'),
    observedGeneration: integer(undefined, { format: 'int64' }),
    lastTransitionTime: text('When status changed.', { format: 'date-time' }),
    lastUpdateTime: text(undefined, { format: 'date-time' }),
  },
  { required: ['type', 'status'] },
);

/** A status with our fields beside the kind's own. */
export const status = (properties, sealwright) =>
  object(
    'Written by the controller.',
    {
      observedGeneration: integer('The generation that the conditions are about; -1 before the first.', {
        format: 'int64',
        default: -1,
      }),
      conditions: list(condition, 'Ready, and what explains it: Reconciling, Stalled, Drifted, Stale, Paused.'),
      ...properties,
      sealwright: { ...describe(sealwright), type: 'object', ...open },
    },
    { default: { observedGeneration: -1 } },
  );

/** A whole definition; `versions` share one schema, and the first is stored. */
export const definition = ({
  group,
  names,
  scope,
  versions,
  description,
  spec,
  status: statusSchema,
  columns,
  fields,
  labels = { 'app.kubernetes.io/name': 'sealwright', 'external-secrets.io/component': 'controller' },
}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${names.plural}.${group}`,
    labels,
  },
  spec: {
    group,
    scope,
    names: { ...names, listKind: `${names.kind}List` },
    versions: versions.map((version, index) => ({
      name: version,
      served: true,
      storage: index === 0,
      ...(statusSchema && { subresources: { status: {} } }),
      ...(fields && { selectableFields: fields.map((jsonPath) => ({ jsonPath })) }),
      ...(columns && { additionalPrinterColumns: columns }),
      schema: {
        openAPIV3Schema: object(
          description,
          {
            // Not a word that differs between versions: the API server takes selectableFields only with one schema for all.
            apiVersion: text(),
            kind: text(),
            metadata: { type: 'object' },
            spec,
            ...(statusSchema && { status: statusSchema }),
          },
          { required: ['spec'] },
        ),
      },
    })),
  },
});

export const column = (title, jsonPath, type = 'string', more = {}) => ({ name: title, type, jsonPath, ...more });
export const ofReady = (field) => `.status.conditions[?(@.type=="Ready")].${field}`;

function describe(description) {
  return description === undefined ? {} : { description };
}
