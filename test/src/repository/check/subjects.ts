// Objects under check as tests write them: YAML, and what is known of the place.

import { base64Encode } from '../../../../src/encoding/base64.ts';
import { parseManifest } from '../../../../src/manifest/documents.ts';
import { objectsOf } from '../../../../src/manifest/objects.ts';
import { pinsOf } from '../../../../src/repository/check/pins.ts';
import type { Check, Subject, WholeCheck } from '../../../../src/repository/check/subject.ts';
import type { Rule } from '../../../../src/repository/configuration.ts';
import type { Finding } from '../../../../src/repository/finding.ts';
import type { Rename } from '../../../../src/repository/kustomizations.ts';
import type { Certificate } from '../../../../src/seal/certificate.ts';
import { serializeEnvelope } from '../../../../src/seal/envelope.ts';

export const now = new Date('2026-12-01T08:00:00Z');

/** Key ids: 32 digits each. */
export const keys = {
  newest: '11'.repeat(16),
  older: '22'.repeat(16),
  staging: '33'.repeat(16),
  lost: '44'.repeat(16),
} as const;

/** Text of the length that a key of so many bits gives. */
export const sealed = (bits = 2048, size = 32) =>
  base64Encode(serializeEnvelope({ wrappedKey: new Uint8Array(bits / 8), ciphertext: new Uint8Array(size) }));

const certificate = (keyId: string, year: number, bits = 2048): Certificate => ({
  ...{ pem: '', der: new Uint8Array(), spki: new Uint8Array(), fingerprint: keyId, subject: '' },
  ...{ keyId, bits, notBefore: new Date(Date.UTC(year, 0)), notAfter: new Date(Date.UTC(year + 30, 0)) },
});

export const pins = pinsOf(
  [
    ['production', [certificate(keys.older, 2025), certificate(keys.newest, 2026)]],
    ['staging', [certificate(keys.staging, 2026, 4096)]],
    ['asked', []],
  ],
  now,
);

/** A rule of the cluster production, unless it says otherwise. */
export const rule = (given: Partial<Rule> = {}): Rule => ({
  ...{ path: '**', cluster: 'production', line: 7 },
  policy: { forbidScopes: [], requireRecord: false },
  ...given,
});

export const way = (given: Partial<Rename> = {}): Rename => ({
  ...{ namespace: undefined, prefix: '', suffix: '', isCertain: true, mayPatch: false, root: 'overlay', saidBy: {} },
  ...given,
});

type Given = Partial<Omit<Subject, 'object'>>;

/** The objects of a text, at one place. */
export function subjects(text: string, given: Given = {}): Subject[] {
  const file = given.file ?? 'a.yaml';
  const { documents } = parseManifest(text, { file });
  const place = { file, path: file, rule: undefined, ruleName: 'the rule of .sealwright.yaml:7', pins, renames: [] };
  const rest = { isPatch: false, isSingle: documents.length === 1, now };
  return documents.flatMap(objectsOf).map((object) => ({ ...place, ...rest, ...given, object }));
}

/** A SealedSecret `shop/db`: items with the words of their record behind their names, and further lines of its metadata. */
export function sealedSecret(
  items: Record<string, { record?: string; value?: string }>,
  { name = 'db', metadata = ['namespace: shop'], annotations = [] as string[] } = {},
): string {
  const records = Object.entries(items).filter(([, { record }]) => record !== undefined);
  return [
    'apiVersion: bitnami.com/v1alpha1',
    'kind: SealedSecret',
    'metadata:',
    `  name: ${name}`,
    ...metadata.map((line) => `  ${line}`),
    '  annotations:',
    '    a: b',
    ...annotations.map((line) => `    ${line}`),
    '    sealwright.dev/sealed: |',
    '      # words',
    ...records.map(([item, { record }]) => `      ${item} ${record}`),
    'spec:',
    '  encryptedData:',
    ...Object.entries(items).map(([item, { value = sealed() }]) => `    ${item}: ${value}`),
    '',
  ].join('\n');
}

const shown = (findings: readonly Finding[], text: string) =>
  findings.map(
    ({ code, line, message }) => `${code} at "${text.split('\n')[line - 1]?.trim().slice(0, 40)}": ${message}`,
  );

/** What a check finds in a text: code, the line itself, and what is said. */
export const findings = (check: Check, text: string, given: Given = {}) =>
  shown(subjects(text, given).flatMap(check), text);

/** The same for checks of many objects: places and texts in order. */
export function wholeFindings(check: WholeCheck, files: readonly (Given & { text: string })[]): string[] {
  for (const { text, ...given } of files) for (const subject of subjects(text, given)) check.see(subject);
  return check.findings().map(({ code, file, line, message }) => `${code} ${file}:${line} ${message}`);
}
