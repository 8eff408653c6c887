// `seal check` over whole repositories: what is planted is found where it is, and nothing else is.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/repository/finding.ts';
import { Folder } from './harness.ts';
import { plant, write } from './repositories/planted.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

async function check(...argv: string[]) {
  const { code, stdout, stderr } = await folder.seal(['check', '--json', ...argv]);
  expect(stderr).toBe('');
  const { findings, summary } = JSON.parse(stdout) as { findings: Finding[]; summary: Record<string, number> };
  return { code, findings, summary, places: findings.map(({ file, line, code }) => `${file}:${line} ${code}`).sort() };
}

describe('a repository with mistakes', () => {
  it('has each of them found in its file and on its line, and nothing else', async () => {
    const { files, expected } = await plant('faults');
    write(folder.path, files);
    const { code, places } = await check();
    expect(places).toEqual(expected);
    expect(code).toBe(3);
  });
});
