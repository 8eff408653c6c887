// Findings as workflow commands, which GitHub shows beside the changed lines (docs.github.com, "Workflow commands for GitHub Actions").

import type { Finding } from '../../src/repository/finding.ts';
import { findingKinds } from '../../src/repository/findings/all.ts';
import { oneLine } from '../one-line.ts';
import { repositoryPath } from './paths.ts';
import type { Report } from './report.ts';

/** One `::error` or `::warning` a line. What would steer a terminal that shows the log is replaced. */
export function githubReport(report: Report): string {
  return report.findings.map((finding) => `${commandOf(finding, report)}\n`).join('');
}

function commandOf({ code, severity, file, line, message, hint }: Finding, report: Report): string {
  const properties = {
    file: oneLine(repositoryPath(file, report)),
    line: String(line),
    title: `${code} ${findingKinds.get(code)?.title ?? ''}`.trim(),
  };
  const written = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${severity} ${written.join(',')}::${escapeData([message, ...(hint ? [`hint: ${hint}`] : [])].map(oneLine).join('\n'))}`;
}

/** As actions/toolkit `packages/core/src/command.ts` has it. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
