// The scan beside gitleaks: over the same planted secrets, what gitleaks finds of the shapes that we claim, we find as well.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { textRules } from '../../src/scan/rules.ts';
import { scanText } from '../../src/scan/scan.ts';
import { planted } from './support/gitleaks.ts';
import { run } from './support/real.ts';
import { part } from './tools/build.mjs';

/** A secret where people leave it. */
const surroundings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `value: ${text}`,
  (text) => `  - name: "${text}"`,
  (text) => `export VALUE='${text}'`,
  (text) => `const value = \`${text}\`;`,
];

let folder: string;
let program: string;
const files = new Map<string, string>();

beforeAll(async () => {
  program = await part('gitleaks');
  folder = mkdtempSync(join(tmpdir(), 'seal-scan-'));
  for (const [id, texts] of planted(10)) put(`${id}.yaml`, texts);
  for (const [index, { code, matches, files: only }] of textRules.entries())
    if (!only) put(`${code}-${index}.yaml`, matches());
  const secret = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: ${btoa('correct horse')}\n`;
  write('secret.yaml', secret);
  write('values.yaml', `extraObjects:\n  - ${secret.trim().replaceAll('\n', '\n    ')}\n`);
  write('settings.yaml', `kind: ConfigMap\ndata:\n  secret.yaml: |\n${secret.replace(/^/gm, '    ')}\n`);
  write('template.yaml', `{{- if .Values.on }}\n${secret}{{- end }}\n`);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, texts: readonly string[]): void {
  const lines = texts.map((text, index) => surroundings[index % surroundings.length]?.(text) ?? text);
  write(name, `${lines.join('\n\n')}\n`);
}

function write(name: string, text: string): void {
  files.set(name, text);
  writeFileSync(join(folder, name), text);
}

interface Leak {
  RuleID: string;
  File: string;
  StartLine: number;
  EndLine: number;
}

async function gitleaks(): Promise<Leak[]> {
  const report = join(folder, 'report.json');
  const { code, stderr } = await run(program, [
    'dir',
    folder,
    '--no-banner',
    '--exit-code',
    '0',
    '-r',
    report,
    '-f',
    'json',
  ]);
  expect(code, stderr).toBe(0);
  const { default: found } = await import(report, { with: { type: 'json' } });
  return found as Leak[];
}

/** What is other than gitleaks has it, on purpose; each is told in docs/compatibility.md. */
const deliberate: Readonly<Record<string, string>> = {
  'generic-api-key': 'a warning of ours (SW395) asks more of the name and the value',
  'github-pat': 'the checksum has to be right',
  'github-oauth': 'the checksum has to be right',
  'github-app-token': 'the checksum has to be right',
  'github-refresh-token': 'the checksum has to be right',
  'npm-access-token': 'the checksum has to be right',
};

test('finds what gitleaks finds of the shapes that we claim', async () => {
  const theirs = (await gitleaks()).filter(({ RuleID }) => deliberate[RuleID] === undefined);
  const missed = theirs.filter(({ File, StartLine, EndLine }) => {
    const name = File.slice(folder.length + 1);
    const ours = scanText(name, files.get(name) ?? '');
    return !ours.some(({ line, lastLine = line }) => line <= EndLine && StartLine <= lastLine);
  });
  const told = missed.map(({ RuleID, File, StartLine }) => `${RuleID}: ${File.slice(folder.length + 1)}:${StartLine}`);
  expect(told).toEqual([]);
  // Otherwise nothing was compared.
  expect(theirs.length).toBeGreaterThan(500);
  expect(new Set(theirs.map(({ RuleID }) => RuleID)).size).toBeGreaterThan(70);
});

test('finds all of its own examples, of which gitleaks knows a part', async () => {
  const own = [...files].filter(([name]) => name.startsWith('SW'));
  for (const [name, text] of own) expect(scanText(name, text).length, name).toBeGreaterThan(0);
});

test('gitleaks takes none of our own files for a leak', async () => {
  const rules = new URL('../../src/scan', import.meta.url).pathname;
  const { stdout, code } = await run(program, ['dir', rules, '--no-banner', '-v']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
});
