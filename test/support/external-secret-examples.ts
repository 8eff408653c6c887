// The examples of docs/examples/external-secrets: what the stores hold for them, and what the Secrets must be, to the byte.

import { readdirSync, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import bcrypt from 'bcryptjs';
import { parseAllDocuments } from 'yaml';
import type { SecretStore } from '../../src/kube/external-secrets.ts';
import type { KubeObject, Secret } from '../../src/kube/objects.ts';
// A leaf, what signed it, and the leaf's key; and as PKCS#12 by OpenSSL 3, password "pa55".
import files from '../vectors/templates/pkcs12.json' with { type: 'json' };
import { data as sprig } from '../vectors/templates/sprig.json' with { type: 'json' };

const folder = new URL('../../docs/examples/external-secrets/', import.meta.url);

/** The examples by file name, without the stores. */
export const exampleFiles = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'stores.yaml');

/** Where a file of the folder is, and what it holds. */
export const exampleUrl = (file: string) => new URL(file, folder);
export const exampleText = (file: string) => readFileSync(exampleUrl(file), 'utf8');
export const exampleObjects = (file: string): KubeObject[] =>
  parseAllDocuments(exampleText(file)).map((document) => document.toJS());

/** The stores by name, as their page shows them. */
export function exampleStores(): Record<'vault' | 'aws' | 'aws-parameters', SecretStore> {
  const stores = exampleObjects('stores.yaml').map((store) => [store.metadata.name, store] as const);
  return Object.fromEntries(stores) as ReturnType<typeof exampleStores>;
}

/** One Secret as an example must make it. */
export interface ExpectedSecret {
  name: string;
  /** Default: where the example is applied. */
  namespace?: string;
  /** Default: Opaque. */
  type?: string;
  /** Beside the marks of `reconcile.external-secrets.io`. Default: none. */
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Item → its text, its bytes, or what its bytes must pass where they are drawn or salted. */
  items: Record<string, string | Uint8Array | ((bytes: Buffer) => void)>;
}

export interface Example {
  /** Which stores it reads from. Default: Vault. */
  from?: 'vault' | 'aws' | 'none';
  /** A Secret that somebody made before. */
  before?: { namespace: string; name: string; data: Record<string, string> };
  secrets: readonly ExpectedSecret[];
}

const text = (name: keyof typeof sprig) => Buffer.from(sprig[name], 'base64').toString();
const [leaf, key, chain] = [text('cert'), text('key'), text('chain')];
const root = (chain.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/g) ?? []).find((pem) => pem !== leaf) ?? '';
const password = 'p@ss:w/o%rd+& \\"<x>';

/** What the Vault holds below its mount `secret`. */
export const vaultValues: Record<string, Record<string, unknown>> = {
  'shop/env': { host: 'db.example.com', motd: 'first line\nsecond "line"' },
  'shop/db': { username: 'shop', password, replicas: [{ host: 'replica-0' }, { host: 'replica-1' }] },
  'shop/registry': { host: 'registry.example.com:5000', username: 'robot$shop', password },
  'shop/github': { user: 'octo', token: 'ghp_0123' },
  'shop/database': {
    username: 'shop',
    password,
    host: 'db.example.com',
    port: 5432,
    database: 'shop',
    'redis-password': 'a/b?c',
  },
  'argocd/deploy': { username: 'argocd', token: 'glpat-0123' },
  'argocd/charts': { privateKey: key },
  'argocd/production': {
    environment: 'production',
    region: 'eu-west-1',
    server: 'https://api.production.example.com:6443',
    ca: root,
    token: 'eyJhbGciOi.J9',
  },
  'argocd/oidc': { clientSecret: 'oidc-0123' },
  'shop/certificate': { pfx: files.modern, password: 'pa55' },
  'shop/pem': { chain: root + leaf, key, password: 'changeit' },
  'shop/smtp': {
    host: 'smtp.example.com',
    port: '587',
    user: 'mailer',
    password,
    'slack-url': 'https://hooks.example.com/a',
    addresses: 'a@example.com, b@example.com',
  },
  'shop/payment': { 'api.key': 'live_0123', 'web/hook': 'whsec_0123' },
  'teams/shop/deploy-key': { value: 1.1 },
  'teams/search/deploy-key': { value: 'two' },
  'teams/search/note': { value: 'not asked for' },
  'shop/encoded': {
    keytab: Buffer.from([5, 2, 0, 255, 10]).toString('base64'),
    token: 'not base64!',
    license: Buffer.from('<license>Grüße</license>').toString('base64'),
  },
};

/** What AWS holds: by name, the version before the current one too. */
export const awsValues = {
  secrets: {
    'prod/db': {
      previous: '{"username":"shop","password":"before"}',
      current: '{"username":"shop","password":"hunter2 \\u00e9"}',
    },
  },
  parameters: { '/shop/config/log-level': 'debug', '/shop/config/limit': '1.10', '/shop/other': 'no' },
};

const opensWith = (passphrase: string) => (pfx: Buffer) => void createSecureContext({ pfx, passphrase });

/** By file. */
export const examples: Record<string, Example> = {
  'extract.yaml': {
    secrets: [{ name: 'shop-env', items: { host: 'db.example.com', motd: 'first line\nsecond "line"' } }],
  },
  'properties.yaml': {
    secrets: [{ name: 'properties', items: { DB_USER: 'shop', DB_PASSWORD: password, REPLICA_HOST: 'replica-0' } }],
  },
  'docker-config-json.yaml': {
    secrets: [
      {
        name: 'registry',
        type: 'kubernetes.io/dockerconfigjson',
        items: {
          '.dockerconfigjson': `{"auths":{
  "registry.example.com:5000":{"username":"robot$shop","password":"p@ss:w/o%rd+\\u0026 \\\\\\"\\u003cx\\u003e","auth":"cm9ib3Qkc2hvcDpwQHNzOncvbyVyZCsmIFwiPHg+"},
  "ghcr.io":{"auth":"b2N0bzpnaHBfMDEyMw=="}
}}
`,
        },
      },
    ],
  },
  'connection-urls.yaml': {
    secrets: [
      {
        name: 'database-urls',
        items: {
          DATABASE_URL:
            'postgresql://shop:p%40ss%3Aw%2Fo%25rd%2B%26%20%5C%22%3Cx%3E@db.example.com:5432/shop?sslmode=require',
          JDBC_URL:
            'jdbc:postgresql://db.example.com:5432/shop?user=shop&password=p%40ss%3Aw%2Fo%25rd%2B%26+%5C%22%3Cx%3E',
          REDIS_URL: 'redis://:a%2Fb%3Fc@redis:6379/0',
        },
      },
    ],
  },
  'argocd-repository.yaml': {
    secrets: [
      {
        name: 'repository-deploy',
        namespace: 'argocd',
        labels: { 'argocd.argoproj.io/secret-type': 'repository' },
        items: {
          type: 'git',
          url: 'https://git.example.com/shop/deploy.git',
          username: 'argocd',
          password: 'glpat-0123',
        },
      },
      {
        name: 'repository-charts',
        namespace: 'argocd',
        labels: { 'argocd.argoproj.io/secret-type': 'repository' },
        items: { type: 'git', url: 'git@git.example.com:shop/charts.git', sshPrivateKey: key },
      },
    ],
  },
  'argocd-cluster.yaml': {
    secrets: [
      {
        name: 'cluster-production',
        namespace: 'argocd',
        labels: { 'argocd.argoproj.io/secret-type': 'cluster', environment: 'production' },
        annotations: { 'example.com/region': 'eu-west-1' },
        items: {
          name: 'production',
          server: 'https://api.production.example.com:6443',
          config: `{"bearerToken":"eyJhbGciOi.J9","tlsClientConfig":{"caData":"${Buffer.from(root).toString('base64')}","insecure":false}}`,
        },
      },
    ],
  },
  'tls-from-pkcs12.yaml': {
    secrets: [{ name: 'shop-tls', type: 'kubernetes.io/tls', items: { 'tls.crt': leaf + root, 'tls.key': key } }],
  },
  'tls.yaml': {
    secrets: [
      {
        name: 'shop-pem',
        type: 'kubernetes.io/tls',
        items: { 'tls.crt': leaf, 'tls.key': key, 'ca.crt': root },
      },
    ],
  },
  'java-keystore.yaml': {
    secrets: [
      {
        name: 'shop-keystore',
        items: {
          'keystore.p12': opensWith('changeit'),
          // It has no key, which is how OpenSSL knows that it opened it.
          'truststore.p12': (pfx) => {
            try {
              createSecureContext({ pfx, passphrase: 'changeit' });
            } catch (error) {
              if (/private key/.test(String(error))) return;
              throw error;
            }
            throw new Error('a truststore has no key');
          },
          password: 'changeit',
        },
      },
    ],
  },
  'rewrite-regexp.yaml': {
    secrets: [
      {
        name: 'prefixed',
        items: {
          SMTP_HOST: 'smtp.example.com',
          SMTP_PORT: '587',
          SMTP_USER: 'mailer',
          SMTP_PASSWORD: password,
          'SMTP_SLACK-URL': 'https://hooks.example.com/a',
          SMTP_ADDRESSES: 'a@example.com, b@example.com',
          payment_api_key: 'live_0123',
          payment_web_hook: 'whsec_0123',
          'search.deploy': '{"value":"two"}',
          'shop.deploy': '{"value":1.1}',
        },
      },
    ],
  },
  'pgpass.yaml': {
    secrets: [
      {
        name: 'pgpass',
        items: {
          '.pgpass': `db.example.com:5432:*:shop:p@ss\\:w/o%rd+& \\\\"<x>
localhost:5432:*:shop:p@ss\\:w/o%rd+& \\\\"<x>
`,
          '.my.cnf': '[client]\nuser = shop\npassword = "p@ss:w/o%rd+& \\\\\\"<x>"\n',
        },
      },
    ],
  },
  'config-file.yaml': {
    secrets: [
      {
        name: 'alertmanager',
        items: {
          'alertmanager.yaml': `global:
  smtp_smarthost: "smtp.example.com:587"
  smtp_auth_username: "mailer"
  smtp_auth_password: "p@ss:w/o%rd+& \\\\\\"<x>"
receivers:
  - name: team
    slack_configs:
      - api_url: "https://hooks.example.com/a"
  - name: "a@example.com"
    email_configs: [{"to":"a@example.com"}]
  - name: "b@example.com"
    email_configs: [{"to":"b@example.com"}]
`,
        },
      },
    ],
  },
  'base64-values.yaml': {
    secrets: [
      {
        name: 'decoded',
        items: {
          keytab: Uint8Array.from([5, 2, 0, 255, 10]),
          token: 'not base64!',
          license: Buffer.from('<license>Grüße</license>').toString('base64'),
          'license.xml': '<license>Grüße</license>',
        },
      },
    ],
  },
  'login.yaml': {
    secrets: [
      {
        name: 'git-password',
        type: 'kubernetes.io/basic-auth',
        annotations: { 'tekton.dev/git-0': 'https://git.example.com' },
        items: { username: 'octo', password: 'ghp_0123' },
      },
      { name: 'git-key', type: 'kubernetes.io/ssh-auth', items: { 'ssh-privatekey': key } },
      {
        name: 'ingress-users',
        items: {
          auth(bytes) {
            const [user, hash = ''] = bytes.toString().split(':');
            if (user !== 'octo' || !bcrypt.compareSync('ghp_0123', hash)) throw new Error('the login does not open');
          },
        },
      },
    ],
  },
  'optional.yaml': {
    secrets: [
      {
        name: 'optional',
        items: {
          host: 'db.example.com',
          motd: 'first line\nsecond "line"',
          APP_HOST: 'db.example.com',
          APP_MOTD: 'first line\nsecond "line"',
          level: 'info',
        },
      },
    ],
  },
  'merge-into.yaml': {
    before: { namespace: 'argocd', name: 'argocd-secret', data: { 'admin.password': 'theirs' } },
    secrets: [
      {
        name: 'argocd-secret',
        namespace: 'argocd',
        items: { 'admin.password': 'theirs', 'oidc.clientSecret': 'oidc-0123' },
      },
    ],
  },
  'generated-password.yaml': {
    from: 'none',
    secrets: [
      {
        name: 'admin',
        items: {
          username: 'admin',
          password(bytes) {
            if (!/^[A-Za-z0-9]{32}$/.test(bytes.toString())) throw new Error('32 letters and digits are expected');
          },
        },
      },
    ],
  },
  'aws.yaml': {
    from: 'aws',
    secrets: [
      { name: 'aws-db', items: { username: 'shop', password: 'hunter2 é' } },
      { name: 'aws-config', items: { 'log-level': 'debug', limit: '1.10', 'previous-password': 'before' } },
    ],
  },
};

const ours = /^reconcile\.external-secrets\.io\//;
const withoutMarks = (map: Record<string, string> = {}) =>
  Object.fromEntries(Object.entries(map).filter(([name]) => !ours.test(name)));

/** What differs between a Secret and what the example must make, in words; nothing where they are the same. */
export function differences(secret: Secret | undefined, expected: ExpectedSecret): string[] {
  if (!secret) return [`no Secret ${expected.name}`];
  const { type = 'Opaque', labels = {}, annotations = {}, items } = expected;
  const found: string[] = [];
  const compare = (what: string, is: unknown, wanted: unknown) => {
    const [one, other] = [JSON.stringify(is), JSON.stringify(wanted)];
    if (one !== other) found.push(`${what} is ${one}, not ${other}`);
  };
  compare('type', secret.type, type);
  compare('labels', sorted(withoutMarks(secret.metadata.labels)), sorted(labels));
  compare('annotations', sorted(withoutMarks(secret.metadata.annotations)), sorted(annotations));
  compare('items', Object.keys(secret.data ?? {}).sort(), Object.keys(items).sort());
  for (const [name, wanted] of Object.entries(items)) {
    const bytes = Buffer.from(secret.data?.[name] ?? '', 'base64');
    if (typeof wanted === 'function') wanted(bytes);
    else if (!bytes.equals(Buffer.from(wanted))) compare(`item ${name}`, bytes.toString(), wanted.toString());
  }
  return found;
}

const sorted = (map: Record<string, string>) => Object.entries(map).sort();
