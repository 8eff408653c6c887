// The schemas of ExternalSecret and ClusterExternalSecret, with the fields of External Secrets Operator 2.9.

import {
  column,
  definition,
  flag,
  item,
  labelSelector,
  list,
  name,
  namespace,
  object,
  ofReady,
  oneOf,
  status,
  text,
  textMap,
  validations,
} from './schema.mjs';

/** Bounds that keep the cost of the CEL rules within what the API server grants. */
const largest = { data: 300, dataFrom: 100, rewrite: 50, templateFrom: 100 };

const storeRef = (description) =>
  object(description, {
    name: name(),
    kind: oneOf(['SecretStore', 'ClusterSecretStore'], 'SecretStore when absent.'),
  });

const conversion = oneOf(
  ['Default', 'Unicode'],
  "Characters that names may not have as '_' (Default) or '_U0020_' (Unicode).",
);
const decoding = oneOf(['Auto', 'Base64', 'Base64URL', 'None'], 'None when absent.');
const nullBytes = oneOf(['Ignore', 'Fail'], 'What a zero byte in a value means. Ignore when absent.');

const remoteRef = (description) =>
  object(
    description,
    {
      key: text('The key in the store.'),
      property: text('A member of the JSON under the key, or a path into it. The whole value when absent.'),
      version: text('The current one when absent.'),
      metadataPolicy: oneOf(['None', 'Fetch'], "Fetch reads the key's tags or metadata in place of its value."),
      conversionStrategy: conversion,
      decodingStrategy: decoding,
      nullBytePolicy: nullBytes,
    },
    { required: ['key'] },
  );

const sourceRef = (rules, description) =>
  object(
    description,
    {
      storeRef: storeRef(),
      generatorRef: object(
        'In dataFrom only.',
        {
          apiVersion: text('generators.external-secrets.io/v1alpha1 when absent.'),
          kind: text('Password.', { minLength: 1 }),
          name: name(),
        },
        { required: ['kind', 'name'] },
      ),
    },
    validations(rules.sourceRef),
  );

const rewrite = (rules) =>
  object(
    undefined,
    {
      merge: object('Values that are JSON objects, made one.', {
        into: text('Name of the merged JSON; needed with strategy JSON.'),
        priority: list({ type: 'string' }, 'Merged last, in this order; the last wins.'),
        priorityPolicy: oneOf(
          ['Strict', 'IgnoreNotFound'],
          'Whether each name in priority must be there. Strict when absent.',
        ),
        conflictPolicy: oneOf(['Error', 'Ignore'], 'Error when absent.'),
        strategy: oneOf(['Extract', 'JSON'], 'Extract when absent.'),
      }),
      regexp: object(
        "RE2, and Go's replacement text.",
        { source: text(), target: text() },
        { required: ['source', 'target'] },
      ),
      transform: object('A template in which .value is the name.', { template: text() }, { required: ['template'] }),
    },
    validations(rules.rewrite),
  );

const dataFrom = (rules) =>
  object(
    undefined,
    {
      extract: remoteRef('Every member of the JSON object under one key.'),
      find: object('Every key that matches.', {
        path: text('Where to look.'),
        name: object(undefined, { regexp: text('RE2, unanchored.') }),
        tags: textMap('All of these, with these values.'),
        conversionStrategy: conversion,
        decodingStrategy: decoding,
        nullBytePolicy: nullBytes,
      }),
      sourceRef: sourceRef(rules, 'Another store, or a generator.'),
      rewrite: list(rewrite(rules), 'New names, one operation after another.', { maxItems: largest.rewrite }),
    },
    validations(rules.dataFrom),
  );

const templateSource = () =>
  object(
    undefined,
    {
      name: name(),
      items: list(
        object(
          undefined,
          { key: item(), templateAs: oneOf(['Values', 'KeysAndValues'], 'Values when absent.') },
          { required: ['key'] },
        ),
      ),
    },
    { required: ['name', 'items'] },
  );

const template = (rules) =>
  object(
    'What the Secret is made of.',
    {
      type: text('Type of the Secret.', { maxLength: 253 }),
      engineVersion: oneOf(['v2']),
      mergePolicy: oneOf(
        ['Replace', 'Merge'],
        'Whether fetched values stay beside the templates. Replace when absent.',
      ),
      metadata: object('Labels and annotations of the Secret; values are templates.', {
        labels: textMap(),
        annotations: textMap(),
        finalizers: list({ type: 'string' }),
      }),
      data: textMap('Item of the Secret to a Go template over the fetched values.'),
      templateFrom: list(
        object(undefined, {
          configMap: templateSource(),
          secret: templateSource(),
          literal: text('Renders to a YAML map of names and values.'),
          target: text('Data, Labels or Annotations. Data when absent.', { maxLength: 253 }),
          valuesDecodingStrategy: decoding,
        }),
        undefined,
        { maxItems: largest.templateFrom },
      ),
    },
    validations(rules.template),
  );

const target = (rules) =>
  object(
    'The Secret to make.',
    {
      name: name('The name of the ExternalSecret when absent.'),
      creationPolicy: oneOf(['Owner', 'Orphan', 'Merge', 'CreateOrMerge', 'None'], 'Owner when absent.'),
      deletionPolicy: oneOf(['Delete', 'Merge', 'Retain'], 'Retain when absent.'),
      immutable: flag('Make the Secret immutable, and never change its data.'),
      manifest: object(
        'Another kind than Secret. Not supported; the status says so.',
        { apiVersion: text(), kind: text() },
        { required: ['apiVersion', 'kind'] },
      ),
      template: template(rules),
    },
    validations(rules.target),
  );

const spec = (rules) =>
  object(
    'Where the values are, and the Secret to make of them.',
    {
      secretStoreRef: storeRef('For entries without a sourceRef.'),
      refreshPolicy: oneOf(['CreatedOnce', 'Periodic', 'OnChange'], 'Periodic when absent.'),
      refreshInterval: text("A duration; '0' fetches once. 1h when absent.", {
        maxLength: 64,
        ...validations(rules.duration),
      }),
      syncWindows: object('When periodic refreshes may happen.', {
        kind: oneOf(['allow', 'deny']),
        windows: list(
          object(
            undefined,
            { schedule: text('Five fields of cron, in UTC.'), duration: text() },
            { required: ['schedule', 'duration'] },
          ),
        ),
      }),
      target: target(rules),
      data: list(
        object(
          undefined,
          {
            secretKey: item('Item of the Secret.'),
            remoteRef: remoteRef(),
            sourceRef: sourceRef(rules, 'Another store.'),
          },
          { required: ['secretKey', 'remoteRef'] },
        ),
        'One item each; they win over dataFrom.',
        { maxItems: largest.data },
      ),
      dataFrom: list(dataFrom(rules), 'Many items each; the later wins.', { maxItems: largest.dataFrom }),
    },
    validations(rules.spec),
  );

const names = (kind, plural, shortName) => ({
  kind,
  plural,
  singular: kind.toLowerCase(),
  shortNames: [shortName],
  categories: ['external-secrets'],
});

export const externalSecret = (rules) =>
  definition({
    group: 'external-secrets.io',
    versions: ['v1', 'v1beta1'],
    scope: 'Namespaced',
    names: names('ExternalSecret', 'externalsecrets', 'es'),
    description: 'A Secret whose values are in a store outside the cluster.',
    spec: spec(rules),
    status: status(
      {
        refreshTime: text('When the last successful refresh began.', { format: 'date-time', nullable: true }),
        syncedResourceVersion: text('Generation, and a hash of labels and annotations, as of the last refresh.'),
        binding: object('The produced Secret, for servicebinding.io.', { name: text() }),
      },
      'What the controller remembers, so that a restart with nothing changed reads and writes nothing.',
    ),
    fields: ['.spec.secretStoreRef.name', '.spec.secretStoreRef.kind', '.spec.target.name', '.spec.refreshInterval'],
    columns: [
      column('StoreType', '.spec.secretStoreRef.kind'),
      column('Store', '.spec.secretStoreRef.name'),
      column('Refresh Interval', '.spec.refreshInterval'),
      column('Status', ofReady('reason')),
      column('Ready', ofReady('status')),
      column('Last Sync', '.status.refreshTime', 'date'),
    ],
  });

export const clusterExternalSecret = (rules) =>
  definition({
    group: 'external-secrets.io',
    versions: ['v1', 'v1beta1'],
    scope: 'Cluster',
    names: names('ClusterExternalSecret', 'clusterexternalsecrets', 'ces'),
    description: 'One ExternalSecret in many namespaces.',
    spec: object(
      'The ExternalSecret, and the namespaces.',
      {
        externalSecretSpec: spec(rules),
        externalSecretName: name('The name of the ClusterExternalSecret when absent.'),
        externalSecretMetadata: object('Of each ExternalSecret.', { labels: textMap(), annotations: textMap() }),
        namespaceSelectors: list(labelSelector(), 'One has to match.'),
        namespaceSelector: labelSelector('One more of namespaceSelectors. Deprecated.'),
        namespaces: list(namespace(), 'Beside those selected. Deprecated.'),
        refreshTime: text('A duration; 1h when absent.', { maxLength: 64, ...validations(rules.duration) }),
      },
      { required: ['externalSecretSpec'] },
    ),
    status: status(
      {
        externalSecretName: text(),
        provisionedNamespaces: list({ type: 'string' }, 'Sorted.'),
        failedNamespaces: list(object(undefined, { namespace: text(), reason: text() }, { required: ['namespace'] })),
      },
      'What the controller remembers.',
    ),
    columns: [
      column('Store', '.spec.externalSecretSpec.secretStoreRef.name'),
      column('Refresh Interval', '.spec.refreshTime'),
      column('Ready', ofReady('status')),
    ],
  });
