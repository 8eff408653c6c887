// Every way in which an ExternalSecret can stand without its Secret, by the reason that says why: how it comes about, and what is told.

import type { ApiRequest } from '../../../src/apiserver/request.ts';
import type { Fault } from '../../../src/apiserver/server.ts';
import type { Secret } from '../../../src/kube/objects.ts';
import type { Reason } from '../../../src/kube/reasons.ts';
import { resources } from '../../../src/kube/resources.ts';
import { vaultAt, type Words } from './external.ts';
import type { FakeVault } from './fake-vault.ts';

/** One of them. */
export interface FailureCase {
  /** What the message says beside the reason: what and where. */
  says: string;
  /** What the message advises. */
  advises: string;
  /** Ready's own reason. Default: SecretSyncedError. */
  readyReason?: Reason;
  /** Comes about; the ExternalSecret is `db`. The store `vault` and the key `db` are there. */
  arrange(words: Words, vault: FakeVault): Promise<unknown>;
  /** The API server's part. */
  intercept?(request: ApiRequest): Fault;
}

const password = { secretKey: 'password', remoteRef: { key: 'db', property: 'password' } };
const data = [password];
const of = (remoteRef: { key: string; property?: string }) => ({ data: [{ secretKey: 'x', remoteRef }] });

const refuse =
  (status: number, reason: string) =>
  ({ method, path }: ApiRequest): Fault =>
    ['POST', 'PATCH'].includes(method) && /\/secrets(\/db)?$/.test(path)
      ? {
          status,
          body: {
            apiVersion: 'v1',
            kind: 'Status',
            status: 'Failure',
            reason,
            code: status,
            message: 'words of the server',
            metadata: {},
          },
        }
      : undefined;

async function theirs(words: Words, more: Partial<Secret> = {}) {
  await words.create<Secret>(resources.secret, 'db', { data: { theirs: 'eA==' }, ...more });
}

/** By reason. */
export const failureCases: Partial<Record<Reason, FailureCase>> = {
  Denied: {
    says: "vault: reading 'db': permission denied on secret/data/db",
    advises: "a policy of its token has to allow 'read' on secret/data/db",
    async arrange(words, vault) {
      vault.refused.add('db');
      await words.external('db', { data });
    },
  },
  NotFound: {
    says: "vault: reading 'nothing': there is nothing at secret/data/nothing",
    advises: 'correct the key, or put the value into the store',
    arrange: (words) => words.external('db', of({ key: 'nothing' })),
  },
  Deleted: {
    says: "vault: reading 'gone': version 1 is deleted",
    advises: 'undelete it, or write a new one',
    arrange(words, vault) {
      vault.values.set('gone', null);
      return words.external('db', of({ key: 'gone' }));
    },
  },
  PropertyMissing: {
    says: "spec.data[0]: 'db'",
    advises: 'correct the property, or put it into the value',
    arrange: (words) => words.external('db', of({ key: 'db', property: 'nothing' })),
  },
  Throttled: {
    says: 'asks for fewer requests',
    advises: 'nothing if it passes; else raise the quota or the refreshInterval',
    arrange(words, vault) {
      vault.trouble = { status: 429, retryAfter: '1' };
      return words.external('db', { data });
    },
  },
  Unavailable: {
    says: 'is sealed',
    advises: 'nothing if it passes; else look at the store',
    arrange(words, vault) {
      vault.trouble = { status: 503, complaint: 'Vault is sealed' };
      return words.external('db', { data });
    },
  },
  Invalid: {
    says: "spec.data[0]: the property '@reverse' uses '@reverse', which is not supported",
    advises: "use names, indexes and '#' with dots between them",
    arrange: (words) => words.external('db', of({ key: 'db', property: '@reverse' })),
  },
  TemplateError: {
    says: 'template url, line 2: ',
    advises: 'nothing',
    arrange: (words) =>
      words.external('db', { target: { template: { data: { url: 'first\n{{ .nothing }}' } } }, data }),
  },
  InvalidSpec: {
    says: 'an entry has no store: spec.secretStoreRef.name is not set',
    advises: 'set spec.secretStoreRef, or sourceRef.storeRef in each entry',
    arrange: (words) => words.external('db', { secretStoreRef: {}, data }),
  },
  NotOwned: {
    says: 'Secret db was there before, and was not made for this ExternalSecret',
    advises: 'sealwright.dev/adopt',
    async arrange(words) {
      await theirs(words);
      await words.external('db', { data });
    },
  },
  TypeNotAllowed: {
    says: 'Secrets of type kubernetes.io/service-account-token are not made here',
    advises: 'choose another type in the template, or ask an administrator to list it in --allowed-secret-types',
    arrange: (words) =>
      words.external('db', { target: { template: { type: 'kubernetes.io/service-account-token' } }, data }),
  },
  TooLarge: {
    says: 'bytes, and a Secret may have 1048576',
    advises: 'split',
    arrange(words, vault) {
      vault.values.set('large', { value: 's3cret'.repeat(200_000) });
      return words.external('db', of({ key: 'large' }));
    },
  },
  TypeConflict: {
    says: 'Secret db is of type Opaque, not example.com/login, and belongs to someone else',
    advises: 'leave the type of the template out',
    async arrange(words) {
      await theirs(words);
      const target = { creationPolicy: 'Merge' as const, template: { type: 'example.com/login' } };
      await words.external('db', { target, data });
    },
  },
  ImmutableSecret: {
    says: 'Secret db is immutable, and belongs to someone else',
    advises: 'delete the Secret, or merge into another',
    async arrange(words) {
      await theirs(words, { immutable: true });
      await words.external('db', { target: { creationPolicy: 'Merge' }, data });
    },
  },
  Rejected: {
    says: 'Secret',
    advises: 'tls.crt',
    arrange: (words) => words.external('db', { target: { template: { type: 'kubernetes.io/tls' } }, data }),
  },
  SecretMissing: {
    says: 'there is no Secret db to merge into',
    advises: 'make it, or set spec.target.creationPolicy to CreateOrMerge',
    readyReason: 'SecretMissing',
    arrange: (words) => words.external('db', { target: { creationPolicy: 'Merge' }, data }),
  },
  Unsupported: {
    says: 'spec.target.manifest: only Secrets are made',
    advises: 'leave the named field out, or serve this object with another controller',
    arrange: (words) => words.external('db', { target: { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } }, data }),
  },
  UnsupportedProvider: {
    says: 'provider "onepassword" is not supported',
    advises: 'vault and aws are; leave stores of other providers to another controller by spec.controller',
    async arrange(words) {
      await words.store('other', { onepassword: { connectHost: 'https://1p' } });
      await words.external('db', { secretStoreRef: { name: 'other' }, data });
    },
  },
  StoreMissing: {
    says: 'there is no SecretStore nowhere in namespace',
    advises: 'make it, or correct its name and kind',
    arrange: (words) => words.external('db', { secretStoreRef: { name: 'nowhere' }, data }),
  },
  StoreNotAllowed: {
    says: 'ClusterSecretStore elsewhere is not for namespace',
    advises: 'its spec.conditions say which namespaces may use it',
    async arrange(words, vault) {
      await words.create(resources.clusterSecretStore, 'elsewhere', {
        spec: { provider: vaultAt(vault.url), conditions: [{ namespaces: ['another'] }] },
      });
      await words.external('db', { secretStoreRef: { name: 'elsewhere', kind: 'ClusterSecretStore' }, data });
    },
  },
  Forbidden: {
    says: 'the cluster forbids to create Secret',
    advises: 'grant the controller the right that the message names, or change the policy',
    arrange: (words) => words.external('db', { data }),
    intercept: refuse(403, 'Forbidden'),
  },
  Conflict: {
    says: 'was changed by someone else meanwhile',
    advises: 'find the other writer in the managedFields of the Secret',
    async arrange(words) {
      await theirs(words);
      await words.external('db', { target: { creationPolicy: 'Merge' }, data });
    },
    intercept: (request) => (request.method === 'PATCH' ? refuse(409, 'Conflict')(request) : undefined),
  },
  ApiUnavailable: {
    says: 'the cluster failed to create Secret',
    advises: 'nothing if it passes; else look at the API server',
    arrange: (words) => words.external('db', { data }),
    intercept: refuse(503, 'ServiceUnavailable'),
  },
  SecretLeaving: {
    says: 'Secret db is being deleted',
    advises: 'finalizer',
    async arrange(words) {
      const labels = { 'reconcile.external-secrets.io/managed': 'true' };
      const metadata = { ...words.at('db'), labels, finalizers: ['example.com/wait'] };
      await words.kube.create<Secret>(resources.secret, { apiVersion: 'v1', kind: 'Secret', metadata });
      await words.kube.delete(resources.secret, words.at('db'));
      await words.external('db', { target: { creationPolicy: 'Orphan' }, data });
    },
  },
  Paused: {
    says: 'paused',
    advises: 'sealwright.dev/paused',
    readyReason: 'Paused',
    arrange: (words) => words.external('db', { data }, { annotations: { 'sealwright.dev/paused': 'true' } }),
  },
};

/** Reasons that are told of other kinds, or of success, or only of a controller with a setting or a fault of its own. */
export const toldElsewhere: readonly Reason[] = [
  'Unsealed',
  'CannotOpen',
  'ValueDamaged',
  'UnknownKey',
  'SecretSynced',
  'SecretSyncedError',
  'SecretDeleted',
  'Valid',
  'ValidationUnknown',
  'InvalidProviderConfig',
  'Provisioned',
  'NamespacesFailed',
  'Drifted',
  'InternalError',
  'InvalidReference',
  'ReferenceMissing',
  'ReferenceNotAllowed',
  'InvalidVaultAuth',
  'InvalidConnection',
  'LoginRefused',
  'WrongEngine',
  'UntrustedServer',
  'TransformationMissing',
  'InvalidTransformation',
];
