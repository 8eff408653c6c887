// Findings as JUnit XML, in the form that Jenkins and GitLab read (junit-10.xsd of Jenkins' xunit plugin).

import type { Finding } from '../../src/repository/finding.ts';
import { byFile, repositoryPath } from './paths.ts';
import { fails, type Report } from './report.ts';

/** A suite for each file, a case for each finding. A warning that does not fail the check is a case that passes and says so. */
export function junitReport(report: Report): string {
  const files = byFile(report.findings, (file) => repositoryPath(file, report));
  const suites = [...files].map(([file, findings]) => suite(file, findings, report));
  // Without a case Jenkins says that no test was run, and fails.
  if (suites.length === 0) suites.push(element('testsuite', counts('sealwright', [], 1), [passed]));
  const failing = report.findings.filter((finding) => fails(finding, report));
  const all = counts('sealwright', failing, Math.max(1, report.findings.length));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', all, suites)}\n`;
}

const passed = element('testcase', { name: 'nothing found', classname: 'sealwright' }, []);

function suite(file: string, findings: readonly Finding[], report: Report): string {
  const failing = findings.filter((finding) => fails(finding, report));
  return element(
    'testsuite',
    counts(file, failing, findings.length),
    findings.map((finding) => testCase(file, finding, report)),
  );
}

function counts(name: string, failing: readonly Finding[], tests: number): Record<string, string> {
  return { name, tests: String(tests), failures: String(failing.length), errors: '0' };
}

function testCase(file: string, finding: Finding, report: Report): string {
  const { code, severity, line, message, hint } = finding;
  const words = escapeXml([`${file}:${line}: ${severity}: ${message}`, ...(hint ? [`hint: ${hint}`] : [])].join('\n'));
  const told = fails(finding, report)
    ? `<failure${attributes({ type: code, message })}>${words}</failure>`
    : `<system-out>${words}</system-out>`;
  return element('testcase', { name: `${code} ${message}`, classname: file }, [told]);
}

function element(name: string, given: Readonly<Record<string, string>>, children: readonly string[]): string {
  if (children.length === 0) return `<${name}${attributes(given)}/>`;
  return `<${name}${attributes(given)}>\n${children.join('\n')}\n</${name}>`;
}

function attributes(given: Readonly<Record<string, string>>): string {
  return Object.entries(given)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // As they are, a reader would make spaces of them in an attribute.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text as XML 1.0 allows it (§2.2 Char): other control characters cannot be said at all, not even by a reference. */
function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/[&<>"\t\n\r]/g, (letter) => entities[letter] ?? letter)
  );
}
