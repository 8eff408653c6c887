// What the API server refuses in the kinds of external-secrets.io, each rule twice: as CEL for the CRDs, as TypeScript for clusters with the reference's CRDs and for work without a cluster.

import type {
  ClusterExternalSecretSpec,
  ExternalSecretDataFrom,
  ExternalSecretSpec,
  ExternalSecretTarget,
  ExternalSecretTemplate,
  Rewrite,
  SecretStoreSpec,
  SourceRef,
  StoreProvider,
} from './external-secrets.ts';
import { broken, type Rule, type Violation } from './rules.ts';

/** Go's time.ParseDuration. In CEL a string literal, so every backslash is avoided. */
const duration = '^[-+]?(0|(([0-9]+([.][0-9]*)?|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$';
const durationPattern = new RegExp(duration);
const isDuration = (text: string) => durationPattern.test(text);
const isAbsent = (part: unknown) => part === undefined || part === null;
const count = (...parts: readonly unknown[]) => parts.filter((part) => !isAbsent(part)).length;

const tokenType = 'kubernetes.io/service-account-token';
const accountAnnotation = 'kubernetes.io/service-account.name';

/** Rules by the part that they are about. The order within a part is the order of the messages. */
export const externalSecretRules = {
  spec: [
    {
      id: 'entries',
      message: 'either data or dataFrom should be specified',
      cel: '(has(self.data) && size(self.data) > 0) || (has(self.dataFrom) && size(self.dataFrom) > 0)',
      holds: ({ data, dataFrom }) => (data ?? []).length + (dataFrom ?? []).length > 0,
    },
    {
      id: 'unique-keys',
      message: 'two entries of data have the same secretKey, which deletionPolicy Retain does not allow',
      cel: "(has(self.target) && has(self.target.deletionPolicy) && self.target.deletionPolicy != 'Retain') || !has(self.data) || self.data.all(a, self.data.exists_one(b, b.secretKey == a.secretKey))",
      holds: ({ target, data }) =>
        (target?.deletionPolicy ?? 'Retain') !== 'Retain' ||
        new Set((data ?? []).map(({ secretKey }) => secretKey)).size === (data ?? []).length,
    },
  ] satisfies Rule<ExternalSecretSpec>[],
  target: [
    {
      id: 'delete-own',
      message:
        'deletionPolicy=Delete must not be used when the controller does not own the secret: set creationPolicy to Owner',
      cel: "!(has(self.deletionPolicy) && self.deletionPolicy == 'Delete' && has(self.creationPolicy) && self.creationPolicy in ['Merge', 'CreateOrMerge', 'None'])",
      holds: ({ deletionPolicy, creationPolicy = 'Owner' }) =>
        deletionPolicy !== 'Delete' || !['Merge', 'CreateOrMerge', 'None'].includes(creationPolicy),
    },
    {
      id: 'merge-something',
      message: 'deletionPolicy=Merge must not be used with creationPolicy=None: there is no Secret to merge with',
      cel: "!(has(self.deletionPolicy) && self.deletionPolicy == 'Merge' && has(self.creationPolicy) && self.creationPolicy == 'None')",
      holds: ({ deletionPolicy, creationPolicy }) => deletionPolicy !== 'Merge' || creationPolicy !== 'None',
    },
    {
      id: 'template-targets',
      message: 'templateFrom.target must be Data, Labels or Annotations',
      cel: "has(self.manifest) || !has(self.template) || !has(self.template.templateFrom) || self.template.templateFrom.all(t, !has(t.target) || t.target.lowerAscii() in ['data', 'labels', 'annotations'])",
      holds: ({ manifest, template }) =>
        !isAbsent(manifest) ||
        (template?.templateFrom ?? []).every(({ target }) =>
          ['data', 'labels', 'annotations'].includes((target ?? 'Data').toLowerCase()),
        ),
    },
  ] satisfies Rule<ExternalSecretTarget>[],
  template: [
    {
      id: 'service-account-token',
      message: `a Secret of type ${tokenType} for a service account would be a credential of the cluster itself`,
      cel: `!(has(self.type) && self.type == '${tokenType}' && ((has(self.metadata) && has(self.metadata.annotations) && '${accountAnnotation}' in self.metadata.annotations) || (has(self.templateFrom) && self.templateFrom.exists(t, has(t.target) && t.target.lowerAscii() == 'annotations'))))`,
      holds: ({ type, metadata, templateFrom }) =>
        type !== tokenType ||
        !(
          Object.hasOwn(metadata?.annotations ?? {}, accountAnnotation) ||
          (templateFrom ?? []).some(({ target }) => target?.toLowerCase() === 'annotations')
        ),
    },
    {
      id: 'bootstrap-token',
      message: 'a Secret of type bootstrap.kubernetes.io/token would be a credential of the cluster itself',
      cel: "!(has(self.type) && self.type == 'bootstrap.kubernetes.io/token')",
      holds: ({ type }) => type !== 'bootstrap.kubernetes.io/token',
    },
  ] satisfies Rule<ExternalSecretTemplate>[],
  dataFrom: [
    {
      id: 'one-source',
      message: 'extract, find, or generatorRef cannot be set at the same time',
      cel: '[has(self.extract), has(self.find), has(self.sourceRef) && has(self.sourceRef.generatorRef)].filter(there, there).size() <= 1',
      holds: ({ extract, find, sourceRef }) => count(extract, find, sourceRef?.generatorRef) <= 1,
    },
    {
      id: 'some-source',
      message: 'either extract, find, or sourceRef must be set to dataFrom',
      cel: 'has(self.extract) || has(self.find) || has(self.sourceRef)',
      holds: ({ extract, find, sourceRef }) => count(extract, find, sourceRef) > 0,
    },
  ] satisfies Rule<ExternalSecretDataFrom>[],
  sourceRef: [
    {
      id: 'source-ref',
      message: 'exactly one of generatorRef and storeRef must be set when using sourceRef',
      cel: 'has(self.storeRef) != has(self.generatorRef)',
      holds: ({ storeRef, generatorRef }) => count(storeRef, generatorRef) === 1,
    },
  ] satisfies Rule<SourceRef>[],
  rewrite: [
    {
      id: 'one-rewrite',
      message: 'exactly one of merge, regexp and transform must be set in a rewrite',
      cel: '[has(self.merge), has(self.regexp), has(self.transform)].filter(there, there).size() == 1',
      holds: ({ merge, regexp, transform }) => count(merge, regexp, transform) === 1,
    },
  ] satisfies Rule<Rewrite>[],
  provider: [
    {
      id: 'one-provider',
      message: 'a store has exactly one provider',
      schema: { minProperties: 1, maxProperties: 1 },
      holds: (provider) => Object.keys(provider).length === 1,
    },
  ] satisfies Rule<StoreProvider>[],
  duration: [
    {
      id: 'duration',
      message: 'must be a duration such as "1h30m", or "0"',
      cel: `self.matches('${duration}')`,
      holds: isDuration,
    },
  ] satisfies Rule<string>[],
  secondsOrDuration: [
    {
      id: 'seconds-or-duration',
      message: 'must be a number of seconds, or a duration such as "5m"',
      cel: `type(self) == int ? self >= 0 : self.matches('${duration}')`,
      holds: (value) => (typeof value === 'number' ? value >= 0 : isDuration(value)),
    },
  ] satisfies Rule<string | number>[],
} as const;

/** What is wrong with an ExternalSecret's spec; empty when the API server would take it. */
export function externalSecretViolations(spec: ExternalSecretSpec, path = 'spec'): Violation[] {
  const rules = externalSecretRules;
  const { target, data = [], dataFrom = [] } = spec;
  return [
    ...broken(rules.spec, spec, path),
    ...broken(rules.duration, spec.refreshInterval, `${path}.refreshInterval`),
    ...broken(rules.target, target, `${path}.target`),
    ...broken(rules.template, target?.template, `${path}.target.template`),
    ...data.flatMap(({ sourceRef }, index) => broken(rules.sourceRef, sourceRef, `${path}.data[${index}].sourceRef`)),
    ...dataFrom.flatMap((entry, index) => dataFromViolations(entry, `${path}.dataFrom[${index}]`)),
  ];
}

/** What is wrong with a ClusterExternalSecret's spec. */
export function clusterExternalSecretViolations({
  externalSecretSpec,
  refreshTime,
}: ClusterExternalSecretSpec): Violation[] {
  return [
    ...externalSecretViolations(externalSecretSpec, 'spec.externalSecretSpec'),
    ...broken(externalSecretRules.duration, refreshTime, 'spec.refreshTime'),
  ];
}

/** What is wrong with a store's spec, apart from what its provider says. */
export function storeViolations({ provider, refreshInterval, retrySettings }: SecretStoreSpec): Violation[] {
  return [
    ...broken(externalSecretRules.provider, provider, 'spec.provider'),
    ...broken(externalSecretRules.secondsOrDuration, refreshInterval, 'spec.refreshInterval'),
    ...broken(externalSecretRules.duration, retrySettings?.retryInterval, 'spec.retrySettings.retryInterval'),
  ];
}

function dataFromViolations(entry: ExternalSecretDataFrom, path: string): Violation[] {
  return [
    ...broken(externalSecretRules.dataFrom, entry, path),
    ...broken(externalSecretRules.sourceRef, entry.sourceRef, `${path}.sourceRef`),
    ...(entry.rewrite ?? []).flatMap((rewrite, index) =>
      broken(externalSecretRules.rewrite, rewrite, `${path}.rewrite[${index}]`),
    ),
  ];
}
