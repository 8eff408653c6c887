// The manual pages: whatever reads them here has nothing to object to.

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../cli/commands.ts';
import { missingProgram, titled } from './support/missing.ts';

const folder = join(import.meta.dirname, '..', 'man');
const pages = readdirSync(folder);
const [noMan, noMandoc] = [missingProgram('man'), missingProgram('mandoc')];

test('every command has one', () => {
  expect(pages).toEqual(expect.arrayContaining(['seal.1', ...Object.keys(commands).map((name) => `seal-${name}.1`)]));
});

test.each(pages)('%s has the sections that every page has, in their order', (page) => {
  const sections = [...readFileSync(join(folder, page), 'utf8').matchAll(/^\.SH (.+)$/gm)].map(([, name]) => name);
  const order = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'ARGUMENTS', 'OPTIONS', 'EXAMPLES', 'EXIT STATUS'];
  expect(sections.slice(0, 3)).toEqual(order.slice(0, 3));
  const known = sections.filter((name = '') => order.includes(name));
  expect(known).toEqual(order.filter((name) => known.includes(name)));
});

describe.skipIf(noMan)(titled('man', noMan), () => {
  test.each(pages)('shows %s without a warning, examples as they are typed', (page) => {
    const path = join(folder, page);
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '200', MAN_KEEP_FORMATTING: '' };
    const { stdout, stderr } = spawnSync('man', ['--warnings', '--encoding=UTF-8', '-l', path], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('NAME');
    const commandsIn = [...readFileSync(path, 'utf8').matchAll(/^\.nf\n(.+?)\n\.fi$/gms)].map(([, text = '']) => text);
    for (const text of commandsIn) {
      const typed =
        text.replaceAll('\\-', '-').replaceAll('\\e', '\\').replaceAll('\\&', '').split('\n')[0]?.trim() ?? '';
      // Neither hyphens nor quotes of print may come of it: people copy it.
      expect(stdout.replace(/.[\b]/g, '')).toContain(typed);
    }
  });
});

test.skipIf(noMandoc).each(pages)(
  titled('mandoc finds nothing in %s that it does not understand', noMandoc),
  (page) => {
    expect(() =>
      execFileSync('mandoc', ['-T', 'lint', '-W', 'error', join(folder, page)], { stdio: 'pipe' }),
    ).not.toThrow();
  },
);
