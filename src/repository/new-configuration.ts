// The text of a first `.sealwright.yaml`.

import { scalarText } from '../manifest/print.ts';

/** What the file says at first. */
export interface FirstConfiguration {
  clusters: readonly FirstCluster[];
  rules: readonly FirstRule[];
}

/** A cluster of a new configuration. */
export interface FirstCluster {
  name: string;
  /** A PEM file, relative to the configuration. */
  certificate: string;
  /** Context of the kubeconfig through which it was asked. */
  context?: string | undefined;
}

/** A rule of a new configuration. */
export interface FirstRule {
  path: string;
  cluster: string;
  namespace?: string | undefined;
}

/** As people would write it; a list that is empty is left out. */
export function newConfiguration({ clusters, rules }: FirstConfiguration): string {
  return [
    '# Which certificate, namespace and scope the files of this repository are sealed with. The first rule that matches decides.',
    'version: 1',
    ...(clusters.length > 0 ? ['clusters:', ...clusters.flatMap(clusterLines)] : []),
    ...(rules.length > 0 ? ['rules:', ...rules.flatMap(ruleLines)] : []),
    '',
  ].join('\n');
}

function clusterLines({ name, certificate, context }: FirstCluster): string[] {
  return [
    `  ${plain(name)}:`,
    `    certificates: [${plain(certificate)}]`,
    ...(context === undefined ? [] : [`    controller: {context: ${scalarText(context)}}`]),
  ];
}

function ruleLines({ path, cluster, namespace }: FirstRule): string[] {
  return [
    `  - path: ${plain(path)}`,
    `    cluster: ${plain(cluster)}`,
    ...(namespace === undefined ? [] : [`    namespace: ${scalarText(namespace)}`]),
  ];
}

// A glob needs no quotes behind its first letters.
function plain(text: string): string {
  return /^[A-Za-z][\w.-]*\/[\w./*-]+$/.test(text) ? text : scalarText(text);
}
