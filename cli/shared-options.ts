// Options that many commands have, each said once: the rules that are seen, how values are sealed, and keys that open them.

import { clusterOptions, controllerOptions } from './cluster.ts';
import { flag, list, text } from './options.ts';

/** Of every command that sees the rules of `.sealwright.yaml`. */
export const branchOption = text('--branch <name>', 'branch that the rules see; default: the one that is checked out');

const ofCluster = "cluster of .sealwright.yaml to seal for; default: the one of the file's rule";

/** In place of that of `sealingOptions`, of commands that take the names of several files at once. */
export const clustersOption = text(
  '--cluster <name>',
  `${ofCluster}. Several with commas, for files with {cluster} in their names`,
);

/** Of every command that seals for a file of a repository. */
export const sealingOptions = {
  cert: text(
    '--cert <file|url>',
    "certificate to seal with; default: the one that the file's rule pins, else the cluster's",
  ),
  cluster: text('--cluster <name>', ofCluster),
  branch: branchOption,
  allowExpired: flag('--allow-expired', 'seal with an expired certificate'),
  record: flag('--no-record', 'leave out the record of key, target and day of each value'),
  ...controllerOptions,
  ...clusterOptions,
} as const;

/** Of every command that goes through the sealed files of a tree. */
export const sealedTreeOptions = {
  branch: branchOption,
  namespace: text('-n, --namespace <name>', 'namespace of SealedSecrets that name none'),
} as const;

/** Of every command that is given objects, as KIND/NAME or by their files. */
export const objectOptions = {
  namespace: text('-n, --namespace <name>', "namespace of objects that name none; default: the kubeconfig's"),
  branch: branchOption,
} as const;

/** Beside `--private-key`. */
export const recoveryKeyOption = list(
  '--recovery-private-key <file>',
  'the same, under the name that kubeseal gives it',
);
