// What `seal why` knows of an object before it judges: gathered from a cluster, from a file, or from both.

import type { Readiness } from '../../src/kube/conditions.ts';
import type { KubeObject, OwnerReference } from '../../src/kube/objects.ts';
import type { RecordLine } from '../../src/seal/record.ts';
import type { SealedFor } from '../../src/seal/scope.ts';

/** Everything that a diagnosis is made from. What is `undefined` is not known. */
export interface Facts {
  kind: string;
  name: string;
  /** None: cluster-scoped, or a file that names none. */
  namespace: string | undefined;
  /** Where the manifest stands, for one that was read from a file. */
  file: FileFacts | undefined;
  /** The object of the cluster; without it no cluster was asked. */
  live: LiveFacts | undefined;
  /** Of a SealedSecret: its values, and what they have to open as. */
  sealed: SealedFacts | undefined;
  /** Keys of the cluster. */
  keys: KeyFacts | undefined;
  /** Cluster of `.sealwright.yaml` that the file is for. */
  cluster: string | undefined;
  /** Key id → cluster of `.sealwright.yaml` that pins its certificate. */
  pinned: ReadonlyMap<string, string>;
  controller: ControllerFacts | undefined;
  secret: SecretFacts | undefined;
  /** The first store, or VaultAuth and the like behind it, that is not well. */
  behind: BehindFacts | undefined;
  /** Flags by which commands reach the same cluster, each after a blank: see `reachOf`. Default: it is the current one. */
  reach?: string;
  /** The newest event of type Warning about the object. */
  warning?: { reason: string; message: string } | undefined;
}

/** A manifest in a file. */
export interface FileFacts {
  path: string;
  line: number;
  /** As it is written there. */
  own: { name: string; namespace: string | undefined };
  /** Where another namespace or name comes from than the manifest says: `overlays/prod/kustomization.yaml:4 sets namespace: shop`. */
  renamedBy: string | undefined;
  /** Whether the cluster has what the file says. */
  isApplied: boolean | undefined;
}

/** An object as the cluster has it. */
export type LiveFacts =
  | { is: 'uninstalled' }
  /** `elsewhere`: namespaces that have one of this name; `nearest`: a name of this namespace that is like it. */
  | { is: 'absent'; elsewhere: readonly string[]; nearest: string | undefined }
  | { is: 'there'; object: KubeObject; readiness: Readiness };

/** The object as the cluster has it; `undefined` where it has none, or was not asked. */
export const there = ({ live }: Pick<Facts, 'live'>) => (live?.is === 'there' ? live : undefined);

/** The values of a SealedSecret. */
export interface SealedFacts {
  /** What its values have to be sealed for, where it is applied. */
  sealedFor: SealedFor;
  items: readonly SealedItemFacts[];
}

/** One sealed value. */
export interface SealedItemFacts {
  name: string;
  /** Only what anyone can see. `damaged`: no sealed value at all; `twice`: sealed, then encoded once more. */
  form: 'sound' | 'damaged' | 'twice';
  /** Why it is damaged. */
  why?: string | undefined;
  /** Size of the RSA key that it was sealed with. */
  bits?: number | undefined;
  record: RecordLine | undefined;
  /** Whether the cluster's controller opens it. */
  opens?: boolean | undefined;
  /** What it opens as instead, where that was tried and found. */
  opensAs?: SealedFor | undefined;
}

/** Public halves of the cluster's keys. */
export interface KeyFacts {
  known: readonly { id: string; bits: number }[];
  /** Whether these are all; otherwise the one that seals now. */
  isComplete: boolean;
}

/** The controller, as far as its Deployment and its Lease tell. */
export interface ControllerFacts {
  /** `namespace/name` of its Deployment; `undefined`: none is found. */
  name: string | undefined;
  /** Pods that are ready. */
  ready: number | undefined;
  /** Values of its flags, from its arguments and variables. */
  settings: ReadonlyMap<string, readonly string[]>;
  /** Sealwright, and not the operator that served the kind before. */
  isOurs: boolean;
  /** Whether its `--selector` takes the object. */
  isSelected?: boolean | undefined;
}

/** The Secret that the object makes or would make. */
export type SecretFacts =
  | { is: 'absent'; name: string }
  | { is: 'there'; name: string; owner: OwnerReference | undefined; isOwn: boolean };

/** What an object depends on. */
export interface BehindFacts {
  kind: string;
  name: string;
  namespace: string | undefined;
  /** `undefined`: it is not there. */
  readiness: Readiness | undefined;
}

/** What `seal why` says. */
export interface Diagnosis {
  /** Stable; a row of docs/diagnosis.md. */
  code: string;
  isHealthy: boolean;
  what: string;
  cause: string;
  /** The command or the edit that mends it; empty where there is nothing to do. */
  mend: string;
}

/** One row of the table: what `docs/diagnosis.md` says of it, and how it is told. */
export interface Case {
  code: string;
  title: string;
  /** How it is told from others. */
  told: string;
  /** What mends it, in general. */
  mends: string;
  isHealthy?: boolean;
  /** The three lines, or undefined where this is not it. */
  find(facts: Facts): Pick<Diagnosis, 'what' | 'cause' | 'mend'> | undefined;
}
