// Findings as a Code Quality report, which GitLab shows in merge requests (docs.gitlab.com/ci/testing/code_quality).

import { jsonDocument } from '../json.ts';
import { fingerprints } from './fingerprints.ts';
import { repositoryPath } from './paths.ts';
import { fails, type Report } from './report.ts';

/** One JSON array; GitLab compares it with that of the target branch by fingerprint. */
export function gitlabReport(report: Report): string {
  const prints = fingerprints(report);
  const issues = report.findings.map((finding, index) => ({
    type: 'issue',
    check_name: finding.code,
    description: finding.hint ? `${finding.message} (${finding.hint})` : finding.message,
    categories: ['Security'],
    severity: fails(finding, report) ? 'critical' : 'minor',
    fingerprint: prints[index],
    location: { path: repositoryPath(finding.file, report), lines: { begin: finding.line } },
  }));
  return jsonDocument(issues);
}
