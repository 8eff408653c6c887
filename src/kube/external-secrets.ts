// The kinds of external-secrets.io as External Secrets Operator 2.9 defines them, as far as Vault and AWS go.

import type { Condition, KubeObject } from './objects.ts';

/** external-secrets.io/v1 (and v1beta1, the same shape) ExternalSecret. No field has a default in the cluster: absent is absent. */
export interface ExternalSecret extends KubeObject {
  spec: ExternalSecretSpec;
  status?: ExternalSecretStatus;
}

export interface ExternalSecretSpec {
  /** For entries without a `sourceRef`. */
  secretStoreRef?: SecretStoreRef;
  /** Default: Periodic. */
  refreshPolicy?: 'Periodic' | 'CreatedOnce' | 'OnChange';
  /** Go duration. Default: 1h. `0` with Periodic: fetched once. */
  refreshInterval?: string;
  syncWindows?: SyncWindows;
  target?: ExternalSecretTarget;
  /** Win over `dataFrom`, in their order. */
  data?: ExternalSecretData[];
  /** In their order; the later wins. */
  dataFrom?: ExternalSecretDataFrom[];
}

export interface SecretStoreRef {
  name?: string;
  /** Default: SecretStore. */
  kind?: 'SecretStore' | 'ClusterSecretStore';
}

/** Periodic refreshes happen only inside (`allow`) or outside (`deny`) these windows. */
export interface SyncWindows {
  kind?: 'allow' | 'deny';
  windows?: {
    /** Five fields of cron in UTC, or `@daily` and the like. */
    schedule?: string;
    /** Go duration. */
    duration?: string;
  }[];
}

export interface ExternalSecretTarget {
  /** Default: the name of the ExternalSecret. */
  name?: string;
  /** Default: Owner. */
  creationPolicy?: 'Owner' | 'Orphan' | 'Merge' | 'CreateOrMerge' | 'None';
  /** Default: Retain. */
  deletionPolicy?: 'Retain' | 'Delete' | 'Merge';
  immutable?: boolean;
  /** Another kind than Secret; we make none. */
  manifest?: { apiVersion?: string; kind?: string };
  template?: ExternalSecretTemplate;
}

export interface ExternalSecretTemplate {
  type?: string;
  engineVersion?: 'v2';
  /** Default: Replace. `Merge` keeps the fetched values beside the templates'. */
  mergePolicy?: 'Replace' | 'Merge';
  /** Values are templates too. */
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[] };
  /** Item name → Go template text. */
  data?: Record<string, string>;
  templateFrom?: TemplateFrom[];
}

export interface TemplateFrom {
  configMap?: TemplateSource;
  secret?: TemplateSource;
  /** Template text that renders to a YAML map. */
  literal?: string;
  /** `Data` (default), `Labels` or `Annotations`, in any case. */
  target?: string;
  /** Of what was rendered. Default: None. */
  valuesDecodingStrategy?: DecodingStrategy;
}

export interface TemplateSource {
  name: string;
  items: {
    key: string;
    /** Default: Values. */
    templateAs?: 'Values' | 'KeysAndValues';
  }[];
}

export interface ExternalSecretData {
  /** Item of the Secret. */
  secretKey: string;
  remoteRef: RemoteRef;
  sourceRef?: SourceRef;
}

/** Which part of what a store holds. */
export interface RemoteRef {
  key: string;
  /** A member of the JSON under that key, or a path into it. Default: the whole value. */
  property?: string;
  /** Default: the current one. */
  version?: string;
  /** Default: None. `Fetch` reads the key's metadata in place of its value. */
  metadataPolicy?: 'None' | 'Fetch';
  /** Default: Default. */
  conversionStrategy?: ConversionStrategy;
  /** Default: None. */
  decodingStrategy?: DecodingStrategy;
  /** Default: Ignore. */
  nullBytePolicy?: NullBytePolicy;
}

/** How a character that a Secret's item names may not have is written. */
export type ConversionStrategy = 'Default' | 'Unicode';
/** What is undone to a value that was read. */
export type DecodingStrategy = 'None' | 'Base64' | 'Base64URL' | 'Auto';
/** What a zero byte in a value means. */
export type NullBytePolicy = 'Ignore' | 'Fail';

/** Another source than `spec.secretStoreRef`, for one entry. */
export interface SourceRef {
  storeRef?: SecretStoreRef;
  /** Only in `dataFrom`. */
  generatorRef?: GeneratorRef;
}

export interface GeneratorRef {
  /** Default: generators.external-secrets.io/v1alpha1. */
  apiVersion?: string;
  kind: string;
  name: string;
}

/** Many values at once: exactly one of `extract`, `find` and `sourceRef.generatorRef`. */
export interface ExternalSecretDataFrom {
  /** Every member of the JSON object under one key. */
  extract?: RemoteRef;
  find?: FindRef;
  sourceRef?: SourceRef;
  /** Applied to the names, one after another. */
  rewrite?: Rewrite[];
}

/** Every key that matches. */
export interface FindRef {
  path?: string;
  /** RE2, unanchored. */
  name?: { regexp?: string };
  tags?: Record<string, string>;
  conversionStrategy?: ConversionStrategy;
  decodingStrategy?: DecodingStrategy;
  nullBytePolicy?: NullBytePolicy;
}

/** Exactly one of the three. */
export interface Rewrite {
  merge?: RewriteMerge;
  /** RE2 and Go's replacement text. */
  regexp?: { source: string; target: string };
  /** A Go template in which `.value` is the name. */
  transform?: { template: string };
}

export interface RewriteMerge {
  /** Where the merged JSON goes; needed with `strategy: JSON`. */
  into?: string;
  /** Merged last, in this order; the last wins. */
  priority?: string[];
  /** Default: Strict. `IgnoreNotFound`: a name of `priority` may be missing. */
  priorityPolicy?: 'Strict' | 'IgnoreNotFound';
  /** Default: Error. */
  conflictPolicy?: 'Error' | 'Ignore';
  /** Default: Extract. */
  strategy?: 'Extract' | 'JSON';
}

export interface ExternalSecretStatus {
  /** -1 before the first look. */
  observedGeneration?: number;
  conditions?: Condition[];
  /** When the last successful refresh began. */
  refreshTime?: string | null;
  /** `<generation>-<hash of labels and annotations>`; see `controller/secret/eso.ts`. */
  syncedResourceVersion?: string;
  /** servicebinding.io: the produced Secret. */
  binding?: { name?: string };
  /** Ours: what makes a restart cheap. Installed CRDs of the reference prune it. */
  sealwright?: Record<string, unknown>;
}

/** SecretStore (namespaced) or ClusterSecretStore. */
export interface SecretStore extends KubeObject {
  spec: SecretStoreSpec;
  status?: SecretStoreStatus;
}

export interface SecretStoreSpec {
  /** Class of the controller that is meant. Default: any. */
  controller?: string;
  provider: StoreProvider;
  retrySettings?: { maxRetries?: number /** Go duration. */; retryInterval?: string };
  /** Seconds, or a Go duration. */
  refreshInterval?: number | string;
  /** ClusterSecretStore only: the namespaces that may use it; one entry has to match. Default: all. */
  conditions?: StoreCondition[];
}

/** Exactly one member. Providers that are not ours are kept as they stand. */
export type StoreProvider = { vault?: VaultProvider; aws?: AwsProvider } & Record<string, unknown>;

/** Any of the three. */
export interface StoreCondition {
  namespaceSelector?: LabelSelector;
  namespaces?: string[];
  /** RE2, unanchored. */
  namespaceRegexes?: string[];
}

/** metav1.LabelSelector. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface SecretStoreStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  capabilities?: 'ReadOnly' | 'WriteOnly' | 'ReadWrite';
  sealwright?: Record<string, unknown>;
}

/** One key of a Secret. Without `namespace`: the store's, or for a ClusterSecretStore the ExternalSecret's. */
export interface SecretKeySelector {
  name?: string;
  key?: string;
  namespace?: string;
}

export interface ServiceAccountSelector {
  name: string;
  namespace?: string;
  audiences?: string[];
}

/** Where CA certificates stand. `namespace` only in a ClusterSecretStore. */
export interface CaProvider {
  type: 'Secret' | 'ConfigMap';
  name: string;
  key?: string;
  namespace?: string;
}

export interface VaultProvider {
  server: string;
  /** The mount. */
  path?: string;
  /** Default: v2. */
  version?: 'v1' | 'v2';
  namespace?: string;
  /** PEM in base64. */
  caBundle?: string;
  caProvider?: CaProvider;
  tls?: { certSecretRef?: SecretKeySelector; keySecretRef?: SecretKeySelector };
  readYourWrites?: boolean;
  forwardInconsistent?: boolean;
  headers?: Record<string, string>;
  checkAndSet?: { required?: boolean };
  auth?: VaultAuth;
}

/** The first that is there, in this order, is used. */
export interface VaultAuth {
  namespace?: string;
  tokenSecretRef?: SecretKeySelector;
  /** `path` default: approle. */
  appRole?: { path?: string; roleId?: string; roleRef?: SecretKeySelector; secretRef: SecretKeySelector };
  /** `mountPath` default: kubernetes. `secretRef.key` default: token. */
  kubernetes?: {
    mountPath?: string;
    role: string;
    serviceAccountRef?: ServiceAccountSelector;
    secretRef?: SecretKeySelector;
  };
  /** `path` default: ldap. */
  ldap?: VaultPasswordAuth;
  /** `path` default: userpass. */
  userPass?: VaultPasswordAuth;
  /** `path` default: jwt. */
  jwt?: {
    path?: string;
    role?: string;
    secretRef?: SecretKeySelector;
    kubernetesServiceAccountToken?: {
      serviceAccountRef: ServiceAccountSelector;
      /** Default: vault. */
      audiences?: string[];
      /** Default: 600. */
      expirationSeconds?: number;
    };
  };
  /** `path` default: cert. */
  cert?: { path?: string; vaultRole?: string; clientCert?: SecretKeySelector; secretRef?: SecretKeySelector };
  iam?: VaultIamAuth;
  /** Not ours. */
  gcp?: unknown;
}

export interface VaultPasswordAuth {
  path?: string;
  username: string;
  secretRef?: SecretKeySelector;
}

export interface VaultIamAuth {
  /** Default: aws. */
  path?: string;
  /** Default: us-east-1. */
  region?: string;
  /** ARN to assume first. */
  role?: string;
  vaultRole: string;
  externalID?: string;
  vaultAwsIamServerID?: string;
  secretRef?: AwsSecretRef;
  jwt?: { serviceAccountRef?: ServiceAccountSelector };
}

/** Static AWS credentials. */
export interface AwsSecretRef {
  accessKeyIDSecretRef?: SecretKeySelector;
  secretAccessKeySecretRef?: SecretKeySelector;
  sessionTokenSecretRef?: SecretKeySelector;
}

export interface AwsProvider {
  /** `CertificateManager` is the reference's third, and not ours. */
  service: 'SecretsManager' | 'ParameterStore' | 'CertificateManager';
  region: string;
  /** Default: the SDK's chain. */
  auth?: { secretRef?: AwsSecretRef; jwt?: { serviceAccountRef?: ServiceAccountSelector } };
  /** ARN. */
  role?: string;
  /** Assumed one after another before `role`. */
  additionalRoles?: string[];
  externalID?: string;
  sessionTags?: { key: string; value: string }[];
  transitiveTagKeys?: string[];
  /** Default: None. */
  sessionTagsPolicy?: 'None' | 'Simple' | 'Custom';
  customSessionTags?: Record<string, string>;
  /** Before every key. */
  prefix?: string;
  /** For pushing, which we do not. */
  secretsManager?: { forceDeleteWithoutRecovery?: boolean; recoveryWindowInDays?: number };
}

/** One ExternalSecret in many namespaces. */
export interface ClusterExternalSecret extends KubeObject {
  spec: ClusterExternalSecretSpec;
  status?: ClusterExternalSecretStatus;
}

export interface ClusterExternalSecretSpec {
  externalSecretSpec: ExternalSecretSpec;
  /** Default: the name of the ClusterExternalSecret. */
  externalSecretName?: string;
  externalSecretMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  /** One has to match; `namespaceSelector` and `namespaces` are older ways to add to them. */
  namespaceSelectors?: LabelSelector[];
  namespaceSelector?: LabelSelector;
  namespaces?: string[];
  /** Go duration. Default: 1h. */
  refreshTime?: string;
}

export interface ClusterExternalSecretStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  externalSecretName?: string;
  /** Sorted. */
  provisionedNamespaces?: string[];
  failedNamespaces?: { namespace: string; reason?: string }[];
  sealwright?: Record<string, unknown>;
}
