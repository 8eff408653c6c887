// `.sealwright.yaml`: which certificate, namespace and scope the files of a repository are sealed with, read and checked.

import { FormatError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Scope } from '../seal/scope.ts';
import { configurationSchema } from './configuration-schema.ts';
import { readConfigurationText } from './configuration-text.ts';
import { isGlob } from './glob.ts';
import { type SchemaProblem, schemaProblems } from './schema.ts';

/** The name of the file, at the top of what it rules. */
export const configurationFile = '.sealwright.yaml';

/** A checked configuration. Paths and globs are relative to the file's folder, with `/` between their parts. */
export interface Configuration {
  /** By name, in the order of the file. */
  clusters: ReadonlyMap<string, ClusterSettings>;
  /** The first that matches a file decides about it. */
  rules: readonly Rule[];
  /** Globs: where plain Secrets are meant to be. */
  plain: readonly string[];
}

/** How a cluster's certificate is found. */
export interface ClusterSettings {
  /** PEM files, newest first. None: the controller is asked. */
  certificates: readonly string[];
  /** 1-based line of the file at which each of them is named. */
  certificateLines: readonly number[];
  controller?: ControllerSettings | undefined;
  /** 1-based line of the file. */
  line: number;
}

/** Where a cluster's controller is. */
export interface ControllerSettings {
  /** Of the kubeconfig. */
  context?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
}

/** What holds for the files that match. */
export interface Rule {
  path: string;
  /** A glob over the branch that is checked out. None: every branch, and no branch at all. */
  branch?: string | undefined;
  cluster: string;
  namespace?: string | undefined;
  scope?: Scope | undefined;
  policy: Policy;
  /** 1-based line of the file. */
  line: number;
}

/** What sealed values of a rule must keep to. */
export interface Policy {
  maxAgeDays?: number | undefined;
  forbidScopes: readonly Scope[];
  requireRecord: boolean;
}

/** What the schema lets through, as the file spells it. */
interface Written {
  clusters?: Record<string, WrittenCluster>;
  rules?: WrittenRule[];
  plain?: string[];
}

interface WrittenCluster {
  certificates?: string[];
  controller?: ControllerSettings;
}

interface WrittenRule {
  path: string;
  branch?: string;
  cluster: string;
  namespace?: string;
  scope?: Scope;
  policy?: { maxAge?: string; forbidScopes?: Scope[]; requireRecord?: boolean };
}

/**
 * Reads a configuration. Throws `FormatError` (`NOT_YAML`, `INVALID_CONFIGURATION`) with file, line and column of the first
 * mistake and the others as hints; `file` is what to call it.
 */
export function parseConfiguration(source: Uint8Array | string, { file }: { file: string }): Configuration {
  const text = readConfigurationText(source, { file });
  const problems = schemaProblems(configurationSchema, text.value);
  const written = text.value as Written;
  const found: Mistake[] = problems.length > 0 ? problems : meaningProblems(written);
  const [first, ...others] = found.map((problem) => ({ ...problem, place: text.placeOf(problem.path) }));
  if (first) throw invalid(first, others);
  const line = (path: SchemaProblem['path']) => text.lineOf(path);
  return {
    clusters: new Map(
      Object.entries(written.clusters ?? {}).map(([name, { certificates = [], controller }]) => {
        const certificateLines = certificates.map((_, index) => line(['clusters', name, 'certificates', index]));
        return [name, { certificates, certificateLines, controller, line: line(['clusters', name]) }];
      }),
    ),
    rules: (written.rules ?? []).map((rule, index) => ruleOf(rule, line(['rules', index]))),
    plain: written.plain ?? [],
  };
}

function ruleOf({ policy = {}, ...rule }: WrittenRule, line: number): Rule {
  const { maxAge, forbidScopes = [], requireRecord = false } = policy;
  const maxAgeDays = maxAge === undefined ? undefined : daysOf(maxAge);
  return { ...rule, policy: { maxAgeDays, forbidScopes, requireRecord }, line };
}

const unitDays: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 };

function daysOf(age: string): number {
  return Number(age.slice(0, -1)) * (unitDays[age.slice(-1)] ?? 1);
}

type Mistake = Omit<SchemaProblem, 'reason'>;

// What no schema can say: names that refer to something, globs that are none, rules that contradict themselves.
function meaningProblems({ clusters = {}, rules = [], plain = [] }: Written): Mistake[] {
  const names = Object.keys(clusters);
  return [
    ...names.flatMap((name) => clusterProblems(name, clusters[name] ?? {})),
    ...rules.flatMap((rule, index) => ruleProblems(rule, ['rules', index], names)),
    ...plain.flatMap((glob, index) => globProblems(glob, ['plain', index])),
  ];
}

function clusterProblems(name: string, { certificates = [], controller }: WrittenCluster): Mistake[] {
  if (certificates.length > 0 || controller !== undefined) return [];
  const message = `cluster ${name} has neither certificates nor a controller`;
  return [{ path: ['clusters', name], message, hint: `seal cert --pin ${name}, or certificates: [FILE]` }];
}

function ruleProblems(rule: WrittenRule, path: SchemaProblem['path'], clusters: readonly string[]): Mistake[] {
  const problems = globProblems(rule.path, [...path, 'path']);
  if (rule.branch !== undefined) problems.push(...globProblems(rule.branch, [...path, 'branch']));
  if (!clusters.includes(rule.cluster)) {
    const meant = nearest(rule.cluster, clusters);
    const hint = meant ? `did you mean ${meant}?` : `clusters: ${clusters.join(', ') || 'none is defined'}`;
    problems.push({ path: [...path, 'cluster'], message: `there is no cluster ${rule.cluster}`, hint });
  }
  const { scope = 'strict', policy } = rule;
  if (rule.scope !== undefined && policy?.forbidScopes?.includes(scope)) {
    problems.push({ path: [...path, 'scope'], message: `the rule's own policy forbids the scope ${scope}`, hint: '' });
  }
  return problems;
}

function globProblems(glob: string, path: SchemaProblem['path']): Mistake[] {
  if (isGlob(glob)) return [];
  const hint = '* within a folder, ** across folders, ? for one letter, [abc], {one,other}; relative, with / between';
  return [{ path, message: `"${glob}" is not a pattern of paths`, hint }];
}

type PlacedProblem = Mistake & { place: string };

function invalid({ place, message, hint }: PlacedProblem, others: readonly PlacedProblem[]): FormatError {
  const rest = others.slice(0, 9).map((other) => `also ${other.place}: ${other.message}`);
  const more = others.length > 9 ? [`and ${others.length - 9} more`] : [];
  return new FormatError('INVALID_CONFIGURATION', `${place}: ${message}`, {
    hint: [...(hint ? [hint] : []), ...rest, ...more],
  });
}
