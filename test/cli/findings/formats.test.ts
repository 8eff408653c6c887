// The same findings as text, for GitHub, GitLab, SARIF, JUnit and as JSON.

import { describe, expect, it } from 'vitest';
import { formatOf, reportFormats } from '../../../cli/findings/formats.ts';
import type { Report } from '../../../cli/findings/report.ts';
import { oneLine } from '../../../cli/one-line.ts';
import { junitProblems } from './junit.ts';
import { parseCommand, schemaOf } from './readers.ts';
import { clean, hard, plain } from './reports.ts';
import { parseXml, type XmlElement } from './xml.ts';

const reports: [string, Report][] = [
  ['a clean repository', clean],
  ['a few findings', plain],
  ['hostile names and words', hard],
  ['hostile names and words, strict', { ...hard, strict: true }],
];

describe('text', () => {
  it('groups findings by file, with hint and code, and sums up', () => {
    expect(reportFormats.text(plain, {})).toBe(`apps/base/api.yaml
  3  error  Secret api has plain values: token  [SW101]
     hint: seal it: seal -i apps/base/api.yaml

apps/staging/db.yaml
    9  error    password is no sealed value  [SW102]
  112  warning  username was sealed 412 days ago  [SW102]
       hint: seal reseal apps/staging/db.yaml

2 errors, 1 warning in 41 documents, 1 file
`);
    expect(reportFormats.text(clean, {})).toBe('nothing found in 41 documents, 12 files\n');
  });

  it('has colours only where it is told so', () => {
    expect(reportFormats.text(plain, { colour: true })).toContain('\u001b[31merror');
    expect(reportFormats.text(plain, {})).not.toContain('\u001b');
  });

  it('neither steers a terminal nor begins a line with a workflow command', () => {
    const text = reportFormats.text(hard, {});
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(text).not.toMatch(/^::/m);
  });
});

describe('github', () => {
  it.each(reports)('is what GitHub reads back: %s', (_, report) => {
    const lines = reportFormats.github(report).split('\n').slice(0, -1);
    expect(lines.map(parseCommand)).toEqual(
      report.findings.map(({ code, severity, file, line, message, hint }) => ({
        command: severity,
        file: oneLine(file),
        line: String(line),
        title: expect.stringMatching(new RegExp(`^${code} [a-z]`)),
        data: oneLine(message) + (hint === undefined ? '' : `\nhint: ${oneLine(hint)}`),
      })),
    );
  });
});

describe('gitlab', () => {
  const validate = schemaOf('codeclimate.schema.json');

  it.each(reports)('is a Code Quality report: %s', (_, report) => {
    const issues: unknown[] = JSON.parse(reportFormats.gitlab(report));
    expect(issues).toHaveLength(report.findings.length);
    for (const issue of issues) expect(validate(issue), JSON.stringify(validate.errors)).toBe(true);
  });

  it('gives each finding a fingerprint of its own, which neither moved lines nor the passing of days change', () => {
    const prints = (report: Report) =>
      (JSON.parse(reportFormats.gitlab(report)) as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint);
    expect(new Set(prints(hard)).size).toBe(hard.findings.length);
    const later = plain.findings.map((finding) => ({
      ...finding,
      line: finding.line + 30,
      message: finding.message.replace('412', '413'),
    }));
    expect(prints({ ...plain, findings: later })).toEqual(prints(plain));
  });

  it('calls critical what fails the check', () => {
    const severities = (report: Report) =>
      (JSON.parse(reportFormats.gitlab(report)) as { severity: string }[]).map(({ severity }) => severity);
    expect(severities(plain)).toEqual(['critical', 'critical', 'minor']);
    expect(severities({ ...plain, strict: true })).toEqual(['critical', 'critical', 'critical']);
  });
});

describe('sarif', () => {
  const validate = schemaOf('sarif-2.1.0.schema.json');

  it.each(reports)('is a SARIF 2.1.0 log: %s', (_, report) => {
    const log = JSON.parse(reportFormats.sarif(report));
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    const [{ results, tool }] = log.runs;
    expect(results).toHaveLength(report.findings.length);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });

  it('is refused by the schema when something is wrong with it', () => {
    const log = JSON.parse(reportFormats.sarif(plain));
    log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = 'not a uri';
    expect(validate(log)).toBe(false);
  });

  it('names files so that they are found again', () => {
    const [{ results }] = JSON.parse(reportFormats.sarif(hard)).runs;
    const found = results.map((result: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }) =>
      decodeURIComponent(result.locations[0].physicalLocation.artifactLocation.uri),
    );
    expect(found).toEqual(hard.findings.map(({ file }) => file.toWellFormed()));
  });

  it('names files from the top of the repository', () => {
    const report = { ...plain, pathOf: (file: string) => `sub/${file}` };
    expect(reportFormats.sarif(report)).toContain('"uri": "sub/apps/base/api.yaml"');
    expect(reportFormats.github(report)).toContain('file=sub/apps/base/api.yaml,');
    expect(reportFormats.gitlab(report)).toContain('"path": "sub/apps/base/api.yaml"');
    expect(reportFormats.text(report, {})).toContain('\napps/staging/db.yaml\n');
  });
});

describe('junit', () => {
  it.each(reports)('is XML that keeps to the schema: %s', (_, report) => {
    expect(junitProblems(parseXml(reportFormats.junit(report)))).toEqual([]);
  });

  it('has a failing case for what fails the check, and a passing one that speaks for the rest', () => {
    const cases = (report: Report) =>
      parseXml(reportFormats.junit(report)).children.flatMap(({ children }) => children);
    const told = (one: XmlElement) => one.children.map(({ name }) => name);
    expect(cases(plain).map(told)).toEqual([['failure'], ['failure'], ['system-out']]);
    expect(cases({ ...plain, strict: true }).map(told)).toEqual([['failure'], ['failure'], ['failure']]);
    expect(cases(clean).map(told)).toEqual([[]]);
    const root = parseXml(reportFormats.junit(plain));
    expect(root.attributes).toMatchObject({ tests: '3', failures: '2' });
    expect(root.children.map(({ attributes }) => attributes.name)).toEqual([
      'apps/base/api.yaml',
      'apps/staging/db.yaml',
    ]);
    expect(root.children[0]?.children[0]?.children[0]?.text).toContain('apps/base/api.yaml:3: error: Secret api has');
  });
});

describe('json', () => {
  it.each(reports)('is one document with every finding as it is: %s', (_, report) => {
    const document = JSON.parse(reportFormats.json({ ...report, more: { changes: [] } }));
    expect(Object.keys(document)).toEqual(['findings', 'summary', 'changes']);
    expect(document.findings).toEqual(report.findings);
    expect(document.summary).toMatchObject(report.checked);
  });
});

describe('--format', () => {
  it('is text unless something else is asked for, and --json is json', () => {
    expect(formatOf({ format: undefined, json: false })).toBe('text');
    expect(formatOf({ format: 'sarif', json: false })).toBe('sarif');
    expect(formatOf({ format: undefined, json: true })).toBe('json');
    expect(() => formatOf({ format: 'sarif', json: true })).toThrow(/exclude each other/);
  });
});
