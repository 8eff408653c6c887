// The kinds of secrets.hashicorp.com as Vault Secrets Operator 1.4 defines them, as far as static secrets go.

import type { Condition, KubeObject } from './objects.ts';

/** What the status of every kind of the group may have. */
export interface VaultStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  sealwright?: object;
}

/** secrets.hashicorp.com/v1beta1 VaultConnection: a server, and how it is reached. */
export interface VaultConnection extends KubeObject {
  spec: VaultConnectionSpec;
  status?: VaultStatus & { valid?: boolean };
}

export interface VaultConnectionSpec {
  /** URL of the server. */
  address: string;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** For SNI and for the name in the certificate. Default: the host of the address. */
  tlsServerName?: string;
  /** Secret of the connection's namespace with PEM under `ca.crt`. */
  caCertSecretRef?: string;
  /** File with PEM, where the controller runs. Not beside `caCertSecretRef`. */
  caCertPath?: string;
  /** Default: false. */
  skipTLSVerify?: boolean;
  /** Of one exchange: `30s`, `1.5m`. Default, and zero: 30s. */
  timeout?: string;
}

/** secrets.hashicorp.com/v1beta1 VaultAuth: how to log in. */
export interface VaultAuth extends KubeObject {
  spec?: VaultAuthSpec;
  status?: VaultStatus & { valid?: boolean; error?: string };
}

/** The ways to log in; `gcp` is not served. */
export type VaultAuthMethod = 'kubernetes' | 'jwt' | 'appRole' | 'aws' | 'gcp';

export interface VaultAuthSpec extends VaultAuthMethods {
  /** `name` in the VaultAuth's namespace, or `namespace/name`. Default: `default` in the controller's namespace. */
  vaultConnectionRef?: string;
  vaultAuthGlobalRef?: VaultAuthGlobalRef;
  /** Vault namespace of the login, and of the data where nothing else is said. */
  namespace?: string;
  /** Who else may use it; `["*"]` for everybody. Default: its own namespace alone. */
  allowedNamespaces?: string[];
  /** Has to be there once the VaultAuthGlobal is merged in. */
  method?: VaultAuthMethod;
  /** Mount of the method; as `method`. */
  mount?: string;
  /** Declared by the reference, and never sent. */
  params?: Record<string, string>;
  /** Sent with the login alone. */
  headers?: Record<string, string>;
}

/** Settings by method. */
export interface VaultAuthMethods {
  kubernetes?: VaultAuthKubernetes;
  jwt?: VaultAuthJwt;
  appRole?: VaultAuthAppRole;
  aws?: VaultAuthAws;
  gcp?: object;
}

export interface VaultAuthGlobalRef {
  name?: string;
  /** Default: the VaultAuth's. */
  namespace?: string;
  /** Without a name, look for `default`: in `namespace`, else in the VaultAuth's namespace, then in the controller's. */
  allowDefault?: boolean;
  mergeStrategy?: { headers?: MergeStrategy; params?: MergeStrategy };
}

/**
 * What becomes of maps that both VaultAuth and VaultAuthGlobal have: the VaultAuth's alone (`none`, the default), both with
 * the VaultAuth winning (`union`), or the first that is not empty (`replace`).
 */
export type MergeStrategy = 'none' | 'union' | 'replace';

/** The service account is one of the consumer's namespace. */
export interface VaultAuthKubernetes {
  role?: string;
  serviceAccount?: string;
  audiences?: string[];
  /** At least 600. Default: 600. */
  tokenExpirationSeconds?: number;
}

/** The service account wins over the Secret (key `jwt`); both are of the consumer's namespace. */
export interface VaultAuthJwt extends VaultAuthKubernetes {
  secretRef?: string;
}

export interface VaultAuthAppRole {
  roleId?: string;
  /** Secret of the consumer's namespace; its key `id` is the secret id. */
  secretRef?: string;
  /** File with the secret id, where the controller runs. Not beside `secretRef`. */
  secretIDPath?: string;
}

/** Keys from `secretRef`, else of `irsaServiceAccount`, both in the consumer's namespace. */
export interface VaultAuthAws {
  role?: string;
  region?: string;
  /** X-Vault-AWS-IAM-Server-ID. */
  headerValue?: string;
  sessionName?: string;
  stsEndpoint?: string;
  iamEndpoint?: string;
  /** Secret with `access_key_id`, `secret_access_key` and perhaps `session_token`. */
  secretRef?: string;
  irsaServiceAccount?: string;
}

/** secrets.hashicorp.com/v1beta1 VaultAuthGlobal: defaults for VaultAuths that refer to it. */
export interface VaultAuthGlobal extends KubeObject {
  spec?: VaultAuthGlobalSpec;
  status?: VaultStatus & { valid?: boolean; error?: string };
}

/** What a method of a VaultAuthGlobal has beside the method's own settings. */
export interface GlobalMethod {
  namespace?: string;
  mount?: string;
  params?: Record<string, string>;
  headers?: Record<string, string>;
}

export interface VaultAuthGlobalSpec {
  /** Of the VaultAuths that may refer to it; as `allowedNamespaces` of a VaultAuth. */
  allowedNamespaces?: string[];
  vaultConnectionRef?: string;
  defaultVaultNamespace?: string;
  defaultAuthMethod?: VaultAuthMethod;
  defaultMount?: string;
  params?: Record<string, string>;
  headers?: Record<string, string>;
  kubernetes?: VaultAuthKubernetes & GlobalMethod;
  jwt?: VaultAuthJwt & GlobalMethod;
  appRole?: VaultAuthAppRole & GlobalMethod;
  aws?: VaultAuthAws & GlobalMethod;
  gcp?: GlobalMethod;
}

/** secrets.hashicorp.com/v1beta1 VaultStaticSecret. No field has a default in the cluster: absent is absent. */
export interface VaultStaticSecret extends KubeObject {
  spec: VaultStaticSecretSpec;
  status?: VaultStatus & {
    /** The generation that the Secret was last made for. The reference's definition demands it. */
    lastGeneration?: number;
    /** Base64 of an HMAC-SHA256 over the Secret's data. */
    secretMAC?: string;
  };
}

export interface VaultStaticSecretSpec {
  /** `name` in the object's namespace, or `namespace/name`. Default: `default` in the controller's namespace. */
  vaultAuthRef?: string;
  /** Vault namespace of the mount. Default: the VaultAuth's. */
  namespace?: string;
  mount: string;
  path: string;
  type: 'kv-v1' | 'kv-v2';
  /** Of KV v2. Default, and 0: the latest. */
  version?: number;
  /** `30s`, `1.5m`, `1h`. Default: 60s with `hmacSecretData`, else never. */
  refreshAfter?: string;
  /** Default: true. */
  hmacSecretData?: boolean;
  syncConfig?: { instantUpdates?: boolean };
  rolloutRestartTargets?: RolloutRestartTarget[];
  destination: VaultDestination;
}

/** A workload of the object's namespace that is restarted when values change. */
export interface RolloutRestartTarget {
  kind: 'Deployment' | 'DaemonSet' | 'StatefulSet' | 'argo.Rollout';
  name: string;
}

/** The Secret to make or to fill. */
export interface VaultDestination {
  name: string;
  /** Default: false, a Secret that is there is filled. */
  create?: boolean;
  /** Take over a Secret that is there. Only with `create`. Default: false. */
  overwrite?: boolean;
  /** Only with `create`, as annotations and type. */
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Default: Opaque. */
  type?: string;
  transformation?: VaultTransformation;
}

export interface VaultTransformation {
  /** Item of the Secret → template. */
  templates?: Record<string, VaultTemplate>;
  transformationRefs?: TransformationRef[];
  /** RE2, unanchored: only matching keys of the source become items. */
  includes?: string[];
  /** RE2, unanchored; before `includes`. */
  excludes?: string[];
  /** Leave `_raw` out. Default: false. */
  excludeRaw?: boolean;
}

export interface VaultTemplate {
  /** By which other templates name it. Default: its key. */
  name?: string;
  text: string;
}

export interface TransformationRef {
  /** Default: the object's. */
  namespace?: string;
  name: string;
  /** Default: every template of the SecretTransformation. */
  templateRefs?: { name: string; keyOverride?: string }[];
  ignoreIncludes?: boolean;
  ignoreExcludes?: boolean;
}

/** secrets.hashicorp.com/v1beta1 SecretTransformation: templates and filters that many objects share. */
export interface SecretTransformation extends KubeObject {
  spec?: SecretTransformationSpec;
  status?: VaultStatus & { valid?: boolean; error?: string };
}

export interface SecretTransformationSpec {
  templates?: Record<string, VaultTemplate>;
  /** Named pieces for the templates; none is an item by itself. */
  sourceTemplates?: { name: string; text: string }[];
  includes?: string[];
  excludes?: string[];
}
