// Specs of secrets.hashicorp.com that the API server has to take or refuse, and by which rule: one table for TypeScript and CEL.

import type { VaultStaticSecretSpec } from '../../src/kube/vault-secrets.ts';

export interface VaultRuleCase {
  kind: 'VaultConnection' | 'VaultAuth' | 'VaultAuthGlobal' | 'VaultStaticSecret' | 'SecretTransformation';
  /** What is special about it, for the name of the test. */
  name: string;
  spec: object;
  /** Rules that it breaks, with the path of the broken part. Absent: it is right. */
  breaks?: readonly { id: string; path: string }[];
}

type Break = readonly [id: string, path: string];
const of =
  (kind: VaultRuleCase['kind']) =>
  (name: string, spec: object, ...breaks: Break[]): VaultRuleCase => ({
    kind,
    name,
    spec,
    ...(breaks.length > 0 && { breaks: breaks.map(([id, path]) => ({ id, path })) }),
  });
const connection = of('VaultConnection');
const auth = of('VaultAuth');
const global = of('VaultAuthGlobal');
const secret = of('VaultStaticSecret');
const transformation = of('SecretTransformation');

const address = 'https://vault.example.com:8200';
const base = { mount: 'kv', path: 'db', type: 'kv-v2', destination: { name: 'db' } } as const;
const durations = ['30s', '1.5m', '24h', '0s', '0.5s', '100h'];
const noDurations = ['30', 's', '1h30m', '-5s', '+5s', '5 s', '.5s', '5.s', '1d', '300ms', '1S', ' 5s'];

/** Every rule has a case that breaks it and one beside it that does not. */
export const vaultRuleCases: readonly VaultRuleCase[] = [
  connection('an address', { address }),
  connection('CA certificates from a Secret', { address, caCertSecretRef: 'ca' }),
  connection('CA certificates from a file', { address, caCertPath: '/etc/ca/ca.crt' }),
  connection('one way to CA certificates and an empty other', { address, caCertSecretRef: 'ca', caCertPath: '' }),
  connection('both ways to CA certificates', { address, caCertSecretRef: 'ca', caCertPath: '/ca.crt' }, [
    'one-ca',
    'spec',
  ]),
  connection('a file above', { address, caCertPath: '/etc/../ca.crt' }, ['ca-path', 'spec']),
  connection('headers', { address, headers: { 'X-Proxy': 'a', 'X-Vault-Name': 'b' } }),
  connection('the header of namespaces', { address, headers: { 'X-Vault-Namespace': 'a' } }, [
    'namespace-header',
    'spec',
  ]),
  connection('the header of namespaces in small letters', { address, headers: { 'x-vault-namespace': 'a' } }, [
    'namespace-header',
    'spec',
  ]),
  ...durations.map((timeout) => connection(`timeout '${timeout}'`, { address, timeout })),
  ...noDurations.map((timeout) =>
    connection(`timeout '${timeout}'`, { address, timeout }, ['vault-duration', 'spec.timeout']),
  ),

  auth('nothing at all', {}),
  auth('kubernetes', { method: 'kubernetes', mount: 'k', kubernetes: { role: 'r', serviceAccount: 's' } }),
  auth('a token for ten minutes', { kubernetes: { tokenExpirationSeconds: 600 } }),
  auth('a token for less', { kubernetes: { tokenExpirationSeconds: 599 } }, [
    'token-life',
    'spec.kubernetes.tokenExpirationSeconds',
  ]),
  auth('a token for less, by jwt', { jwt: { tokenExpirationSeconds: 1 } }, [
    'token-life',
    'spec.jwt.tokenExpirationSeconds',
  ]),
  auth('a secret id from a Secret', { appRole: { roleId: 'r', secretRef: 's' } }),
  auth('a secret id from a file', { appRole: { roleId: 'r', secretIDPath: '/f' } }),
  auth('both ways to a secret id', { appRole: { secretRef: 's', secretIDPath: '/f' } }, [
    'one-secret-id',
    'spec.appRole',
  ]),
  auth('everybody, and somebody', { allowedNamespaces: ['*', 'a'] }),
  auth('what is not served', { method: 'gcp', mount: 'gcp', gcp: { role: 'r', clusterName: 'c' } }),
  auth('storageEncryption, which is for the reference', { storageEncryption: { mount: 'transit', keyName: 'k' } }),
  auth('a VaultAuthGlobal', {
    vaultAuthGlobalRef: { name: 'g', namespace: 'n', mergeStrategy: { headers: 'union', params: 'replace' } },
  }),

  global('a block for each method', {
    kubernetes: { namespace: 'n', mount: 'm', headers: { a: 'b' }, params: { c: 'd' }, role: 'r' },
    appRole: { mount: 'm', roleId: 'r' },
    aws: { role: 'r', region: 'eu-west-1' },
    defaultAuthMethod: 'kubernetes',
  }),
  global('both ways to a secret id', { appRole: { secretRef: 's', secretIDPath: '/f' } }, [
    'one-secret-id',
    'spec.appRole',
  ]),
  global('a token for less', { jwt: { tokenExpirationSeconds: 1 } }, ['token-life', 'spec.jwt.tokenExpirationSeconds']),

  secret('as little as there may be', base),
  ...durations.map((refreshAfter) => secret(`refreshAfter '${refreshAfter}'`, { ...base, refreshAfter })),
  ...noDurations.map((refreshAfter) =>
    secret(`refreshAfter '${refreshAfter}'`, { ...base, refreshAfter }, ['vault-duration', 'spec.refreshAfter']),
  ),
  secret('references of every form', { ...base, vaultAuthRef: 'namespace/name' }),
  secret('a reference with too many slashes, which the status is about', { ...base, vaultAuthRef: 'a/b/c' }),
  transformation('nothing at all', {}),
  transformation('templates', { templates: { a: { text: 'b' } }, sourceTemplates: [{ text: 'c' }], includes: ['.'] }),
];

/** Every field that there is. */
export const fullStaticSecretSpec: VaultStaticSecretSpec = {
  vaultAuthRef: 'team/auth',
  namespace: 'a/b',
  mount: 'kv',
  path: 'app/db',
  type: 'kv-v2',
  version: 3,
  refreshAfter: '30s',
  hmacSecretData: false,
  syncConfig: { instantUpdates: true },
  rolloutRestartTargets: [
    { kind: 'Deployment', name: 'api' },
    { kind: 'argo.Rollout', name: 'web' },
  ],
  destination: {
    name: 'db',
    create: true,
    overwrite: true,
    labels: { a: 'b' },
    annotations: { c: 'd' },
    type: 'Opaque',
    transformation: {
      templates: { dsn: { name: 'one', text: '{{ .Secrets.user }}' } },
      transformationRefs: [
        {
          namespace: 'shared',
          name: 'common',
          templateRefs: [{ name: 'x', keyOverride: 'y' }],
          ignoreIncludes: true,
          ignoreExcludes: true,
        },
      ],
      includes: ['^a'],
      excludes: ['^b'],
      excludeRaw: true,
    },
  },
};
