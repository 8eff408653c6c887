// The schemas of SecretStore and ClusterSecretStore: Vault and AWS in full, every other provider kept as it stands.

import {
  column,
  definition,
  flag,
  integer,
  item,
  labelSelector,
  list,
  name,
  namespace,
  object,
  ofReady,
  oneOf,
  open,
  secretKey,
  serviceAccount,
  status,
  text,
  textMap,
  validations,
} from './schema.mjs';

const awsSecretRef = () =>
  object('Static credentials.', {
    accessKeyIDSecretRef: secretKey(),
    secretAccessKeySecretRef: secretKey(),
    sessionTokenSecretRef: secretKey(),
  });
const awsJwt = () => object('A service account with a role.', { serviceAccountRef: serviceAccount() });

const passwordAuth = (mount) =>
  object(
    undefined,
    { path: text(`${mount} when absent.`), username: text(), secretRef: secretKey() },
    { required: ['username'] },
  );

const vaultAuth = object(
  'The first that is there is used: tokenSecretRef, appRole, kubernetes, ldap, userPass, jwt, cert, iam.',
  {
    namespace: text('Of the login, where it differs.'),
    tokenSecretRef: secretKey(),
    appRole: object(
      undefined,
      { path: text('approle when absent.'), roleId: text(), roleRef: secretKey(), secretRef: secretKey() },
      { required: ['secretRef'] },
    ),
    kubernetes: object(
      undefined,
      {
        mountPath: text('kubernetes when absent.'),
        role: text(),
        serviceAccountRef: serviceAccount(),
        secretRef: secretKey('Its key is token when absent.'),
      },
      { required: ['role'] },
    ),
    ldap: passwordAuth('ldap'),
    userPass: passwordAuth('userpass'),
    jwt: object(undefined, {
      path: text('jwt when absent.'),
      role: text(),
      secretRef: secretKey(),
      kubernetesServiceAccountToken: object(
        undefined,
        {
          serviceAccountRef: serviceAccount(),
          audiences: list({ type: 'string' }, 'vault when absent.'),
          expirationSeconds: integer('600 when absent.', { format: 'int64' }),
        },
        { required: ['serviceAccountRef'] },
      ),
    }),
    cert: object(undefined, {
      path: text('cert when absent.'),
      vaultRole: text(),
      clientCert: secretKey(),
      secretRef: secretKey('The private key.'),
    }),
    iam: object(
      undefined,
      {
        path: text('aws when absent.'),
        region: text('us-east-1 when absent.'),
        role: text('ARN to assume first.'),
        vaultRole: text(),
        externalID: text(),
        vaultAwsIamServerID: text(),
        secretRef: awsSecretRef(),
        jwt: awsJwt(),
      },
      { required: ['vaultRole'] },
    ),
  },
  open,
);

const vault = object(
  'Vault or OpenBao.',
  {
    server: text('https://vault.example.com:8200'),
    path: text('The mount.'),
    version: oneOf(['v1', 'v2'], 'Of the KV engine. v2 when absent.'),
    namespace: text(),
    caBundle: text('PEM in base64.', { format: 'byte' }),
    caProvider: object(
      'Where CA certificates stand.',
      {
        type: oneOf(['Secret', 'ConfigMap']),
        name: name(),
        key: item(),
        namespace: namespace('In a ClusterSecretStore only.'),
      },
      { required: ['type', 'name'] },
    ),
    tls: object('Client certificate.', {
      certSecretRef: secretKey('Its key is tls.crt when absent.'),
      keySecretRef: secretKey('Its key is tls.key when absent.'),
    }),
    readYourWrites: flag(),
    forwardInconsistent: flag(),
    headers: textMap('Sent with every request.'),
    checkAndSet: object('For pushing, which Sealwright does not.', { required: flag() }),
    auth: vaultAuth,
  },
  { required: ['server'], ...open },
);

const aws = object(
  'AWS Secrets Manager or Parameter Store.',
  {
    service: text('SecretsManager or ParameterStore.'),
    region: text(),
    auth: object("The SDK's chain when absent.", { secretRef: awsSecretRef(), jwt: awsJwt() }),
    role: text('ARN to assume.'),
    additionalRoles: list({ type: 'string' }, 'Assumed one after another before role.'),
    externalID: text(),
    sessionTags: list(object(undefined, { key: text(), value: text() }, { required: ['key', 'value'] })),
    transitiveTagKeys: list({ type: 'string' }),
    sessionTagsPolicy: oneOf(['None', 'Simple', 'Custom'], 'None when absent.'),
    customSessionTags: textMap(),
    prefix: text('Before every key.'),
    secretsManager: object('For pushing, which Sealwright does not.', {
      forceDeleteWithoutRecovery: flag(),
      recoveryWindowInDays: integer(undefined, { format: 'int64' }),
    }),
  },
  { required: ['service', 'region'], ...open },
);

const spec = (rules) =>
  object(
    'Where the store is, and how to be let in.',
    {
      controller: text('Class of the controller that is meant; any when absent.'),
      provider: object('Exactly one.', { vault, aws }, { ...open, ...validations(rules.provider) }),
      retrySettings: object(undefined, {
        maxRetries: integer('How often a call that fails for a moment is tried again: 2 when absent.', {
          format: 'int32',
        }),
        retryInterval: text('The pause before each: a duration. Growing, and by chance, when absent.', {
          maxLength: 64,
          ...validations(rules.duration),
        }),
      }),
      refreshInterval: {
        description: 'How often the store is looked at: seconds, or a duration.',
        'x-kubernetes-int-or-string': true,
        maxLength: 64,
        ...validations(rules.secondsOrDuration),
      },
      conditions: list(
        object(undefined, {
          namespaceSelector: labelSelector(),
          namespaces: list(namespace()),
          namespaceRegexes: list({ type: 'string' }, 'RE2, unanchored.'),
        }),
        'ClusterSecretStore only: the namespaces that may use it; one entry has to match. All when absent.',
      ),
    },
    { required: ['provider'] },
  );

const store = (rules, { kind, plural, shortName, scope }) =>
  definition({
    group: 'external-secrets.io',
    versions: ['v1', 'v1beta1'],
    scope,
    names: { kind, plural, singular: kind.toLowerCase(), shortNames: [shortName], categories: ['external-secrets'] },
    description:
      scope === 'Cluster'
        ? 'A store that ExternalSecrets of many namespaces may use.'
        : 'A store for the ExternalSecrets of its namespace.',
    spec: spec(rules),
    status: status({ capabilities: text('ReadOnly.') }, 'What the controller remembers.'),
    columns: [
      column('AGE', '.metadata.creationTimestamp', 'date'),
      column('Status', ofReady('reason')),
      column('Capabilities', '.status.capabilities'),
      column('Ready', ofReady('status')),
    ],
  });

export const secretStore = (rules) =>
  store(rules, { kind: 'SecretStore', plural: 'secretstores', shortName: 'ss', scope: 'Namespaced' });
export const clusterSecretStore = (rules) =>
  store(rules, { kind: 'ClusterSecretStore', plural: 'clustersecretstores', shortName: 'css', scope: 'Cluster' });
