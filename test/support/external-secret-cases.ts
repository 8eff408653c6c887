// Specs of external-secrets.io that the API server has to take or refuse, and by which rule: one table for TypeScript and CEL.

import type {
  ExternalSecretDataFrom,
  ExternalSecretSpec,
  ExternalSecretTarget,
  SecretStoreSpec,
} from '../../src/kube/external-secrets.ts';

export interface RuleCase {
  kind: 'ExternalSecret' | 'ClusterExternalSecret' | 'SecretStore' | 'ClusterSecretStore';
  /** What is special about it, for the name of the test. */
  name: string;
  spec: object;
  /** Rules that it breaks, with the path of the broken part. Absent: it is right. */
  breaks?: readonly { id: string; path: string }[];
}

const one = (secretKey: string) => ({ secretKey, remoteRef: { key: 'app/db', property: secretKey } });
const base: ExternalSecretSpec = { secretStoreRef: { name: 'store' }, data: [one('password')] };

const es = (name: string, spec: object, ...breaks: (readonly [id: string, path: string])[]): RuleCase => ({
  kind: 'ExternalSecret',
  name,
  spec,
  ...(breaks.length > 0 && { breaks: breaks.map(([id, path]) => ({ id, path })) }),
});
const target = (name: string, part: ExternalSecretTarget, ...ids: string[]) =>
  es(name, { ...base, target: part }, ...ids.map((id) => [id, 'spec.target'] as const));
const template = (name: string, part: ExternalSecretTarget['template'] & object, ...ids: string[]) =>
  es(name, { ...base, target: { template: part } }, ...ids.map((id) => [id, 'spec.target.template'] as const));
const from = (name: string, part: ExternalSecretDataFrom, ...ids: string[]) =>
  es(
    name,
    { ...base, dataFrom: [{ extract: { key: 'first' } }, part] },
    ...ids.map((id) => [id, 'spec.dataFrom[1]'] as const),
  );
const store = (name: string, spec: object, ...breaks: (readonly [id: string, path: string])[]): RuleCase => ({
  ...es(name, spec, ...breaks),
  kind: 'SecretStore',
});
const provider = { vault: { server: 'https://vault.example.com:8200' } };
const generatorRef = { kind: 'Password', name: 'p' };
const intervals = ['0', '1h', '1h0m0s', '1.5h', '300ms', '10s', '-5m', '+1m', '.5s', '5.s', '1µs', '1μs'];
const noIntervals = ['', '1', '1x', 'h', '1h ', '1 h', 'forever', '00', '1d', '.s', '--1s'];
const policies = ['Owner', 'Orphan', 'Merge', 'CreateOrMerge', 'None'] as const;

/** Every rule has a case that breaks it and one beside it that does not. */
export const ruleCases: readonly RuleCase[] = [
  es('one entry of data', base),
  es('one entry of dataFrom', { dataFrom: [{ extract: { key: 'app/db' } }] }),
  es('neither data nor dataFrom', { secretStoreRef: { name: 'store' } }, ['entries', 'spec']),
  es('empty data and empty dataFrom', { data: [], dataFrom: [] }, ['entries', 'spec']),

  es('different secretKeys', { ...base, data: [one('a'), one('b'), one('A')] }),
  es('one secretKey twice, without a policy', { ...base, data: [one('a'), one('b'), one('a')] }, [
    'unique-keys',
    'spec',
  ]),
  es(
    'one secretKey twice under Retain',
    { ...base, data: [one('a'), one('a')], target: { deletionPolicy: 'Retain' } },
    ['unique-keys', 'spec'],
  ),
  es(
    'one secretKey twice with a target that names no policy',
    { ...base, data: [one('a'), one('a')], target: { name: 'x' } },
    ['unique-keys', 'spec'],
  ),
  es('one secretKey twice under Delete', { ...base, data: [one('a'), one('a')], target: { deletionPolicy: 'Delete' } }),
  es('one secretKey twice under Merge', { ...base, data: [one('a'), one('a')], target: { deletionPolicy: 'Merge' } }),
  es('300 entries', { ...base, data: Array.from({ length: 300 }, (_, index) => one(`item-${index}`)) }),

  ...intervals.map((refreshInterval) => es(`refreshInterval '${refreshInterval}'`, { ...base, refreshInterval })),
  ...noIntervals.map((refreshInterval) =>
    es(`refreshInterval '${refreshInterval}'`, { ...base, refreshInterval }, ['duration', 'spec.refreshInterval']),
  ),

  ...policies.flatMap((creationPolicy) => [
    target(
      `deletionPolicy Delete with creationPolicy ${creationPolicy}`,
      { deletionPolicy: 'Delete', creationPolicy },
      ...(['Owner', 'Orphan'].includes(creationPolicy) ? [] : ['delete-own']),
    ),
    target(
      `deletionPolicy Merge with creationPolicy ${creationPolicy}`,
      { deletionPolicy: 'Merge', creationPolicy },
      ...(creationPolicy === 'None' ? ['merge-something'] : []),
    ),
    target(`deletionPolicy Retain with creationPolicy ${creationPolicy}`, { deletionPolicy: 'Retain', creationPolicy }),
  ]),
  target('deletionPolicy Delete without creationPolicy', { deletionPolicy: 'Delete' }),
  target('creationPolicy None without deletionPolicy', { creationPolicy: 'None' }),

  ...['Data', 'labels', 'ANNOTATIONS'].map((to) =>
    target(`templateFrom with target ${to}`, { template: { templateFrom: [{ literal: 'a: b', target: to }] } }),
  ),
  target(
    'templateFrom with another target',
    { template: { templateFrom: [{ literal: 'a: b' }, { literal: 'a: b', target: 'spec.replicas' }] } },
    'template-targets',
  ),
  target('another target of another kind than Secret', {
    manifest: { apiVersion: 'v1', kind: 'ConfigMap' },
    template: { templateFrom: [{ literal: 'a: b', target: 'spec.replicas' }] },
  }),

  template(
    'a service account token with the account',
    {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'admin' } },
    },
    'service-account-token',
  ),
  template(
    'a service account token with annotations from elsewhere',
    {
      type: 'kubernetes.io/service-account-token',
      templateFrom: [{ literal: 'a: b', target: 'annotations' }],
    },
    'service-account-token',
  ),
  template('a service account token without an account', {
    type: 'kubernetes.io/service-account-token',
    metadata: { annotations: { other: 'x' } },
    templateFrom: [{ literal: 'a: b', target: 'Labels' }, { literal: 'c: d' }],
  }),
  template('the account annotation on another type', {
    type: 'Opaque',
    metadata: { annotations: { 'kubernetes.io/service-account.name': 'admin' } },
    templateFrom: [{ literal: 'a: b', target: 'Annotations' }],
  }),
  template('a bootstrap token', { type: 'bootstrap.kubernetes.io/token' }, 'bootstrap-token'),

  from('extract', { extract: { key: 'k' } }),
  from('find', { find: { name: { regexp: '.*' } } }),
  from('a generator', { sourceRef: { generatorRef } }),
  from('extract from another store', { extract: { key: 'k' }, sourceRef: { storeRef: { name: 'other' } } }),
  from('extract and find', { extract: { key: 'k' }, find: {} }, 'one-source'),
  from('extract and a generator', { extract: { key: 'k' }, sourceRef: { generatorRef } }, 'one-source'),
  from('find and a generator', { find: {}, sourceRef: { generatorRef } }, 'one-source'),
  from('all three', { extract: { key: 'k' }, find: {}, sourceRef: { generatorRef } }, 'one-source'),
  from('no source', {}, 'some-source'),
  from('no source but a rewrite', { rewrite: [{ transform: { template: 'x' } }] }, 'some-source'),
  from('only another store', { sourceRef: { storeRef: { name: 'other' } } }),

  es('an empty sourceRef in dataFrom', { dataFrom: [{ extract: { key: 'k' }, sourceRef: {} }] }, [
    'source-ref',
    'spec.dataFrom[0].sourceRef',
  ]),
  es(
    'store and generator in one sourceRef of dataFrom',
    { dataFrom: [{ sourceRef: { storeRef: { name: 's' }, generatorRef } }] },
    ['source-ref', 'spec.dataFrom[0].sourceRef'],
  ),
  es('an empty sourceRef in data', { data: [{ ...one('a'), sourceRef: {} }] }, [
    'source-ref',
    'spec.data[0].sourceRef',
  ]),
  es('another store in data', {
    data: [{ ...one('a'), sourceRef: { storeRef: { name: 's', kind: 'ClusterSecretStore' } } }],
  }),
  es('a generator in data, which the reference ignores', {
    ...base,
    data: [{ ...one('a'), sourceRef: { generatorRef } }],
  }),

  from('one of each rewrite', {
    extract: { key: 'k' },
    rewrite: [{ regexp: { source: 'a', target: 'b' } }, { transform: { template: '{{ .value }}' } }, { merge: {} }],
  }),
  es('an empty rewrite', { dataFrom: [{ extract: { key: 'k' }, rewrite: [{}] }] }, [
    'one-rewrite',
    'spec.dataFrom[0].rewrite[0]',
  ]),
  es(
    'two operations in one rewrite',
    { dataFrom: [{ extract: { key: 'k' }, rewrite: [{ merge: {} }, { merge: {}, transform: { template: 'x' } }] }] },
    ['one-rewrite', 'spec.dataFrom[0].rewrite[1]'],
  ),

  store('Vault', { provider }),
  store('a provider that is not ours', { provider: { gcpsm: { projectID: 'p', auth: { workloadIdentity: {} } } } }),
  store('no provider', { provider: {} }, ['one-provider', 'spec.provider']),
  store('two providers', { provider: { ...provider, fake: { data: [] } } }, ['one-provider', 'spec.provider']),
  ...[0, 300, '0', '5m', '1h30m'].map((refreshInterval) =>
    store(`refreshInterval ${JSON.stringify(refreshInterval)}`, { provider, refreshInterval }),
  ),
  ...[-1, 'soon', ''].map((refreshInterval) =>
    store(`refreshInterval ${JSON.stringify(refreshInterval)}`, { provider, refreshInterval }, [
      'seconds-or-duration',
      'spec.refreshInterval',
    ]),
  ),
  store('retries', { provider, retrySettings: { maxRetries: 3, retryInterval: '500ms' } }),
  store('retries without a unit', { provider, retrySettings: { retryInterval: '5' } }, [
    'duration',
    'spec.retrySettings.retryInterval',
  ]),
  {
    ...store('two providers', { provider: { ...provider, fake: {} } }, ['one-provider', 'spec.provider']),
    kind: 'ClusterSecretStore',
  },
  { ...store('conditions', { provider, conditions: [{ namespaces: ['a'] }] }), kind: 'ClusterSecretStore' },

  { ...es('every namespace', { externalSecretSpec: base, namespaceSelectors: [{}] }), kind: 'ClusterExternalSecret' },
  { ...es('refreshTime', { externalSecretSpec: base, refreshTime: '5m' }), kind: 'ClusterExternalSecret' },
  {
    ...es('refreshTime without a unit', { externalSecretSpec: base, refreshTime: '5' }, [
      'duration',
      'spec.refreshTime',
    ]),
    kind: 'ClusterExternalSecret',
  },
  {
    ...es('an empty ExternalSecret', { externalSecretSpec: {} }, ['entries', 'spec.externalSecretSpec']),
    kind: 'ClusterExternalSecret',
  },
  {
    ...es(
      'a rewrite without an operation',
      { externalSecretSpec: { dataFrom: [{ extract: { key: 'k' }, rewrite: [{}] }] } },
      ['one-rewrite', 'spec.externalSecretSpec.dataFrom[0].rewrite[0]'],
    ),
    kind: 'ClusterExternalSecret',
  },
];

/** An ExternalSecret with every field. */
export const fullExternalSecretSpec: ExternalSecretSpec = {
  secretStoreRef: { name: 'store', kind: 'ClusterSecretStore' },
  refreshPolicy: 'Periodic',
  refreshInterval: '1h',
  syncWindows: { kind: 'allow', windows: [{ schedule: '0 2 * * *', duration: '1h' }] },
  target: {
    name: 'db',
    creationPolicy: 'Owner',
    deletionPolicy: 'Retain',
    immutable: false,
    template: {
      type: 'kubernetes.io/basic-auth',
      engineVersion: 'v2',
      mergePolicy: 'Merge',
      metadata: {
        labels: { app: '{{ .app }}' },
        annotations: { 'example.com/number': '007' },
        finalizers: ['example.com/keep'],
      },
      data: { username: '{{ .user }}', 'config.yaml': 'a: "b"\n' },
      templateFrom: [
        { configMap: { name: 'templates', items: [{ key: 'all', templateAs: 'KeysAndValues' }] }, target: 'Data' },
        { secret: { name: 'more', items: [{ key: 'one' }] }, valuesDecodingStrategy: 'Base64' },
        { literal: 'x: y', target: 'Labels' },
      ],
    },
  },
  data: [
    {
      secretKey: 'password',
      remoteRef: {
        key: 'app/db',
        property: 'password',
        version: '3',
        metadataPolicy: 'None',
        conversionStrategy: 'Default',
        decodingStrategy: 'None',
        nullBytePolicy: 'Ignore',
      },
      sourceRef: { storeRef: { name: 'other', kind: 'SecretStore' } },
    },
    { secretKey: 'tls.crt', remoteRef: { key: 'app/tls', metadataPolicy: 'Fetch', decodingStrategy: 'Base64URL' } },
  ],
  dataFrom: [
    {
      extract: { key: 'all', conversionStrategy: 'Unicode' },
      rewrite: [
        { regexp: { source: '^db-(.*)$', target: '$1' } },
        { transform: { template: '{{ .value | upper }}' } },
        {
          merge: {
            into: 'all',
            priority: ['a'],
            priorityPolicy: 'IgnoreNotFound',
            conflictPolicy: 'Ignore',
            strategy: 'JSON',
          },
        },
      ],
    },
    {
      find: { path: 'p', name: { regexp: '.*' }, tags: { team: 'a' }, nullBytePolicy: 'Fail' },
      sourceRef: { storeRef: { name: 'x' } },
    },
    {
      sourceRef: {
        generatorRef: { apiVersion: 'generators.external-secrets.io/v1alpha1', kind: 'Password', name: 'p' },
      },
    },
  ],
};

const key = (name: string) => ({ name, key: 'k', namespace: 'secrets' });
const account = { name: 'reader', namespace: 'secrets', audiences: ['vault'] };

/** Stores with every field of Vault, of AWS, and with what neither knows. */
export const fullStoreSpecs: Record<string, SecretStoreSpec> = {
  vault: {
    controller: 'default',
    retrySettings: { maxRetries: 5, retryInterval: '10s' },
    refreshInterval: 300,
    conditions: [
      {
        namespaces: ['a'],
        namespaceRegexes: ['^team-.*$'],
        namespaceSelector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }] },
      },
    ],
    provider: {
      vault: {
        server: 'https://vault.example.com:8200',
        path: 'secret',
        version: 'v2',
        namespace: 'ns1',
        caBundle: 'YQ==',
        caProvider: { type: 'ConfigMap', name: 'ca', key: 'ca.crt', namespace: 'secrets' },
        tls: { certSecretRef: key('cert'), keySecretRef: key('cert') },
        readYourWrites: true,
        forwardInconsistent: true,
        headers: { 'X-Team': 'a' },
        checkAndSet: { required: true },
        auth: {
          namespace: 'ns0',
          tokenSecretRef: key('token'),
          appRole: { path: 'approle', roleId: 'id', roleRef: key('role'), secretRef: key('secret') },
          kubernetes: { mountPath: 'kubernetes', role: 'app', serviceAccountRef: account, secretRef: key('jwt') },
          ldap: { path: 'ldap', username: 'u', secretRef: key('ldap') },
          userPass: { path: 'userpass', username: 'u', secretRef: key('up') },
          jwt: {
            path: 'jwt',
            role: 'app',
            secretRef: key('jwt'),
            kubernetesServiceAccountToken: { serviceAccountRef: account, audiences: ['x'], expirationSeconds: 700 },
          },
          cert: { path: 'cert', vaultRole: 'app', clientCert: key('c'), secretRef: key('c') },
          iam: {
            path: 'aws',
            region: 'eu-central-1',
            role: 'arn:aws:iam::1:role/a',
            vaultRole: 'app',
            externalID: 'x',
            vaultAwsIamServerID: 'y',
            secretRef: {
              accessKeyIDSecretRef: key('a'),
              secretAccessKeySecretRef: key('a'),
              sessionTokenSecretRef: key('a'),
            },
            jwt: { serviceAccountRef: account },
          },
          gcp: { role: 'app', projectID: 'p', workloadIdentity: { serviceAccountRef: { name: 'x' } } },
        },
      },
    },
  },
  aws: {
    refreshInterval: '5m',
    provider: {
      aws: {
        service: 'SecretsManager',
        region: 'eu-central-1',
        role: 'arn:aws:iam::1:role/a',
        additionalRoles: ['arn:aws:iam::1:role/b'],
        externalID: 'x',
        sessionTags: [{ key: 'a', value: 'b' }],
        transitiveTagKeys: ['a'],
        sessionTagsPolicy: 'Custom',
        customSessionTags: { c: 'd' },
        prefix: 'team/',
        secretsManager: { forceDeleteWithoutRecovery: true, recoveryWindowInDays: 7 },
        auth: {
          jwt: { serviceAccountRef: account },
          secretRef: {
            accessKeyIDSecretRef: key('a'),
            secretAccessKeySecretRef: key('a'),
            sessionTokenSecretRef: key('a'),
          },
        },
      },
    },
  },
  'a provider that is not ours': {
    provider: {
      onepassword: { connectHost: 'https://1p', vaults: { a: 1 }, auth: { secretRef: { token: { name: 'x' } } } },
    },
  },
};
