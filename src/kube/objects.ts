// The shapes of Kubernetes objects as we use them: plain JSON, unknown fields kept.

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: 'Apply' | 'Update';
  apiVersion?: string;
  time?: string;
  fieldsType?: 'FieldsV1';
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** metav1.ObjectMeta. Times are RFC 3339 text as the API server writes them. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** Any object of the API, typed at the border only as far as metadata. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** A list as the API server returns it. Items of typed lists carry no apiVersion or kind of their own. */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

/** metav1.Status, the API server's answer to what it refuses. */
export interface Status {
  apiVersion: 'v1';
  kind: 'Status';
  metadata?: Record<string, unknown>;
  status?: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  code?: number;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    retryAfterSeconds?: number;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
}

/** metav1.Condition, with the `lastUpdateTime` that Sealed Secrets adds. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

/** core/v1 Secret. `data` values are padded standard base64. */
export interface Secret extends KubeObject {
  type?: string;
  immutable?: boolean;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

/** bitnami.com/v1alpha1 SealedSecret, as Sealed Secrets 0.36 defines it (pkg/apis/sealedsecrets/v1alpha1/types.go). */
export interface SealedSecret extends KubeObject {
  spec: SealedSecretSpec;
  status?: SealedSecretStatus;
}

export interface SealedSecretSpec {
  /** Item name → padded standard base64 of a sealed value. */
  encryptedData?: Record<string, string>;
  /** Legacy v1: base64 of one sealed value that holds the JSON of a whole Secret. */
  data?: string;
  template?: {
    metadata?: ObjectMeta | null;
    type?: string;
    immutable?: boolean;
    /** Item name → Go template text. */
    data?: Record<string, string> | null;
  };
}

export interface SealedSecretStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  /** Ours: what makes a restart cheap. Installed CRDs of the reference prune it. */
  sealwright?: {
    /** The produced Secret as last written or verified; `time` is that of our entries in its managedFields. */
    secret?: { uid: string; resourceVersion: string; time?: string };
    /** Keyed fingerprint of everything that decides the produced Secret. */
    fingerprint?: string;
    /** Keyed digest of the values, where workloads are restarted for them. */
    values?: string;
    /** When the values changed for which workloads are still to be restarted; RFC 3339. */
    changedAt?: string;
  };
}

/** The name by which people and logs call an object: `namespace/name`, or `name` when cluster-scoped. */
export function objectKey({ metadata }: Pick<KubeObject, 'metadata'>): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata.name ?? '');
}

/** Whether resourceVersion `a` is later than `b`: a decimal number since Kubernetes 1.35 (KEP-5504), and in practice before. */
export function isLater(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
