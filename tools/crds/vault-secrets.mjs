// The schemas of the kinds of secrets.hashicorp.com, with the fields of Vault Secrets Operator 1.4.

import {
  column,
  definition,
  flag,
  integer,
  list,
  object,
  oneOf,
  status,
  text,
  textMap,
  validations,
} from './schema.mjs';

/** Bounds that keep the cost of the CEL rules within what the API server grants. */
const largest = { headers: 64, expressions: 500, refs: 100, templateRefs: 200, targets: 100 };

const group = 'secrets.hashicorp.com';
const methods = ['kubernetes', 'jwt', 'appRole', 'aws', 'gcp'];
const headers = (description) => ({ ...textMap(description), maxProperties: largest.headers });
const ref = (description) => text(description, { maxLength: 512 });
const shortText = (description, more = {}) => text(description, { maxLength: 4096, ...more });
const strings = (description, maxItems = largest.expressions) => list({ type: 'string' }, description, { maxItems });
const duration = (rules, description) => text(description, { maxLength: 64, ...validations(rules.duration) });
const allowedNamespaces = () =>
  strings('Who else may use it: names, or "*" alone for everybody. Nobody when absent.', 1000);
const ofType = (type, field = 'status') => `.status.conditions[?(@.type=="${type}")].${field}`;
const age = column('Age', '.metadata.creationTimestamp', 'date');

const names = (kind) => ({ kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase() });
const remembered = 'What the controller remembers, so that a restart with nothing changed writes nothing.';

const one = (kind, parts) =>
  definition({
    group,
    versions: ['v1beta1'],
    scope: 'Namespaced',
    labels: { 'app.kubernetes.io/name': 'sealwright' },
    names: names(kind),
    ...parts,
  });

const validity = () => ({ valid: flag('Whether it can be used.'), error: text('Why not.') });
const validityColumns = [column('Ready', ofType('Ready')), column('Reason', ofType('Ready', 'reason')), age];

export const vaultConnection = (rules) =>
  one('VaultConnection', {
    description: 'A Vault or OpenBao server, and how it is reached.',
    spec: object(
      'Where the server is, and how it is trusted.',
      {
        address: shortText('https://vault.example.com:8200', { minLength: 1 }),
        headers: headers('Sent with every request.'),
        tlsServerName: shortText('For SNI and the name in the certificate. The host of address when absent.'),
        caCertSecretRef: shortText('A Secret of this namespace with PEM under ca.crt.'),
        caCertPath: shortText('A file with PEM where the controller runs.'),
        skipTLSVerify: flag('Take any certificate.'),
        timeout: duration(rules, 'Of one exchange. 30s when absent or zero.'),
      },
      { required: ['address'], ...validations(rules.connection) },
    ),
    status: status(validity(), remembered),
    columns: [column('Address', '.spec.address'), ...validityColumns],
  });

const serviceAccountToken = (rules) => ({
  role: shortText(),
  serviceAccount: shortText("A service account of the consumer's namespace."),
  audiences: strings("Of its token. The API server's when absent.", 100),
  tokenExpirationSeconds: integer('600 when absent.', { format: 'int64', ...validations(rules.serviceAccountToken) }),
});

const byMethod = (rules, more = {}) => ({
  kubernetes: object('Login by service account.', { ...serviceAccountToken(rules), ...more }),
  jwt: object('Login by token: of the service account, else the one in the Secret.', {
    ...serviceAccountToken(rules),
    secretRef: shortText("A Secret of the consumer's namespace with the token under jwt."),
    ...more,
  }),
  appRole: object(
    undefined,
    {
      roleId: shortText(),
      secretRef: shortText("A Secret of the consumer's namespace with the secret id under id."),
      secretIDPath: shortText('A file with the secret id where the controller runs, below --credential-files.'),
      ...more,
    },
    validations(rules.appRole),
  ),
  aws: object('Login by AWS identity: of the Secret, else of the service account, else of the controller.', {
    role: shortText(),
    region: shortText('us-east-1 when absent.'),
    headerValue: shortText('X-Vault-AWS-IAM-Server-ID.'),
    sessionName: shortText(),
    stsEndpoint: shortText(),
    iamEndpoint: shortText('Accepted; the login does not need it.'),
    secretRef: shortText('A Secret with access_key_id, secret_access_key and perhaps session_token.'),
    irsaServiceAccount: shortText('A service account with a role.'),
    ...more,
  }),
  gcp: object('Not supported; the status says so.', {
    role: shortText(),
    workloadIdentityServiceAccount: shortText(),
    region: shortText(),
    clusterName: shortText(),
    projectID: shortText(),
    ...more,
  }),
});

const params = () => textMap('Accepted, and never sent.');

export const vaultAuth = (rules) =>
  one('VaultAuth', {
    description: 'How to log in to a VaultConnection.',
    spec: object('The method, and its settings.', {
      vaultConnectionRef: ref('name or namespace/name. default in the namespace of the controller when absent.'),
      vaultAuthGlobalRef: object('A VaultAuthGlobal that fills in what is not set here.', {
        name: shortText(),
        namespace: shortText('This namespace when absent.'),
        allowDefault: flag('Without a name, use the one called default.'),
        mergeStrategy: object('What becomes of maps that both have.', {
          headers: oneOf(['none', 'union', 'replace'], 'none when absent.'),
          params: oneOf(['none', 'union', 'replace'], 'none when absent.'),
        }),
      }),
      namespace: shortText('Vault namespace of the login.'),
      allowedNamespaces: allowedNamespaces(),
      method: oneOf(methods, 'May come from the VaultAuthGlobal.'),
      mount: shortText('Of the method. May come from the VaultAuthGlobal.'),
      params: params(),
      headers: headers('Sent with the login.'),
      ...byMethod(rules),
      storageEncryption: object('Accepted: sessions are never stored.', {
        mount: shortText(),
        keyName: shortText(),
      }),
    }),
    status: status({ ...validity(), specHash: text('Written by the reference.') }, remembered),
    columns: [column('Method', '.spec.method'), ...validityColumns],
  });

export const vaultAuthGlobal = (rules) =>
  one('VaultAuthGlobal', {
    description: 'What VaultAuths that refer to it need not say.',
    spec: object('Defaults, and settings by method.', {
      allowedNamespaces: allowedNamespaces(),
      vaultConnectionRef: ref("name in the VaultAuth's namespace, or namespace/name."),
      defaultVaultNamespace: shortText(),
      defaultAuthMethod: oneOf(methods),
      defaultMount: shortText(),
      params: params(),
      headers: headers('Sent with the login.'),
      ...byMethod(rules, {
        namespace: shortText('Vault namespace of the login.'),
        mount: shortText(),
        params: params(),
        headers: headers('Sent with the login.'),
      }),
    }),
    status: status(validity(), remembered),
    columns: validityColumns,
  });

const template = () =>
  object(undefined, { name: shortText('Its key when absent.'), text: text('A Go template.') }, { required: ['text'] });
const templates = (description) => ({ ...describe(description), type: 'object', additionalProperties: template() });
const describe = (description) => ({ description });

export const secretTransformation = () =>
  one('SecretTransformation', {
    description: 'Templates and filters that many VaultStaticSecrets share.',
    spec: object('What they refer to.', {
      templates: templates('Item of the Secret to its template.'),
      sourceTemplates: list(
        object(undefined, { name: shortText(), text: text('Go template definitions.') }, { required: ['text'] }),
        'For the templates to call.',
        { maxItems: largest.templateRefs },
      ),
      includes: strings('RE2: which keys become items.'),
      excludes: strings('RE2: which keys do not.'),
    }),
    status: status(validity(), remembered),
    columns: validityColumns,
  });

const destination = () =>
  object(
    'The Secret.',
    {
      name: shortText('In the namespace of the VaultStaticSecret.', { minLength: 1 }),
      create: flag('Make the Secret; else one that is there is filled. false when absent.'),
      overwrite: flag('With create: take over a Secret that is there. false when absent.'),
      labels: textMap('With create.'),
      annotations: textMap('With create.'),
      type: text('With create. Opaque when absent.', { maxLength: 253 }),
      transformation: object('What becomes of the values.', {
        templates: templates('Item of the Secret to its template.'),
        transformationRefs: list(
          object(
            'A SecretTransformation.',
            {
              namespace: shortText('This namespace when absent.'),
              name: shortText(undefined, { minLength: 1 }),
              templateRefs: list(
                object(
                  undefined,
                  { name: shortText(), keyOverride: shortText('Item of the Secret.') },
                  { required: ['name'] },
                ),
                'Some of its templates. All when absent.',
                { maxItems: largest.templateRefs },
              ),
              ignoreIncludes: flag(),
              ignoreExcludes: flag(),
            },
            { required: ['name'] },
          ),
          undefined,
          { maxItems: largest.refs },
        ),
        includes: strings('RE2: which keys become items.'),
        excludes: strings('RE2: which keys do not; before includes.'),
        excludeRaw: flag('Leave the item _raw out. false when absent.'),
      }),
    },
    { required: ['name'] },
  );

export const vaultStaticSecret = (rules) =>
  one('VaultStaticSecret', {
    description: 'A Secret whose values are in a KV engine of Vault or OpenBao.',
    spec: object(
      'Where the values are, and the Secret to make of them.',
      {
        vaultAuthRef: ref('name or namespace/name. default in the namespace of the controller when absent.'),
        namespace: shortText("Vault namespace of the mount. The VaultAuth's when absent."),
        mount: shortText('Of the engine.', { minLength: 1 }),
        path: shortText('Below the mount.', { minLength: 1 }),
        type: oneOf(['kv-v1', 'kv-v2']),
        version: integer('Of KV v2. The latest when absent or 0.', { minimum: 0 }),
        refreshAfter: duration(rules, 'One number and one unit. 60s when absent, never without hmacSecretData.'),
        hmacSecretData: flag('Keep a MAC of the data in the status. true when absent.'),
        syncConfig: object(undefined, { instantUpdates: flag("Follow the server's event stream.") }),
        rolloutRestartTargets: list(
          object(
            undefined,
            {
              kind: oneOf(['Deployment', 'DaemonSet', 'StatefulSet', 'argo.Rollout']),
              name: shortText(undefined, { minLength: 1 }),
            },
            { required: ['kind', 'name'] },
          ),
          'Workloads that are restarted when values change.',
          { maxItems: largest.targets },
        ),
        destination: destination(),
      },
      { required: ['mount', 'path', 'type', 'destination'] },
    ),
    status: status(
      {
        lastGeneration: integer('The generation that the Secret was last made for.', { format: 'int64' }),
        secretMAC: text("Base64 of an HMAC-SHA256 of the Secret's data."),
        vaultClientMeta: object('Written by the reference.', { cacheKey: text(), id: text() }),
      },
      remembered,
    ),
    columns: [
      column('Synced', ofType('SecretSynced')),
      column('Healthy', ofType('Healthy')),
      column('Ready', ofType('Ready')),
      column('Reason', ofType('Ready', 'reason'), 'string', { priority: 1 }),
      age,
    ],
  });
