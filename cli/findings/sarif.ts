// Findings as a SARIF log, which code scanning services take (OASIS SARIF 2.1.0 with errata 01).

import type { Finding, FindingKind } from '../../src/repository/finding.ts';
import { findingKinds } from '../../src/repository/findings/all.ts';
import { version } from '../../src/version.ts';
import { jsonDocument } from '../json.ts';
import { fingerprints } from './fingerprints.ts';
import { repositoryPath, uriOf } from './paths.ts';
import type { Report } from './report.ts';

const home = 'https://sealwright.dev';
const root = '%SRCROOT%';

/** One run with the rules that were broken, and a result for each finding. */
export function sarifReport(report: Report): string {
  const codes = [...new Set(report.findings.map(({ code }) => code))].sort();
  const prints = fingerprints(report);
  const driver = {
    name: 'Sealwright',
    version,
    semanticVersion: version,
    informationUri: home,
    rules: codes.map(ruleOf),
  };
  const results = report.findings.map((finding, index) => ({
    ruleId: finding.code,
    ruleIndex: codes.indexOf(finding.code),
    level: finding.severity,
    message: { text: finding.hint ? `${finding.message}\nhint: ${finding.hint}` : finding.message },
    locations: [{ physicalLocation: placeOf(finding, report) }],
    partialFingerprints: { primaryLocationLineHash: `${prints[index]?.slice(0, 32)}:1` },
  }));
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [root]: { description: { text: 'the top of the repository' } } },
        results,
      },
    ],
  };
  return jsonDocument(log);
}

function placeOf({ file, line }: Finding, report: Report) {
  const uri = uriOf(repositoryPath(file, report));
  return { artifactLocation: { uri, uriBaseId: root }, region: { startLine: line } };
}

function ruleOf(code: string) {
  const kind: Partial<FindingKind> = findingKinds.get(code) ?? {};
  const { title = code, what = title, why = '', mend = '', severity = 'error' } = kind;
  const text = [what, why, mend].filter((part) => part !== '').join('\n\n');
  return {
    id: code,
    name: nameOf(title),
    shortDescription: { text: title },
    fullDescription: { text: what },
    help: { text, markdown: text },
    helpUri: `${home}/findings/${code}`,
    defaultConfiguration: { level: severity },
    properties: { tags: ['security'] },
  };
}

/** A title as an identifier: `plain Secret` → `PlainSecret`. */
function nameOf(title: string): string {
  return title
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}
