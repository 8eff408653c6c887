// What `seal check` writes of a whole repository with mistakes, read as those read it for whom it is made.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/repository/finding.ts';
import { junitProblems } from './findings/junit.ts';
import { parseCommand, schemaOf } from './findings/readers.ts';
import { parseXml } from './findings/xml.ts';
import { Folder } from './harness.ts';
import { plant, write } from './repositories/planted.ts';

let folder: Folder;
let findings: Finding[];

async function check(format: string): Promise<string> {
  const { code, stdout, stderr } = await folder.seal(['check', '--format', format]);
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  return stdout;
}

beforeAll(async () => {
  folder = new Folder();
  write(folder.path, (await plant('faults')).files);
  findings = JSON.parse(await check('json')).findings;
  expect(findings.length).toBeGreaterThan(40);
});
afterAll(() => folder.remove());

const places = () => findings.map(({ file, line, code }) => ({ file, line, code }));

describe('a repository with mistakes', () => {
  it('is told to GitHub, a command for each finding', async () => {
    const told = (await check('github')).split('\n').slice(0, -1).map(parseCommand);
    const said = told.map(({ file, line, title }) => ({ file, line: Number(line), code: title.slice(0, 5) }));
    expect(said).toEqual(places());
  });

  it('is told to GitLab in a Code Quality report', async () => {
    const isValid = schemaOf('codeclimate.schema.json');
    const issues = JSON.parse(await check('gitlab'));
    for (const issue of issues) expect(isValid(issue), JSON.stringify(isValid.errors)).toBe(true);
    expect(new Set(issues.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).size).toBe(findings.length);
    const said = issues.map(
      ({ location, check_name }: { location: { path: string; lines: { begin: number } }; check_name: string }) => ({
        ...{ file: location.path, line: location.lines.begin, code: check_name },
      }),
    );
    expect(said).toEqual(places());
  });

  it('is told to code scanning in a SARIF log', async () => {
    const isValid = schemaOf('sarif-2.1.0.schema.json');
    const log = JSON.parse(await check('sarif'));
    expect(isValid(log), JSON.stringify(isValid.errors)).toBe(true);
    expect(log.runs[0].results).toHaveLength(findings.length);
    for (const { help, helpUri } of log.runs[0].tool.driver.rules) {
      expect(help.text.length).toBeGreaterThan(50);
      expect(URL.canParse(helpUri)).toBe(true);
    }
  });

  it('is told to Jenkins in JUnit XML', async () => {
    const root = parseXml(await check('junit'));
    expect(junitProblems(root)).toEqual([]);
    expect(root.children.flatMap(({ children }) => children)).toHaveLength(findings.length);
  });
});
